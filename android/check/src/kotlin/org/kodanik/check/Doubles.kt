package org.kodanik.check

import java.io.File
import java.math.BigInteger
import java.nio.ByteBuffer
import java.nio.channels.FileChannel
import java.nio.file.Files
import java.nio.file.Path
import java.nio.file.StandardCopyOption.ATOMIC_MOVE
import java.nio.file.StandardOpenOption.CREATE
import java.nio.file.StandardOpenOption.READ
import java.nio.file.StandardOpenOption.TRUNCATE_EXISTING
import java.nio.file.StandardOpenOption.WRITE
import java.security.AlgorithmParameters
import java.security.KeyFactory
import java.security.KeyPair
import java.security.KeyPairGenerator
import java.security.PrivateKey
import java.security.Signature
import java.security.interfaces.ECPublicKey
import java.security.spec.ECGenParameterSpec
import java.security.spec.ECParameterSpec
import java.security.spec.ECPrivateKeySpec
import java.util.Base64
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.CopyOnWriteArrayList
import org.kodanik.ffi.IdCard
import org.kodanik.ffi.KeyFault
import org.kodanik.ffi.KeyProtection
import org.kodanik.ffi.PromptReason
import org.kodanik.ffi.SecretStore
import org.kodanik.ffi.SecureKeys
import org.kodanik.kit.toSec1

/** A double of the phone's key store: real P-256 keys of the JVM, and a citizen at the prompt who does as the test says. */
class JvmKeys(private val pairs: ConcurrentHashMap<String, KeyPair> = ConcurrentHashMap()) : SecureKeys {
    /** What the citizen does when asked; returning is a yes. */
    @Volatile
    var prompt: suspend (PromptReason) -> Unit = {}

    /** What the citizen was asked for. */
    val reasons = CopyOnWriteArrayList<PromptReason>()

    /** How many signatures since the last look. A phone asks for the first one in ten seconds. */
    fun timesAsked(): Int = reasons.size.also { reasons.clear() }

    override suspend fun create(name: String): ByteArray {
        val pair = KeyPairGenerator.getInstance("EC").run {
            initialize(ECGenParameterSpec("secp256r1"))
            generateKeyPair()
        }
        if (pairs.putIfAbsent(name, pair) != null) throw KeyFault.AlreadyExists()
        return sec1(pair)
    }

    override suspend fun info(name: String): ByteArray? = pairs[name]?.let(::sec1)

    override suspend fun sign(name: String, message: ByteArray, reason: PromptReason): ByteArray {
        val pair = pairs[name] ?: throw KeyFault.NotFound()
        reasons += reason
        prompt(reason)
        return es256(pair.private, message)
    }

    override suspend fun delete(name: String) {
        pairs.remove(name)
    }

    override fun protection() = KeyProtection.SOFTWARE

    private fun sec1(pair: KeyPair) = (pair.public as ECPublicKey).toSec1()
}

/** A double of the phone's secret store: one file for each secret. */
class FileSecrets(private val folder: Path) : SecretStore {
    /** Whether it breaks from now on. */
    @Volatile
    var isBroken = false

    override fun read(name: String): ByteArray? = guarded {
        folder.resolve(name).takeIf(Files::exists)?.let(Files::readAllBytes)
    }

    override fun write(name: String, secret: ByteArray) = guarded {
        Files.createDirectories(folder)
        val next = folder.resolve("$name~")
        FileChannel.open(next, CREATE, TRUNCATE_EXISTING, WRITE).use {
            it.write(ByteBuffer.wrap(secret))
            it.force(true)
        }
        Files.move(next, folder.resolve(name), ATOMIC_MOVE)
        FileChannel.open(folder, READ).use { it.force(true) }
    }

    override fun erase(name: String) = guarded<Unit> { Files.deleteIfExists(folder.resolve(name)) }

    private fun <T> guarded(work: () -> T): T = if (isBroken) throw KeyFault.Unavailable() else work()
}

/** A double of the plastic ID card: the key file that `kodanik gateway enrol` made for it. */
class PlasticCard(file: String) : IdCard {
    private val key: PrivateKey

    init {
        val scalar = BigInteger(1, Base64.getUrlDecoder().decode(File(file).readText().trim()))
        val curve = AlgorithmParameters.getInstance("EC").run {
            init(ECGenParameterSpec("secp256r1"))
            getParameterSpec(ECParameterSpec::class.java)
        }
        key = KeyFactory.getInstance("EC").generatePrivate(ECPrivateKeySpec(scalar, curve))
    }

    override suspend fun sign(message: ByteArray) = es256(key, message)
}

private fun es256(key: PrivateKey, message: ByteArray): ByteArray = Signature.getInstance("SHA256withECDSA").run {
    initSign(key)
    update(message)
    sign()
}
