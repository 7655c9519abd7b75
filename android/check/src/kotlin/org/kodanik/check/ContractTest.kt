package org.kodanik.check

import java.nio.file.Files
import java.security.KeyPair
import java.util.concurrent.ConcurrentHashMap
import org.kodanik.kit.contract.SecretStoreContract
import org.kodanik.kit.contract.SecureKeysContract

class JvmKeysTest : SecureKeysContract() {
    private val pairs = ConcurrentHashMap<String, KeyPair>()
    override fun reopen() = JvmKeys(pairs)
}

class FileSecretsTest : SecretStoreContract() {
    private val folder = Files.createTempDirectory("kodanik-secrets-")
    override fun reopen() = FileSecrets(folder)
}
