package org.kodanik.check

import org.junit.Assert.assertEquals
import org.junit.Assert.assertNotNull
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Test
import org.kodanik.ffi.BackupStage
import org.kodanik.ffi.BallotStage
import org.kodanik.ffi.CaseState
import org.kodanik.ffi.EnrolStage
import org.kodanik.ffi.Fault
import org.kodanik.ffi.HistoryKind
import org.kodanik.ffi.OwnBallotFate
import org.kodanik.ffi.PresentStage
import org.kodanik.ffi.PromptReason
import org.kodanik.ffi.RecoverStage
import org.kodanik.ffi.ServiceStage
import org.kodanik.ffi.VerifyStage
import org.kodanik.kit.BallotPresenter
import org.kodanik.kit.Screen
import org.kodanik.kit.whoLooked

/** What a citizen does, through presenters, the bridge and the core, with a gateway that is no double. */
class JourneyTest {
    private val playground = Playground.shared

    @Test
    fun sheEnrolsPresentsAndAsksAService() = TestPhone().create().use { phone ->
        val offered = playground.enrol()
        phone.wallet.openLink(offered.offer)
        val enrol = phone.shown<Screen.Enrol>().presenter
        val review = enrol.reached<EnrolStage.Reviewing>()
        assertTrue(review.needsCode)
        assertEquals(6u, review.codeLength)
        enrol.accept(offered.code)
        assertEquals(6, enrol.reached<EnrolStage.Done>().checks.size)
        assertTrue(phone.keys.reasons.all { it == PromptReason.ENROL })
        enrol.close()
        val eId = phone.wallet.credentials.becomes { it.items.isNotEmpty() }.items.single()
        assertTrue("given_name" in eId.claims)

        val asked = playground.ask("given_name")
        phone.wallet.openScan()
        phone.wallet.scanned(asked.link)
        val present = phone.shown<Screen.Present>().presenter
        val asking = present.reached<PresentStage.Asking>()
        assertEquals(listOf("given_name"), asking.claims)
        assertTrue(asking.isAnswerable)
        present.consent(null)
        val shared = present.reached<PresentStage.Done>()
        assertEquals("accepted", playground.verdict(asked))
        present.close()

        phone.wallet.openServices()
        val service = phone.shown<Screen.Services>().presenter
        val services = service.reached<ServiceStage.Choosing>().services
        val applied = services.first { it.operations.any { operation -> operation.summary.startsWith("Apply") } }
        val operation = applied.operations.indexOfFirst { it.summary.startsWith("Apply") }.toUInt()
        val form = mapOf("child_name" to "Juku", "child_born" to "2026-10-01", "months" to "3")
        service.fill(applied.id, operation, form + ("child_born" to "soon"))
        assertEquals("child_born", service.failed<Fault.NotUnderstood>("request.input").field)
        service.fill(applied.id, operation, form)
        assertEquals("personal_administrative_number", service.reached<ServiceStage.Reviewing>().claims[0].name)
        service.send()
        assertEquals(CaseState.RECEIVED, service.reached<ServiceStage.Answered>().case)
        service.close()
        phone.wallet.requests.becomes { it.items.size == 1 }

        val lines = phone.wallet.history.becomes { it.items.size == 3 }.items
        assertEquals(HistoryKind.CREDENTIAL_RECEIVED, lines[0].kind)
        val lookers = whoLooked(lines)
        assertEquals(listOf(HistoryKind.SERVICE_REQUESTED, HistoryKind.PRESENTED), lookers.map { it.lines[0].kind })
        assertEquals(shared.party, lookers[1].party)
    }

    @Test
    fun sheVotesAnotherPhoneChecksAndSheVotesAgain() = enrolledPhone().use { phone ->
        val friend = TestPhone().create()
        val ballot = phone.enterBooth()
        val first = vote(ballot, "3", replaces = false)
        friend.wallet.openLink(first)
        val found = friend.shown<Screen.Verify>().presenter.reached<VerifyStage.Found>()
        assertEquals(1u, found.seq)
        assertEquals(listOf("3"), found.ballot.chosen[0].options)
        friend.wallet.back()

        ballot.voteAgain()
        val second = vote(ballot, "7", replaces = true)
        friend.wallet.openLink(first)
        friend.shown<Screen.Verify>().presenter.reached<VerifyStage.Superseded>()
        friend.wallet.back()
        friend.wallet.openLink(second)
        val again = friend.shown<Screen.Verify>().presenter.reached<VerifyStage.Found>()
        assertEquals(2u, again.seq)
        assertEquals(listOf("7"), again.ballot.chosen[0].options)
        friend.close()

        ballot.forgetCode()
        assertNull(ballot.reached<BallotStage.Cast>().checkCode)
        ballot.close()
        val ballots = phone.wallet.ballots.becomes { it.items.size == 2 }.items
        assertTrue(ballots.all { it.fate is OwnBallotFate.OnBoard })
        val election = phone.wallet.elections.becomes { !it.isLoading && it.items.isNotEmpty() }.items.single()
        assertEquals(2u, election.ownBallots)
        assertTrue(PromptReason.VOTE in phone.keys.reasons)
    }

    @Test
    fun aBallotIsPromisedTestedAndThrownAway() = enrolledPhone().use { phone ->
        val friend = TestPhone().create()
        val ballot = phone.enterBooth()
        ballot.choose(choices("3"))
        ballot.reached<BallotStage.Confirming>()
        ballot.seal()
        val sealed = ballot.reached<BallotStage.Sealed>()
        assertEquals(3u, sealed.testsLeft)
        friend.wallet.openLink(sealed.promise)
        val verify = friend.shown<Screen.Verify>().presenter
        verify.reached<VerifyStage.AwaitingTestCode>()

        ballot.test()
        val code = ballot.reached<BallotStage.Tested>().code
        friend.wallet.openScan()
        friend.wallet.scanned("a poster beside the polling station")
        verify.failed<Fault.NotUnderstood>("misuse.not_understood")
        friend.wallet.openScan()
        friend.wallet.scanned(code)
        val tested = verify.reached<VerifyStage.Tested>()
        assertEquals(listOf("3"), tested.ballot.chosen[0].options)
        friend.close()

        ballot.cast()
        ballot.failed<Fault.WrongState>("flow.wrong_state")
        ballot.back()
        ballot.settled()
        vote(ballot, "3", replaces = false)
        Unit
    }

    @Test
    fun sheLosesThePhoneAndGetsEverythingBack() {
        val offered = playground.enrol()
        val lost = TestPhone().create().enrol(offered)
        lost.wallet.openBackup()
        val backup = lost.shown<Screen.Backup>().presenter
        val made = backup.reached<BackupStage.Codes>()
        assertEquals(8, made.codes.size)
        val asked = made.asked.toInt() - 1
        backup.store(made.codes[(asked + 1) % 8])
        backup.failed<Fault.NotUnderstood>("recovery.code_not_of_this_set")
        backup.store(made.codes[asked])
        assertEquals(1u, backup.reached<BackupStage.Stored>().size.credentials)
        lost.close()

        TestPhone(card = offered.card).create().use { phone ->
            phone.wallet.openRecover()
            val recover = phone.shown<Screen.Recover>().presenter
            assertTrue(recover.canReadCard)
            recover.recover("AAAA", withCard = false)
            val mistyped = recover.reached<RecoverStage.Stopped>().fault
            assertTrue(told(mistyped), mistyped is Fault.NotUnderstood)
            recover.recover(made.codes[0], withCard = false)
            recover.reached<RecoverStage.Waiting>()
            recover.recover(made.codes[0], withCard = true)
            assertNotNull(recover.reached<RecoverStage.Recovered>().eId)
            recover.close()
            phone.wallet.credentials.becomes { it.items.size == 1 }
            phone.wallet.history.becomes { it.items.any { line -> line.kind == HistoryKind.RECOVERED } }
        }
    }

    /** Chooses, confirms, makes and casts; gives the checking code. */
    private fun vote(ballot: BallotPresenter, mayor: String, replaces: Boolean): String {
        assertEquals(replaces, ballot.reached<BallotStage.Choosing>().replacesEarlier)
        ballot.choose(choices(mayor))
        assertEquals(listOf(mayor), ballot.reached<BallotStage.Confirming>().chosen[0].options)
        ballot.seal()
        ballot.reached<BallotStage.Sealed>()
        ballot.cast()
        val cast = ballot.reached<BallotStage.Cast>()
        assertEquals(replaces, cast.receipt.replaces != null)
        return cast.checkCode ?: error("no checking code")
    }
}
