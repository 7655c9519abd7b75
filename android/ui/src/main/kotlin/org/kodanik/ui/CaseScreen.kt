package org.kodanik.ui

import androidx.compose.foundation.layout.ColumnScope
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.vector.ImageVector
import org.kodanik.ffi.CaseStage
import org.kodanik.ffi.CaseState
import org.kodanik.ffi.CaseView
import org.kodanik.ffi.Fault
import org.kodanik.kit.CaseVerbs
import org.kodanik.ui.design.AskFirst
import org.kodanik.ui.design.Body
import org.kodanik.ui.design.FaultActions
import org.kodanik.ui.design.FaultNotice
import org.kodanik.ui.design.FaultPanel
import org.kodanik.ui.design.Icons
import org.kodanik.ui.design.MainAction
import org.kodanik.ui.design.Note
import org.kodanik.ui.design.OtherAction
import org.kodanik.ui.design.Page
import org.kodanik.ui.design.Panel
import org.kodanik.ui.design.QuietAction
import org.kodanik.ui.design.Tone
import org.kodanik.ui.design.Verdict
import org.kodanik.ui.design.Word
import org.kodanik.ui.design.Words
import org.kodanik.ui.design.Working
import org.kodanik.ui.design.moment

/** A case at a public service: where it stands, its decision, taking it back. */
@Composable
fun CaseScreen(state: CaseStage, fault: Fault?, busy: Boolean, words: Words, verbs: CaseVerbs) {
    when (state) {
        is CaseStage.Loading -> CasePage(words, verbs) { Working(words.of(Word.CommonMoment)) }
        is CaseStage.Standing -> Standing(state.case, fault, busy, words, verbs)
        is CaseStage.Asking -> Prompted(Word.CaseAsking, words, verbs)
        is CaseStage.Withdrawing -> Prompted(Word.CaseWithdrawing, words, verbs)
        is CaseStage.Fetching -> Prompted(Word.CaseFetching, words, verbs)
        is CaseStage.Decided -> Decided(state, words, verbs)
        is CaseStage.Stopped -> Stopped(state, busy, words, verbs)
    }
}

@Composable
private fun CasePage(words: Words, verbs: CaseVerbs, content: @Composable () -> Unit) {
    Page(words.of(Word.CaseTitle), words, onBack = null, onClose = verbs::close) { content() }
}

/** The phone's key may ask meanwhile. */
@Composable
private fun Prompted(title: Word, words: Words, verbs: CaseVerbs) {
    CasePage(words, verbs) { Working(words.of(title), words.of(Word.CasePrompt)) }
}

@Composable
private fun Standing(case: CaseView, fault: Fault?, busy: Boolean, words: Words, verbs: CaseVerbs) {
    var isWithdrawing by remember { mutableStateOf(false) }
    Page(
        words.of(Word.CaseTitle),
        words,
        onBack = verbs::close,
        actions = if (isWithdrawing) null else actions(case, busy, words, verbs) { isWithdrawing = true },
        attention = fault,
    ) {
        FaultNotice(fault, words, verbs::dismiss)
        val look = look(case.state)
        Verdict(look.tone, case(case.state, words), words, words.of(Word.CaseSince, moment(case.since)), look.icon)
        Panel {
            Text(case.title, style = MaterialTheme.typography.titleMedium)
            Body(case.summary)
            Note(words.of(Word.CaseSent, moment(case.created)))
        }
        if (isWithdrawing) {
            Panel {
                AskFirst(
                    words.of(Word.CaseWithdrawSure),
                    words.of(Word.CaseWithdrawSureText),
                    yes = words.of(Word.CaseWithdrawYes),
                    onYes = verbs::withdraw,
                    no = words.of(Word.CaseWithdrawNo),
                    onNo = { isWithdrawing = false },
                )
            }
        }
    }
}

/** What can be done, if anything can. */
private fun actions(
    case: CaseView,
    busy: Boolean,
    words: Words,
    verbs: CaseVerbs,
    onWithdraw: () -> Unit,
): (@Composable ColumnScope.() -> Unit)? {
    if (!case.isOpen && !case.hasDecision) return null
    return {
        if (case.hasDecision) MainAction(words.of(Word.CaseDecision), verbs::decision, enabled = !busy, icon = Icons.Document)
        if (case.isOpen) {
            val ask = words.of(Word.CaseAsk)
            if (case.hasDecision) OtherAction(ask, verbs::ask, enabled = !busy) else MainAction(ask, verbs::ask, enabled = !busy)
            QuietAction(words.of(Word.CaseWithdraw), onWithdraw, Modifier.fillMaxWidth())
        }
    }
}

private class CaseLook(val tone: Tone, val icon: ImageVector = tone.icon)

private fun look(state: CaseState): CaseLook = when (state) {
    CaseState.RECEIVED, CaseState.PROCESSING -> CaseLook(Tone.Note, Icons.Clock)
    CaseState.NEEDS_INPUT, CaseState.DECLINED -> CaseLook(Tone.Problem)
    CaseState.DECIDED -> CaseLook(Tone.Good)
    CaseState.WITHDRAWN -> CaseLook(Tone.Note)
}

@Composable
private fun Decided(state: CaseStage.Decided, words: Words, verbs: CaseVerbs) {
    Page(
        words.of(Word.CaseTitle),
        words,
        onBack = verbs::back,
        actions = { MainAction(words.of(Word.CommonDone), verbs::close) },
    ) {
        Verdict(Tone.Good, words.of(Word.CaseDecidedBy, state.provider), words, words.of(Word.CaseDecidedText), Icons.Document)
        AnswerBody(state.body, words)
    }
}

@Composable
private fun Stopped(state: CaseStage.Stopped, busy: Boolean, words: Words, verbs: CaseVerbs) {
    Page(
        words.of(Word.CaseTitle),
        words,
        onBack = null,
        onClose = verbs::close,
        actions = { FaultActions(state.fault, busy, words, verbs::load, verbs::close) },
    ) {
        val text = words.of(if (state.maybeKept) Word.CaseStoppedKept else Word.CaseStoppedText)
        Verdict(Tone.Problem, words.of(Word.CaseStopped), words, text)
        FaultPanel(state.fault, words)
    }
}
