package org.kodanik.platform

import androidx.test.platform.app.InstrumentationRegistry
import org.junit.Assert.assertTrue
import org.kodanik.ffi.KeyProtection
import org.kodanik.ffi.SecretStore
import org.kodanik.ffi.SecureKeys
import org.kodanik.kit.contract.SecretStoreContract
import org.kodanik.kit.contract.SecureKeysContract
import org.junit.Test

private val context get() = InstrumentationRegistry.getInstrumentation().targetContext

/** On a phone: the real Keystore, with keys that ask nobody. */
class KeystoreKeysTest : SecureKeysContract() {
    override fun reopen(): SecureKeys =
        KeystoreKeys(context, { error("nobody is asked") }, asks = false)

    @Test
    fun keysAreInHardware() = assertTrue(reopen().protection() != KeyProtection.SOFTWARE)
}

class KeystoreSecretsTest : SecretStoreContract() {
    private val folder = context.noBackupFilesDir.toPath().resolve("contract")
    override fun reopen(): SecretStore = SealedSecrets(folder, ::keystoreSealingKey)
}
