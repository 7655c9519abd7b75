package androidx.activity.compose

import androidx.activity.ComponentActivity
import androidx.compose.runtime.Composable

fun ComponentActivity.setContent(content: @Composable () -> Unit): Unit = error(this to content)

@Composable
fun BackHandler(enabled: Boolean, onBack: () -> Unit): Unit = error(enabled to onBack)
