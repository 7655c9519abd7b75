package org.kodanik.ui

import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.selection.selectableGroup
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
import org.kodanik.ffi.BallotStage
import org.kodanik.ffi.Fault
import org.kodanik.kit.BallotVerbs
import org.kodanik.ui.design.Choice
import org.kodanik.ui.design.FaultActions
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
import org.kodanik.ui.design.Reveal
import org.kodanik.ui.design.Section
import org.kodanik.ui.design.Tone
import org.kodanik.ui.design.Verdict
import org.kodanik.ui.design.Word
import org.kodanik.ui.design.Words
import org.kodanik.ui.design.Working

/**
 * Voting. What is chosen is here while it is being chosen and confirmed, and nowhere after that; `onSettle` finds out what
 * became of a ballot whose answer was lost.
 */
@Composable
fun VoteScreen(
    state: BallotStage,
    fault: Fault?,
    busy: Boolean,
    words: Words,
    verbs: BallotVerbs,
    onSettle: () -> Unit,
) {
    var choices by remember { mutableStateOf(Choices()) }
    val isChoosing = state is BallotStage.Choosing || state is BallotStage.Confirming
    LaunchedEffect(isChoosing) { if (!isChoosing) choices = Choices() }
    when (state) {
        is BallotStage.Loading -> VotePage(words, verbs) { Working(words.of(Word.VoteLoading), words.of(Word.VoteLoadingText)) }
        is BallotStage.NotEntitled -> NotEntitled(state, fault, busy, words, verbs)
        is BallotStage.Obtaining ->
            VotePage(words, verbs) { Working(words.of(Word.VoteObtaining), words.of(Word.VoteObtainingText)) }
        is BallotStage.Choosing -> VoteChoosing(state, choices, fault, busy, words, verbs) { choices = it }
        is BallotStage.Confirming -> Confirming(state, fault, busy, words, verbs)
        is BallotStage.Sealing -> VotePage(words, verbs) { Working(words.of(Word.VoteSealing), words.of(Word.VoteSealingText)) }
        is BallotStage.Sealed -> VoteSealed(state, fault, busy, words, verbs)
        is BallotStage.Tested -> VoteTested(state, fault, busy, words, verbs)
        // No way out: the receipt is worth the wait.
        is BallotStage.Casting -> Page(words.of(Word.VoteTitle), words, onBack = null) {
            Working(words.of(Word.VoteCasting), words.of(Word.VoteCastingText))
        }
        is BallotStage.Cast -> VoteCast(state, words, verbs)
        is BallotStage.Stopped -> Stopped(state, busy, words, verbs, onSettle)
    }
}

@Composable
private fun VotePage(words: Words, verbs: BallotVerbs, content: @Composable () -> Unit) {
    Page(words.of(Word.VoteTitle), words, onBack = null, onClose = verbs::close) { content() }
}

@Composable
private fun NotEntitled(state: BallotStage.NotEntitled, fault: Fault?, busy: Boolean, words: Words, verbs: BallotVerbs) {
    var style by remember { mutableStateOf(state.styles.singleOrNull()) }
    var without by remember { mutableStateOf(emptyList<String>()) }
    Page(
        state.title,
        words,
        onBack = null,
        onClose = verbs::close,
        actions = {
            MainAction(
                words.of(Word.VoteEntitleAction),
                { verbs.obtainCredential(style.takeIf { state.styles.size > 1 }, without) },
                enabled = style != null && !busy,
            )
        },
        attention = fault,
    ) {
        FaultNotice(fault, words, verbs::dismiss, { id -> state.issuers.find { it.id == id }?.name ?: id })
        Verdict(Tone.Note, words.of(Word.VoteEntitleTitle), words, words.of(Word.VoteEntitleText), Icons.Ballot)
        if (state.styles.size > 1) {
            Section(words.of(Word.VoteEntitleStyle))
            Note(words.of(Word.VoteEntitleStyleText))
            Column(Modifier.fillMaxWidth().selectableGroup()) {
                state.styles.forEach { Choice(it, isChosen = it == style, isSingle = true, onClick = { style = it }) }
            }
        }
        Panel {
            state.issuers.forEach { Item(it.name, Icons.Building, MaterialTheme.colorScheme.primary) }
            Note(words.of(Word.VoteEntitleRequired, state.required, state.issuers.size))
        }
        if (state.issuers.size > state.required.toInt()) {
            Reveal(words.of(Word.VoteEntitleWithout), words, Icons.Info) {
                Note(words.of(Word.VoteEntitleWithoutText))
                Column {
                    state.issuers.forEach { issuer ->
                        Choice(
                            issuer.name,
                            isChosen = issuer.id in without,
                            isSingle = false,
                            onClick = { without = if (issuer.id in without) without - issuer.id else without + issuer.id },
                            enabled = issuer.id in without || state.issuers.size - without.size > state.required.toInt(),
                        )
                    }
                }
            }
        }
    }
}

@Composable
private fun Confirming(state: BallotStage.Confirming, fault: Fault?, busy: Boolean, words: Words, verbs: BallotVerbs) {
    Page(
        words.of(Word.VoteTitle),
        words,
        onBack = verbs::back,
        onClose = verbs::close,
        actions = {
            MainAction(words.of(Word.VoteConfirmSeal), verbs::seal, enabled = !busy, icon = Icons.Lock)
            OtherAction(words.of(Word.VoteConfirmChange), verbs::back, enabled = !busy)
        },
        attention = fault,
    ) {
        FaultNotice(fault, words, verbs::dismiss)
        Text(
            words.of(Word.VoteConfirmTitle),
            Modifier.semantics { heading() },
            style = MaterialTheme.typography.displaySmall,
        )
        ChosenPanels(state.chosen, words)
        if (state.replacesEarlier) Replaces(words)
        Note(words.of(Word.VoteConfirmText))
    }
}

@Composable
internal fun Replaces(words: Words) {
    Notice(Tone.Note, words.of(Word.VoteReplaces), words, words.of(Word.VoteReplacesText))
}

@Composable
private fun Stopped(state: BallotStage.Stopped, busy: Boolean, words: Words, verbs: BallotVerbs, onSettle: () -> Unit) {
    Page(
        words.of(Word.VoteTitle),
        words,
        onBack = null,
        onClose = verbs::close,
        actions = {
            if (state.maybeCast) {
                MainAction(words.of(Word.VoteStoppedSettle), onSettle, enabled = !busy)
                QuietAction(words.of(Word.CommonClose), verbs::close, Modifier.fillMaxWidth())
            } else {
                FaultActions(state.fault, busy, words, verbs::load, verbs::close, Word.CommonStartAgain)
            }
        },
    ) {
        if (state.maybeCast) {
            Verdict(Tone.Problem, words.of(Word.VoteStoppedMaybe), words, words.of(Word.VoteStoppedMaybeText))
        } else {
            Verdict(Tone.Problem, words.of(Word.VoteStopped), words, words.of(Word.VoteStoppedText))
        }
        FaultPanel(state.fault, words)
    }
}
