package org.kodanik.check

import com.google.zxing.BarcodeFormat
import com.google.zxing.EncodeHintType
import com.google.zxing.qrcode.QRCodeWriter
import java.nio.file.Files
import java.nio.file.Path
import javax.crypto.KeyGenerator
import javax.crypto.SecretKey
import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertThrows
import org.junit.Test
import org.kodanik.ffi.KeyFault
import org.kodanik.kit.contract.SecretStoreContract
import org.kodanik.platform.QrReader
import org.kodanik.platform.SealedSecrets
import org.kodanik.platform.textOfLink

/** The parts of the platform that touch nothing of Android's: the phone's own code, run. */
class SealedSecretsTest : SecretStoreContract() {
    private val folder: Path = Files.createTempDirectory("kodanik-sealed-")
    private val key: SecretKey = aesKey()

    override fun reopen() = SealedSecrets(folder) { key }

    @Test
    fun whatIsStoredIsSealedUnderItsNameAndItsKey() {
        val store = reopen()
        store.write("one", SECRET)
        store.write("two", SECRET)
        val (one, two) = listOf("one", "two").map { Files.readAllBytes(folder.resolve(it)) }
        assertFalse("a nonce is never used twice", one.contentEquals(two))
        Files.write(folder.resolve("two"), one)
        assertThrows(KeyFault.Damaged::class.java) { store.read("two") }
        assertThrows(KeyFault.Damaged::class.java) { SealedSecrets(folder) { aesKey() }.read("one") }
        for (place in one.indices) {
            Files.write(folder.resolve("one"), one.clone().also { it[place] = (it[place].toInt() xor 1).toByte() })
            assertThrows(KeyFault.Damaged::class.java) { store.read("one") }
            Files.write(folder.resolve("one"), one.copyOf(place))
            assertThrows(KeyFault.Damaged::class.java) { store.read("one") }
        }
        Files.write(folder.resolve("one"), one)
        assertArrayEquals(SECRET, store.read("one"))
    }

    @Test
    fun whatACrashLeftBehindIsNoSecret() {
        Files.write(folder.resolve("one~"), byteArrayOf(1, 2, 3))
        assertNull(reopen().read("one"))
        reopen().write("one", SECRET)
        assertArrayEquals(SECRET, reopen().read("one"))
    }

    @Test
    fun aNameLeadsNowhereElse() {
        for (name in listOf("", ".", "..", "../one", "a/b", "A", "a".repeat(65), ".hidden")) {
            assertThrows(KeyFault.Unavailable::class.java) { reopen().write(name, SECRET) }
        }
    }

    private companion object {
        val SECRET = "secret".toByteArray()
        fun aesKey(): SecretKey = KeyGenerator.getInstance("AES").apply { init(256) }.generateKey()
    }
}

class QrReaderTest {
    private val text = "openid4vp://?client_id=x509_san_dns%3Alibrary.example&request_uri=https%3A%2F%2Flibrary.example%2F1"

    /** A code somewhere in a grey picture, with rows that are longer than the picture, as cameras give them. */
    private fun picture(turns: Int, dark: Int = 40, light: Int = 200): ByteArray {
        val hints = mapOf(EncodeHintType.MARGIN to 4)
        val code = QRCodeWriter().encode(text, BarcodeFormat.QR_CODE, 300, 300, hints)
        repeat(turns) { code.rotate90() }
        val luma = ByteArray((HEIGHT - 1) * STRIDE + WIDTH) { light.toByte() }
        for (y in 0 until code.height) for (x in 0 until code.width) {
            if (code[x, y]) luma[(y + 120) * STRIDE + x + 200] = dark.toByte()
        }
        return luma
    }

    @Test
    fun aCodeIsReadHoweverThePhoneIsTurned() {
        val reader = QrReader()
        for (turns in 0..3) assertEquals(text, reader.read(picture(turns), STRIDE, WIDTH, HEIGHT))
    }

    @Test
    fun aPoorLightWillDoAndNothingIsNothing() {
        val reader = QrReader()
        assertEquals(text, reader.read(picture(0, dark = 90, light = 130), STRIDE, WIDTH, HEIGHT))
        assertNull(reader.read(ByteArray(STRIDE * HEIGHT), STRIDE, WIDTH, HEIGHT))
    }

    private companion object {
        const val WIDTH = 640
        const val HEIGHT = 480
        const val STRIDE = 704
    }
}

class LinksTest {
    @Test
    fun appLinksAreTheSchemesUnderAnotherName() {
        val host = "wallet.example"
        assertEquals("openid-credential-offer://?a=b", textOfLink("https://wallet.example/offer?a=b", host))
        assertEquals("openid4vp://?a=b", textOfLink("https://wallet.example/present?a=b", host))
        for (link in listOf("openid4vp://?a=b", "https://wallet.example.org/offer?a=b", "https://other.example/offer?a=b")) {
            assertEquals(link, textOfLink(link, host))
        }
    }
}
