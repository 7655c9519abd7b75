package org.kodanik.check

import kotlin.concurrent.thread
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Assert.fail
import org.junit.Test
import org.kodanik.ffi.BallotFlow
import org.kodanik.ffi.BallotStage
import org.kodanik.ffi.Fault
import org.kodanik.ffi.Link
import org.kodanik.ffi.Phase
import org.kodanik.ffi.PresentFlow
import org.kodanik.ffi.PresentStage
import org.kodanik.ffi.PromptReason
import org.kodanik.ffi.uniffiForeignFutureHandleCount
import org.kodanik.kit.Screen

/** The citizen leaves in the middle: the flow ends `Stopped`, and begins anew. */
class LeavingTest {
    private val playground = Playground.shared

    /** Kotlin drops the core's future with the coroutine; the core drops the prompt with the future. */
    @Test
    fun aCoroutineIsCancelledAtThePrompt() = leftAtThePrompt { _, verb -> verb.cancelAndJoin() }

    @Test
    fun aFlowIsCancelledFromAnotherThreadAtThePrompt() = leftAtThePrompt { flow, verb ->
        thread { flow.cancel() }.join()
        verb.join()
    }

    private fun leftAtThePrompt(leave: suspend (PresentFlow, Job) -> Unit) =
        enrolledPhone().use { phone ->
            val asked = playground.ask("given_name")
            val flow = phone.kodanik.present(asked.link)
            val reached = CompletableDeferred<Unit>()
            val left = CompletableDeferred<Unit>()
            phone.keys.prompt = {
                reached.complete(Unit)
                try {
                    awaitCancellation()
                } finally {
                    left.complete(Unit)
                }
            }
            runBlocking(Dispatchers.Default) {
                flow.load()
                val verb = launch {
                    assertEquals("Cancelled flow.cancelled", told(runCatching { flow.consent(null) }.faultOrThrow()))
                }
                reached.await()
                assertTrue(flow.state() is PresentStage.Sending)
                assertThrows(Fault.WrongState::class.java) { runBlocking { flow.decline() } }
                leave(flow, verb)
                val stopped = flow.state() as PresentStage.Stopped
                assertTrue(told(stopped.fault), stopped.fault is Fault.Cancelled)
                withTimeout(5_000) { left.await() }
                assertEquals("pending", playground.verdict(asked))

                phone.keys.prompt = {}
                flow.load()
                flow.consent(null)
                assertTrue(flow.state() is PresentStage.Done)
                assertEquals("accepted", playground.verdict(asked))
            }
            soon { uniffiForeignFutureHandleCount() == 0 }
        }

    @Test
    fun aCoroutineIsCancelledAfterEveryMillisecond() = leftAfterEveryMillisecond { _, verb -> verb.cancelAndJoin() }

    @Test
    fun aFlowIsCancelledFromAnotherThreadAfterEveryMillisecond() = leftAfterEveryMillisecond { flow, verb ->
        thread { flow.cancel() }.join()
        verb.join()
    }

    /** At whatever point that falls on, until the verb comes to its end before. */
    private fun leftAfterEveryMillisecond(leave: suspend (BallotFlow, Job) -> Unit) = enrolledPhone().use { phone ->
        phone.enterBooth().close()
        val flow = phone.kodanik.ballot(playground.election)
        var timesLeft = 0
        for (milliseconds in 1L..2_000L) {
            var hasEnded = false
            runBlocking(Dispatchers.Default) {
                val verb = launch { hasEnded = runCatching { flow.load() }.faultOrThrow() == null }
                delay(milliseconds)
                leave(flow, verb)
            }
            // Cancelled before it began, or just as it ended: then the coroutine does not hear of its verb's end.
            val wasLeft = !hasEnded && flow.state() is BallotStage.Stopped
            if (!wasLeft && milliseconds >= 20) return@use assertTrue(timesLeft > 0)
            if (wasLeft) timesLeft++ else flow.cancel()
            val stopped = flow.state() as BallotStage.Stopped
            assertTrue(told(stopped.fault), stopped.fault is Fault.Cancelled)
            assertFalse(stopped.maybeCast)
        }
        fail("the verb never comes to its end")
    }

    @Test
    fun lockingEndsWhateverRunsAndThePinOpensAgain() = enrolledPhone().use { phone ->
        val reached = CompletableDeferred<Unit>()
        phone.keys.prompt = {
            reached.complete(Unit)
            awaitCancellation()
        }
        phone.wallet.openLink(playground.ask("given_name").link)
        val present = phone.shown<Screen.Present>().presenter
        present.reached<PresentStage.Asking>()
        present.consent(null)
        runBlocking { withTimeout(10_000) { reached.await() } }
        thread { phone.wallet.lock() }.join()
        assertEquals(Phase.LOCKED, phone.wallet.phase.value)
        assertTrue(phone.wallet.screen.value is Screen.Pin)
        assertTrue(phone.wallet.credentials.value.items.isEmpty())
        assertTrue(present.reached<PresentStage.Stopped>().fault is Fault.Cancelled)
        phone.unlock()
        phone.shown<Screen.Home>()
        phone.wallet.credentials.becomes { it.items.size == 1 }
        Unit
    }

    @Test
    fun whoClosesTheScreenForgetsTheChoiceAndTheCodes() = enrolledPhone().use { phone ->
        val ballot = phone.enterBooth()
        ballot.choose(choices("3"))
        ballot.reached<BallotStage.Confirming>()
        phone.wallet.back()
        phone.shown<Screen.Home>()
        assertTrue(ballot.state.value is BallotStage.Stopped)
        ballot.load()
        assertFalse("a closed screen does nothing", ballot.busy.value)
        assertTrue(ballot.state.value is BallotStage.Stopped)
    }

    @Test
    fun aLinkFromOutsideWaitsForThePinAndForWhatTheCitizenIsAt() = enrolledPhone().use { phone ->
        val wallet = phone.wallet
        wallet.lock()
        val first = playground.ask("given_name")
        wallet.openLink(first.link)
        assertTrue(wallet.screen.value is Screen.Pin)
        phone.unlock()
        wallet.screen.becomes { it is Screen.Present }
        val present = phone.shown<Screen.Present>().presenter
        present.reached<PresentStage.Asking>()

        val second = playground.ask("family_name")
        wallet.openLink(second.link)
        assertTrue("still the first one", phone.shown<Screen.Present>().presenter === present)
        present.decline()
        present.reached<PresentStage.Declined>()
        present.close()
        val next = phone.shown<Screen.Present>().presenter
        assertEquals(listOf("family_name"), next.reached<PresentStage.Asking>().claims)
        next.close()
        phone.shown<Screen.Home>()
        assertEquals(Link.PRESENTATION, phone.kodanik.identify(first.link))
    }

    @Test
    fun aSecondTapWhileAVerbRunsIsNotASecondVerb() = enrolledPhone().use { phone ->
        phone.wallet.openLink(playground.ask("given_name").link)
        val present = phone.shown<Screen.Present>().presenter
        present.reached<PresentStage.Asking>()
        present.consent(null)
        present.consent(null)
        present.decline()
        present.reached<PresentStage.Done>()
        present.succeeded()
        assertEquals(1, phone.keys.reasons.count { it == PromptReason.PRESENT })
    }

    private fun Result<Unit>.faultOrThrow(): Fault? = exceptionOrNull()?.let { it as? Fault ?: throw it }
}
