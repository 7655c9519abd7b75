package org.kodanik.ui

import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.semantics
import org.kodanik.ffi.Fault
import org.kodanik.ffi.NoticesStage
import org.kodanik.ffi.RecoveryNotice
import org.kodanik.kit.NoticesVerbs
import org.kodanik.ui.design.DangerAction
import org.kodanik.ui.design.FaultActions
import org.kodanik.ui.design.FaultNotice
import org.kodanik.ui.design.FaultPanel
import org.kodanik.ui.design.Icons
import org.kodanik.ui.design.Item
import org.kodanik.ui.design.MainAction
import org.kodanik.ui.design.Note
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

/** Who used a backup code of this wallet, and stopping them. Asks only when told to: the phone's key may ask the citizen. */
@Composable
fun NoticesScreen(
    state: NoticesStage,
    fault: Fault?,
    busy: Boolean,
    words: Words,
    verbs: NoticesVerbs,
    onNewCodes: () -> Unit,
) {
    when (state) {
        is NoticesStage.Loading -> Page(
            words.of(Word.BackupTitle),
            words,
            onBack = verbs::close,
            actions = { MainAction(words.of(Word.NoticesAsk), verbs::load, enabled = !busy) },
        ) {
            Text(words.of(Word.NoticesTitle), Modifier.semantics { heading() }, style = MaterialTheme.typography.displaySmall)
            Note(words.of(Word.NoticesText))
            FaultNotice(fault, words, verbs::dismiss)
        }
        is NoticesStage.Asking -> NoticesPage(words, verbs) { Working(words.of(Word.NoticesAsking), words.of(Word.CasePrompt)) }
        is NoticesStage.Refusing -> NoticesPage(words, verbs) { Working(words.of(Word.NoticesRefusing), words.of(Word.CasePrompt)) }
        is NoticesStage.Listed -> Listed(state, fault, busy, words, verbs, onNewCodes)
        is NoticesStage.Stopped -> Page(
            words.of(Word.BackupTitle),
            words,
            onBack = null,
            onClose = verbs::close,
            actions = { FaultActions(state.fault, busy, words, verbs::load, verbs::close) },
        ) {
            Verdict(Tone.Problem, words.of(Word.NoticesStopped), words, words.of(Word.NoticesStoppedText))
            FaultPanel(state.fault, words)
        }
    }
}

@Composable
private fun NoticesPage(words: Words, verbs: NoticesVerbs, content: @Composable () -> Unit) {
    Page(words.of(Word.BackupTitle), words, onBack = null, onClose = verbs::close) { content() }
}

@Composable
private fun Listed(
    state: NoticesStage.Listed,
    fault: Fault?,
    busy: Boolean,
    words: Words,
    verbs: NoticesVerbs,
    onNewCodes: () -> Unit,
) {
    Page(
        words.of(Word.BackupTitle),
        words,
        onBack = verbs::close,
        actions = {
            if (state.refusedOne) {
                MainAction(words.of(Word.BackupMake), onNewCodes, icon = Icons.Key)
            } else if (state.notices.isEmpty()) {
                MainAction(words.of(Word.CommonDone), verbs::close)
            }
            QuietAction(words.of(Word.NoticesAsk), verbs::load, Modifier.fillMaxWidth())
        },
        attention = fault,
    ) {
        FaultNotice(fault, words, verbs::dismiss)
        when {
            state.refusedOne -> Verdict(Tone.Good, words.of(Word.NoticesRefused), words, words.of(Word.NoticesRefusedText))
            state.notices.isEmpty() -> Verdict(Tone.Good, words.of(Word.NoticesNone), words)
            else -> Verdict(Tone.Problem, words.of(Word.NoticesSome), words, words.of(Word.NoticesSomeText))
        }
        val (refused, open) = state.notices.partition { it.isRefused }
        refused.forEach { Used(it, busy, words, verbs) }
        if (state.refusedOne && open.isNotEmpty()) Section(words.of(Word.NoticesSome))
        open.forEach { Used(it, busy, words, verbs) }
    }
}

@Composable
private fun Used(notice: RecoveryNotice, busy: Boolean, words: Words, verbs: NoticesVerbs) {
    Panel {
        Text(words.of(Word.NoticesBegun, moment(notice.begun)), style = MaterialTheme.typography.titleSmall)
        if (notice.isRefused) {
            Item(words.of(Word.NoticesIsRefused), Icons.Check)
        } else {
            Note(words.of(Word.NoticesNotBefore, moment(notice.notBefore)))
            DangerAction(words.of(Word.NoticesRefuse), { verbs.refuse(notice.id) }, enabled = !busy)
        }
    }
}
