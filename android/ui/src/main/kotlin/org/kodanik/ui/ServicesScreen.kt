package org.kodanik.ui

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.selection.selectableGroup
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
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.input.ImeAction
import androidx.compose.ui.text.input.KeyboardType
import org.kodanik.ffi.Claim
import org.kodanik.ffi.Fault
import org.kodanik.ffi.FieldKind
import org.kodanik.ffi.FormField
import org.kodanik.ffi.Service
import org.kodanik.ffi.ServiceOperation
import org.kodanik.ffi.ServiceStage
import org.kodanik.kit.ServiceVerbs
import org.kodanik.ui.design.Choice
import org.kodanik.ui.design.Fact
import org.kodanik.ui.design.FaultActions
import org.kodanik.ui.design.FaultNotice
import org.kodanik.ui.design.FaultPanel
import org.kodanik.ui.design.Icons
import org.kodanik.ui.design.ListRow
import org.kodanik.ui.design.MainAction
import org.kodanik.ui.design.Note
import org.kodanik.ui.design.OtherAction
import org.kodanik.ui.design.Page
import org.kodanik.ui.design.Panel
import org.kodanik.ui.design.QuietAction
import org.kodanik.ui.design.Rows
import org.kodanik.ui.design.Section
import org.kodanik.ui.design.Space
import org.kodanik.ui.design.Tone
import org.kodanik.ui.design.Verdict
import org.kodanik.ui.design.Word
import org.kodanik.ui.design.Words
import org.kodanik.ui.design.Working
import org.kodanik.ui.design.claim
import org.kodanik.ui.design.claims
import org.kodanik.ui.design.fieldColours
import org.kodanik.ui.design.jsonLines
import org.kodanik.ui.design.labelled
import org.kodanik.ui.design.readable

/** Which form is on the screen, and what was typed into it. Never saved. */
private class Form(val service: Service, val operation: Int, val input: Map<String, String> = emptyMap()) {
    val of: ServiceOperation get() = service.operations[operation]

    fun typed(field: String, text: String) =
        Form(service, operation, if (text.isEmpty()) input - field else input + (field to text))
}

/** Public services: the catalogue, a form, exactly what is sent, the answer. */
@Composable
fun ServicesScreen(
    state: ServiceStage,
    fault: Fault?,
    busy: Boolean,
    words: Words,
    verbs: ServiceVerbs,
    onCase: (String) -> Unit,
) {
    var form by remember { mutableStateOf<Form?>(null) }
    when (state) {
        is ServiceStage.Loading -> ServicesPage(words, verbs) { Working(words.of(Word.ServicesLoading)) }
        is ServiceStage.Choosing -> {
            val filling = form
            if (filling == null) {
                Catalogue(state, fault, words, verbs) { service, operation -> form = Form(service, operation) }
            } else {
                Filling(filling, fault, busy, words, verbs) { form = it }
            }
        }
        is ServiceStage.Reviewing -> Reviewing(state, form, fault, busy, words, verbs)
        is ServiceStage.Sending ->
            ServicesPage(words, verbs) { Working(words.of(Word.ServicesSending), words.of(Word.ServicesSendingText)) }
        is ServiceStage.Answered -> Answered(state, words, verbs, onCase)
        is ServiceStage.Stopped -> Stopped(state, busy, words, verbs) {
            form = null
            verbs.load()
        }
    }
}

@Composable
private fun ServicesPage(words: Words, verbs: ServiceVerbs, content: @Composable () -> Unit) {
    Page(words.of(Word.ServicesTitle), words, onBack = verbs::close) { content() }
}

@Composable
private fun Catalogue(
    state: ServiceStage.Choosing,
    fault: Fault?,
    words: Words,
    verbs: ServiceVerbs,
    onFill: (Service, Int) -> Unit,
) {
    Page(words.of(Word.ServicesTitle), words, onBack = verbs::close, attention = fault) {
        FaultNotice(fault, words, verbs::dismiss)
        if (state.services.isEmpty()) Verdict(Tone.Note, words.of(Word.ServicesNone), words, icon = Icons.Building)
        val groups = state.services.groupBy { it.lifeEvent }
        groups.forEach { (event, services) ->
            if (groups.size > 1 || event != null) Section(event ?: words.of(Word.ServicesOther))
            Rows(
                services.flatMap { service ->
                    service.operations.mapIndexed { index, operation ->
                        { ListRow(operation.summary, service.title, Icons.Building, { onFill(service, index) }) }
                    }
                },
            )
        }
    }
}

@Composable
private fun Filling(form: Form, fault: Fault?, busy: Boolean, words: Words, verbs: ServiceVerbs, onChange: (Form?) -> Unit) {
    val operation = form.of
    val wrong = (fault as? Fault.NotUnderstood)?.field
    Page(
        form.service.title,
        words,
        onBack = { verbs.dismiss(); onChange(null) },
        actions = {
            MainAction(
                words.of(Word.ServicesReview),
                { verbs.fill(form.service.id, form.operation.toUInt(), form.input) },
                enabled = !busy && operation.fields.none { it.required && form.input[it.name].isNullOrBlank() },
            )
        },
        attention = fault,
    ) {
        FaultNotice(fault, words, verbs::dismiss)
        Text(operation.summary, Modifier.semantics { heading() }, style = MaterialTheme.typography.displaySmall)
        operation.fields.forEach { field ->
            Field(field, form.input[field.name].orEmpty(), field.name == wrong, words) { onChange(form.typed(field.name, it)) }
        }
        Panel {
            val names = words.claims(operation.claims)
            val sent = if (names.isEmpty()) words.of(Word.ServicesClaimsOnly) else words.of(Word.ServicesClaimsText, names)
            Fact(words.of(Word.ServicesClaims), sent)
        }
    }
}

@Composable
private fun Field(field: FormField, value: String, isWrong: Boolean, words: Words, onChange: (String) -> Unit) {
    val label = if (field.required) field.title else words.of(Word.FieldOptional, field.title)
    val keyboard = KeyboardOptions(autoCorrectEnabled = false, imeAction = ImeAction.Next)
    when (val kind = field.kind) {
        is FieldKind.Day ->
            Typed(label, value, isWrong, words.of(Word.FieldDay), words, keyboard.copy(keyboardType = KeyboardType.Ascii), onChange)
        is FieldKind.FreeText -> {
            // A limit is told when it comes near.
            val limit = kind.maxLength.toInt()
            val help = if (value.length > limit * 3 / 4) words.of(Word.FieldLength, limit) else null
            Typed(label, value, isWrong, help, words, keyboard) { onChange(it.take(limit)) }
        }
        is FieldKind.WholeNumber -> {
            val help = words.of(Word.FieldNumber, kind.minimum, kind.maximum)
            Typed(label, value, isWrong, help, words, keyboard.copy(keyboardType = KeyboardType.Number), onChange)
        }
        is FieldKind.OneOf -> Options(label, kind.options.map { it to it }, value, onChange)
        is FieldKind.YesNo ->
            Options(label, listOf("true" to words.of(Word.FieldYes), "false" to words.of(Word.FieldNo)), value, onChange)
    }
}

@Composable
private fun Typed(
    label: String,
    value: String,
    isWrong: Boolean,
    help: String?,
    words: Words,
    keyboard: KeyboardOptions,
    onChange: (String) -> Unit,
) {
    val support = if (isWrong) listOfNotNull(words.of(Word.FieldWrong), help).joinToString(" ") else help
    Column(verticalArrangement = Arrangement.spacedBy(Space.s)) {
        // Above the box, where it has room in every language and size.
        Text(label, style = MaterialTheme.typography.titleSmall)
        OutlinedTextField(
            value,
            onChange,
            Modifier.fillMaxWidth().labelled(label),
            supportingText = support?.let { { Text(it) } },
            isError = isWrong,
            keyboardOptions = keyboard,
            singleLine = true,
            shape = MaterialTheme.shapes.small,
            colors = fieldColours(),
        )
    }
}

@Composable
private fun Options(label: String, options: List<Pair<String, String>>, value: String, onChange: (String) -> Unit) {
    Column(Modifier.fillMaxWidth().selectableGroup()) {
        Text(label, Modifier.padding(bottom = Space.xs), style = MaterialTheme.typography.titleSmall)
        options.forEach { (option, name) ->
            Choice(name, isChosen = option == value, isSingle = true, onClick = { onChange(option) })
        }
    }
}

@Composable
private fun Reviewing(
    state: ServiceStage.Reviewing,
    form: Form?,
    fault: Fault?,
    busy: Boolean,
    words: Words,
    verbs: ServiceVerbs,
) {
    Page(
        state.title,
        words,
        onBack = verbs::back,
        actions = {
            MainAction(words.of(Word.ServicesSend), verbs::send, enabled = !busy)
            QuietAction(words.of(Word.VoteConfirmChange), verbs::back, Modifier.fillMaxWidth())
        },
        attention = fault,
    ) {
        FaultNotice(fault, words, verbs::dismiss)
        Text(
            words.of(Word.ServicesReviewTitle),
            Modifier.semantics { heading() },
            style = MaterialTheme.typography.displaySmall,
        )
        Note(state.summary)
        Section(words.of(Word.ServicesClaims))
        Panel { state.claims.forEach { Sent(it, words) } }
        state.body?.let { body ->
            Section(words.of(Word.ServicesReviewTyped))
            Panel { Lines(jsonLines(body), form) }
        }
    }
}

@Composable
private fun Sent(claim: Claim, words: Words) = Fact(words.claim(claim.name), claim.value)

/** Names out of the form where it has them. */
@Composable
private fun Lines(lines: List<Pair<String, String>>, form: Form?) {
    val titles = form?.of?.fields.orEmpty().associate { readable(it.name) to it.title }
    lines.forEach { (name, value) -> Fact(titles[name] ?: name, value) }
}

@Composable
private fun Answered(state: ServiceStage.Answered, words: Words, verbs: ServiceVerbs, onCase: (String) -> Unit) {
    val isDone = state.status in SUCCESS
    Page(
        words.of(Word.ServicesTitle),
        words,
        onBack = null,
        actions = {
            MainAction(words.of(Word.CommonDone), verbs::close)
            if (state.case != null) OtherAction(words.of(Word.CaseTitle), { onCase(state.id) })
        },
    ) {
        val title = words.of(Word.ServicesAnswered, state.provider)
        Verdict(if (isDone) Tone.Good else Tone.Problem, title, words, words.of(Word.ServicesAnsweredText))
        Panel {
            val case = state.case
            if (case == null) {
                Text(
                    words.of(if (isDone) Word.ServicesStatusDone else Word.ServicesStatusFailed),
                    style = MaterialTheme.typography.titleMedium,
                )
            } else {
                Fact(words.of(Word.ServicesCase), case(case, words), MaterialTheme.typography.titleMedium)
            }
            if (state.attempts > 1u) Note(words.of(Word.ServicesAttempts, state.attempts))
        }
        AnswerBody(state.body, words)
    }
}

/** What a service answered or decided, line by line. */
@Composable
internal fun AnswerBody(body: String, words: Words) {
    val lines = jsonLines(body)
    if (lines.isEmpty()) return
    Section(words.of(Word.ServicesAnswer))
    Panel { lines.forEach { (name, value) -> Fact(name, value) } }
}

/** Statuses of HTTP with which something was done. */
private val SUCCESS = 200u.toUShort()..299u.toUShort()

@Composable
private fun Stopped(state: ServiceStage.Stopped, busy: Boolean, words: Words, verbs: ServiceVerbs, onAgain: () -> Unit) {
    Page(
        words.of(Word.ServicesTitle),
        words,
        onBack = null,
        onClose = verbs::close,
        actions = {
            if (state.kept) {
                MainAction(words.of(Word.CommonClose), verbs::close)
                OtherAction(words.of(Word.ServicesAgain), onAgain, enabled = !busy)
            } else {
                FaultActions(state.fault, busy, words, onAgain, verbs::close)
            }
        },
    ) {
        if (state.kept) {
            Verdict(Tone.Problem, words.of(Word.ServicesStoppedKept), words, words.of(Word.ServicesStoppedKeptText))
        } else {
            Verdict(Tone.Problem, words.of(Word.ServicesStopped), words)
        }
        FaultPanel(state.fault, words)
    }
}
