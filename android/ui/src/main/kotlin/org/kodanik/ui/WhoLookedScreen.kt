package org.kodanik.ui

import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.semantics
import org.kodanik.ffi.HistoryKind
import org.kodanik.ffi.HistoryLine
import org.kodanik.kit.Listing
import org.kodanik.kit.Looker
import org.kodanik.kit.WalletVerbs
import org.kodanik.kit.whoLooked
import org.kodanik.ui.design.FaultNotice
import org.kodanik.ui.design.Icons
import org.kodanik.ui.design.InlineAction
import org.kodanik.ui.design.Item
import org.kodanik.ui.design.Note
import org.kodanik.ui.design.Page
import org.kodanik.ui.design.Panel
import org.kodanik.ui.design.Tone
import org.kodanik.ui.design.Verdict
import org.kodanik.ui.design.Word
import org.kodanik.ui.design.Words
import org.kodanik.ui.design.Working
import org.kodanik.ui.design.claims
import org.kodanik.ui.design.moment

/** Everybody to whom this wallet gave claims, by this phone's own record, and it says that it is no more than that. */
@Composable
fun WhoLookedScreen(history: Listing<HistoryLine>, words: Words, verbs: WalletVerbs) {
    Page(words.of(Word.WhoLookedTitle), words, onBack = verbs::back) {
        Note(words.of(Word.WhoLookedText))
        FaultNotice(history.fault, words) { InlineAction(words.of(Word.CommonRetry), verbs::refresh) }
        val lookers = whoLooked(history.items)
        when {
            lookers.isNotEmpty() -> lookers.forEach { LookerPanel(it, words) }
            history.isLoading -> Working(words.of(Word.CommonMoment))
            history.fault == null -> Verdict(Tone.Note, words.of(Word.WhoLookedNone), words, icon = Icons.Eye)
        }
    }
}

@Composable
private fun LookerPanel(looker: Looker, words: Words) {
    Panel(Modifier.semantics(mergeDescendants = true) {}) {
        Text(looker.party, Modifier.semantics { heading() }, style = MaterialTheme.typography.titleMedium)
        val claims = looker.lines.flatMap { it.claims }.distinct()
        if (claims.isNotEmpty()) Item(words.claims(claims), Icons.Card, MaterialTheme.colorScheme.primary)
        val purposes = looker.lines.map { it.purpose }.filter { it.isNotBlank() }.distinct()
        purposes.forEach { Item(it, Icons.Info, MaterialTheme.colorScheme.primary) }
        Note("${words.of(Word.WhoLookedTimes, looker.lines.size)} · ${words.of(Word.WhoLookedLast, moment(looker.lines.first().time))}")
        if (looker.lines.any { it.kind == HistoryKind.MAYBE_PRESENTED }) Note(words.of(Word.WhoLookedMaybe))
    }
}
