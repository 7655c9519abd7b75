package androidx.compose.ui.viewinterop

import android.content.Context
import android.view.View
import androidx.compose.runtime.Composable

@Composable
fun <T : View> AndroidView(factory: (Context) -> T): Unit = error(factory)
