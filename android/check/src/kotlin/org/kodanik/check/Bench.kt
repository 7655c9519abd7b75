package org.kodanik.check

import java.nio.file.Files
import kotlinx.coroutines.runBlocking
import org.kodanik.ffi.Fault
import org.kodanik.ffi.Kodanik
import org.kodanik.ffi.PinEntry
import org.kodanik.ffi.Platform

/** What crossing the bridge costs, and how long a citizen waits for the first state. Prints; proves nothing. */
fun main() {
    val playground = Playground.shared
    val home = Files.createTempDirectory("kodanik-bench-")
    val keys = JvmKeys()
    val secrets = FileSecrets(home.resolve("secrets"))
    val open = { Kodanik.open(Platform(keys, secrets, home.resolve("wallet").toString(), "en"), playground.config) }
    fun pin() = PinEntry().apply { TestPhone.PIN.forEach { push(it.digitToInt().toUByte()) } }

    val (first, loading) = timed { open() }
    runBlocking { first.create(pin()) }
    first.lock()
    println("load the library, open: %.1f ms".format(loading))
    val opened = List(5) {
        val (kodanik, opening) = timed { open() }
        val (_, unlocking) = timed { runBlocking { kodanik.unlock(pin()) } }
        val (_, looking) = timed { kodanik.enrol("openid-credential-offer://?x").state() }
        kodanik.lock()
        listOf(opening, unlocking, looking)
    }
    val median = { which: Int -> opened.map { it[which] }.sorted()[opened.size / 2] }
    println("open: %.1f ms, unlock (Argon2id): %.1f ms, flow and state(): %.2f ms".format(median(0), median(1), median(2)))

    runBlocking { first.unlock(pin()) }
    val flow = first.verifyBallot("x")
    val link = playground.ask("given_name").link
    rate("phase()                      nothing in, an enum out") { first.phase() }
    rate("state()                      nothing in, a record out") { flow.state() }
    rate("identify(${link.length} characters)       text in, an enum out") { first.identify(link) }
    rate("scan() out of order          async, a typed fault out") {
        try {
            runBlocking { flow.scan("x") }
        } catch (_: Fault.WrongState) {
        }
    }
    first.lock()
    home.toFile().deleteRecursively()
    playground.close()
}

private fun <T> timed(work: () -> T): Pair<T, Double> {
    val began = System.nanoTime()
    return work() to (System.nanoTime() - began) / 1e6
}

/** One thread, two seconds, after one second of warming up. */
private fun rate(what: String, call: () -> Unit) {
    fun count(milliseconds: Long): Long {
        val end = System.nanoTime() + milliseconds * 1_000_000
        var calls = 0L
        while (System.nanoTime() < end) {
            call()
            calls++
        }
        return calls
    }
    count(1_000)
    println("%9d /s  %s".format(count(2_000) / 2, what))
}
