package org.kodanik.check

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.kodanik.ffi.BallotStage
import org.kodanik.ffi.Link
import org.kodanik.ffi.PresentStage
import org.kodanik.kit.Screen

class ManyAtOnceTest {
    /** More calls than there are threads, while flows run and keys are asked: all of them right, none waits for another. */
    @Test
    fun twoHundredCallsWhileFlowsRun() = enrolledPhone().use { phone ->
        val kodanik = phone.kodanik
        val ballot = phone.enterBooth()
        val asked = Playground.shared.ask("given_name")
        val present = kodanik.present(asked.link)
        runBlocking(Dispatchers.Default) {
            withTimeout(120_000) {
                ballot.choose(choices("3"))
                ballot.settled()
                ballot.seal()
                val sharing = async {
                    present.load()
                    present.consent(null)
                }
                val calls = List(200) { number ->
                    async {
                        when (number % 5) {
                            0 -> assertEquals("given_name" in kodanik.credentials().single().claims, true)
                            1 -> assertEquals(Playground.shared.election, kodanik.elections().single().name)
                            2 -> assertEquals(Link.PRESENTATION, kodanik.identify(asked.link))
                            3 -> assertTrue(kodanik.history(0u, 200u).isNotEmpty())
                            else -> assertTrue(present.state() !is PresentStage.Stopped)
                        }
                    }
                }
                calls.awaitAll()
                sharing.await()
            }
        }
        assertEquals("accepted", Playground.shared.verdict(asked))
        ballot.reached<BallotStage.Sealed>()
        ballot.cast()
        ballot.reached<BallotStage.Cast>()
        assertTrue(phone.wallet.screen.value is Screen.Vote)
    }
}
