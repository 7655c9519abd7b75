package org.kodanik.platform

import android.app.Activity
import android.os.Build
import android.view.WindowManager

/**
 * What is on the screen stays between the citizen and the app: no screenshots, no picture among the recent apps, no other app's
 * window above it, and no touch that came through one.
 */
fun Activity.shield() {
    window.addFlags(WindowManager.LayoutParams.FLAG_SECURE)
    window.decorView.filterTouchesWhenObscured = true
    if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.S) window.setHideOverlayWindows(true)
}
