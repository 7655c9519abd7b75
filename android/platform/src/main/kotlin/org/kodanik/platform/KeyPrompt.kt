package org.kodanik.platform

import android.content.Context
import android.hardware.biometrics.BiometricManager.Authenticators
import android.hardware.biometrics.BiometricPrompt
import android.os.Build
import android.os.CancellationSignal
import kotlin.coroutines.resume
import kotlin.coroutines.resumeWithException
import kotlinx.coroutines.CancellableContinuation
import kotlinx.coroutines.asCoroutineDispatcher
import kotlinx.coroutines.suspendCancellableCoroutine
import kotlinx.coroutines.withContext
import org.kodanik.ffi.KeyFault
import org.kodanik.ffi.PromptReason

/** Asks the citizen to unlock the keys. */
fun interface KeyPrompt {
    /** Returns when they are unlocked for some seconds. [KeyFault.Cancelled] for a no, [KeyFault.Unavailable] where nobody can be asked. */
    suspend fun unlock(reason: PromptReason)
}

/** The words of the prompt. */
interface PromptWords {
    val title: String
    fun reason(reason: PromptReason): String
}

/**
 * The system's own prompt. The hardware that keeps the keys is told by the hardware that saw the citizen: a prompt that is faked
 * away unlocks nothing.
 */
class BiometricKeyPrompt(private val context: Context, private val words: PromptWords) : KeyPrompt {
    private val main = context.mainExecutor

    override suspend fun unlock(reason: PromptReason) = withContext(main.asCoroutineDispatcher()) {
        suspendCancellableCoroutine { waiting ->
            val leave = CancellationSignal()
            waiting.invokeOnCancellation { leave.cancel() }
            val prompt = BiometricPrompt.Builder(context).run {
                setTitle(words.title)
                setSubtitle(words.reason(reason))
                setConfirmationRequired(true)
                if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.R) {
                    setAllowedAuthenticators(Authenticators.BIOMETRIC_STRONG or Authenticators.DEVICE_CREDENTIAL)
                } else {
                    // The way out is then the system's own, under its own name.
                    @Suppress("DEPRECATION")
                    setDeviceCredentialAllowed(true)
                }
                build()
            }
            prompt.authenticate(leave, main, Answer(waiting))
        }
    }

    private class Answer(private val waiting: CancellableContinuation<Unit>) : BiometricPrompt.AuthenticationCallback() {
        override fun onAuthenticationSucceeded(result: BiometricPrompt.AuthenticationResult) {
            if (waiting.isActive) waiting.resume(Unit)
        }

        override fun onAuthenticationError(code: Int, message: CharSequence) = waiting.fail(faultOf(code))
    }

    private companion object {
        fun faultOf(code: Int): KeyFault = when (code) {
            BiometricPrompt.BIOMETRIC_ERROR_CANCELED,
            BiometricPrompt.BIOMETRIC_ERROR_TIMEOUT,
            BiometricPrompt.BIOMETRIC_ERROR_USER_CANCELED,
            -> KeyFault.Cancelled()
            else -> KeyFault.Unavailable()
        }

        /** The prompt may speak twice; the first answer is taken. */
        fun CancellableContinuation<Unit>.fail(fault: KeyFault) {
            if (isActive) resumeWithException(fault)
        }
    }
}
