package org.kodanik.ui

import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableIntStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.vector.ImageVector
import org.kodanik.ffi.HistoryKind
import org.kodanik.ffi.HistoryLine
import org.kodanik.kit.Listing
import org.kodanik.kit.WalletVerbs
import org.kodanik.ui.design.FaultNotice
import org.kodanik.ui.design.Icons
import org.kodanik.ui.design.InlineAction
import org.kodanik.ui.design.ListRow
import org.kodanik.ui.design.Note
import org.kodanik.ui.design.Page
import org.kodanik.ui.design.QuietAction
import org.kodanik.ui.design.Rows
import org.kodanik.ui.design.Section
import org.kodanik.ui.design.Tone
import org.kodanik.ui.design.Verdict
import org.kodanik.ui.design.Word
import org.kodanik.ui.design.Words
import org.kodanik.ui.design.Working
import org.kodanik.ui.design.claims
import org.kodanik.ui.design.day
import org.kodanik.ui.design.timeOfDay

/** How many lines are shown at first, and more with every tap. */
private const val PAGE = 30

/** What happened in this wallet, newest first. */
@Composable
fun HistoryScreen(history: Listing<HistoryLine>, words: Words, verbs: WalletVerbs) {
    var shown by remember { mutableIntStateOf(PAGE) }
    Page(words.of(Word.HistoryTitle), words, onBack = verbs::back) {
        Note(words.of(Word.HistoryText))
        FaultNotice(history.fault, words) { InlineAction(words.of(Word.CommonRetry), verbs::refresh) }
        when {
            history.items.isNotEmpty() -> Lines(history.items.asReversed().take(shown), words)
            history.isLoading -> Working(words.of(Word.CommonMoment))
            history.fault == null -> Verdict(Tone.Note, words.of(Word.HistoryNone), words, icon = Icons.Clock)
        }
        if (history.items.size > shown) QuietAction(words.of(Word.HistoryMore), { shown += PAGE }, Modifier.fillMaxWidth())
    }
}

@Composable
private fun Lines(lines: List<HistoryLine>, words: Words) {
    lines.groupBy { day(it.time) }.forEach { (day, lines) ->
        Section(day)
        Rows(lines.map { { Line(it, words) } })
    }
}

@Composable
private fun Line(line: HistoryLine, words: Words) {
    val look = look(line.kind)
    // What went where; a backup's own words are the core's, and say no more than its kind.
    val text = listOfNotNull(
        line.party.takeIf { it.isNotBlank() },
        line.purpose.takeIf { it.isNotBlank() && look.hasPurpose },
        words.claims(line.claims).takeIf { it.isNotBlank() },
    )
    ListRow(words.of(look.word), text.joinToString("\n").ifEmpty { null }, look.icon) { Note(timeOfDay(line.time)) }
}

private class HistoryLook(val word: Word, val icon: ImageVector, val hasPurpose: Boolean)

private fun look(kind: HistoryKind): HistoryLook = when (kind) {
    HistoryKind.BACKUP_MADE -> HistoryLook(Word.HistoryKindBackupMade, Icons.Key, hasPurpose = false)
    HistoryKind.BALLOT_CAST -> HistoryLook(Word.HistoryKindBallotCast, Icons.Ballot, hasPurpose = true)
    HistoryKind.BALLOT_RIGHT -> HistoryLook(Word.HistoryKindBallotRight, Icons.Ballot, hasPurpose = false)
    HistoryKind.CREDENTIAL_RECEIVED -> HistoryLook(Word.HistoryKindCredentialReceived, Icons.Card, hasPurpose = true)
    HistoryKind.MAYBE_PRESENTED -> HistoryLook(Word.HistoryKindMaybePresented, Icons.Warning, hasPurpose = true)
    HistoryKind.OTHER -> HistoryLook(Word.HistoryKindOther, Icons.Info, hasPurpose = true)
    HistoryKind.PRESENTED -> HistoryLook(Word.HistoryKindPresented, Icons.Person, hasPurpose = true)
    HistoryKind.RECOVERED -> HistoryLook(Word.HistoryKindRecovered, Icons.Refresh, hasPurpose = false)
    HistoryKind.REFUSED -> HistoryLook(Word.HistoryKindRefused, Icons.Close, hasPurpose = true)
    HistoryKind.SERVICE_REQUESTED -> HistoryLook(Word.HistoryKindServiceRequested, Icons.Building, hasPurpose = true)
}
