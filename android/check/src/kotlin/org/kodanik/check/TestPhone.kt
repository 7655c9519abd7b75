package org.kodanik.check

import java.io.Closeable
import java.nio.file.Files
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.kodanik.ffi.BackupStage
import org.kodanik.ffi.BallotStage
import org.kodanik.ffi.Config
import org.kodanik.ffi.ContestChoice
import org.kodanik.ffi.EnrolStage
import org.kodanik.ffi.Fault
import org.kodanik.ffi.IdCard
import org.kodanik.ffi.Kodanik
import org.kodanik.ffi.Phase
import org.kodanik.ffi.Platform
import org.kodanik.ffi.RecoverStage
import org.kodanik.ffi.ServiceStage
import org.kodanik.kit.BallotPresenter
import org.kodanik.kit.FlowPresenter
import org.kodanik.kit.RecoverPresenter
import org.kodanik.kit.Screen
import org.kodanik.kit.WalletPresenter

/** A phone with the app on it, and the citizen's hands: doubles at the platform's seams, everything between them is real. */
class TestPhone(config: Config = Playground.shared.config, card: IdCard? = null) : Closeable {
    private val home = Files.createTempDirectory("kodanik-phone-")
    val keys = JvmKeys()
    val secrets = FileSecrets(home.resolve("secrets"))
    val kodanik = Kodanik.open(Platform(keys, secrets, home.resolve("wallet").toString(), "en"), config)
    val wallet = WalletPresenter(kodanik, card)

    /** Types a PIN; gives how many digits are there then. */
    fun type(pin: String): Int {
        pin.forEach { wallet.push(it.digitToInt()) }
        return wallet.pinLength.value
    }

    /** Makes the wallet and arrives at home. */
    fun create() = apply {
        chooses(PIN)
        arrived()
        assertEquals(Phase.UNLOCKED, wallet.phase.value)
    }

    /** Types a new PIN, twice. */
    fun chooses(pin: String) = repeat(2) {
        assertEquals(pin.length, type(pin))
        wallet.confirm()
    }

    fun unlock() {
        type(PIN)
        wallet.unlock()
        arrived()
    }

    /** The screen changes with the phase, a moment before the verb is through. */
    private fun arrived() {
        wallet.busy.becomes { !it }
        wallet.screen.becomes { it !is Screen.Pin }
    }

    /** Gets the e-ID and is at home again. */
    fun enrol(offered: Playground.Enrolled) = apply {
        wallet.openLink(offered.offer)
        val enrol = shown<Screen.Enrol>().presenter
        enrol.reached<EnrolStage.Reviewing>()
        enrol.accept(offered.code)
        enrol.reached<EnrolStage.Done>()
        enrol.close()
        shown<Screen.Home>()
    }

    /** Into the booth of the shared election, with a voting credential. */
    fun enterBooth(): BallotPresenter {
        wallet.openVote(Playground.shared.election)
        val ballot = shown<Screen.Vote>().presenter
        ballot.reached<BallotStage.NotEntitled>()
        // Who was just enrolled is on the roll a moment later.
        soon {
            ballot.obtainCredential(null, emptyList())
            ballot.settled() is BallotStage.Choosing
        }
        return ballot
    }

    /** Applies for an allowance, and is at home again. */
    fun apply(): ServiceStage.Answered {
        wallet.openServices()
        val service = shown<Screen.Services>().presenter
        val services = service.reached<ServiceStage.Choosing>().services
        val applied = services.first { it.operations.any { operation -> operation.summary.startsWith("Apply") } }
        val operation = applied.operations.indexOfFirst { it.summary.startsWith("Apply") }.toUInt()
        service.fill(applied.id, operation, mapOf("child_name" to "Juku", "child_born" to "2026-10-01", "months" to "3"))
        service.reached<ServiceStage.Reviewing>()
        service.send()
        return service.reached<ServiceStage.Answered>().also { service.close() }
    }

    /** Makes backup codes, and is at home again. */
    fun makeBackup(): BackupStage.Codes {
        wallet.openBackup()
        val backup = shown<Screen.Backup>().presenter
        val codes = backup.reached<BackupStage.Codes>()
        backup.store(codes.codes[codes.asked.toInt() - 1])
        backup.reached<BackupStage.Stored>()
        backup.close()
        return codes
    }

    /** Uses a backup code without a card: that takes its time. */
    fun redeem(code: String): RecoverPresenter {
        wallet.openRecover()
        return shown<Screen.Recover>().presenter.also {
            it.recover(code, withCard = false)
            it.reached<RecoverStage.Waiting>()
        }
    }

    /** The screen that is on. */
    inline fun <reified S : Screen> shown(): S {
        val screen = wallet.screen.value
        assertTrue("${S::class.simpleName} expected, not ${screen::class.simpleName}", screen is S)
        return screen as S
    }

    override fun close() {
        wallet.close()
        home.toFile().deleteRecursively()
    }

    companion object {
        const val PIN = "284917"
    }
}

/** Somebody who has an e-ID already. */
fun enrolledPhone() = TestPhone().create().enrol(Playground.shared.enrol())

fun choices(mayor: String) = listOf(ContestChoice("mayor", listOf(mayor)), ContestChoice("projects", emptyList()))

/** Where the flow stands when its verb is through. */
fun <S : Any> FlowPresenter<S>.settled(): S {
    busy.becomes { !it }
    return state.value
}

/** Where the flow stands when its verb is through, which must be there. Stages are never printed: they may hold a choice. */
inline fun <reified T : Any> FlowPresenter<*>.reached(): T {
    val stage = settled()
    val why = fault.value?.let { " (${told(it)})" }.orEmpty()
    assertTrue("${T::class.simpleName} expected, not ${stage::class.simpleName}$why", stage is T)
    return stage as T
}

/** The last verb's fault, by its type, and nowhere else. */
inline fun <reified F : Fault> FlowPresenter<*>.failed(code: String): F {
    settled()
    val fault = fault.value
    assertTrue("${F::class.simpleName} expected, not ${told(fault)}", fault is F)
    assertEquals(told(fault).substringAfter(' '), code)
    return fault as F
}

fun FlowPresenter<*>.succeeded() {
    settled()
    assertNull(fault.value?.let(::told))
}

/** Type and code. */
fun told(fault: Fault?): String {
    val code = fault?.message?.substringAfter("code=")?.substringBefore(',')
    return "${fault?.let { it::class.simpleName }} $code"
}

/** Waits for a value, a minute at most. */
fun <T> StateFlow<T>.becomes(wanted: (T) -> Boolean): T = runBlocking { withTimeout(60_000) { first { wanted(it) } } }

/** Tries until it is so, ten seconds at most. */
fun soon(isSo: () -> Boolean) = runBlocking {
    withTimeout(10_000) { while (!isSo()) delay(200) }
}
