package org.kodanik.ui.design

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.text.KeyboardOptions
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedTextField
import androidx.compose.material3.OutlinedTextFieldDefaults
import androidx.compose.material3.Text
import androidx.compose.material3.TextFieldColors
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.text.input.ImeAction
import androidx.compose.ui.text.input.KeyboardCapitalization
import androidx.compose.ui.text.input.KeyboardType

/** A field stands out from the page that it is on. */
@Composable
fun fieldColours(): TextFieldColors = OutlinedTextFieldDefaults.colors(
    focusedContainerColor = MaterialTheme.colorScheme.surfaceBright,
    unfocusedContainerColor = MaterialTheme.colorScheme.surfaceBright,
    errorContainerColor = MaterialTheme.colorScheme.surfaceBright,
)

/**
 * For a secret that is copied from paper: seen while it is typed, and a password to the keyboard, which then learns nothing.
 * It takes as many lines as it needs.
 */
@Composable
fun CodeField(code: String, label: String, onChange: (String) -> Unit) {
    Column(verticalArrangement = Arrangement.spacedBy(Space.s)) {
        Text(label, style = MaterialTheme.typography.titleSmall)
        OutlinedTextField(
            code,
            { text -> onChange(text.filter { it != '\n' }) },
            Modifier.fillMaxWidth().labelled(label),
            textStyle = codeStyle,
            keyboardOptions = KeyboardOptions(
                capitalization = KeyboardCapitalization.Characters,
                autoCorrectEnabled = false,
                keyboardType = KeyboardType.Password,
                imeAction = ImeAction.Done,
            ),
            shape = MaterialTheme.shapes.small,
            colors = fieldColours(),
        )
    }
}
