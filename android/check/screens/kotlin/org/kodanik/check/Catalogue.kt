package org.kodanik.check

import androidx.compose.foundation.Canvas
import androidx.compose.foundation.background
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.geometry.Offset
import androidx.compose.ui.geometry.Size
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.SkikoComposeUiTest
import org.kodanik.ffi.BackupStage
import org.kodanik.ffi.BallotStage
import org.kodanik.ffi.CaseStage
import org.kodanik.ffi.EnrolStage
import org.kodanik.ffi.Fault
import org.kodanik.ffi.NoticesStage
import org.kodanik.ffi.Phase
import org.kodanik.ffi.PresentStage
import org.kodanik.ffi.RecoverStage
import org.kodanik.ffi.ServiceStage
import org.kodanik.ffi.VerifyStage
import org.kodanik.kit.Listing
import org.kodanik.kit.NewPin
import org.kodanik.ui.BackupScreen
import org.kodanik.ui.Camera
import org.kodanik.ui.CaseScreen
import org.kodanik.ui.EnrolScreen
import org.kodanik.ui.HistoryScreen
import org.kodanik.ui.HomeScreen
import org.kodanik.ui.HomeState
import org.kodanik.ui.NoVerbs
import org.kodanik.ui.NoticesScreen
import org.kodanik.ui.PinScreen
import org.kodanik.ui.PresentScreen
import org.kodanik.ui.RecoverScreen
import org.kodanik.ui.Samples
import org.kodanik.ui.ScanScreen
import org.kodanik.ui.ServicesScreen
import org.kodanik.ui.VerifyScreen
import org.kodanik.ui.VoteScreen
import org.kodanik.ui.WhoLookedScreen
import org.kodanik.ui.design.FaultNotice
import org.kodanik.ui.design.Page
import org.kodanik.ui.design.Word
import org.kodanik.ui.design.Words

/** A screen in a state, and what is tapped before it is looked at. */
@OptIn(ExperimentalTestApi::class)
class Shot(
    val name: String,
    /** Whether something turns for ever: it is drawn a moment later, without taps. */
    val isWorking: Boolean = false,
    val taps: SkikoComposeUiTest.(Words) -> Unit = {},
    val screen: @Composable (Words) -> Unit,
)

/** Every screen in every state that matters. */
@OptIn(ExperimentalTestApi::class)
object Catalogue {
    private val offline = Samples.Faults.offline

    val shots: List<Shot> = listOf(
        pin("create", Phase.NO_WALLET, 0),
        pin("create-typed", Phase.NO_WALLET, 8),
        pin("create-trivial", Phase.NO_WALLET, 0, Samples.Faults.trivialPin),
        pin("confirm", Phase.NO_WALLET, 6, newPin = NewPin.SECOND),
        pin("differs", Phase.NO_WALLET, 0, newPin = NewPin.DIFFERED),
        pin("making", Phase.NO_WALLET, 0, busy = true),
        pin("unlock", Phase.LOCKED, 4),
        pin("wrong", Phase.LOCKED, 0, Samples.Faults.wrongPin),
        pin("unlocking", Phase.OPENING, 0, busy = true),
        pin("wait", Phase.LOCKED, 0, Samples.Faults.wait),
        pin("wiped", Phase.LOCKED, 0, Samples.Faults.wiped),
        pin("removing", Phase.OPENING, 0, Samples.Faults.wiped, busy = true),

        home("usual", Samples.Home.usual),
        home("first", Samples.Home.first),
        home("empty", Samples.Home.empty),
        home("busy", Samples.Home.busy),
        home("offline", Samples.Home.offline),
        home("unknown-link", Samples.Home.usual, Samples.Faults.unknownLink),
        Shot("home-card-open", taps = { openCard() }) { HomeScreen(Samples.Home.busy, null, false, it, NoVerbs) },
        Shot("home-card-sure", taps = { openCard(); tap(it.of(Word.CredentialRemove)) }) {
            HomeScreen(Samples.Home.usual, null, false, it, NoVerbs)
        },
        Shot("home-other-sure", taps = { tap("Library card"); tap(it.of(Word.CredentialRemove)) }) {
            HomeScreen(Samples.Home.busy, null, false, it, NoVerbs)
        },
        home("loading", Samples.Home.loading, isWorking = true),

        enrol("loading", EnrolStage.Loading),
        enrol("reviewing", Samples.Enrol.reviewing),
        enrol("reviewing-typed", Samples.Enrol.reviewing) { type(it.of(Word.EnrolCode), "284917") },
        enrol("without-code", Samples.Enrol.withoutCode),
        enrol("issuing", EnrolStage.Issuing),
        enrol("done", Samples.Enrol.done),
        enrol("stopped", Samples.Enrol.stopped),
        enrol("unknown-party", Samples.Enrol.unknown),

        present("loading", PresentStage.Loading),
        present("asking", Samples.Present.asking),
        present("over-asking", Samples.Present.overAsking),
        present("alternatives", Samples.Present.alternatives) { tap("Old personal ID") },
        present("optional", Samples.Present.optional),
        present("optional-given", Samples.Present.optional) { tap("Personal ID") },
        present("missing", Samples.Present.missing),
        present("sending", PresentStage.Sending),
        present("done", Samples.Present.done),
        present("redirected", Samples.Present.redirected),
        present("declined", PresentStage.Declined),
        present("stopped", Samples.Present.stopped),
        present("maybe-shared", Samples.Present.maybe),

        vote("loading", BallotStage.Loading),
        vote("not-entitled", Samples.Vote.entitling),
        vote("not-entitled-styles", Samples.Vote.entitlingWithout) { tap(it.of(Word.VoteEntitleWithout)) },
        vote("issuer-down", Samples.Vote.entitling, Samples.Faults.issuerDown),
        vote("obtaining", BallotStage.Obtaining),
        vote("choosing-one", Samples.Vote.one) { tap("Park Chan") },
        vote("choosing-blank", Samples.Vote.one),
        vote("choosing-several", Samples.Vote.several) { tap("Open Libraries") },
        vote("choosing-several-full", Samples.Vote.several) {
            listOf("Open Libraries", "Citizens for Trams", "Green Riverside").forEach { option -> tap(option) }
        },
        vote("choosing-budget", Samples.Vote.budget) { listOf("Riverside cycle path", "Night buses").forEach { option -> tap(option) } },
        vote("choosing-first-of-two", Samples.Vote.all),
        vote("confirming", Samples.Vote.confirming),
        vote("confirming-blank", Samples.Vote.blank),
        vote("sealing", BallotStage.Sealing),
        vote("sealed", Samples.Vote.sealed),
        vote("sealed-test", Samples.Vote.sealed) { tap(it.of(Word.VoteSealedTestShow)) },
        vote("sealed-no-test", Samples.Vote.sealedAgain) { tap(it.of(Word.VoteSealedTestShow)) },
        vote("tested", Samples.Vote.tested),
        vote("casting", BallotStage.Casting),
        vote("cast", Samples.Vote.cast),
        vote("cast-check", Samples.Vote.cast) { tap(it.of(Word.VoteCastCheck)) },
        vote("cast-again", Samples.Vote.castAgain),
        vote("stopped", Samples.Vote.stopped),
        vote("maybe-cast", Samples.Vote.maybe),

        verify("verifying", VerifyStage.Verifying),
        verify("awaiting", VerifyStage.AwaitingTestCode),
        verify("found", Samples.Verify.found),
        verify("tested", Samples.Verify.tested),
        verify("not-found", VerifyStage.NotFound),
        verify("superseded", VerifyStage.Superseded),
        verify("too-late", VerifyStage.TooLate),
        verify("stopped", Samples.Verify.lied),

        services("loading", ServiceStage.Loading),
        services("choosing", Samples.Services.choosing),
        services("none", Samples.Services.nothing),
        services("form", Samples.Services.choosing) { tap("Apply for parental allowance") },
        services("form-wrong", Samples.Services.choosing, Samples.Faults.field) {
            tap("Apply for parental allowance")
            type("Child's date of birth", "soon")
        },
        services("reviewing", Samples.Services.reviewing),
        services("sending", ServiceStage.Sending),
        services("answered", Samples.Services.answered),
        services("refused", Samples.Services.refused),
        services("stopped", Samples.Services.stopped),
        services("kept", Samples.Services.kept),

        case("loading", CaseStage.Loading),
        case("received", Samples.Case.received),
        case("standing", Samples.Case.processing),
        case("needs-input", Samples.Case.needsInput),
        case("sure", Samples.Case.processing) { tap(it.of(Word.CaseWithdraw)) },
        case("too-late", Samples.Case.decided, Samples.Faults.decided),
        case("offline", Samples.Case.processing, Samples.Faults.offline),
        case("decided", Samples.Case.decided),
        case("declined", Samples.Case.declined),
        case("withdrawn", Samples.Case.withdrawn),
        case("asking", CaseStage.Asking),
        case("withdrawing", CaseStage.Withdrawing),
        case("fetching", CaseStage.Fetching),
        case("decision", Samples.Case.decision),
        case("stopped", Samples.Case.stopped),
        case("maybe-kept", Samples.Case.kept),

        list("who-looked") { WhoLookedScreen(Samples.Lists.history, it, NoVerbs) },
        list("who-looked-none") { WhoLookedScreen(Samples.Lists.empty, it, NoVerbs) },
        list("history") { HistoryScreen(Samples.Lists.history, it, NoVerbs) },
        list("history-every-kind") { HistoryScreen(Samples.Lists.everyKind, it, NoVerbs) },
        list("history-none") { HistoryScreen(Samples.Lists.empty, it, NoVerbs) },
        list("history-broken") { HistoryScreen(Samples.Lists.broken, it, NoVerbs) },
        list("history-loading", isWorking = true) { HistoryScreen(Listing(isLoading = true), it, NoVerbs) },

        backup("loading", BackupStage.Loading),
        backup("in-force", Samples.Backup.inForce),
        backup("in-force-offline", Samples.Backup.inForce, Samples.Faults.offline),
        backup("refreshing", BackupStage.Refreshing),
        backup("codes", Samples.Backup.codesStage),
        backup("codes-list", Samples.Backup.replacing) { tap(it.of(Word.BackupCodesAll)) },
        backup("revocation", Samples.Backup.codesStage) { repeat(8) { _ -> tap(it.of(Word.BackupCodesNext)) } },
        backup("asking", Samples.Backup.codesStage) { askBack(it) },
        backup("asking-wrong", Samples.Backup.codesStage, Samples.Faults.otherCode) { askBack(it) },
        backup("storing", BackupStage.Storing),
        backup("stored", Samples.Backup.stored),
        backup("refreshed", Samples.Backup.refreshed),
        backup("stopped", Samples.Backup.stopped),
        backup("maybe-stored", Samples.Backup.maybe),
        backup("as-before", Samples.Backup.asBefore),

        notices("loading", NoticesStage.Loading),
        notices("asking", NoticesStage.Asking),
        notices("none", Samples.Notices.none),
        notices("one", Samples.Notices.one),
        notices("offline", Samples.Notices.one, Samples.Faults.offline),
        notices("refusing", NoticesStage.Refusing),
        notices("refused", Samples.Notices.refusedOne),
        notices("refused-one-of-two", Samples.Notices.refusedOneOfTwo),
        notices("stopped", Samples.Notices.stopped),

        recover("code", RecoverStage.AwaitingCode) { type(it.of(Word.RecoverCodeField), "7K3M-Q9XD-2WHT-4RBN-J6ZC-2FVY") },
        recover("without-card", RecoverStage.AwaitingCode, canReadCard = false),
        recover("recovering", RecoverStage.Recovering),
        recover("waiting", Samples.Recover.waiting),
        recover("recovered", Samples.Recover.recovered),
        recover("stopped", Samples.Recover.stopped),
        recover("revoke", RecoverStage.AwaitingCode) { tap(it.of(Word.RecoverRevoke)) },
        recover("revoke-wrong", RecoverStage.AwaitingCode, fault = Samples.Faults.revocationMistyped) {
            tap(it.of(Word.RecoverRevoke))
            type(it.of(Word.RecoverRevokeField), "7K3M-Q9XD-2WHT-4RBN-J6ZC-2FVY")
        },
        recover("revoking", RecoverStage.Revoking),
        recover("revoked", RecoverStage.Revoked),

        Shot("scan-camera") { ScanScreen(it, NoVerbs, stillLife) },
        Shot("scan-no-camera") { ScanScreen(it, NoVerbs, null) },
        Shot("scan-link", taps = { tap(it.of(Word.ScanPaste)) }) { ScanScreen(it, NoVerbs, stillLife) },

        Shot("faults") { words ->
            Page("Faults", words, onBack = null) { Samples.Faults.all.forEach { FaultNotice(it, words) } }
        },
    )

    private fun pin(
        name: String,
        phase: Phase,
        length: Int,
        fault: Fault? = null,
        busy: Boolean = false,
        newPin: NewPin = NewPin.FIRST,
    ) = Shot("pin-$name", busy) { PinScreen(phase, length, newPin, fault, busy, it, NoVerbs) }

    private fun home(name: String, state: HomeState, fault: Fault? = null, isWorking: Boolean = false) =
        Shot("home-$name", isWorking) { HomeScreen(state, fault, false, it, NoVerbs) }

    private fun enrol(name: String, state: EnrolStage, taps: SkikoComposeUiTest.(Words) -> Unit = {}) =
        Shot("enrol-$name", state is EnrolStage.Loading || state is EnrolStage.Issuing, taps) { EnrolScreen(state, null, false, it, NoVerbs) }

    private fun present(name: String, state: PresentStage, taps: SkikoComposeUiTest.(Words) -> Unit = {}) =
        Shot("present-$name", state is PresentStage.Loading || state is PresentStage.Sending, taps) {
            PresentScreen(state, null, false, it, NoVerbs)
        }

    private fun vote(name: String, state: BallotStage, fault: Fault? = null, taps: SkikoComposeUiTest.(Words) -> Unit = {}) =
        Shot("vote-$name", name in listOf("loading", "obtaining", "sealing", "casting"), taps) {
            VoteScreen(state, fault, false, it, NoVerbs) {}
        }

    private fun verify(name: String, state: VerifyStage) =
        Shot("verify-$name", state is VerifyStage.Verifying) { VerifyScreen(state, null, false, it, NoVerbs) {} }

    private fun services(name: String, state: ServiceStage, fault: Fault? = null, taps: SkikoComposeUiTest.(Words) -> Unit = {}) =
        Shot("services-$name", state is ServiceStage.Loading || state is ServiceStage.Sending, taps) {
            ServicesScreen(state, fault, false, it, NoVerbs) {}
        }

    private fun case(name: String, state: CaseStage, fault: Fault? = null, taps: SkikoComposeUiTest.(Words) -> Unit = {}) =
        Shot("case-$name", name in listOf("loading", "asking", "withdrawing", "fetching"), taps) {
            CaseScreen(state, fault, false, it, NoVerbs)
        }

    private fun list(name: String, isWorking: Boolean = false, screen: @Composable (Words) -> Unit) = Shot(name, isWorking, screen = screen)

    private fun backup(name: String, state: BackupStage, fault: Fault? = null, taps: SkikoComposeUiTest.(Words) -> Unit = {}) =
        Shot("backup-$name", name in listOf("loading", "refreshing", "storing"), taps) {
            BackupScreen(state, fault, false, it, NoVerbs) {}
        }

    private fun notices(name: String, state: NoticesStage, fault: Fault? = null) =
        Shot("notices-$name", name in listOf("asking", "refusing")) { NoticesScreen(state, fault, false, it, NoVerbs) {} }

    private fun recover(
        name: String,
        state: RecoverStage,
        canReadCard: Boolean = true,
        fault: Fault? = null,
        taps: SkikoComposeUiTest.(Words) -> Unit = {},
    ) = Shot("recover-$name", state is RecoverStage.Recovering || state is RecoverStage.Revoking, taps) {
        RecoverScreen(state, fault, false, it, NoVerbs, canReadCard) {}
    }

    private fun SkikoComposeUiTest.openCard() = tap(Samples.eId.name)

    private fun SkikoComposeUiTest.askBack(words: Words) {
        tap(words.of(Word.BackupCodesAll))
        tap(words.of(Word.BackupCodesWritten))
        type(words.of(Word.BackupAskField, 5u), "7K3M-Q9XD-5WHT-4RBN")
    }

    /** In the place of a camera. */
    private val stillLife: Camera = {
        Canvas(Modifier.fillMaxSize().background(Color(0xFF2B3338))) {
            drawRect(Color(0xFFE9E4D8), Offset(size.width * 0.2f, size.height * 0.25f), Size(size.width * 0.6f, size.height * 0.5f))
            drawRect(Color(0xFF222222), Offset(size.width * 0.34f, size.height * 0.38f), Size(size.width * 0.32f, size.width * 0.32f))
        }
    }
}
