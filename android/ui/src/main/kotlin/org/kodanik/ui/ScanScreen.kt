package org.kodanik.ui

import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.aspectRatio
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
import androidx.compose.ui.draw.clip
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.input.ImeAction
import androidx.compose.ui.text.input.KeyboardType
import org.kodanik.kit.WalletVerbs
import org.kodanik.ui.design.Body
import org.kodanik.ui.design.MainAction
import org.kodanik.ui.design.Notice
import org.kodanik.ui.design.OtherAction
import org.kodanik.ui.design.Page
import org.kodanik.ui.design.Tone
import org.kodanik.ui.design.Word
import org.kodanik.ui.design.Words
import org.kodanik.ui.design.fieldColours
import org.kodanik.ui.design.labelled

/** The phone's camera as the shell draws it, telling what it reads. */
typealias Camera = @Composable (found: (String) -> Unit) -> Unit

/** The camera, and a link for who has none, or cannot aim one. Without a `camera` it may not be used. */
@Composable
fun ScanScreen(words: Words, verbs: WalletVerbs, camera: Camera?) {
    var isTyping by remember { mutableStateOf(false) }
    var link by remember { mutableStateOf("") }
    Page(
        words.of(Word.ScanTitle),
        words,
        onBack = verbs::back,
        actions = {
            if (isTyping) {
                MainAction(words.of(Word.ScanOpen), { verbs.scanned(link.trim()) }, enabled = link.isNotBlank())
            } else {
                OtherAction(words.of(Word.ScanPaste), { isTyping = true })
            }
        },
    ) {
        if (isTyping) {
            Text(words.of(Word.ScanField), style = MaterialTheme.typography.titleSmall)
            OutlinedTextField(
                link,
                { link = it },
                Modifier.fillMaxWidth().labelled(words.of(Word.ScanField)),
                keyboardOptions = KeyboardOptions(
                    autoCorrectEnabled = false,
                    keyboardType = KeyboardType.Uri,
                    imeAction = ImeAction.Go,
                ),
                minLines = 3,
                shape = MaterialTheme.shapes.small,
                colors = fieldColours(),
            )
        } else if (camera == null) {
            Notice(Tone.Problem, words.of(Word.ScanNoCamera), words, words.of(Word.ScanNoCameraText))
        } else {
            Body(words.of(Word.ScanText))
            val label = words.of(Word.A11yCamera)
            Box(Modifier.fillMaxWidth().aspectRatio(3f / 4f).clip(MaterialTheme.shapes.large).semantics { contentDescription = label }) {
                camera(verbs::scanned)
            }
        }
    }
}
