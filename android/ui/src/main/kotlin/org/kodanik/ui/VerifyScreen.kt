package org.kodanik.ui

import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import org.kodanik.ffi.Fault
import org.kodanik.ffi.VerifiedChoice
import org.kodanik.ffi.VerifyStage
import org.kodanik.kit.VerifyVerbs
import org.kodanik.ui.design.Fact
import org.kodanik.ui.design.FaultActions
import org.kodanik.ui.design.FaultNotice
import org.kodanik.ui.design.FaultPanel
import org.kodanik.ui.design.Icons
import org.kodanik.ui.design.MainAction
import org.kodanik.ui.design.Page
import org.kodanik.ui.design.Panel
import org.kodanik.ui.design.QuietAction
import org.kodanik.ui.design.Section
import org.kodanik.ui.design.Tone
import org.kodanik.ui.design.Verdict
import org.kodanik.ui.design.Word
import org.kodanik.ui.design.Words
import org.kodanik.ui.design.Working
import org.kodanik.ui.design.codeStyle
import org.kodanik.ui.design.grouped
import org.kodanik.ui.design.moment

/** Looking after another phone's ballot: what it says and whether it counts, or what that phone would have cast. */
@Composable
fun VerifyScreen(
    state: VerifyStage,
    fault: Fault?,
    busy: Boolean,
    words: Words,
    verbs: VerifyVerbs,
    onScan: () -> Unit,
) {
    when (state) {
        is VerifyStage.Loading, is VerifyStage.Verifying -> VerifyPage(fault, words, verbs) {
            Working(words.of(Word.VerifyLoading), words.of(Word.VerifyLoadingText))
        }
        is VerifyStage.AwaitingTestCode ->
            VerifyPage(fault, words, verbs, { MainAction(words.of(Word.VerifyAwaitingAction), onScan, icon = Icons.Scan) }) {
                Verdict(Tone.Note, words.of(Word.VerifyAwaiting), words, words.of(Word.VerifyAwaitingText), Icons.Phone)
            }
        is VerifyStage.Found -> VerifyPage(fault, words, verbs, { Done(words, verbs) }) {
            Verdict(Tone.Good, words.of(Word.VerifyFound), words, words.of(Word.VerifyFoundText))
            Ballot(state.ballot, words) {
                Fact(words.of(Word.VoteCastTime), moment(state.time))
                Fact(words.of(Word.VerifySeq), state.seq.toString())
            }
        }
        is VerifyStage.Tested -> VerifyPage(fault, words, verbs, { Done(words, verbs) }) {
            Verdict(Tone.Good, words.of(Word.VerifyTested), words, words.of(Word.VerifyTestedText))
            Ballot(state.ballot, words) {}
        }
        is VerifyStage.NotFound -> VerifyPage(fault, words, verbs, { Again(busy, words, verbs) }) {
            Verdict(Tone.Problem, words.of(Word.VerifyNotFound), words, words.of(Word.VerifyNotFoundText))
        }
        is VerifyStage.Superseded -> VerifyPage(fault, words, verbs, { Done(words, verbs) }) {
            Verdict(Tone.Problem, words.of(Word.VerifySuperseded), words, words.of(Word.VerifySupersededText))
        }
        is VerifyStage.TooLate -> VerifyPage(fault, words, verbs, { Done(words, verbs) }) {
            Verdict(Tone.Note, words.of(Word.VerifyTooLate), words, words.of(Word.VerifyTooLateText), Icons.Clock)
        }
        is VerifyStage.Stopped -> VerifyPage(fault, words, verbs, { FaultActions(state.fault, busy, words, verbs::load, verbs::close) }) {
            Verdict(Tone.Problem, words.of(Word.VerifyStopped), words)
            FaultPanel(state.fault, words)
        }
    }
}

@Composable
private fun VerifyPage(
    fault: Fault?,
    words: Words,
    verbs: VerifyVerbs,
    actions: (@Composable () -> Unit)? = null,
    content: @Composable () -> Unit,
) {
    Page(
        words.of(Word.VerifyTitle),
        words,
        onBack = null,
        onClose = verbs::close,
        actions = actions?.let { { it() } },
        attention = fault,
    ) {
        FaultNotice(fault, words, verbs::dismiss)
        content()
    }
}

@Composable
private fun Done(words: Words, verbs: VerifyVerbs) = MainAction(words.of(Word.CommonDone), verbs::close)

@Composable
private fun Again(busy: Boolean, words: Words, verbs: VerifyVerbs) {
    MainAction(words.of(Word.CommonRetry), verbs::load, enabled = !busy)
    QuietAction(words.of(Word.CommonClose), verbs::close, Modifier.fillMaxWidth())
}

@Composable
private fun Ballot(ballot: VerifiedChoice, words: Words, more: @Composable () -> Unit) {
    Section(ballot.title)
    ChosenPanels(ballot.chosen, words)
    Panel {
        Fact(words.of(Word.VoteCastTracker), grouped(ballot.tracker), codeStyle)
        more()
    }
}
