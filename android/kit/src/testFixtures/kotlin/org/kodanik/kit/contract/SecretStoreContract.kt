package org.kodanik.kit.contract

import kotlin.concurrent.thread
import org.junit.After
import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Test
import org.kodanik.ffi.SecretStore

/** What the core relies on in any [SecretStore]: run against doubles on a JVM, and against the real one on a phone. */
abstract class SecretStoreContract {
    /** The same secrets as before, looked at anew: as after a restart of the app. */
    protected abstract fun reopen(): SecretStore

    private val secrets by lazy { reopen() }

    @Before
    @After
    fun clean() = NAMES.forEach { secrets.erase(it) }

    @Test
    fun whatWasWrittenIsReadAlsoAfterARestart() {
        for (secret in listOf(ByteArray(0), byteArrayOf(0), ByteArray(512) { it.toByte() })) {
            secrets.write(NAMES[0], secret)
            assertArrayEquals(secret, secrets.read(NAMES[0]))
            assertArrayEquals(secret, reopen().read(NAMES[0]))
        }
    }

    @Test
    fun whatIsNotThereIsNothing() {
        assertNull(secrets.read(NAMES[0]))
        secrets.erase(NAMES[0])
    }

    @Test
    fun whatIsErasedIsGone() {
        secrets.write(NAMES[0], SECRET)
        secrets.erase(NAMES[0])
        secrets.erase(NAMES[0])
        assertNull(secrets.read(NAMES[0]))
        assertNull(reopen().read(NAMES[0]))
    }

    @Test
    fun secretsHaveNothingToDoWithOneAnother() {
        secrets.write(NAMES[0], SECRET)
        secrets.write(NAMES[1], SECRET + 1)
        secrets.erase(NAMES[0])
        assertArrayEquals(SECRET + 1, secrets.read(NAMES[1]))
    }

    @Test
    fun whatIsGivenAwayIsACopy() {
        val mine = SECRET.clone()
        secrets.write(NAMES[0], mine)
        mine.fill(0)
        secrets.read(NAMES[0])?.fill(0)
        assertArrayEquals(SECRET, secrets.read(NAMES[0]))
    }

    /** Nobody ever sees half of a secret, or none in between. */
    @Test
    fun aSecretIsWrittenAllAtOnce() {
        val versions = List(2) { version -> ByteArray(400) { version.toByte() } }
        secrets.write(NAMES[0], versions[0])
        val writer = thread { repeat(50) { secrets.write(NAMES[0], versions[it % 2]) } }
        while (writer.isAlive) {
            val seen = reopen().read(NAMES[0])
            assertTrue(versions.any { it.contentEquals(seen) })
        }
    }

    private companion object {
        /** As the core names them: 1 to 64 of a-z, 0-9, dot and dash. */
        val NAMES = listOf("contract-1." + "a".repeat(53), "contract-2")
        val SECRET = "secret".toByteArray()
    }
}
