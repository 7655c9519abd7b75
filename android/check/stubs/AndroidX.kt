// What `app` and the tests for a phone use of AndroidX, which comes from Google's repository alone, and what Gradle generates: just
// enough for a type check. It proves our use of our own types, and nothing about Google's. Never run.
package androidx.activity

import android.app.Activity

open class ComponentActivity : Activity() {
    public override fun onNewIntent(intent: android.content.Intent) = super.onNewIntent(intent)
}

fun ComponentActivity.enableEdgeToEdge(): Unit = error(this)
