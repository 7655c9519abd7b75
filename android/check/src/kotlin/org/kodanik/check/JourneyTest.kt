package org.kodanik.check

import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNotNull
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Test
import org.kodanik.ffi.BackupStage
import org.kodanik.ffi.BallotStage
import org.kodanik.ffi.CaseStage
import org.kodanik.ffi.CaseState
import org.kodanik.ffi.EnrolStage
import org.kodanik.ffi.Fault
import org.kodanik.ffi.HistoryKind
import org.kodanik.ffi.KeyFault
import org.kodanik.ffi.NoticesStage
import org.kodanik.ffi.OwnBallotFate
import org.kodanik.ffi.Pick
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
        assertEquals(3, phone.keys.timesAsked())
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
        assertEquals(1, phone.keys.timesAsked())
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
        assertEquals(5, phone.keys.timesAsked())
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
        phone.keys.reasons.clear()
        val ballot = phone.enterBooth()
        assertEquals(List(3) { PromptReason.VOTE }, phone.keys.reasons)
        phone.keys.reasons.clear()
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
        assertEquals("a ballot is signed by its pseudonym, not by the phone's key", 0, phone.keys.timesAsked())
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
        lost.keys.reasons.clear()
        lost.wallet.openBackup()
        val backup = lost.shown<Screen.Backup>().presenter
        val made = backup.reached<BackupStage.Codes>()
        assertEquals(8, made.codes.size)
        val asked = made.asked.toInt() - 1
        backup.store(made.codes[(asked + 1) % 8])
        backup.failed<Fault.NotUnderstood>("recovery.code_not_of_this_set")
        backup.store(made.codes[asked])
        assertEquals(1u, backup.reached<BackupStage.Stored>().size.credentials)
        assertEquals(3, lost.keys.timesAsked())
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
            phone.keys.reasons.clear()
            recover.recover(made.codes[0], withCard = true)
            assertNotNull(recover.reached<RecoverStage.Recovered>().eId)
            assertEquals(5, phone.keys.timesAsked())
            recover.close()
            phone.wallet.credentials.becomes { it.items.size == 1 }
            phone.wallet.history.becomes { it.items.any { line -> line.kind == HistoryKind.RECOVERED } }
        }
    }

    @Test
    fun whatIsNotNeededIsSharedOnlyWhereSheGivesIt() = enrolledPhone().use { phone ->
        for (gives in listOf(false, true)) {
            val asked = playground.ask("given_name", optional = "family_name")
            phone.wallet.openLink(asked.link)
            val present = phone.shown<Screen.Present>().presenter
            val asking = present.reached<PresentStage.Asking>()
            assertEquals(listOf("given_name"), asking.claims)
            val picks = asking.questions.filter { it.needed || gives }.map { Pick(it.queryId, listOf(it.options[0].credential)) }
            assertEquals(if (gives) 2 else 1, picks.size)
            present.consent(picks)
            val shared = present.reached<PresentStage.Done>().claims
            assertEquals(if (gives) setOf("given_name", "family_name") else setOf("given_name"), shared.toSet())
            assertEquals("accepted", playground.verdict(asked))
            present.close()
        }
    }

    @Test
    fun sheFollowsACaseToItsDecision() = enrolledPhone().use { phone ->
        val applied = phone.apply()
        phone.wallet.openCase(applied.id)
        val case = phone.shown<Screen.Case>().presenter
        val sent = case.reached<CaseStage.Standing>().case
        assertTrue(sent.isOpen && !sent.hasDecision && sent.title.isNotBlank())
        case.decision()
        case.failed<Fault.WrongState>("flow.wrong_state")
        phone.keys.reasons.clear()
        case.ask()
        case.reached<CaseStage.Standing>()
        assertEquals(List(3) { PromptReason.REQUEST }, phone.keys.reasons)
        // The office decides in some seconds.
        soon {
            case.ask()
            case.reached<CaseStage.Standing>().case.hasDecision
        }
        assertEquals(CaseState.DECIDED, case.reached<CaseStage.Standing>().case.state)
        case.decision()
        val decided = case.reached<CaseStage.Decided>()
        assertEquals(applied.provider, decided.provider)
        assertTrue(decided.body.startsWith("{"))

        phone.keys.reasons.clear()
        case.back()
        assertFalse(case.reached<CaseStage.Standing>().case.isOpen)
        case.decision()
        assertEquals(decided, case.reached<CaseStage.Decided>())
        assertEquals("what is kept asks nobody", 0, phone.keys.timesAsked())
        case.close()
        val requests = phone.wallet.requests.becomes { it.items.size == 2 }.items
        assertEquals(listOf(null, applied.id), requests.map { it.caseOf })
    }

    @Test
    fun sheTakesAnApplicationBackAndRemovesTheCredential() = enrolledPhone().use { phone ->
        val applied = phone.apply()
        phone.wallet.openCase(applied.id)
        val case = phone.shown<Screen.Case>().presenter
        case.reached<CaseStage.Standing>()
        phone.keys.reasons.clear()
        phone.keys.prompt = { throw KeyFault.Cancelled() }
        case.withdraw()
        case.failed<Fault.Cancelled>("key.cancelled")
        assertTrue(case.reached<CaseStage.Standing>().case.isOpen)
        phone.keys.prompt = {}
        case.withdraw()
        val withdrawn = case.reached<CaseStage.Standing>().case
        assertEquals(CaseState.WITHDRAWN, withdrawn.state)
        case.ask()
        case.failed<Fault.WrongState>("flow.wrong_state")
        case.close()
        phone.wallet.openCase("nothing")
        val unknown = phone.shown<Screen.Case>().presenter.reached<CaseStage.Stopped>()
        assertEquals("WrongState misuse.not_found", told(unknown.fault))
        phone.wallet.back()

        val eId = phone.wallet.credentials.becomes { !it.isLoading && it.items.isNotEmpty() }.items.single()
        phone.wallet.removeCredential(eId.id)
        phone.wallet.credentials.becomes { !it.isLoading && it.items.isEmpty() }
        assertNull(phone.wallet.fault.value)
        assertTrue(phone.wallet.history.value.items.any { it.kind == HistoryKind.CREDENTIAL_RECEIVED })
    }

    @Test
    fun sheLooksAfterHerCodesAndStopsWhoUsesOne() = enrolledPhone().use { phone ->
        assertEquals(listOf(false), phone.wallet.hasCodes.becomes { it.items.isNotEmpty() }.items)
        val made = phone.makeBackup()
        phone.wallet.hasCodes.becomes { it.items == listOf(true) }
        phone.keys.reasons.clear()
        phone.wallet.openBackup()
        val backup = phone.shown<Screen.Backup>().presenter
        assertEquals(made.set, backup.reached<BackupStage.InForce>().codes.set)
        phone.wallet.openNotices()
        val notices = phone.shown<Screen.Notices>().presenter
        notices.reached<NoticesStage.Loading>()
        assertEquals("nobody is asked before she asks", 0, phone.keys.timesAsked())
        notices.load()
        assertTrue(notices.reached<NoticesStage.Listed>().notices.isEmpty())

        val thief = TestPhone().create()
        val redeeming = thief.redeem(made.codes[0])
        notices.load()
        val listed = notices.reached<NoticesStage.Listed>()
        val notice = listed.notices.single()
        assertFalse(listed.refusedOne || notice.isRefused)
        assertTrue(notice.notBefore > notice.begun)
        notices.refuse("nothing")
        notices.failed<Fault.WrongState>("misuse.not_found")
        notices.refuse(notice.id)
        val refused = notices.reached<NoticesStage.Listed>()
        assertTrue(refused.refusedOne && refused.notices.single().isRefused)
        notices.load()
        assertTrue("the office says so too", notices.reached<NoticesStage.Listed>().notices.single().isRefused)
        redeeming.recover(made.codes[0], withCard = false)
        assertEquals("Refused refused.suspended", told(redeeming.reached<RecoverStage.Stopped>().fault))
        thief.close()
        notices.close()

        phone.shown<Screen.Backup>()
        phone.keys.reasons.clear()
        backup.refresh()
        assertEquals(1u, backup.reached<BackupStage.Stored>().size.credentials)
        assertEquals(List(phone.keys.reasons.size) { PromptReason.BACKUP }, phone.keys.reasons)
        backup.close()
        phone.wallet.openBackup()
        val again = phone.shown<Screen.Backup>().presenter
        again.reached<BackupStage.InForce>()
        again.makeCodes()
        val anew = again.reached<BackupStage.Codes>()
        assertTrue(anew.replacesEarlier && anew.set != made.set)
        phone.wallet.back()
        phone.wallet.openBackup()
        assertEquals(made.set, phone.shown<Screen.Backup>().presenter.reached<BackupStage.InForce>().codes.set)
    }

    @Test
    fun whoHasThePaperSwitchesTheLostPhoneOff() = enrolledPhone().use { lost ->
        val made = lost.makeBackup()
        TestPhone().create().use { phone ->
            phone.wallet.openRecover()
            val recover = phone.shown<Screen.Recover>().presenter
            recover.revoke(made.codes[0])
            recover.failed<Fault.NotUnderstood>("recovery.wrong_kind")
            recover.reached<RecoverStage.AwaitingCode>()
            recover.revoke(made.revocationCode)
            recover.reached<RecoverStage.Revoked>()
            recover.close()
            phone.wallet.openRecover()
            val late = phone.shown<Screen.Recover>().presenter
            late.recover(made.codes[0], withCard = false)
            val fault = late.reached<RecoverStage.Stopped>().fault
            assertTrue(told(fault), fault is Fault.Refused)
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
