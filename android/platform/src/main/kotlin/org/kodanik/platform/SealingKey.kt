package org.kodanik.platform

import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyProperties
import java.security.KeyStore
import javax.crypto.KeyGenerator
import javax.crypto.SecretKey

/**
 * The Keystore's key for [SealedSecrets], made where there is none. It asks nobody: the core writes in the middle of its work,
 * with every change of the wallet, and the PIN stands before that. Not in StrongBox, which would take a tenth of a
 * second for each.
 */
@Synchronized
fun keystoreSealingKey(): SecretKey = translated {
    val store = KeyStore.getInstance(PROVIDER).apply { load(null) }
    store.getKey(ALIAS, null) as SecretKey? ?: KeyGenerator.getInstance(KeyProperties.KEY_ALGORITHM_AES, PROVIDER).run {
        val purposes = KeyProperties.PURPOSE_ENCRYPT or KeyProperties.PURPOSE_DECRYPT
        init(
            KeyGenParameterSpec.Builder(ALIAS, purposes)
                .setBlockModes(KeyProperties.BLOCK_MODE_GCM)
                .setEncryptionPaddings(KeyProperties.ENCRYPTION_PADDING_NONE)
                .setKeySize(256)
                .build(),
        )
        generateKey()
    }
}

private const val ALIAS = "kodanik.seal"
