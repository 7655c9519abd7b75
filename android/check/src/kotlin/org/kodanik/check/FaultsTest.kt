package org.kodanik.check

import java.nio.file.Files
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import org.kodanik.ffi.BallotStage
import org.kodanik.ffi.EnrolStage
import org.kodanik.ffi.Fault
import org.kodanik.ffi.HistoryKind
import org.kodanik.ffi.KeyFault
import org.kodanik.ffi.Phase
import org.kodanik.ffi.PresentStage
import org.kodanik.ffi.PromptReason
import org.kodanik.kit.NewPin
import org.kodanik.kit.Screen
import org.kodanik.kit.WalletPresenter

/** Each fault that a test can bring about arrives as the type that a screen goes by, and where the screen looks for it. */
class FaultsTest {
    private val playground = Playground.shared

    @Test
    fun whoIsUnknownIsToldAndSoIsASilentGateway() {
        val other = Playground.open()
        TestPhone(other.config).create().use { phone ->
            phone.wallet.openLink(playground.enrol().offer)
            val foreign = phone.shown<Screen.Enrol>().presenter.reached<EnrolStage.Stopped>().fault
            assertTrue(told(foreign), foreign is Fault.UnknownParty)
            phone.wallet.back()

            phone.enrol(other.enrol())
            phone.wallet.openLink(other.ask("given_name").link)
            val present = phone.shown<Screen.Present>().presenter
            present.reached<PresentStage.Asking>()
            other.close()
            present.consent(null)
            val silent = present.reached<PresentStage.Stopped>().fault
            assertTrue(told(silent), silent is Fault.Offline)
            phone.wallet.back()
            val elections = phone.wallet.elections.becomes { !it.isLoading && it.fault != null }
            assertTrue(told(elections.fault), elections.fault is Fault.Offline)
            assertEquals("what was known stays on the screen", 1, elections.items.size)
            phone.wallet.openVote(other.election)
            val away = phone.shown<Screen.Vote>().presenter.reached<BallotStage.Stopped>().fault
            assertTrue(told(away), away is Fault.Offline)
        }
    }

    @Test
    fun aWrongCodeIsRefused() = TestPhone().create().use { phone ->
        val offered = playground.enrol()
        phone.wallet.openLink(offered.offer)
        val enrol = phone.shown<Screen.Enrol>().presenter
        enrol.reached<EnrolStage.Reviewing>()
        enrol.accept(if (offered.code == "000000") "000001" else "000000")
        val fault = enrol.reached<EnrolStage.Stopped>().fault
        assertTrue(told(fault), fault is Fault.Refused)
        assertEquals("the state tells it, and it is not told twice", null, enrol.fault.value)
    }

    @Test
    fun aNoAtThePromptSendsNothingAndTheFlowBeginsAnew() = enrolledPhone().use { phone ->
        val asked = playground.ask("given_name")
        phone.wallet.openLink(asked.link)
        val present = phone.shown<Screen.Present>().presenter
        present.reached<PresentStage.Asking>()
        phone.keys.prompt = { throw KeyFault.Cancelled() }
        present.consent(null)
        val stopped = present.reached<PresentStage.Stopped>()
        assertTrue(told(stopped.fault), stopped.fault is Fault.Cancelled)
        assertFalse(stopped.maybeShared)
        assertEquals("pending", playground.verdict(asked))
        phone.keys.prompt = { assertEquals(PromptReason.PRESENT, it) }
        present.load()
        present.reached<PresentStage.Asking>()
        present.consent(null)
        present.reached<PresentStage.Done>()
        Unit
    }

    @Test
    fun aBrokenKeyStoreIsADeviceKeyFaultWhateverItThrows() = TestPhone().create().use { phone ->
        val offered = playground.enrol()
        phone.wallet.openLink(offered.offer)
        val enrol = phone.shown<Screen.Enrol>().presenter
        val breaks = mapOf(
            KeyFault.Damaged() to "key.damaged",
            KeyFault.Unavailable() to "key.unavailable",
            IllegalStateException("the PIN is 284917") to "key.unavailable",
        )
        for ((thrown, code) in breaks) {
            enrol.reached<EnrolStage>()
            if (enrol.state.value is EnrolStage.Stopped) enrol.load()
            enrol.reached<EnrolStage.Reviewing>()
            phone.keys.prompt = { throw thrown }
            enrol.accept(offered.code)
            val fault = enrol.reached<EnrolStage.Stopped>().fault
            assertEquals("DeviceKey $code", told(fault))
            assertTrue(fault is Fault.DeviceKey)
        }
        phone.keys.prompt = {}
        enrol.load()
        enrol.reached<EnrolStage.Reviewing>()
        enrol.accept(offered.code)
        enrol.reached<EnrolStage.Done>()
        Unit
    }

    @Test
    fun aSecretStoreThatBreaksOnTheWaySaysThatClaimsMayHaveLeft() = enrolledPhone().use { phone ->
        phone.wallet.openLink(playground.ask("given_name").link)
        val present = phone.shown<Screen.Present>().presenter
        present.reached<PresentStage.Asking>()
        phone.secrets.isBroken = true
        present.consent(null)
        val stopped = present.reached<PresentStage.Stopped>()
        assertEquals("DeviceKey store.platform", told(stopped.fault))
        assertTrue(stopped.maybeShared)
        phone.secrets.isBroken = false
        phone.wallet.back()
        phone.wallet.history.becomes { it.items.lastOrNull()?.kind == HistoryKind.MAYBE_PRESENTED }
        Unit
    }

    @Test
    fun whatIsNotUnderstoodCanBeMended() = enrolledPhone().use { phone ->
        phone.wallet.openScan()
        phone.wallet.scanned("a poster beside the polling station")
        assertTrue(phone.wallet.fault.value is Fault.NotUnderstood)
        assertEquals("NotUnderstood ${WalletPresenter.LINK_UNKNOWN}", told(phone.wallet.fault.value))
        phone.wallet.dismiss()
        assertEquals(null, phone.wallet.fault.value)

        val ballot = phone.enterBooth()
        ballot.choose(choices("nobody"))
        ballot.failed<Fault.NotUnderstood>("vote.choice")
        ballot.reached<BallotStage.Choosing>()
        ballot.choose(choices("3"))
        ballot.succeeded()
    }

    @Test
    fun outOfOrderNothingHappens() = enrolledPhone().use { phone ->
        phone.wallet.openVote(playground.election)
        val ballot = phone.shown<Screen.Vote>().presenter
        ballot.reached<BallotStage.NotEntitled>()
        val verbs = listOf(ballot::load, ballot::back, ballot::seal, ballot::test, ballot::cast, ballot::voteAgain)
        for (verb in verbs) {
            verb()
            ballot.failed<Fault.WrongState>("flow.wrong_state")
            ballot.reached<BallotStage.NotEntitled>()
        }
        val flow = phone.kodanik.ballot(playground.election)
        phone.wallet.lock()
        assertEquals("WrongState flow.locked", told(assertThrows(Fault::class.java) { flow.choose(choices("3")) }))
        assertThrows(Fault.WrongState::class.java) { phone.kodanik.history(0u, 1u) }
        assertThrows(Fault.WrongState::class.java) { phone.kodanik.backup() }
        Unit
    }

    @Test
    fun thePinOpensWaitsAndIsEmptied() = TestPhone().use { phone ->
        val wallet = phone.wallet
        assertEquals(Phase.NO_WALLET, wallet.phase.value)
        for (unfit in listOf("1", "123456", "000000")) {
            phone.chooses(unfit)
            wallet.busy.becomes { !it }
            assertTrue(told(wallet.fault.value), wallet.fault.value is Fault.PinUnfit)
            assertEquals(0, wallet.pinLength.value)
        }
        assertEquals(12, phone.type("1234567890123"))
        assertTrue(told(wallet.fault.value), wallet.fault.value is Fault.PinUnfit)
        wallet.pop()
        assertEquals(11, wallet.pinLength.value)
        repeat(11) { wallet.pop() }

        phone.type(TestPhone.PIN)
        wallet.confirm()
        assertEquals(NewPin.SECOND, wallet.newPin.value)
        assertEquals(0, phone.type("284918") - TestPhone.PIN.length)
        wallet.confirm()
        assertEquals(NewPin.DIFFERED, wallet.newPin.value)
        assertEquals(0, wallet.pinLength.value)
        phone.type(TestPhone.PIN)
        wallet.confirm()
        phone.type("28")
        wallet.lock()
        assertEquals("what was typed goes with the screen", NewPin.FIRST, wallet.newPin.value)
        assertEquals(0, wallet.pinLength.value)
        wallet.removeWiped()
        wallet.busy.becomes { !it }
        assertTrue(told(wallet.fault.value), wallet.fault.value is Fault.WrongState)
        phone.create()

        wallet.lock()
        assertEquals(Phase.LOCKED, wallet.phase.value)
        assertTrue(wallet.screen.value is Screen.Pin)
        phone.type("284918")
        wallet.unlock()
        wallet.busy.becomes { !it }
        assertEquals(9u, (wallet.fault.value as Fault.PinWrong).triesLeft)
        phone.unlock()
        wallet.lock()
        repeat(5) {
            phone.type("284918")
            wallet.unlock()
            wallet.busy.becomes { !it }
        }
        phone.type(TestPhone.PIN)
        wallet.unlock()
        wallet.busy.becomes { !it }
        assertTrue(told(wallet.fault.value), wallet.fault.value is Fault.PinWait)
    }

    @Test
    fun aTrustFolderThatIsNoneIsAStorageFault() {
        val empty = Files.createTempDirectory("kodanik-trust-")
        TestPhone(playground.config.copy(trust = empty.toString())).use { phone ->
            phone.chooses(TestPhone.PIN)
            phone.wallet.busy.becomes { !it }
            assertTrue(told(phone.wallet.fault.value), phone.wallet.fault.value is Fault.Storage)
            assertEquals(Phase.NO_WALLET, phone.wallet.phase.value)
        }
        Files.delete(empty)
        assertThrows(Fault.NotUnderstood::class.java) { TestPhone(playground.config.copy(gateway = "nowhere")) }
    }
}
