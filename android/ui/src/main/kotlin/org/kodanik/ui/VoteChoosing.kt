package org.kodanik.ui

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.selection.selectableGroup
import androidx.compose.material3.LinearProgressIndicator
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.clearAndSetSemantics
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import org.kodanik.ffi.BallotStage
import org.kodanik.ffi.Chosen
import org.kodanik.ffi.Contest
import org.kodanik.ffi.ContestChoice
import org.kodanik.ffi.ContestOption
import org.kodanik.ffi.Fault
import org.kodanik.kit.BallotVerbs
import org.kodanik.ui.design.Choice
import org.kodanik.ui.design.FaultNotice
import org.kodanik.ui.design.Glyph
import org.kodanik.ui.design.Icons
import org.kodanik.ui.design.InlineAction
import org.kodanik.ui.design.MainAction
import org.kodanik.ui.design.Note
import org.kodanik.ui.design.Page
import org.kodanik.ui.design.Panel
import org.kodanik.ui.design.Space
import org.kodanik.ui.design.Word
import org.kodanik.ui.design.Words

/** What is chosen so far, by contest, and which contest is on the screen. Never saved, never printed. */
class Choices(private val chosen: Map<String, List<String>> = emptyMap(), val contest: Int = 0) {
    fun of(contest: Contest): List<String> = chosen[contest.id].orEmpty()

    /** With one option more or less; with one to choose, the new one takes the place of the old one. */
    fun tapped(contest: Contest, option: ContestOption): Choices {
        val before = of(contest)
        val after = when {
            option.id in before -> before - option.id
            contest.max == 1u -> listOf(option.id)
            else -> before + option.id
        }
        return Choices(chosen + (contest.id to after), this.contest)
    }

    fun cleared(contest: Contest) = Choices(chosen - contest.id, this.contest)

    fun at(contest: Int) = Choices(chosen, contest)

    /** For the core, with options in the order of the ballot. */
    fun toList(contests: List<Contest>): List<ContestChoice> = contests.map { contest ->
        val options = of(contest)
        ContestChoice(contest.id, contest.options.map { it.id }.filter { it in options })
    }

    override fun toString() = "Choices(..)"
}

/** One contest at a time. What cannot be chosen any more says why. */
@Composable
internal fun VoteChoosing(
    state: BallotStage.Choosing,
    choices: Choices,
    fault: Fault?,
    busy: Boolean,
    words: Words,
    verbs: BallotVerbs,
    onChange: (Choices) -> Unit,
) {
    val at = choices.contest.coerceIn(state.contests.indices)
    val contest = state.contests[at]
    val chosen = choices.of(contest)
    val isLast = at == state.contests.lastIndex
    val isTooFew = chosen.isNotEmpty() && chosen.size < contest.min.toInt()
    Page(
        state.title,
        words,
        onBack = if (at > 0) { { onChange(choices.at(at - 1)) } } else null,
        onClose = verbs::close,
        actions = {
            Standing(contest, chosen, words)
            MainAction(
                words.of(if (isLast) Word.VoteReview else Word.CommonContinue),
                { if (isLast) verbs.choose(choices.toList(state.contests)) else onChange(choices.at(at + 1)) },
                enabled = !isTooFew && !busy,
            )
        },
        attention = listOf(at, fault),
    ) {
        FaultNotice(fault, words, verbs::dismiss)
        if (at == 0 && state.replacesEarlier) Replaces(words)
        Column(verticalArrangement = Arrangement.spacedBy(Space.xs)) {
            if (state.contests.size > 1) Note(words.of(Word.VoteContest, at + 1, state.contests.size))
            Text(contest.title, Modifier.semantics { heading() }, style = MaterialTheme.typography.displaySmall)
            Note(howMany(contest, words))
        }
        val options = if (contest.max == 1u) Modifier.selectableGroup() else Modifier
        Column(options.fillMaxWidth()) {
            contest.options.forEach { option -> Option(contest, option, chosen, words) { onChange(choices.tapped(contest, option)) } }
        }
        if (chosen.isNotEmpty()) InlineAction(words.of(Word.VoteClear)) { onChange(choices.cleared(contest)) }
    }
}

private fun howMany(contest: Contest, words: Words): String = when {
    contest.max == 1u -> words.of(Word.VoteChooseOne)
    contest.min <= 1u -> words.of(Word.VoteChooseUpto, contest.max)
    else -> words.of(Word.VoteChooseBetween, contest.min, contest.max)
}

@Composable
private fun Option(contest: Contest, option: ContestOption, chosen: List<String>, words: Words, onClick: () -> Unit) {
    val isChosen = option.id in chosen
    val isSingle = contest.max == 1u
    val fits = contest.budget == 0uL || isSingle || option.cost <= left(contest, chosen)
    val text = when {
        contest.budget == 0uL -> null
        isChosen || fits -> words.of(Word.VoteBudgetCost, option.cost)
        else -> "${words.of(Word.VoteBudgetCost, option.cost)} · ${words.of(Word.VoteBudgetTooDear)}"
    }
    Choice(
        option.title,
        isChosen,
        isSingle,
        onClick,
        text,
        enabled = isChosen || isSingle || (fits && chosen.size < contest.max.toInt()),
    )
}

private fun left(contest: Contest, chosen: List<String>): ULong {
    val spent = contest.options.filter { it.id in chosen }.sumOf { it.cost }
    return if (spent > contest.budget) 0uL else contest.budget - spent
}

/** How the choice in this contest stands: how many, what is left to spend, or that it is blank. */
@Composable
private fun Standing(contest: Contest, chosen: List<String>, words: Words) {
    Column(
        Modifier.fillMaxWidth().semantics(mergeDescendants = true) { liveRegion = LiveRegionMode.Polite },
        verticalArrangement = Arrangement.spacedBy(Space.xs),
    ) {
        if (contest.budget > 0uL) {
            val left = left(contest, chosen)
            Text(words.of(Word.VoteBudgetLeft, left, contest.budget), style = MaterialTheme.typography.titleSmall)
            LinearProgressIndicator(
                { left.toFloat() / contest.budget.toFloat() },
                Modifier.fillMaxWidth().padding(vertical = Space.xs).clearAndSetSemantics {},
                trackColor = MaterialTheme.colorScheme.outlineVariant,
                gapSize = 0.dp,
                drawStopIndicator = {},
            )
        }
        when {
            chosen.isEmpty() -> Note(words.of(Word.VoteBlankNow))
            chosen.size < contest.min.toInt() -> Note(words.of(Word.VoteTooFew, contest.min))
            contest.max > 1u -> Note(words.of(Word.VoteChosenCount, chosen.size, contest.max))
        }
    }
}

/** What a ballot says, contest by contest. */
@Composable
internal fun ChosenPanels(chosen: List<Chosen>, words: Words) {
    chosen.forEach { contest ->
        Panel(Modifier.semantics(mergeDescendants = true) {}) {
            Note(contest.title)
            contest.titles.forEach { title ->
                Row(horizontalArrangement = Arrangement.spacedBy(Space.s), verticalAlignment = Alignment.CenterVertically) {
                    Glyph(Icons.Check, tint = MaterialTheme.colorScheme.primary)
                    Text(title, style = MaterialTheme.typography.titleMedium)
                }
            }
            if (contest.titles.isEmpty()) Text(words.of(Word.VoteBlank), style = MaterialTheme.typography.titleMedium)
        }
    }
}
