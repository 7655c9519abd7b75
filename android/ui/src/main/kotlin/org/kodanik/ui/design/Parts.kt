package org.kodanik.ui.design

import androidx.compose.foundation.background
import androidx.compose.foundation.clickable
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.ColumnScope
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.layout.sizeIn
import androidx.compose.foundation.selection.toggleable
import androidx.compose.foundation.shape.CircleShape
import androidx.compose.material3.CircularProgressIndicator
import androidx.compose.material3.HorizontalDivider
import androidx.compose.material3.Icon
import androidx.compose.material3.LocalContentColor
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Surface
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.vector.ImageVector
import androidx.compose.ui.platform.LocalDensity
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.semantics.stateDescription
import androidx.compose.ui.text.TextStyle
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.text.style.TextDecoration
import androidx.compose.ui.unit.Dp
import androidx.compose.ui.unit.dp
import androidx.compose.ui.unit.sp

/** How something is meant. Never told by colour alone: each has an icon, and a name for screen readers. */
enum class Tone(val icon: ImageVector, val label: Word) {
    Good(Icons.CheckCircle, Word.A11yGood),
    Note(Icons.Info, Word.A11yNote),
    Problem(Icons.Warning, Word.A11yProblem),
}

/** What belongs together, on a ground of its own. */
@Composable
fun Panel(modifier: Modifier = Modifier, content: @Composable ColumnScope.() -> Unit) {
    Surface(
        modifier.fillMaxWidth(),
        shape = MaterialTheme.shapes.medium,
        color = MaterialTheme.colorScheme.surfaceBright,
        contentColor = MaterialTheme.colorScheme.onSurface,
    ) {
        Column(Modifier.padding(Space.m), verticalArrangement = Arrangement.spacedBy(Space.s), content = content)
    }
}

/** A heading within a page. */
@Composable
fun Section(title: String, modifier: Modifier = Modifier) {
    Text(
        title,
        modifier.padding(top = Space.s).semantics { heading() },
        style = MaterialTheme.typography.titleMedium,
        color = MaterialTheme.colorScheme.onBackground,
    )
}

/** Running text. */
@Composable
fun Body(text: String, modifier: Modifier = Modifier) {
    Text(text, modifier, style = MaterialTheme.typography.bodyLarge)
}

/** What is said in passing. */
@Composable
fun Note(text: String, modifier: Modifier = Modifier) {
    Text(
        text,
        modifier,
        style = MaterialTheme.typography.bodyMedium,
        color = MaterialTheme.colorScheme.onSurfaceVariant,
    )
}

/** A value under its name. */
@Composable
fun Fact(label: String, value: String, style: TextStyle = MaterialTheme.typography.bodyLarge) {
    Column(Modifier.fillMaxWidth().semantics(mergeDescendants = true) {}) {
        Note(label)
        Text(value, style = style)
    }
}

/** An icon beside text: it grows with it, and is read out only where the text does not say it. */
@Composable
fun Glyph(icon: ImageVector, size: Int = 20, tint: Color = LocalContentColor.current, label: String? = null) {
    Icon(icon, label, Modifier.size(inText(size)), tint)
}

/** A length that grows with the text. */
@Composable
private fun inText(length: Int): Dp = with(LocalDensity.current) { length.sp.toDp() }

/** One line of a list that is ticked off. */
@Composable
fun Item(text: String, icon: ImageVector = Icons.Check, tint: Color = MaterialTheme.colorScheme.tertiary) {
    Row(Modifier.fillMaxWidth(), horizontalArrangement = Arrangement.spacedBy(Space.s)) {
        // In the middle of the first line of the text.
        Box(Modifier.height(inText(Tokens.Type.body.line)), contentAlignment = Alignment.Center) { Glyph(icon, tint = tint) }
        Body(text, Modifier.weight(1f))
    }
}

/** A word about what is going on, with what can be done about it. Read out when it appears. */
@Composable
fun Notice(
    tone: Tone,
    title: String,
    words: Words,
    text: String? = null,
    content: @Composable ColumnScope.() -> Unit = {},
) {
    val colours = MaterialTheme.colorScheme
    val (ground, ink) = when (tone) {
        Tone.Good -> colours.tertiaryContainer to colours.onTertiaryContainer
        Tone.Note -> colours.secondaryContainer to colours.onSecondaryContainer
        Tone.Problem -> colours.errorContainer to colours.onErrorContainer
    }
    Surface(Modifier.fillMaxWidth(), shape = MaterialTheme.shapes.medium, color = ground, contentColor = ink) {
        Row(Modifier.padding(Space.m), horizontalArrangement = Arrangement.spacedBy(Space.m)) {
            Glyph(tone.icon, 24, label = words.of(tone.label))
            Column(Modifier.weight(1f), verticalArrangement = Arrangement.spacedBy(Space.xs)) {
                Column(
                    Modifier.semantics(mergeDescendants = true) { liveRegion = LiveRegionMode.Polite },
                    verticalArrangement = Arrangement.spacedBy(Space.xs),
                ) {
                    Text(title, style = MaterialTheme.typography.titleSmall)
                    text?.let { Text(it, style = MaterialTheme.typography.bodyMedium) }
                }
                content()
            }
        }
    }
}

/** What can be done right here, in line with the text above it, and in its colours. */
@Composable
fun InlineAction(text: String, onClick: () -> Unit) {
    Box(
        Modifier.clip(MaterialTheme.shapes.small).clickable(role = Role.Button, onClick = onClick)
            .sizeIn(minWidth = Space.touch, minHeight = Space.touch),
        contentAlignment = Alignment.CenterStart,
    ) { Text(text, style = MaterialTheme.typography.labelLarge, textDecoration = TextDecoration.Underline) }
}

/** Asks once more before something is done, where it was tapped. Read out when it appears. */
@Composable
fun AskFirst(title: String, text: String, yes: String, onYes: () -> Unit, no: String, onNo: () -> Unit) {
    Column(verticalArrangement = Arrangement.spacedBy(Space.s)) {
        Column(
            Modifier.padding(bottom = Space.xs).semantics(mergeDescendants = true) { liveRegion = LiveRegionMode.Polite },
            verticalArrangement = Arrangement.spacedBy(Space.xs),
        ) {
            Text(title, style = MaterialTheme.typography.titleMedium)
            Body(text)
        }
        DangerAction(yes, onYes)
        OtherAction(no, onNo)
    }
}

/** How a flow ended, large, at the top of its last page. Read out when it appears. */
@Composable
fun Verdict(tone: Tone, title: String, words: Words, text: String? = null, icon: ImageVector = tone.icon) {
    val colours = MaterialTheme.colorScheme
    val (ground, ink) = when (tone) {
        Tone.Good -> colours.tertiaryContainer to colours.onTertiaryContainer
        Tone.Note -> colours.primaryContainer to colours.onPrimaryContainer
        Tone.Problem -> colours.errorContainer to colours.onErrorContainer
    }
    Column(
        Modifier.fillMaxWidth().padding(top = Space.s),
        verticalArrangement = Arrangement.spacedBy(Space.m),
    ) {
        Box(Modifier.background(ground, CircleShape).padding(Space.m)) {
            Glyph(icon, 32, ink, words.of(tone.label))
        }
        Column(
            Modifier.semantics(mergeDescendants = true) { liveRegion = LiveRegionMode.Polite },
            verticalArrangement = Arrangement.spacedBy(Space.s),
        ) {
            Text(title, Modifier.semantics { heading() }, style = MaterialTheme.typography.displaySmall)
            text?.let { Body(it) }
        }
    }
}

/** Something takes its time. */
@Composable
fun Working(title: String, text: String? = null) {
    Column(
        Modifier.fillMaxWidth().padding(top = Space.xxl)
            .semantics(mergeDescendants = true) { liveRegion = LiveRegionMode.Polite },
        horizontalAlignment = Alignment.CenterHorizontally,
        verticalArrangement = Arrangement.spacedBy(Space.m),
    ) {
        CircularProgressIndicator(Modifier.padding(bottom = Space.s).size(56.dp), strokeWidth = 5.dp)
        Text(title, style = MaterialTheme.typography.titleLarge, textAlign = TextAlign.Center)
        text?.let {
            Text(
                it,
                style = MaterialTheme.typography.bodyLarge,
                color = MaterialTheme.colorScheme.onSurfaceVariant,
                textAlign = TextAlign.Center,
            )
        }
    }
}

/** A list on one ground, with lines between. */
@Composable
fun Rows(rows: List<@Composable () -> Unit>) {
    Surface(
        Modifier.fillMaxWidth(),
        shape = MaterialTheme.shapes.medium,
        color = MaterialTheme.colorScheme.surfaceBright,
        contentColor = MaterialTheme.colorScheme.onSurface,
    ) {
        Column {
            rows.forEachIndexed { index, row ->
                if (index > 0) {
                    HorizontalDivider(
                        Modifier.padding(horizontal = Space.m),
                        color = MaterialTheme.colorScheme.outlineVariant,
                    )
                }
                row()
            }
        }
    }
}

/** One row of [Rows]. With `onClick`, the whole row is one control. */
@Composable
fun ListRow(
    title: String,
    text: String? = null,
    icon: ImageVector? = null,
    onClick: (() -> Unit)? = null,
    /** What a tap leads to, for screen readers, where the texts do not say it. */
    label: String? = null,
    end: (@Composable () -> Unit)? = null,
) {
    val touch = if (onClick == null) {
        Modifier.semantics(mergeDescendants = true) {}
    } else {
        Modifier.clickable(onClickLabel = label, role = Role.Button, onClick = onClick)
    }
    Row(
        touch.fillMaxWidth().heightIn(min = 64.dp).padding(horizontal = Space.m, vertical = Space.s + Space.xs),
        horizontalArrangement = Arrangement.spacedBy(Space.m),
        verticalAlignment = if (end == null) Alignment.CenterVertically else Alignment.Top,
    ) {
        icon?.let { Glyph(it, 24, MaterialTheme.colorScheme.primary) }
        Column(Modifier.weight(1f)) {
            Text(title, style = MaterialTheme.typography.titleSmall)
            text?.let { Note(it) }
        }
        end?.invoke()
        if (onClick != null && end == null) {
            Glyph(Icons.Next, tint = MaterialTheme.colorScheme.onSurfaceVariant)
        }
    }
}

/** What is not everybody's concern, or not for everybody's eyes: shown when it is asked for. Hidden again on every new visit. */
@Composable
fun Reveal(
    title: String,
    words: Words,
    icon: ImageVector? = Icons.Shield,
    text: String? = null,
    content: @Composable ColumnScope.() -> Unit,
) {
    var isOpen by remember { mutableStateOf(false) }
    Surface(
        Modifier.fillMaxWidth(),
        shape = MaterialTheme.shapes.medium,
        color = MaterialTheme.colorScheme.surfaceBright,
        contentColor = MaterialTheme.colorScheme.onSurface,
    ) {
        Column {
            Row(
                Modifier.fillMaxWidth().reveals(isOpen, words) { isOpen = it }
                    .heightIn(min = 64.dp).padding(horizontal = Space.m, vertical = Space.s),
                horizontalArrangement = Arrangement.spacedBy(Space.m),
                verticalAlignment = Alignment.CenterVertically,
            ) {
                icon?.let { Glyph(it, 24, MaterialTheme.colorScheme.primary) }
                Column(Modifier.weight(1f)) {
                    Text(title, style = MaterialTheme.typography.titleSmall)
                    text?.let { Note(it) }
                }
                Glyph(if (isOpen) Icons.Up else Icons.Down)
            }
            if (isOpen) {
                Column(
                    Modifier.padding(start = Space.m, end = Space.m, bottom = Space.m),
                    verticalArrangement = Arrangement.spacedBy(Space.m),
                    content = content,
                )
            }
        }
    }
}

/** A control that shows more below itself, and hides it again. */
fun Modifier.reveals(isOpen: Boolean, words: Words, onChange: (Boolean) -> Unit): Modifier {
    val state = words.of(if (isOpen) Word.A11yHide else Word.A11yShow)
    return toggleable(isOpen, role = Role.Button, onValueChange = onChange).semantics { stateDescription = state }
}
