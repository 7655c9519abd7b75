package org.kodanik.platform

import java.io.IOException
import java.nio.ByteBuffer
import java.nio.channels.FileChannel
import java.nio.file.Files
import java.nio.file.NoSuchFileException
import java.nio.file.Path
import java.nio.file.StandardCopyOption.ATOMIC_MOVE
import java.nio.file.StandardOpenOption.CREATE
import java.nio.file.StandardOpenOption.READ
import java.nio.file.StandardOpenOption.TRUNCATE_EXISTING
import java.nio.file.StandardOpenOption.WRITE
import java.security.GeneralSecurityException
import java.security.ProviderException
import javax.crypto.AEADBadTagException
import javax.crypto.Cipher
import javax.crypto.SecretKey
import javax.crypto.spec.GCMParameterSpec
import org.kodanik.ffi.KeyFault
import org.kodanik.ffi.SecretStore

/**
 * Small secrets in files, each sealed by `key` (AES-256-GCM) under its name: 01, nonce (12 bytes), ciphertext with tag. The key is
 * the Keystore's ([keystoreSealingKey]), which chooses the nonces; `folder` lies outside backups of the phone.
 */
class SealedSecrets(private val folder: Path, private val key: () -> SecretKey) : SecretStore {
    override fun read(name: String): ByteArray? = guarded {
        val sealed = try {
            Files.readAllBytes(fileOf(name))
        } catch (_: NoSuchFileException) {
            return@guarded null
        }
        if (sealed.size < HEADER + TAG_BITS / 8 || sealed[0] != VERSION) throw KeyFault.Damaged()
        cipher(Cipher.DECRYPT_MODE, name, GCMParameterSpec(TAG_BITS, sealed, 1, NONCE))
            .doFinal(sealed, HEADER, sealed.size - HEADER)
    }

    /** Beside the old one, onto the disk, then in its place: a crash leaves the old or the new one. */
    @Synchronized
    override fun write(name: String, secret: ByteArray) = guarded {
        val cipher = cipher(Cipher.ENCRYPT_MODE, name, null)
        val sealed = byteArrayOf(VERSION) + cipher.iv + cipher.doFinal(secret)
        Files.createDirectories(folder)
        val next = folder.resolve("$name~")
        FileChannel.open(next, CREATE, TRUNCATE_EXISTING, WRITE).use {
            val bytes = ByteBuffer.wrap(sealed)
            while (bytes.hasRemaining()) it.write(bytes)
            it.force(true)
        }
        Files.move(next, fileOf(name), ATOMIC_MOVE)
        syncFolder()
    }

    @Synchronized
    override fun erase(name: String) = guarded { if (Files.deleteIfExists(fileOf(name))) syncFolder() }

    private fun cipher(mode: Int, name: String, nonce: GCMParameterSpec?) = Cipher.getInstance("AES/GCM/NoPadding").apply {
        if (nonce == null) init(mode, key()) else init(mode, key(), nonce)
        updateAAD("kodanik secret $name".toByteArray())
    }

    /** Else the new name of a file may be lost with the power. */
    private fun syncFolder() = FileChannel.open(folder, READ).use { it.force(true) }

    private fun fileOf(name: String): Path {
        if (!NAME.matches(name)) throw KeyFault.Unavailable()
        return folder.resolve(name)
    }

    private inline fun <T> guarded(work: () -> T): T = try {
        work()
    } catch (_: AEADBadTagException) {
        throw KeyFault.Damaged()
    } catch (_: GeneralSecurityException) {
        throw KeyFault.Unavailable()
    } catch (_: ProviderException) {
        throw KeyFault.Unavailable()
    } catch (_: IOException) {
        throw KeyFault.Unavailable()
    }

    private companion object {
        const val VERSION: Byte = 1
        const val NONCE = 12
        const val TAG_BITS = 128
        const val HEADER = 1 + NONCE

        /** As the core names them; nothing that leads out of the folder, and no dot at the beginning. */
        val NAME = Regex("[a-z0-9][a-z0-9.-]{0,63}")
    }
}
