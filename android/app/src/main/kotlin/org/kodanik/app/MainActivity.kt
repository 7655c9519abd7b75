package org.kodanik.app

import android.Manifest.permission.CAMERA
import android.content.Intent
import android.content.pm.PackageManager.PERMISSION_GRANTED
import android.os.Bundle
import androidx.activity.ComponentActivity
import androidx.activity.compose.BackHandler
import androidx.activity.compose.setContent
import androidx.activity.enableEdgeToEdge
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.setValue
import androidx.compose.ui.viewinterop.AndroidView
import org.kodanik.kit.Screen
import org.kodanik.platform.CameraView
import org.kodanik.platform.shield
import org.kodanik.ui.Camera
import org.kodanik.ui.KodanikApp
import org.kodanik.ui.design.FaultNotice
import org.kodanik.ui.design.KodanikTheme
import org.kodanik.ui.design.MainAction
import org.kodanik.ui.design.Page
import org.kodanik.ui.design.Word
import org.kodanik.ui.design.Working

/** The one window. */
class MainActivity : ComponentActivity() {
    private val app get() = application as KodanikApplication
    private val words by lazy { AndroidWords(this) }
    private var mayUseCamera by mutableStateOf(false)

    override fun onCreate(savedInstanceState: Bundle?) {
        // Nothing of a wallet is in a saved state, so there is nothing to restore.
        super.onCreate(null)
        enableEdgeToEdge()
        shield()
        setContent { KodanikTheme { Content() } }
        // After a turn of the phone the same intent comes once more.
        if (savedInstanceState == null) take(intent)
    }

    override fun onNewIntent(intent: Intent) {
        super.onNewIntent(intent)
        take(intent)
    }

    override fun onResume() {
        super.onResume()
        mayUseCamera = checkSelfPermission(CAMERA) == PERMISSION_GRANTED
    }

    override fun onStop() {
        super.onStop()
        if (!isChangingConfigurations) app.lock()
    }

    private fun take(intent: Intent) {
        if (intent.action == Intent.ACTION_VIEW) intent.dataString?.let(app::openLink)
    }

    @Composable
    private fun Content() {
        val core by app.core.collectAsState()
        when (val now = core) {
            is Core.Opening -> Page(words.of(Word.AppName), words, onBack = null) { Working(words.of(Word.PinOpeningUnlock)) }
            is Core.Failed -> Page(
                words.of(Word.AppName),
                words,
                onBack = null,
                actions = { MainAction(words.of(Word.CommonRetry), app::open) },
            ) { FaultNotice(now.fault, words) }
            is Core.Open -> Wallet(now)
        }
    }

    @Composable
    private fun Wallet(core: Core.Open) {
        val screen by core.wallet.screen.collectAsState()
        // From home and from the PIN, back leaves the app, which locks.
        BackHandler(enabled = screen !is Screen.Home && screen !is Screen.Pin) { core.wallet.back() }
        LaunchedEffect(screen is Screen.Scan) {
            if (screen is Screen.Scan && !mayUseCamera) requestPermissions(arrayOf(CAMERA), 0)
        }
        val camera: Camera = { found ->
            AndroidView(factory = { CameraView(it, found, onUnavailable = { mayUseCamera = false }) })
        }
        KodanikApp(core.wallet, words, core.protection, camera.takeIf { mayUseCamera })
    }
}
