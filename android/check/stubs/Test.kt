package androidx.test.platform.app

import android.app.Instrumentation

object InstrumentationRegistry {
    fun getInstrumentation(): Instrumentation = error(this)
}
