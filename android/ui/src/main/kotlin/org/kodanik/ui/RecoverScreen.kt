package org.kodanik.ui

import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.semantics
import org.kodanik.ffi.Fault
import org.kodanik.ffi.RecoverStage
import org.kodanik.kit.RecoverVerbs
import org.kodanik.ui.design.CodeField
import org.kodanik.ui.design.DangerAction
import org.kodanik.ui.design.FaultNotice
import org.kodanik.ui.design.FaultPanel
import org.kodanik.ui.design.Icons
import org.kodanik.ui.design.Item
import org.kodanik.ui.design.MainAction
import org.kodanik.ui.design.Note
import org.kodanik.ui.design.Notice
import org.kodanik.ui.design.OtherAction
import org.kodanik.ui.design.Page
import org.kodanik.ui.design.Panel
import org.kodanik.ui.design.QuietAction
import org.kodanik.ui.design.Section
import org.kodanik.ui.design.Tone
import org.kodanik.ui.design.Verdict
import org.kodanik.ui.design.Word
import org.kodanik.ui.design.Words
import org.kodanik.ui.design.Working
import org.kodanik.ui.design.moment

/**
 * Getting everything back in a new wallet, with a code from paper and, where this phone reads it, the plastic ID card; or, with
 * the paper's revocation code, switching a lost phone's e-ID off.
 */
@Composable
fun RecoverScreen(
    state: RecoverStage,
    fault: Fault?,
    busy: Boolean,
    words: Words,
    verbs: RecoverVerbs,
    canReadCard: Boolean,
    onBackup: () -> Unit,
) {
    // The same code goes on where a run stopped or has to wait. Never saved.
    var code by remember { mutableStateOf("") }
    // A fault leads back from revoking: what was typed is still on the screen then. Never saved either.
    var isRevoking by remember { mutableStateOf(false) }
    var revocation by remember { mutableStateOf("") }
    val isOver = state is RecoverStage.Recovered || state is RecoverStage.Revoked
    LaunchedEffect(isOver) {
        if (isOver) {
            code = ""
            revocation = ""
        }
    }
    when (state) {
        is RecoverStage.AwaitingCode -> if (isRevoking) {
            Revoke(revocation, { revocation = it }, fault, busy, words, verbs) {
                verbs.dismiss()
                revocation = ""
                isRevoking = false
            }
        } else Page(
            words.of(Word.RecoverTitle),
            words,
            onBack = verbs::close,
            actions = {
                Redeem(code, busy, canReadCard, words, verbs)
                QuietAction(words.of(Word.RecoverRevoke), { verbs.dismiss(); isRevoking = true }, Modifier.fillMaxWidth())
            },
        ) {
            Text(words.of(Word.RecoverCodeTitle), Modifier.semantics { heading() }, style = MaterialTheme.typography.displaySmall)
            Note(words.of(Word.RecoverCodeText))
            CodeField(code, words.of(Word.RecoverCodeField), { code = it })
            FaultNotice(fault, words, verbs::dismiss)
            Notice(Tone.Note, words.of(Word.RecoverFirst), words)
            if (canReadCard) Note(words.of(Word.RecoverCardText))
        }
        is RecoverStage.Recovering -> Page(words.of(Word.RecoverTitle), words, onBack = null, onClose = verbs::close) {
            Working(words.of(Word.RecoverRecovering), words.of(Word.RecoverRecoveringText))
        }
        is RecoverStage.Waiting -> Page(
            words.of(Word.RecoverTitle),
            words,
            onBack = null,
            onClose = verbs::close,
            actions = { Redeem(code, busy, canReadCard, words, verbs, Word.RecoverWaitingAction) },
        ) {
            val text = words.of(Word.RecoverWaitingText, moment(state.notBefore))
            Verdict(Tone.Note, words.of(Word.RecoverWaiting), words, text, Icons.Clock)
            CodeField(code, words.of(Word.RecoverCodeField), { code = it })
            FaultNotice(fault, words, verbs::dismiss)
        }
        is RecoverStage.Revoking -> Page(words.of(Word.RecoverTitle), words, onBack = null, onClose = verbs::close) {
            Working(words.of(Word.RecoverRevoking))
        }
        is RecoverStage.Revoked -> Page(
            words.of(Word.RecoverTitle),
            words,
            onBack = null,
            actions = { MainAction(words.of(Word.CommonDone), verbs::close) },
        ) { Verdict(Tone.Good, words.of(Word.RecoverRevoked), words, words.of(Word.RecoverRevokedText)) }
        is RecoverStage.Recovered -> Recovered(state, words, verbs, onBackup)
        is RecoverStage.Stopped -> Page(
            words.of(Word.RecoverTitle),
            words,
            onBack = null,
            onClose = verbs::close,
            actions = { Redeem(code, busy, canReadCard, words, verbs, Word.CommonRetry) },
        ) {
            Verdict(Tone.Problem, words.of(Word.RecoverStopped), words, words.of(Word.RecoverStoppedText))
            FaultPanel(state.fault, words)
            CodeField(code, words.of(Word.RecoverCodeField), { code = it })
        }
    }
}

/** The card is faster, and not at hand for everybody. */
@Composable
private fun Redeem(
    code: String,
    busy: Boolean,
    canReadCard: Boolean,
    words: Words,
    verbs: RecoverVerbs,
    action: Word = Word.RecoverAction,
) {
    val isTyped = code.isNotBlank() && !busy
    MainAction(words.of(action), { verbs.recover(code, false) }, enabled = isTyped)
    if (canReadCard) OtherAction(words.of(Word.RecoverCard), { verbs.recover(code, true) }, enabled = isTyped, icon = Icons.Card)
}

/** Says what it does before it is done. */
@Composable
private fun Revoke(
    code: String,
    onCode: (String) -> Unit,
    fault: Fault?,
    busy: Boolean,
    words: Words,
    verbs: RecoverVerbs,
    onBack: () -> Unit,
) {
    Page(
        words.of(Word.RecoverTitle),
        words,
        onBack = onBack,
        actions = {
            DangerAction(words.of(Word.RecoverRevokeAction), { verbs.revoke(code) }, enabled = code.isNotBlank() && !busy)
        },
    ) {
        Text(words.of(Word.RecoverRevokeTitle), Modifier.semantics { heading() }, style = MaterialTheme.typography.displaySmall)
        Note(words.of(Word.RecoverRevokeText))
        CodeField(code, words.of(Word.RecoverRevokeField), onCode)
        FaultNotice(fault, words, verbs::dismiss)
        Notice(Tone.Problem, words.of(Word.RecoverRevokeSure), words)
    }
}

@Composable
private fun Recovered(state: RecoverStage.Recovered, words: Words, verbs: RecoverVerbs, onBackup: () -> Unit) {
    Page(
        words.of(Word.RecoverTitle),
        words,
        onBack = null,
        actions = {
            MainAction(words.of(Word.RecoverDoneCodesAction), onBackup, icon = Icons.Key)
            QuietAction(words.of(Word.CommonDone), verbs::close, Modifier.fillMaxWidth())
        },
    ) {
        Verdict(Tone.Good, words.of(Word.RecoverDone), words, words.of(Word.RecoverDoneText, moment(state.made)))
        state.eId?.let { IdCard(it, words) }
        Notice(Tone.Note, words.of(Word.RecoverDoneCodes), words)
        if (state.requestAgain.isNotEmpty()) {
            Section(words.of(Word.RecoverDoneAgain))
            Panel { state.requestAgain.forEach { Item(it, Icons.Card, MaterialTheme.colorScheme.primary) } }
        }
        Section(words.of(Word.BackupSize))
        Panel { Size(state.size, words) }
    }
}
