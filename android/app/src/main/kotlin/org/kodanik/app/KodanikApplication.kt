package org.kodanik.app

import android.app.Application
import java.nio.file.Files
import java.nio.file.Path
import java.nio.file.StandardCopyOption.REPLACE_EXISTING
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.filterIsInstance
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.launch
import org.kodanik.ffi.Config
import org.kodanik.ffi.Fault
import org.kodanik.ffi.KeyFault
import org.kodanik.ffi.KeyProtection
import org.kodanik.ffi.Kodanik
import org.kodanik.ffi.Platform
import org.kodanik.kit.WalletPresenter
import org.kodanik.platform.BiometricKeyPrompt
import org.kodanik.platform.KeystoreKeys
import org.kodanik.platform.SealedSecrets
import org.kodanik.platform.keystoreSealingKey
import org.kodanik.platform.textOfLink

/** The core, opened once for as long as the process lives, and away from the main thread: library and Keystore take their time. */
class KodanikApplication : Application() {
    private val scope = CoroutineScope(SupervisorJob() + Dispatchers.IO)
    private val mutableCore = MutableStateFlow<Core>(Core.Opening)

    val core: StateFlow<Core> = mutableCore.asStateFlow()

    override fun onCreate() {
        super.onCreate()
        open()
    }

    /** Again, after it failed. */
    fun open() {
        mutableCore.value = Core.Opening
        scope.launch {
            mutableCore.value = try {
                opened()
            } catch (fault: Fault) {
                Core.Failed(fault)
            } catch (_: KeyFault) {
                Core.Failed(Fault.DeviceKey("key.unavailable"))
            }
        }
    }

    /** The app left the screen. */
    fun lock() {
        (core.value as? Core.Open)?.wallet?.lock()
    }

    /** A link that came with an intent; taken when there is a wallet to take it. */
    fun openLink(link: String) {
        scope.launch { core.filterIsInstance<Core.Open>().first().wallet.openLink(textOfLink(link, BuildConfig.LINK_HOST)) }
    }

    private fun opened(): Core.Open {
        val folder = noBackupFilesDir.toPath()
        val keys = KeystoreKeys(this, BiometricKeyPrompt(this, AndroidWords(this)))
        val platform = Platform(
            keys = keys,
            secrets = SealedSecrets(folder.resolve("secrets"), ::keystoreSealingKey),
            dataDir = folder.resolve("wallet").toString(),
            locale = resources.configuration.locales[0].toLanguageTag(),
        )
        val config = Config(BuildConfig.GATEWAY, trustIn(folder.resolve("trust")), allowLoopbackHttp = BuildConfig.DEBUG)
        return Core.Open(WalletPresenter(Kodanik.open(platform, config)), keys.protection())
    }

    /** What came with the app, as the files that the core reads; nothing where nothing came (debug builds alone). */
    private fun trustIn(folder: Path): String? {
        val names = assets.list("trust").orEmpty()
        if (names.isEmpty()) return null
        Files.createDirectories(folder)
        for (name in names) assets.open("trust/$name").use { Files.copy(it, folder.resolve(name), REPLACE_EXISTING) }
        return folder.toString()
    }
}

/** Whether the core is there. */
sealed interface Core {
    data object Opening : Core

    class Failed(val fault: Fault) : Core

    class Open(val wallet: WalletPresenter, val protection: KeyProtection) : Core
}
