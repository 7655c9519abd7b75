package org.kodanik.platform

import android.content.Context
import android.content.pm.PackageManager
import android.os.Build
import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyInfo
import android.security.keystore.KeyProperties
import android.security.keystore.UserNotAuthenticatedException
import java.security.GeneralSecurityException
import java.security.KeyFactory
import java.security.KeyPairGenerator
import java.security.KeyStore
import java.security.PrivateKey
import java.security.ProviderException
import java.security.PublicKey
import java.security.SecureRandom
import java.security.Signature
import java.security.UnrecoverableKeyException
import java.security.cert.X509Certificate
import java.security.interfaces.ECPublicKey
import java.security.spec.ECGenParameterSpec
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock
import kotlinx.coroutines.withContext
import org.kodanik.ffi.KeyFault
import org.kodanik.ffi.KeyProtection
import org.kodanik.ffi.PromptReason
import org.kodanik.ffi.SecureKeys
import org.kodanik.kit.toSec1

/**
 * P-256 keys that the phone's hardware makes and keeps: StrongBox where there is one, else the trusted execution
 * environment. The citizen unlocks them for [UNLOCKED_SECONDS] ([KeyPrompt]), as one act takes up to five signatures, and for what
 * the prompt said: another reason asks again (docs/decisions/0016).
 *
 * - Biometrics or the screen lock. The hardware looks at the time of the last one, not at who asked for it, nor why: that the
 *   reason is the same is seen to here. A phone without a screen lock makes no such key: [KeyFault.Unavailable].
 * - Another finger does not destroy the key. It cannot, where the screen lock unlocks it too; and who could add a finger knows the
 *   screen lock. Taking the screen lock away does destroy it: [KeyFault.Damaged], and a backup code brings everything back.
 * - `setUnlockedDeviceRequired` is not set: it adds little to a key that is unlocked for seconds, and from Android 12 to 14 it
 *   refuses on phones that were unlocked by a face or a watch of a weaker class.
 */
class KeystoreKeys internal constructor(
    private val context: Context,
    private val prompt: KeyPrompt,
    /** Whether keys need the citizen. Not so only for tests on a phone at which nobody sits. */
    private val asks: Boolean,
) : SecureKeys {
    private val store = KeyStore.getInstance(PROVIDER).apply { load(null) }

    /** Making a key under a name that is taken would put it in the other one's place without a word. */
    private val naming = Mutex()

    /** One prompt at a time. */
    private val prompting = Mutex()

    /** What the citizen last said yes to, since the app began. Looked at by one prompt at a time. */
    private var confirmed: PromptReason? = null

    constructor(context: Context, prompt: KeyPrompt) : this(context, prompt, asks = true)

    override suspend fun create(name: String): ByteArray = ofKeystore {
        naming.withLock {
            if (store.containsAlias(alias(name))) throw KeyFault.AlreadyExists()
            sec1(make(alias(name), asks))
        }
    }

    override suspend fun info(name: String): ByteArray? = ofKeystore {
        store.getCertificate(alias(name))?.let { sec1(it.publicKey) }
    }

    override suspend fun sign(name: String, message: ByteArray, reason: PromptReason): ByteArray = ofKeystore {
        prompting.withLock {
            val key = privateKey(alias(name)) ?: throw KeyFault.NotFound()
            val unasked = if (!asks || reason == confirmed) signatureIfUnlocked(key, message) else null
            unasked ?: run {
                confirmed = null
                prompt.unlock(reason)
                confirmed = reason
                signature(key, message)
            }
        }
    }

    private fun signatureIfUnlocked(key: PrivateKey, message: ByteArray): ByteArray? = try {
        signature(key, message)
    } catch (_: UserNotAuthenticatedException) {
        null
    }

    private fun signature(key: PrivateKey, message: ByteArray): ByteArray = Signature.getInstance("SHA256withECDSA").run {
        initSign(key)
        update(message)
        sign()
    }

    override suspend fun delete(name: String) = ofKeystore { naming.withLock { store.deleteEntry(alias(name)) } }

    /**
     * Of the keys that are there; before there is one, of one that is made for the question and thrown away. May take
     * seconds where there is a StrongBox, the first time: not for the main thread.
     */
    override fun protection(): KeyProtection = known

    private val known by lazy {
        translated {
            val existing = store.aliases().asSequence().firstOrNull { it.startsWith(PREFIX) }
            if (existing != null) return@translated protectionOf(existing)
            make(PROBE, asks = false)
            protectionOf(PROBE).also { store.deleteEntry(PROBE) }
        }
    }

    /** The key's attestation, leaf first; one certificate where the phone attests nothing. Nobody asks for it yet. */
    suspend fun attestation(name: String): List<X509Certificate> = ofKeystore {
        store.getCertificateChain(alias(name)).orEmpty().filterIsInstance<X509Certificate>()
    }

    /** The best that this phone has. A key without attestation is better than none, one outside StrongBox too. */
    private fun make(alias: String, asks: Boolean): PublicKey {
        val hasStrongBox = context.packageManager.hasSystemFeature(PackageManager.FEATURE_STRONGBOX_KEYSTORE)
        val strongBox = if (hasStrongBox) listOf(specOf(alias, asks, inStrongBox = true, attested = true)) else emptyList()
        val attempts = strongBox + specOf(alias, asks, attested = true) + specOf(alias, asks)
        for (spec in attempts.dropLast(1)) {
            try {
                return make(spec)
            } catch (_: ProviderException) {
                continue // StrongBox is full or lacks something, or there is no attestation: the next one asks for less.
            }
        }
        return make(attempts.last())
    }

    private fun make(spec: KeyGenParameterSpec): PublicKey =
        KeyPairGenerator.getInstance(KeyProperties.KEY_ALGORITHM_EC, PROVIDER).run {
            initialize(spec)
            generateKeyPair().public
        }

    private fun specOf(alias: String, asks: Boolean, inStrongBox: Boolean = false, attested: Boolean = false) =
        KeyGenParameterSpec.Builder(alias, KeyProperties.PURPOSE_SIGN).run {
            setAlgorithmParameterSpec(ECGenParameterSpec("secp256r1"))
            setDigests(KeyProperties.DIGEST_SHA256)
            setIsStrongBoxBacked(inStrongBox)
            // Fresh for us alone: it says where the key lives. An issuer that wants to know when gives a challenge of its own.
            if (attested) setAttestationChallenge(ByteArray(CHALLENGE).also { SecureRandom().nextBytes(it) })
            if (asks) {
                setUserAuthenticationRequired(true)
                setInvalidatedByBiometricEnrollment(false)
                if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.R) {
                    val either = KeyProperties.AUTH_BIOMETRIC_STRONG or KeyProperties.AUTH_DEVICE_CREDENTIAL
                    setUserAuthenticationParameters(UNLOCKED_SECONDS, either)
                } else {
                    // The same two.
                    @Suppress("DEPRECATION")
                    setUserAuthenticationValidityDurationSeconds(UNLOCKED_SECONDS)
                }
            }
            build()
        }

    private fun protectionOf(alias: String): KeyProtection {
        val key = privateKey(alias) ?: throw KeyFault.NotFound()
        val info = KeyFactory.getInstance(key.algorithm, PROVIDER).getKeySpec(key, KeyInfo::class.java)
        if (Build.VERSION.SDK_INT < Build.VERSION_CODES.S) {
            // Does not tell StrongBox apart: the lesser one is claimed.
            @Suppress("DEPRECATION")
            return if (info.isInsideSecureHardware) KeyProtection.TRUSTED_ENVIRONMENT else KeyProtection.SOFTWARE
        }
        return when (info.securityLevel) {
            KeyProperties.SECURITY_LEVEL_STRONGBOX -> KeyProtection.SECURE_ELEMENT
            KeyProperties.SECURITY_LEVEL_TRUSTED_ENVIRONMENT, KeyProperties.SECURITY_LEVEL_UNKNOWN_SECURE ->
                KeyProtection.TRUSTED_ENVIRONMENT
            else -> KeyProtection.SOFTWARE
        }
    }

    private fun privateKey(alias: String) = store.getKey(alias, null) as PrivateKey?

    private fun sec1(key: PublicKey) = (key as ECPublicKey).toSec1()

    private fun alias(name: String) = PREFIX + name

    private companion object {
        const val PREFIX = "kodanik.key."
        const val PROBE = "kodanik.probe"
        const val CHALLENGE = 32

        /** As on iOS. */
        const val UNLOCKED_SECONDS = 10
    }
}

internal const val PROVIDER = "AndroidKeyStore"

/** The Keystore answers over a process boundary: away from the caller's thread. */
private suspend fun <T> ofKeystore(work: suspend () -> T): T = withContext(Dispatchers.IO) { translated { work() } }

/** What the Keystore throws, as the core knows it; its texts may say anything and are dropped. */
internal inline fun <T> translated(work: () -> T): T = try {
    work()
} catch (_: UnrecoverableKeyException) {
    throw KeyFault.Damaged()
} catch (_: android.security.keystore.KeyPermanentlyInvalidatedException) {
    throw KeyFault.Damaged()
} catch (_: GeneralSecurityException) {
    throw KeyFault.Unavailable()
} catch (_: ProviderException) {
    throw KeyFault.Unavailable()
}
