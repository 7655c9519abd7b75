package org.kodanik.kit.contract

import java.math.BigInteger
import java.security.AlgorithmParameters
import java.security.KeyFactory
import java.security.PublicKey
import java.security.Signature
import java.security.spec.ECGenParameterSpec
import java.security.spec.ECParameterSpec
import java.security.spec.ECPoint
import java.security.spec.ECPublicKeySpec
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.runBlocking
import org.junit.After
import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Test
import org.kodanik.ffi.KeyFault
import org.kodanik.ffi.PromptReason
import org.kodanik.ffi.SecureKeys

/** What the core relies on in any [SecureKeys]: run against doubles on a JVM, and against the Keystore on a phone. */
abstract class SecureKeysContract {
    /** The same keys as before, looked at anew: as after a restart of the app. Must not ask anybody to sign. */
    protected abstract fun reopen(): SecureKeys

    private val keys by lazy { reopen() }

    @Before
    @After
    fun clean() = runBlocking { NAMES.forEach { keys.delete(it) } }

    @Test
    fun aKeySignsAndItsPublicHalfVerifies() = runBlocking {
        val key = keys.create(NAMES[0])
        for (message in listOf(ByteArray(0), "message".toByteArray(), ByteArray(64 * 1024) { it.toByte() })) {
            val signature = keys.sign(NAMES[0], message, PromptReason.ENROL)
            assertTrue(verifies(key, message, signature))
            assertFalse(verifies(key, message + 1, signature))
        }
    }

    @Test
    fun aKeyIsThereAfterARestart() = runBlocking {
        val key = keys.create(NAMES[0])
        val again = reopen()
        assertArrayEquals(key, again.info(NAMES[0]))
        assertTrue(verifies(key, MESSAGE, again.sign(NAMES[0], MESSAGE, PromptReason.PRESENT)))
    }

    @Test
    fun aNameIsTakenOnce() = runBlocking {
        val key = keys.create(NAMES[0])
        assertThrows(KeyFault.AlreadyExists::class.java) { runBlocking { keys.create(NAMES[0]) } }
        assertArrayEquals(key, keys.info(NAMES[0]))
    }

    @Test
    fun whatIsNotThereIsSaidSo() = runBlocking {
        assertNull(keys.info(NAMES[0]))
        assertThrows(KeyFault.NotFound::class.java) {
            runBlocking { keys.sign(NAMES[0], MESSAGE, PromptReason.VOTE) }
        }
        keys.delete(NAMES[0])
    }

    @Test
    fun whatIsDeletedIsGoneAndItsNameIsFree() = runBlocking {
        val key = keys.create(NAMES[0])
        keys.delete(NAMES[0])
        keys.delete(NAMES[0])
        assertNull(keys.info(NAMES[0]))
        assertNull(reopen().info(NAMES[0]))
        assertFalse(key.contentEquals(keys.create(NAMES[0])))
    }

    @Test
    fun keysHaveNothingToDoWithOneAnother() = runBlocking {
        val (first, second) = NAMES.map { keys.create(it) }
        val signature = keys.sign(NAMES[1], MESSAGE, PromptReason.BACKUP)
        assertFalse(verifies(first, MESSAGE, signature))
        assertTrue(verifies(second, MESSAGE, signature))
        keys.delete(NAMES[0])
        assertArrayEquals(second, keys.info(NAMES[1]))
    }

    @Test
    fun ofTwoWhoMakeTheSameKeyOneIsToldThatItExists() = runBlocking {
        val made = List(4) { async(Dispatchers.Default) { runCatching { keys.create(NAMES[0]) } } }
            .awaitAll()
        val key = made.mapNotNull { it.getOrNull() }.single()
        assertTrue(made.mapNotNull { it.exceptionOrNull() }.all { it is KeyFault.AlreadyExists })
        assertArrayEquals(key, keys.info(NAMES[0]))
    }

    @Test
    fun protectionStaysWhatItIs() = assertEquals(keys.protection(), reopen().protection())

    private companion object {
        /** As the core names them: 1 to 64 of a-z, 0-9, dot and dash. */
        val NAMES = listOf("contract-1." + "a".repeat(53), "contract-2")
        val MESSAGE = "message".toByteArray()

        fun verifies(sec1: ByteArray, message: ByteArray, der: ByteArray): Boolean =
            Signature.getInstance("SHA256withECDSA").run {
                initVerify(parse(sec1))
                update(message)
                verify(der)
            }

        fun parse(sec1: ByteArray): PublicKey {
            assertEquals(65, sec1.size)
            assertEquals(4, sec1[0].toInt())
            val curve = AlgorithmParameters.getInstance("EC").run {
                init(ECGenParameterSpec("secp256r1"))
                getParameterSpec(ECParameterSpec::class.java)
            }
            val point = ECPoint(BigInteger(1, sec1.copyOfRange(1, 33)), BigInteger(1, sec1.copyOfRange(33, 65)))
            return KeyFactory.getInstance("EC").generatePublic(ECPublicKeySpec(point, curve))
        }
    }
}
