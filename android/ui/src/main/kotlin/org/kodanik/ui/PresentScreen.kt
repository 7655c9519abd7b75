package org.kodanik.ui

import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.selection.selectableGroup
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.LocalUriHandler
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.semantics
import org.kodanik.ffi.Fault
import org.kodanik.ffi.MissingClaims
import org.kodanik.ffi.Pick
import org.kodanik.ffi.PresentQuestion
import org.kodanik.ffi.PresentStage
import org.kodanik.kit.PresentVerbs
import org.kodanik.ui.design.Body
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
import org.kodanik.ui.design.Section
import org.kodanik.ui.design.Tone
import org.kodanik.ui.design.Verdict
import org.kodanik.ui.design.Word
import org.kodanik.ui.design.Words
import org.kodanik.ui.design.Working
import org.kodanik.ui.design.breakable
import org.kodanik.ui.design.claim
import org.kodanik.ui.design.claims
import org.kodanik.ui.design.readable

/** Answering who asks for claims: who, why, what; then share or not. */
@Composable
fun PresentScreen(state: PresentStage, fault: Fault?, busy: Boolean, words: Words, verbs: PresentVerbs) {
    when (state) {
        is PresentStage.Loading -> PresentPage(words, verbs) { Working(words.of(Word.PresentLoading)) }
        is PresentStage.Asking -> Asking(state, fault, busy, words, verbs)
        is PresentStage.Sending ->
            PresentPage(words, verbs) { Working(words.of(Word.PresentSending), words.of(Word.PresentSendingText)) }
        is PresentStage.Done -> Done(state, words, verbs)
        is PresentStage.Declined -> Declined(words, verbs)
        is PresentStage.Stopped -> Stopped(state, busy, words, verbs)
    }
}

@Composable
private fun PresentPage(words: Words, verbs: PresentVerbs, content: @Composable () -> Unit) {
    Page(words.of(Word.PresentTitle), words, onBack = null, onClose = verbs::close) { content() }
}

@Composable
private fun Asking(state: PresentStage.Asking, fault: Fault?, busy: Boolean, words: Words, verbs: PresentVerbs) {
    var picks by remember(state.questions) { mutableStateOf(Picks(state.questions)) }
    val claims = if (picks.choices.isEmpty()) state.claims else picks.claims
    Page(
        words.of(Word.PresentTitle),
        words,
        onBack = null,
        onClose = verbs::close,
        actions = {
            val share = { verbs.consent(picks.list) }
            if (state.overAsked.isNotEmpty()) {
                // Who asks for too much gets no button that invites.
                MainAction(words.of(Word.PresentDecline), verbs::decline, enabled = !busy)
                if (state.isAnswerable) OtherAction(words.of(Word.PresentConsent), share, enabled = picks.isComplete && !busy)
            } else {
                if (state.isAnswerable) MainAction(words.of(Word.PresentConsent), share, enabled = picks.isComplete && !busy)
                OtherAction(words.of(Word.PresentDecline), verbs::decline, enabled = !busy)
            }
        },
        attention = fault,
    ) {
        FaultNotice(fault, words, verbs::dismiss)
        Text(
            words.of(Word.PresentAsks, state.party),
            Modifier.semantics { heading() },
            style = MaterialTheme.typography.displaySmall,
        )
        Panel {
            Item(words.of(Word.PresentPartyChecked), Icons.Shield)
            Note(words.of(Word.PresentGoesTo, breakable(state.host)))
        }
        if (!state.isAnswerable) Notice(Tone.Problem, words.of(Word.PresentNotAnswerable), words)
        state.missing.forEach { Missing(it, words) }
        if (state.overAsked.isNotEmpty()) {
            val names = words.claims(state.overAsked)
            Notice(Tone.Problem, words.of(Word.PresentOverAsked), words, words.of(Word.PresentOverAskedText, names))
        }
        Section(words.of(Word.PresentPurpose))
        Panel { Body(state.purpose ?: words.of(Word.PresentPurposeNone)) }
        if (state.isAnswerable) {
            Section(words.of(Word.PresentClaims))
            Panel {
                if (claims.isEmpty()) Body(words.of(Word.PresentClaimsNone))
                claims.forEach { Asked(it, it in state.overAsked, words) }
            }
            picks.choices.forEach { question ->
                Question(question, picks.of(question), words) { picks = picks.tapped(it, question) }
            }
        }
    }
}

@Composable
private fun Missing(missing: MissingClaims, words: Words) {
    val text = if (missing.claims.isEmpty()) {
        words.of(Word.PresentMissingCredential, readable(missing.queryId))
    } else {
        words.of(Word.PresentMissingClaims, words.claims(missing.claims))
    }
    Notice(Tone.Problem, words.of(Word.PresentMissing), words, text)
}

@Composable
private fun Question(question: PresentQuestion, picked: List<String>, words: Words, onTap: (String) -> Unit) {
    Section(words.of(if (question.needed) Word.PresentChoose else Word.PresentOptional))
    if (question.multiple) Note(words.of(Word.PresentChooseSeveral))
    Column(Modifier.fillMaxWidth().selectableGroup()) {
        question.options.forEach { option ->
            Choice(
                title = option.name,
                text = "${words.of(Word.CardIssuer, option.issuer)}\n${words.claims(option.claims)}",
                isChosen = option.credential in picked,
                isSingle = isSingle(question),
                onClick = { onTap(option.credential) },
            )
        }
    }
}

/**
 * The credentials that answer a request's questions: the first of each that is needed, until the citizen takes others, or gives
 * more.
 */
private class Picks(
    private val questions: List<PresentQuestion>,
    private val picked: Map<String, List<String>> =
        questions.associate { it.queryId to it.options.take(if (it.needed) 1 else 0).map { option -> option.credential } },
) {
    /** Those that leave something to choose. */
    val choices: List<PresentQuestion> = questions.filter { !it.needed || it.options.size > 1 }

    /** Whether every question that needs one has its answer. */
    val isComplete: Boolean = questions.all { !it.needed || of(it).isNotEmpty() }

    /** What would be disclosed. */
    val claims: List<String> = questions.flatMap { question ->
        question.options.filter { it.credential in of(question) }.flatMap { it.claims }
    }.distinct()

    /** For the core; nothing where there is no choice, and it takes the least. */
    val list: List<Pick>? =
        if (choices.isEmpty()) null else questions.map { Pick(it.queryId, of(it)) }.filter { it.credentials.isNotEmpty() }

    fun of(question: PresentQuestion): List<String> = picked[question.queryId].orEmpty()

    /** One credential more or less; with one to give, the new one takes the place of the old one. */
    fun tapped(credential: String, question: PresentQuestion): Picks {
        val before = of(question)
        val after = when {
            credential !in before -> if (question.multiple) before + credential else listOf(credential)
            isSingle(question) -> before
            else -> before - credential
        }
        return Picks(questions, picked + (question.queryId to after))
    }
}

/** Whether of a question's credentials exactly one is given. */
private fun isSingle(question: PresentQuestion): Boolean = question.needed && !question.multiple

/** A claim that nobody registered is marked where it is listed, too. */
@Composable
private fun Asked(claim: String, isOverAsked: Boolean, words: Words) {
    if (isOverAsked) Item(words.claim(claim), Icons.Warning, MaterialTheme.colorScheme.error) else Item(words.claim(claim))
}

@Composable
private fun Done(state: PresentStage.Done, words: Words, verbs: PresentVerbs) {
    val browser = LocalUriHandler.current
    Page(
        words.of(Word.PresentTitle),
        words,
        onBack = null,
        actions = {
            val redirect = state.redirect
            if (redirect == null) {
                MainAction(words.of(Word.CommonDone), verbs::close)
            } else {
                MainAction(words.of(Word.PresentDoneRedirect, state.party), { verbs.close(); browser.openUri(redirect) })
                QuietAction(words.of(Word.CommonDone), verbs::close, Modifier.fillMaxWidth())
            }
        },
    ) {
        Verdict(Tone.Good, words.of(Word.PresentDone, state.party), words)
        Panel {
            if (state.claims.isEmpty()) Body(words.of(Word.PresentClaimsNone))
            state.claims.forEach { Item(words.claim(it)) }
        }
    }
}

@Composable
private fun Declined(words: Words, verbs: PresentVerbs) {
    Page(
        words.of(Word.PresentTitle),
        words,
        onBack = null,
        actions = { MainAction(words.of(Word.CommonDone), verbs::close) },
    ) {
        Verdict(Tone.Note, words.of(Word.PresentDeclined), words, words.of(Word.PresentDeclinedText))
    }
}

@Composable
private fun Stopped(state: PresentStage.Stopped, busy: Boolean, words: Words, verbs: PresentVerbs) {
    Page(
        words.of(Word.PresentTitle),
        words,
        onBack = null,
        onClose = verbs::close,
        actions = {
            FaultActions(state.fault, busy, words, verbs::load, verbs::close)
        },
    ) {
        if (state.maybeShared) {
            Verdict(Tone.Problem, words.of(Word.PresentStoppedMaybe), words, words.of(Word.PresentStoppedMaybeText))
        } else {
            Verdict(Tone.Problem, words.of(Word.PresentStopped), words)
        }
        FaultPanel(state.fault, words)
    }
}
