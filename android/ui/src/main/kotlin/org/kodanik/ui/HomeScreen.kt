package org.kodanik.ui

import androidx.compose.foundation.background
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.Spacer
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.material3.CircularProgressIndicator
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.key
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.graphics.Brush
import androidx.compose.ui.graphics.vector.ImageVector
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import org.kodanik.ffi.CaseState
import org.kodanik.ffi.Credential
import org.kodanik.ffi.CredentialStatus
import org.kodanik.ffi.Election
import org.kodanik.ffi.ElectionPhase
import org.kodanik.ffi.Fault
import org.kodanik.ffi.KeyProtection
import org.kodanik.ffi.OwnBallot
import org.kodanik.ffi.OwnBallotFate
import org.kodanik.ffi.ServiceProgress
import org.kodanik.ffi.ServiceRequest
import org.kodanik.kit.Listing
import org.kodanik.kit.WalletVerbs
import org.kodanik.ui.design.AskFirst
import org.kodanik.ui.design.CardColours
import org.kodanik.ui.design.FaultNotice
import org.kodanik.ui.design.Glyph
import org.kodanik.ui.design.IconAction
import org.kodanik.ui.design.Icons
import org.kodanik.ui.design.InlineAction
import org.kodanik.ui.design.ListRow
import org.kodanik.ui.design.MainAction
import org.kodanik.ui.design.Note
import org.kodanik.ui.design.Notice
import org.kodanik.ui.design.OtherAction
import org.kodanik.ui.design.Page
import org.kodanik.ui.design.Panel
import org.kodanik.ui.design.QuietAction
import org.kodanik.ui.design.Reveal
import org.kodanik.ui.design.Rows
import org.kodanik.ui.design.Section
import org.kodanik.ui.design.Space
import org.kodanik.ui.design.Tokens
import org.kodanik.ui.design.Tone
import org.kodanik.ui.design.Verdict
import org.kodanik.ui.design.Word
import org.kodanik.ui.design.Words
import org.kodanik.ui.design.claims
import org.kodanik.ui.design.day
import org.kodanik.ui.design.moment
import org.kodanik.ui.design.reveals

/** What home shows: the wallet's lists, as they are known. */
class HomeState(
    val credentials: Listing<Credential>,
    val elections: Listing<Election>,
    val ballots: Listing<OwnBallot>,
    val requests: Listing<ServiceRequest>,
    /** Whether backup codes are in force; nothing until it is known. */
    val hasCodes: Boolean?,
    /** What keeps this phone's keys. */
    val protection: KeyProtection,
)

/** The e-ID, what is open, what needs a look; and a camera for everything that begins with a code. */
@Composable
fun HomeScreen(state: HomeState, fault: Fault?, busy: Boolean, words: Words, verbs: WalletVerbs) {
    Page(
        words.of(Word.HomeTitle),
        words,
        onBack = null,
        trailing = {
            IconAction(Icons.Refresh, words.of(Word.HomeRefresh), verbs::refresh)
            IconAction(Icons.Lock, words.of(Word.HomeLock), verbs::lock)
        },
        actions = { MainAction(words.of(Word.HomeScan), verbs::openScan, icon = Icons.Scan) },
        attention = fault,
    ) {
        FaultNotice(fault, words, verbs::dismiss)
        Credentials(state.credentials, busy, words, verbs)
        Notices(state, busy, words, verbs)
        Elections(state.elections, words, verbs)
        Cases(state.requests, words, verbs)
        More(words, verbs)
    }
}

@Composable
private fun Credentials(credentials: Listing<Credential>, busy: Boolean, words: Words, verbs: WalletVerbs) {
    val first = credentials.items.firstOrNull()
    when {
        first != null -> {
            key(first.id) { OwnCard(first, busy, words, verbs) }
            val others = credentials.items.drop(1)
            if (others.isNotEmpty()) {
                Section(words.of(Word.HomeCards))
                others.forEach {
                    key(it.id) {
                        Reveal(it.name, words, Icons.Card, status(it, words)) { Removing(it, busy, words, verbs) }
                    }
                }
            }
        }
        credentials.isLoading -> Loading()
        credentials.fault == null -> Empty(words, verbs)
    }
    FaultNotice(credentials.fault, words) { InlineAction(words.of(Word.CommonRetry), verbs::refresh) }
}

@Composable
private fun Loading() {
    Box(Modifier.fillMaxWidth().padding(Space.l), contentAlignment = Alignment.Center) { CircularProgressIndicator() }
}

@Composable
private fun Empty(words: Words, verbs: WalletVerbs) {
    Panel {
        Verdict(Tone.Note, words.of(Word.HomeEmptyTitle), words, words.of(Word.HomeEmptyText), Icons.Card)
        OtherAction(words.of(Word.HomeEmptyRecover), verbs::openRecover, icon = Icons.Key)
    }
}

/** The e-ID; a tap shows what else can be done with it. */
@Composable
private fun OwnCard(credential: Credential, busy: Boolean, words: Words, verbs: WalletVerbs) {
    var isOpen by remember { mutableStateOf(false) }
    IdCard(credential, words, isOpen) { isOpen = it }
    if (isOpen) Panel { Removing(credential, busy, words, verbs) }
}

/** The way to be rid of a credential. Asks first. */
@Composable
private fun Removing(credential: Credential, busy: Boolean, words: Words, verbs: WalletVerbs) {
    var isAsking by remember { mutableStateOf(false) }
    if (isAsking) {
        AskFirst(
            words.of(Word.CredentialRemoveSure, credential.name),
            words.of(Word.CredentialRemoveSureText),
            yes = words.of(Word.CredentialRemoveYes),
            onYes = { if (!busy) verbs.removeCredential(credential.id) },
            no = words.of(Word.CredentialRemoveNo),
            onNo = { isAsking = false },
        )
    } else {
        QuietAction(words.of(Word.CredentialRemove), { isAsking = true }, Modifier.fillMaxWidth())
    }
}

/**
 * The e-ID as a card. It names what it says about its holder, and says none of it: home is seen by others. With `onOpen`, it is
 * a control that shows more below itself.
 */
@Composable
fun IdCard(credential: Credential, words: Words, isOpen: Boolean = false, onOpen: ((Boolean) -> Unit)? = null) {
    val touch = if (onOpen == null) Modifier.semantics(mergeDescendants = true) {} else Modifier.reveals(isOpen, words, onOpen)
    Column(
        Modifier.fillMaxWidth().clip(RoundedCornerShape(Tokens.Corner.l.dp))
            .background(Brush.linearGradient(listOf(CardColours.top, CardColours.bottom)))
            .then(touch)
            .heightIn(min = 200.dp).padding(Space.m + Space.xs),
        verticalArrangement = Arrangement.SpaceBetween,
    ) {
        Column {
            Row(horizontalArrangement = Arrangement.spacedBy(Space.s), verticalAlignment = Alignment.CenterVertically) {
                Glyph(Icons.Shield, tint = CardColours.note)
                Text(
                    words.of(Word.CardIssuer, credential.issuer),
                    style = MaterialTheme.typography.bodyMedium,
                    color = CardColours.note,
                )
            }
            Spacer(Modifier.size(Space.m))
            Text(
                credential.name,
                Modifier.semantics { heading() },
                style = MaterialTheme.typography.displaySmall,
                color = CardColours.text,
            )
            Spacer(Modifier.size(Space.xs))
            Text(words.claims(credential.claims), style = MaterialTheme.typography.bodyMedium, color = CardColours.note)
            Spacer(Modifier.size(Space.m))
        }
        Row(horizontalArrangement = Arrangement.spacedBy(Space.s), verticalAlignment = Alignment.CenterVertically) {
            Glyph(look(credential.status).icon, tint = CardColours.text)
            Text(status(credential, words), Modifier.weight(1f), style = MaterialTheme.typography.titleSmall, color = CardColours.text)
            if (onOpen != null) Glyph(if (isOpen) Icons.Up else Icons.Down, tint = CardColours.note)
        }
    }
}

/** "Valid until 28 Nov 2027", or why not. */
fun status(credential: Credential, words: Words): String {
    val name = words.of(look(credential.status).word)
    val expires = credential.expires
    return when (credential.status) {
        CredentialStatus.VALID, CredentialStatus.UNLIMITED ->
            if (expires == null) name else words.of(Word.CardExpires, day(expires))
        CredentialStatus.EXPIRED, CredentialStatus.REVOKED, CredentialStatus.SUSPENDED, CredentialStatus.UNKNOWN -> name
    }
}

private class Look(val word: Word, val icon: ImageVector)

private fun look(status: CredentialStatus): Look = when (status) {
    CredentialStatus.EXPIRED -> Look(Word.StatusExpired, Icons.Warning)
    CredentialStatus.UNLIMITED -> Look(Word.StatusUnlimited, Icons.CheckCircle)
    CredentialStatus.REVOKED -> Look(Word.StatusRevoked, Icons.Warning)
    CredentialStatus.SUSPENDED -> Look(Word.StatusSuspended, Icons.Warning)
    CredentialStatus.UNKNOWN -> Look(Word.StatusUnknown, Icons.Info)
    CredentialStatus.VALID -> Look(Word.StatusValid, Icons.CheckCircle)
}

/** What needs a look, the most pressing first. */
@Composable
private fun Notices(state: HomeState, busy: Boolean, words: Words, verbs: WalletVerbs) {
    if (state.ballots.items.any { isOpen(it.fate) }) {
        Notice(Tone.Problem, words.of(Word.HomeNoticeBallot), words, words.of(Word.HomeNoticeBallotText)) {
            InlineAction(words.of(Word.HomeNoticeBallotAction), { if (!busy) verbs.settleBallots() })
        }
    }
    if (state.requests.items.any { isOpen(it.progress) }) {
        Notice(Tone.Note, words.of(Word.HomeNoticeRequest), words, words.of(Word.HomeNoticeRequestText)) {
            InlineAction(words.of(Word.HomeNoticeRequestAction), { if (!busy) verbs.resumeRequests() })
        }
    }
    if (lacksBackup(state)) {
        Notice(Tone.Note, words.of(Word.HomeNoticeBackup), words, words.of(Word.HomeNoticeBackupText)) {
            InlineAction(words.of(Word.HomeNoticeBackupAction), verbs::openBackup)
        }
    }
    when (state.protection) {
        KeyProtection.SOFTWARE ->
            Notice(Tone.Problem, words.of(Word.HomeNoticeSoftware), words, words.of(Word.HomeNoticeSoftwareText))
        KeyProtection.SECURE_ELEMENT, KeyProtection.TRUSTED_ENVIRONMENT -> {}
    }
}

private fun isOpen(fate: OwnBallotFate): Boolean = when (fate) {
    is OwnBallotFate.OnBoard, is OwnBallotFate.TurnedDown -> false
    is OwnBallotFate.Unanswered -> true
}

private fun isOpen(progress: ServiceProgress): Boolean = when (progress) {
    is ServiceProgress.Finished, is ServiceProgress.InCase -> false
    is ServiceProgress.Unanswered -> true
}

/** Recovering kills the codes of the old set: then, too. */
private fun lacksBackup(state: HomeState): Boolean = state.credentials.items.isNotEmpty() && state.hasCodes == false

@Composable
private fun Elections(elections: Listing<Election>, words: Words, verbs: WalletVerbs) {
    Section(words.of(Word.HomeElections))
    elections.items.forEach { ElectionCard(it, words, verbs) }
    if (elections.items.isEmpty()) {
        if (elections.isLoading) Loading() else if (elections.fault == null) Panel { Note(words.of(Word.HomeElectionsNone)) }
    }
    FaultNotice(elections.fault, words) { InlineAction(words.of(Word.CommonRetry), verbs::refresh) }
}

@Composable
private fun ElectionCard(election: Election, words: Words, verbs: WalletVerbs) {
    Panel {
        Row(horizontalArrangement = Arrangement.spacedBy(Space.m)) {
            Glyph(Icons.Ballot, 24, MaterialTheme.colorScheme.primary)
            Column(Modifier.weight(1f), verticalArrangement = Arrangement.spacedBy(Space.xs)) {
                Text(election.title, style = MaterialTheme.typography.titleMedium)
                Note(phase(election, words))
                if (election.ownBallots > 0u) Note(words.of(Word.ElectionVoted, election.ownBallots))
                // What is only listed is not known to be so.
                if (!election.verified && election.phase != ElectionPhase.COMING) Note(words.of(Word.ElectionUnverified))
            }
        }
        if (election.phase == ElectionPhase.CASTING) {
            Spacer(Modifier.size(Space.xs))
            val vote = { verbs.openVote(election.name) }
            if (election.ownBallots == 0u) {
                MainAction(words.of(Word.ElectionVote), vote)
            } else {
                OtherAction(words.of(Word.ElectionVoteAgain), vote)
            }
        }
    }
}

private fun phase(election: Election, words: Words): String = when (election.phase) {
    ElectionPhase.CASTING -> words.of(Word.PhaseCasting, moment(election.closes))
    ElectionPhase.CLOSED -> words.of(Word.PhaseClosed)
    ElectionPhase.COMING -> words.of(Word.PhaseComing, moment(election.opens))
    ElectionPhase.TALLIED -> words.of(Word.PhaseTallied)
}

@Composable
private fun Cases(requests: Listing<ServiceRequest>, words: Words, verbs: WalletVerbs) {
    // What only asked about a case is part of it, unless its answer was lost.
    val applications = requests.items.reversed().filter { it.caseOf == null || isOpen(it.progress) }
    if (applications.isEmpty()) return
    Section(words.of(Word.HomeCases))
    Rows(
        applications.map { request ->
            {
                val text = "${progress(request.progress, words)} · ${day(request.created)}"
                ListRow(request.title, text, Icons.Document, opens(request, verbs), label = words.of(Word.CaseTitle))
            }
        },
    )
}

/** The way to its case, where there is one. */
private fun opens(request: ServiceRequest, verbs: WalletVerbs): (() -> Unit)? = when (request.progress) {
    is ServiceProgress.InCase -> { { verbs.openCase(request.id) } }
    is ServiceProgress.Finished, is ServiceProgress.Unanswered -> null
}

private fun progress(progress: ServiceProgress, words: Words): String = when (progress) {
    is ServiceProgress.Finished -> words.of(Word.ProgressFinished)
    is ServiceProgress.InCase -> case(progress.state, words)
    is ServiceProgress.Unanswered -> words.of(Word.ProgressUnanswered)
}

/** Where a case stands, in words. */
fun case(state: CaseState, words: Words): String = when (state) {
    CaseState.DECLINED -> words.of(Word.CaseDeclined)
    CaseState.DECIDED -> words.of(Word.CaseDecided)
    CaseState.NEEDS_INPUT -> words.of(Word.CaseNeedsInput)
    CaseState.PROCESSING -> words.of(Word.CaseProcessing)
    CaseState.RECEIVED -> words.of(Word.CaseReceived)
    CaseState.WITHDRAWN -> words.of(Word.CaseWithdrawn)
}

@Composable
private fun More(words: Words, verbs: WalletVerbs) {
    Section(words.of(Word.HomeMore))
    Rows(
        listOf(
            { ListRow(words.of(Word.HomeServices), words.of(Word.HomeServicesText), Icons.Building, verbs::openServices) },
            { ListRow(words.of(Word.HomeWhoLooked), words.of(Word.HomeWhoLookedText), Icons.Eye, verbs::openWhoLooked) },
            { ListRow(words.of(Word.HomeHistory), words.of(Word.HomeHistoryText), Icons.Clock, verbs::openHistory) },
            { ListRow(words.of(Word.HomeBackup), words.of(Word.HomeBackupText), Icons.Key, verbs::openBackup) },
        ),
    )
}
