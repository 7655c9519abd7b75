package org.kodanik.ui.design

import androidx.compose.foundation.BorderStroke
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.selection.selectable
import androidx.compose.foundation.selection.toggleable
import androidx.compose.material3.Checkbox
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.RadioButton
import androidx.compose.material3.Surface
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.text.TextStyle
import androidx.compose.ui.unit.dp

/**
 * Something to choose: the whole row is the control, a radio button where there is one to choose, else a check box. Tapping
 * a chosen radio button tells `onClick` too, so that a screen may take the choice back.
 */
@Composable
fun Choice(
    title: String,
    isChosen: Boolean,
    isSingle: Boolean,
    onClick: () -> Unit,
    text: String? = null,
    enabled: Boolean = true,
    style: TextStyle = MaterialTheme.typography.titleSmall,
) {
    val colours = MaterialTheme.colorScheme
    val shape = MaterialTheme.shapes.medium
    val touch = if (isSingle) {
        Modifier.selectable(isChosen, enabled, Role.RadioButton, onClick)
    } else {
        Modifier.toggleable(isChosen, enabled, Role.Checkbox) { onClick() }
    }
    Surface(
        Modifier.fillMaxWidth().padding(vertical = Space.xs).clip(shape).then(touch),
        shape = shape,
        color = if (isChosen) colours.primaryContainer else colours.surfaceBright,
        contentColor = if (isChosen) colours.onPrimaryContainer else colours.onSurface,
        border = BorderStroke(if (isChosen) 2.dp else 1.dp, if (isChosen) colours.primary else colours.outlineVariant),
    ) {
        Row(
            Modifier.heightIn(min = 60.dp).padding(horizontal = Space.m, vertical = Space.s),
            horizontalArrangement = Arrangement.spacedBy(Space.m),
            verticalAlignment = Alignment.CenterVertically,
        ) {
            if (isSingle) RadioButton(isChosen, onClick = null, enabled = enabled) else Checkbox(isChosen, null, enabled = enabled)
            Column(Modifier.weight(1f)) {
                Text(title, style = style)
                text?.let { Text(it, style = MaterialTheme.typography.bodyMedium, color = if (isChosen) colours.onPrimaryContainer else colours.onSurfaceVariant) }
            }
        }
    }
}
