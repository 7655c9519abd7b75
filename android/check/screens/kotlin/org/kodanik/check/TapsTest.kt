package org.kodanik.check

import androidx.compose.runtime.SideEffect
import androidx.compose.ui.geometry.Size
import androidx.compose.ui.semantics.SemanticsProperties
import androidx.compose.ui.semantics.getOrNull
import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.SkikoComposeUiTest
import androidx.compose.ui.test.hasContentDescription
import androidx.compose.ui.test.hasText
import androidx.compose.ui.test.runSkikoComposeUiTest
import androidx.compose.ui.unit.Density
import org.junit.Assert.assertEquals
import org.junit.Test
import org.kodanik.ffi.BallotStage
import org.kodanik.ffi.KeyProtection
import org.kodanik.kit.Screen
import org.kodanik.ui.KodanikApp
import org.kodanik.ui.design.KodanikTheme
import org.kodanik.ui.design.Word

/**
 * The whole app by its screen alone: a finger taps, eyes read, a camera sees codes. Presenters, bridge, core and gateway are
 * the real ones; doubles are the key store, the secret store, the plastic card and what the camera sees.
 */
@OptIn(ExperimentalTestApi::class)
class TapsTest {
    private val playground = Playground.shared
    private val words = AndroidWords(AndroidWords.Language.English)

    @Test
    fun sheMakesAWalletEnrolsAndPresents() = TestPhone().use { phone ->
        val offered = playground.enrol()
        val asked = playground.ask("given_name")
        val unwanted = playground.ask("family_name")
        app(phone) {
            makeWallet()
            enrol(offered)

            scan(asked.link)
            reads(words.of(Word.ClaimGivenName))
            taps(Word.PresentConsent)
            reads(Word.CommonDone)
            assertEquals("accepted", playground.verdict(asked))
            taps(Word.CommonDone)

            scan(unwanted.link)
            taps(Word.PresentDecline)
            reads(Word.PresentDeclined)
            taps(Word.CommonDone)

            taps(Word.HomeWhoLooked)
            reads(words.of(Word.WhoLookedTimes, 1), isPart = true)
            taps(Word.CommonBack)
            taps(Word.HomeHistory)
            reads(Word.HistoryKindPresented)
            reads(Word.HistoryKindRefused)
        }
    }

    @Test
    fun sheVotesAndAnotherPhoneChecksIt() = enrolledPhone().use { phone ->
        var code = ""
        app(phone) {
            taps(Word.ElectionVote)
            // Who was just enrolled is on the roll a moment later.
            soon {
                taps(Word.VoteEntitleAction)
                waits("the answer") { !phone.shown<Screen.Vote>().presenter.busy.value }
                phone.shown<Screen.Vote>().presenter.state.value is BallotStage.Choosing
            }
            taps("Park Chan")
            taps(Word.CommonContinue)
            taps("Riverside cycle path")
            reads(words.of(Word.VoteBudgetLeft, 6, 10))
            taps(Word.VoteReview)
            reads("Park Chan")
            reads("Riverside cycle path")
            taps(Word.VoteConfirmSeal)

            taps(Word.VoteSealedTestShow)
            taps(Word.VoteSealedTest)
            reads(Word.VoteTestedTitle)
            taps(Word.VoteTestedAction)

            // What was tested is forgotten: from the first contest again.
            taps("Park Chan")
            taps(Word.CommonContinue)
            taps(Word.VoteReview)
            reads(Word.VoteBlank)
            taps(Word.VoteConfirmSeal)
            taps(Word.VoteSealedCast)
            reads(Word.VoteCastTitle)
            taps(Word.VoteCastCheck)
            reads(Word.A11yQr)
            code = (phone.shown<Screen.Vote>().presenter.state.value as BallotStage.Cast).checkCode.orEmpty()
            taps(Word.CommonDone)
            reads(words.of(Word.ElectionVoted, 1))
        }
        TestPhone().use { friend ->
            app(friend) {
                makeWallet()
                scan(code)
                reads(Word.VerifyFound)
                reads("Park Chan")
                taps(Word.CommonDone)
            }
        }
    }

    @Test
    fun sheLosesThePhoneAndGetsEverythingBack() {
        val offered = playground.enrol()
        val paper = mutableListOf<String>()
        TestPhone().create().enrol(offered).use { lost ->
            app(lost) {
                taps(Word.HomeBackup)
                taps(Word.BackupCodesAll)
                paper += (1..8).map { codeUnder(words.of(Word.BackupCodesNumber, it)) }
                taps(Word.BackupCodesWritten)
                val asked = (1..8).single { shows(words.of(Word.BackupAskTitle, it)) }
                type(words.of(Word.BackupAskField, asked), paper[asked % 8])
                taps(Word.BackupAskAction)
                reads(Word.FaultCodeRecoveryCodeNotOfThisSet)
                replace(words.of(Word.BackupAskField, asked), paper[asked - 1].lowercase())
                taps(Word.BackupAskAction)
                reads(Word.BackupStored)
                taps(Word.CommonDone)
            }
        }
        TestPhone(card = offered.card).use { phone ->
            app(phone) {
                makeWallet()
                taps(Word.HomeEmptyRecover)
                type(words.of(Word.RecoverCodeField), paper[2].replace("-", " "))
                taps(Word.RecoverAction)
                reads(Word.RecoverWaiting)
                taps(Word.RecoverCard)
                reads(Word.RecoverDone)
                taps(Word.RecoverDoneCodesAction)
                reads(Word.BackupCodesTitle)
                taps(Word.CommonClose)
                taps(Word.HomeHistory)
                reads(Word.HistoryKindRecovered)
            }
        }
    }

    @Test
    fun sheFollowsWhatSheAppliedForAndTakesItBack() = enrolledPhone().use { phone ->
        phone.apply()
        val title = phone.wallet.requests.becomes { it.items.isNotEmpty() }.items.single().title
        app(phone) {
            taps(title)
            // The office takes a moment.
            soon {
                taps(Word.CaseAsk)
                reads(Word.CaseTitle)
                waits("the answer") { !phone.shown<Screen.Case>().presenter.busy.value }
                shows(words.of(Word.CaseDecision))
            }
            taps(Word.CaseDecision)
            reads(Word.CaseDecidedText)
            reads(Word.ServicesAnswer)
            taps(Word.CommonBack)
            reads(Word.CaseDecided)
            taps(Word.CommonBack)

            phone.apply()
            waits("both") { phone.wallet.requests.value.items.count { it.caseOf == null } == 2 }
            phone.wallet.openCase(phone.wallet.requests.value.items.last().id)
            taps(Word.CaseWithdraw)
            reads(Word.CaseWithdrawSure)
            taps(Word.CaseWithdrawNo)
            taps(Word.CaseWithdraw)
            reads(Word.CaseWithdrawSureText)
            taps(Word.CaseWithdrawYes)
            reads(Word.CaseWithdrawn)
            taps(Word.CommonBack)

            taps(phone.wallet.credentials.value.items.single().name)
            taps(Word.CredentialRemove)
            reads(Word.CredentialRemoveSureText)
            taps(Word.CredentialRemoveYes)
            reads(Word.HomeEmptyTitle)
        }
    }

    @Test
    fun sheLooksAfterHerCodes() = enrolledPhone().use { phone ->
        val codes = phone.makeBackup()
        app(phone) {
            taps(Word.HomeBackup)
            taps(Word.BackupRefresh)
            reads(Word.BackupStored)
            taps(Word.CommonDone)
            taps(Word.HomeBackup)
            taps(Word.NoticesTitle)
            taps(Word.NoticesAsk)
            reads(Word.NoticesNone)
            TestPhone().create().use { thief -> thief.redeem(codes.codes[0]) }
            taps(Word.NoticesAsk)
            reads(Word.NoticesSomeText)
            taps(Word.NoticesRefuse)
            reads(Word.NoticesRefusedText)
            reads(Word.NoticesIsRefused)
            taps(Word.BackupMake)
            reads(Word.BackupCodesReplaces)
            taps(Word.CommonClose)
            reads(Word.HomeTitle)
        }
        TestPhone().use { other ->
            app(other) {
                makeWallet()
                taps(Word.HomeEmptyRecover)
                taps(Word.RecoverRevoke)
                reads(Word.RecoverRevokeSure)
                type(words.of(Word.RecoverRevokeField), codes.codes[1])
                taps(Word.RecoverRevokeAction)
                reads(Word.FaultCodeRecoveryWrongKind)
                replace(words.of(Word.RecoverRevokeField), codes.revocationCode.lowercase())
                taps(Word.RecoverRevokeAction)
                reads(Word.RecoverRevoked)
                taps(Word.CommonDone)
            }
        }
    }

    @Test
    fun aWrongPinIsToldAndARightOneOpens() = TestPhone().use { phone ->
        app(phone) {
            dials("284917")
            dials("284918")
            reads(Word.PinDiffers)
            dials("123456")
            dials("123456")
            reads(Word.FaultCodePinTrivial)
            makeWallet()
            taps(Word.HomeLock)
            dials("111111")
            reads(Word.FaultPinWrong)
            dials(TestPhone.PIN)
            reads(Word.HomeTitle)
        }
    }

    /** The app on a phone's screen, with a camera that sees what [scan] holds before it. */
    private fun app(phone: TestPhone, acts: Citizen.() -> Unit) {
        runSkikoComposeUiTest(Size(720f, 1520f), Density(2f)) {
            val citizen = Citizen(this)
            setContent {
                KodanikTheme(dark = false) {
                    KodanikApp(phone.wallet, words, KeyProtection.SECURE_ELEMENT) { found -> SideEffect { citizen.camera = found } }
                }
            }
            citizen.acts()
        }
    }

    private inner class Citizen(private val test: SkikoComposeUiTest) {
        var camera: ((String) -> Unit)? = null

        fun makeWallet() {
            dials(TestPhone.PIN)
            dials(TestPhone.PIN)
            reads(Word.HomeTitle)
        }

        fun enrol(offered: Playground.Enrolled) {
            scan(offered.offer)
            reads(Word.EnrolReviewFrom)
            type(words.of(Word.EnrolCode), offered.code)
            taps(Word.EnrolAccept)
            reads(Word.EnrolDone)
            taps(Word.CommonDone)
        }

        fun dials(pin: String) {
            pin.forEach { taps(it.toString()) }
            taps(Word.PinDone)
        }

        fun scan(code: String) {
            taps(Word.HomeScan)
            waits("the camera") { camera != null }
            test.runOnUiThread { checkNotNull(camera)(code) }
            camera = null
        }

        fun taps(word: Word) = taps(words.of(word))

        fun taps(name: String) {
            reads(name)
            test.tap(name)
        }

        fun type(field: String, text: String) {
            reads(field)
            test.type(field, text)
        }

        fun replace(field: String, text: String) = test.replace(field, text)

        fun reads(word: Word) = reads(words.of(word))

        /** Waits for a text or a label, or a part of one. */
        fun reads(text: String, isPart: Boolean = false) = waits("“$text”") { shows(text, isPart) }

        fun shows(text: String, isPart: Boolean = false): Boolean {
            val nodes = test.onAllNodes(hasText(text, substring = isPart) or hasContentDescription(text))
            return nodes.fetchSemanticsNodes().isNotEmpty()
        }

        /** The code under a label, as one would write it down. */
        fun codeUnder(label: String): String {
            val nodes = test.onAllNodes(hasText(label)).fetchSemanticsNodes()
            val texts = nodes.single().config.getOrNull(SemanticsProperties.Text).orEmpty().map { it.text }
            return texts.single { it != label }.filter { it.isLetterOrDigit() || it == '-' }
        }

        /** Waits by the clock on the wall: what is waited for does not go by the screen's. */
        fun waits(what: String, isSo: () -> Boolean) {
            val end = System.nanoTime() + TIMEOUT
            while (!isSo()) {
                check(System.nanoTime() < end) { "$what is not there after a minute" }
                Thread.sleep(20)
                test.mainClock.advanceTimeByFrame()
                test.waitForIdle()
            }
        }
    }

    private companion object {
        const val TIMEOUT = 60_000_000_000L
    }
}
