package org.kodanik.ui

import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.text.KeyboardOptions
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedTextField
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.text.input.ImeAction
import androidx.compose.ui.text.input.KeyboardType
import org.kodanik.ffi.EnrolCheck
import org.kodanik.ffi.EnrolStage
import org.kodanik.ffi.Fault
import org.kodanik.kit.EnrolVerbs
import org.kodanik.ui.design.Fact
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
import org.kodanik.ui.design.fieldColours

/** Getting a credential: who offers what, the code, what was checked. */
@Composable
fun EnrolScreen(state: EnrolStage, fault: Fault?, busy: Boolean, words: Words, verbs: EnrolVerbs) {
    when (state) {
        is EnrolStage.Loading -> EnrolPage(words, verbs) { Working(words.of(Word.EnrolLoading)) }
        is EnrolStage.Reviewing -> Reviewing(state, fault, busy, words, verbs)
        is EnrolStage.Issuing ->
            EnrolPage(words, verbs) { Working(words.of(Word.EnrolIssuing), words.of(Word.EnrolIssuingText)) }
        is EnrolStage.Done -> Done(state, words, verbs)
        is EnrolStage.Stopped -> Stopped(state, busy, words, verbs)
    }
}

@Composable
private fun EnrolPage(words: Words, verbs: EnrolVerbs, content: @Composable () -> Unit) {
    Page(words.of(Word.EnrolTitle), words, onBack = null, onClose = verbs::close) { content() }
}

@Composable
private fun Reviewing(state: EnrolStage.Reviewing, fault: Fault?, busy: Boolean, words: Words, verbs: EnrolVerbs) {
    // Not saved: whoever has the code and the offer gets the credential.
    var code by remember { mutableStateOf("") }
    val length = state.codeLength?.toInt()
    val isComplete = !state.needsCode || (code.isNotBlank() && (length == null || code.length == length))
    Page(
        words.of(Word.EnrolTitle),
        words,
        onBack = null,
        onClose = verbs::close,
        actions = {
            MainAction(
                words.of(Word.EnrolAccept),
                { verbs.accept(code.takeIf { state.needsCode }) },
                enabled = isComplete && !busy,
            )
            QuietAction(words.of(Word.CommonCancel), verbs::close, Modifier.fillMaxWidth())
        },
        attention = fault,
    ) {
        FaultNotice(fault, words, verbs::dismiss)
        Panel {
            Fact(words.of(Word.EnrolReviewWhat), state.credential, MaterialTheme.typography.displaySmall)
            Fact(words.of(Word.EnrolReviewFrom), state.issuer, MaterialTheme.typography.titleMedium)
            Item(words.of(Word.EnrolReviewVerified), Icons.Shield)
        }
        if (state.needsCode) {
            Panel {
                Note(state.codeHint ?: words.of(Word.EnrolCodeText))
                OutlinedTextField(
                    code,
                    { code = it.trim() },
                    Modifier.fillMaxWidth(),
                    label = { Text(words.of(Word.EnrolCode)) },
                    supportingText = length?.let { { Text(words.of(Word.EnrolCodeLength, it)) } },
                    keyboardOptions = KeyboardOptions(
                        autoCorrectEnabled = false,
                        keyboardType = KeyboardType.Ascii,
                        imeAction = ImeAction.Done,
                    ),
                    singleLine = true,
                    shape = MaterialTheme.shapes.small,
                    colors = fieldColours(),
                )
            }
        }
    }
}

@Composable
private fun Done(state: EnrolStage.Done, words: Words, verbs: EnrolVerbs) {
    Page(
        words.of(Word.EnrolTitle),
        words,
        onBack = null,
        actions = { MainAction(words.of(Word.CommonDone), verbs::close) },
    ) {
        Verdict(Tone.Good, words.of(Word.EnrolDone), words)
        IdCard(state.credential, words)
        Section(words.of(Word.EnrolChecks))
        Panel { state.checks.forEach { Item(check(it, words)) } }
    }
}

private fun check(check: EnrolCheck, words: Words): String = when (check) {
    is EnrolCheck.CredentialSigned -> words.of(Word.EnrolCheckCredentialSigned, check.by)
    is EnrolCheck.IssuerKnown -> words.of(Word.EnrolCheckIssuerKnown, check.name)
    is EnrolCheck.KeyIsOurs -> words.of(Word.EnrolCheckKeyIsOurs)
    is EnrolCheck.NotRevoked -> words.of(Word.EnrolCheckNotRevoked)
    is EnrolCheck.Other -> words.of(Word.EnrolCheckOther)
    is EnrolCheck.TokenBound -> words.of(Word.EnrolCheckTokenBound)
    is EnrolCheck.WhatWasOffered -> words.of(Word.EnrolCheckWhatWasOffered)
}

@Composable
private fun Stopped(state: EnrolStage.Stopped, busy: Boolean, words: Words, verbs: EnrolVerbs) {
    Page(
        words.of(Word.EnrolTitle),
        words,
        onBack = null,
        onClose = verbs::close,
        actions = {
            FaultActions(state.fault, busy, words, verbs::load, verbs::close)
        },
    ) {
        Verdict(Tone.Problem, words.of(Word.EnrolStopped), words, words.of(Word.EnrolStoppedText))
        FaultPanel(state.fault, words)
    }
}
