package org.kodanik.ui

import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableIntStateOf
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.LocalDensity
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.TextStyle
import org.kodanik.ffi.BackupSize
import org.kodanik.ffi.BackupStage
import org.kodanik.ffi.Fault
import org.kodanik.ffi.NewCodes
import org.kodanik.kit.BackupVerbs
import org.kodanik.ui.design.CodeField
import org.kodanik.ui.design.Fact
import org.kodanik.ui.design.FaultNotice
import org.kodanik.ui.design.FaultPanel
import org.kodanik.ui.design.Icons
import org.kodanik.ui.design.Item
import org.kodanik.ui.design.LARGE_TEXT
import org.kodanik.ui.design.ListRow
import org.kodanik.ui.design.MainAction
import org.kodanik.ui.design.Note
import org.kodanik.ui.design.Notice
import org.kodanik.ui.design.OtherAction
import org.kodanik.ui.design.Page
import org.kodanik.ui.design.Panel
import org.kodanik.ui.design.QuietAction
import org.kodanik.ui.design.Rows
import org.kodanik.ui.design.Section
import org.kodanik.ui.design.Tone
import org.kodanik.ui.design.Verdict
import org.kodanik.ui.design.Word
import org.kodanik.ui.design.Words
import org.kodanik.ui.design.Working
import org.kodanik.ui.design.codeStyle
import org.kodanik.ui.design.day
import org.kodanik.ui.design.inRows
import org.kodanik.ui.design.largeCodeStyle

/** Backup codes: those in force, and new ones, written down, one asked back, stored. Codes are drawn and forgotten: none is in a saved state. */
@Composable
fun BackupScreen(
    state: BackupStage,
    fault: Fault?,
    busy: Boolean,
    words: Words,
    verbs: BackupVerbs,
    onNotices: () -> Unit,
) {
    // A fault leads from storing back to the codes: the question is still on the screen then.
    var isAsking by remember { mutableStateOf(false) }
    when (state) {
        is BackupStage.Loading -> BackupPage(words, verbs) { Working(words.of(Word.CommonMoment)) }
        is BackupStage.InForce -> InForce(state, fault, words, verbs, onNotices)
        is BackupStage.Refreshing -> BackupPage(words, verbs) { Working(words.of(Word.BackupRefreshing), words.of(Word.CasePrompt)) }
        is BackupStage.Codes ->
            if (isAsking) {
                Asking(state, fault, busy, words, verbs) { isAsking = false }
            } else {
                Codes(state, fault, words, verbs) { isAsking = true }
            }
        is BackupStage.Storing -> BackupPage(words, verbs) { Working(words.of(Word.BackupStoring), words.of(Word.BackupStoringText)) }
        is BackupStage.Stored -> Stored(state, words, verbs)
        is BackupStage.Stopped -> Stopped(state, busy, words, verbs) {
            isAsking = false
            verbs.load()
        }
    }
}

@Composable
private fun BackupPage(words: Words, verbs: BackupVerbs, content: @Composable () -> Unit) {
    Page(words.of(Word.BackupTitle), words, onBack = null, onClose = verbs::close) { content() }
}

@Composable
private fun InForce(state: BackupStage.InForce, fault: Fault?, words: Words, verbs: BackupVerbs, onNotices: () -> Unit) {
    Page(words.of(Word.BackupTitle), words, onBack = verbs::close, attention = fault) {
        FaultNotice(fault, words, verbs::dismiss)
        Verdict(Tone.Good, words.of(Word.BackupInForce), words, words.of(Word.BackupInForceText))
        Note(words.of(Word.BackupCodesSet, state.codes.set, day(state.codes.created)))
        Rows(
            listOf(
                { ListRow(words.of(Word.BackupRefresh), words.of(Word.BackupRefreshText), Icons.Refresh, verbs::refresh) },
                { ListRow(words.of(Word.BackupMake), words.of(Word.BackupMakeText), Icons.Key, verbs::makeCodes) },
                { ListRow(words.of(Word.NoticesTitle), icon = Icons.Eye, onClick = onNotices) },
            ),
        )
    }
}

@Composable
private fun Codes(state: BackupStage.Codes, fault: Fault?, words: Words, verbs: BackupVerbs, onWritten: () -> Unit) {
    var isList by remember { mutableStateOf(false) }
    var at by remember { mutableIntStateOf(0) }
    // After the codes comes the one that revokes.
    val last = state.codes.size
    Page(
        words.of(Word.BackupTitle),
        words,
        onBack = null,
        onClose = verbs::close,
        actions = {
            if (isList || at == last) {
                MainAction(words.of(Word.BackupCodesWritten), onWritten)
            } else {
                MainAction(words.of(Word.BackupCodesNext), { at++ })
            }
            if (!isList && at > 0) OtherAction(words.of(Word.BackupCodesPrevious), { at-- })
            val other = if (isList) Word.BackupCodesOne else Word.BackupCodesAll
            QuietAction(words.of(other), { isList = !isList }, Modifier.fillMaxWidth())
        },
        attention = listOf(isList, at, fault),
    ) {
        FaultNotice(fault, words, verbs::dismiss)
        Text(words.of(Word.BackupCodesTitle), Modifier.semantics { heading() }, style = MaterialTheme.typography.displaySmall)
        if (isList || at == 0) Note(words.of(Word.BackupCodesText))
        if (state.replacesEarlier && (isList || at == 0)) Notice(Tone.Note, words.of(Word.BackupCodesReplaces), words)
        when {
            isList -> {
                Panel { state.codes.forEachIndexed { index, code -> Code(words.of(Word.BackupCodesNumber, index + 1), code) } }
                Revocation(state.revocationCode, words)
            }
            at == last -> Revocation(state.revocationCode, words)
            else -> Panel { Code(words.of(Word.BackupCodesOf, at + 1, last), state.codes[at], largeCodeStyle) }
        }
        Note(words.of(Word.BackupCodesSet, state.set, day(state.created)))
    }
}

@Composable
private fun Code(label: String, code: String, style: TextStyle = codeStyle) {
    val groups = if (LocalDensity.current.fontScale < LARGE_TEXT) 3 else 2
    Fact(label, inRows(code, groups), style)
}

@Composable
private fun Revocation(code: String, words: Words) {
    Panel {
        Code(words.of(Word.BackupRevocation), code)
        Note(words.of(Word.BackupRevocationText))
    }
}

@Composable
private fun Asking(
    state: BackupStage.Codes,
    fault: Fault?,
    busy: Boolean,
    words: Words,
    verbs: BackupVerbs,
    onShow: () -> Unit,
) {
    var code by remember { mutableStateOf("") }
    Page(
        words.of(Word.BackupTitle),
        words,
        onBack = onShow,
        onClose = verbs::close,
        actions = {
            MainAction(words.of(Word.BackupAskAction), { verbs.store(code) }, enabled = code.isNotBlank() && !busy)
            QuietAction(words.of(Word.BackupAskShow), onShow, Modifier.fillMaxWidth())
        },
    ) {
        Text(
            words.of(Word.BackupAskTitle, state.asked),
            Modifier.semantics { heading() },
            style = MaterialTheme.typography.displaySmall,
        )
        Note(words.of(Word.BackupAskText))
        CodeField(code, words.of(Word.BackupAskField, state.asked), { code = it })
        FaultNotice(fault, words, verbs::dismiss)
    }
}

@Composable
private fun Stored(state: BackupStage.Stored, words: Words, verbs: BackupVerbs) {
    Page(
        words.of(Word.BackupTitle),
        words,
        onBack = null,
        actions = { MainAction(words.of(Word.CommonDone), verbs::close) },
    ) {
        val text = words.of(if (state.newCodes) Word.BackupStoredText else Word.BackupRefreshText)
        Verdict(Tone.Good, words.of(Word.BackupStored), words, text)
        Section(words.of(Word.BackupSize))
        Panel { Size(state.size, words) }
    }
}

/** How much a backup holds. */
@Composable
internal fun Size(size: BackupSize, words: Words) {
    Item(words.of(Word.BackupSizeCredentials, size.credentials))
    Item(words.of(Word.BackupSizeCases, size.cases))
    Item(words.of(Word.BackupSizeEvidence, size.evidence))
    Item(words.of(Word.BackupSizeHistory, size.history))
    if (size.leftOut > 0u) Item(words.of(Word.BackupSizeLeftOut, size.leftOut), Icons.Info, MaterialTheme.colorScheme.onSurfaceVariant)
}

@Composable
private fun Stopped(state: BackupStage.Stopped, busy: Boolean, words: Words, verbs: BackupVerbs, onAgain: () -> Unit) {
    Page(
        words.of(Word.BackupTitle),
        words,
        onBack = null,
        onClose = verbs::close,
        actions = {
            MainAction(words.of(again(state.newCodes)), onAgain, enabled = !busy)
            QuietAction(words.of(Word.CommonClose), verbs::close, Modifier.fillMaxWidth())
        },
    ) {
        when (state.newCodes) {
            NewCodes.MAYBE_IN_FORCE ->
                Verdict(Tone.Problem, words.of(Word.BackupStoppedMaybe), words, words.of(Word.BackupStoppedMaybeText))
            NewCodes.NOT_MADE ->
                Verdict(Tone.Note, words.of(Word.BackupStoppedAsBefore), words, words.of(Word.BackupStoppedAsBeforeText))
            NewCodes.VOID -> Verdict(Tone.Problem, words.of(Word.BackupStopped), words, words.of(Word.BackupStoppedText))
        }
        FaultPanel(state.fault, words)
    }
}

/** What beginning anew is called. */
private fun again(codes: NewCodes): Word = when (codes) {
    NewCodes.MAYBE_IN_FORCE, NewCodes.VOID -> Word.BackupAgain
    NewCodes.NOT_MADE -> Word.CommonRetry
}
