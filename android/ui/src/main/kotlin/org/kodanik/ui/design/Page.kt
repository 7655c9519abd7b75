package org.kodanik.ui.design

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.ColumnScope
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.RowScope
import androidx.compose.foundation.layout.Spacer
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.safeDrawingPadding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.layout.widthIn
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.Button
import androidx.compose.material3.ButtonDefaults
import androidx.compose.material3.HorizontalDivider
import androidx.compose.material3.IconButton
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedButton
import androidx.compose.material3.Surface
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.vector.ImageVector
import androidx.compose.ui.platform.LocalDensity
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.unit.dp

/** From this text size on, what is pinned to the bottom would leave no room for the rest. */
const val LARGE_TEXT = 1.5f

/** Wide screens get margins. */
private val MaxWidth = 600.dp

/**
 * Every screen: what it is called, its content, which scrolls, and its actions at the bottom, under the thumb, the main one
 * first. With large text the actions follow the content. When `attention` becomes something else, the top comes into view.
 */
@Composable
fun Page(
    title: String,
    words: Words,
    onBack: (() -> Unit)?,
    onClose: (() -> Unit)? = null,
    trailing: @Composable RowScope.() -> Unit = {},
    actions: (@Composable ColumnScope.() -> Unit)? = null,
    attention: Any? = null,
    content: @Composable ColumnScope.() -> Unit,
) {
    val scroll = rememberScrollState()
    LaunchedEffect(attention) { if (attention != null) scroll.animateScrollTo(0) }
    val isPinned = LocalDensity.current.fontScale < LARGE_TEXT
    Surface(Modifier.fillMaxSize(), color = MaterialTheme.colorScheme.background) {
        Box(Modifier.fillMaxSize().safeDrawingPadding(), contentAlignment = Alignment.TopCenter) {
            Column(Modifier.fillMaxSize().widthIn(max = MaxWidth)) {
                TopBar(title, words, onBack, onClose, trailing)
                Column(
                    Modifier.weight(1f).fillMaxWidth().verticalScroll(scroll)
                        .padding(horizontal = Space.m).padding(top = Space.s, bottom = Space.l),
                    verticalArrangement = Arrangement.spacedBy(Space.m),
                ) {
                    content()
                    if (actions != null && !isPinned) Actions(Modifier.padding(top = Space.s), actions)
                }
                if (actions != null && isPinned) {
                    if (scroll.canScrollForward) HorizontalDivider(color = MaterialTheme.colorScheme.outlineVariant)
                    Actions(Modifier.padding(Space.m), actions)
                }
            }
        }
    }
}

@Composable
private fun Actions(modifier: Modifier, actions: @Composable ColumnScope.() -> Unit) {
    Column(modifier.fillMaxWidth(), verticalArrangement = Arrangement.spacedBy(Space.s), content = actions)
}

@Composable
private fun TopBar(
    title: String,
    words: Words,
    onBack: (() -> Unit)?,
    onClose: (() -> Unit)?,
    trailing: @Composable RowScope.() -> Unit,
) {
    Row(
        Modifier.fillMaxWidth().heightIn(min = 64.dp).padding(horizontal = Space.xs, vertical = Space.s),
        verticalAlignment = Alignment.CenterVertically,
    ) {
        if (onBack != null) IconAction(Icons.Back, words.of(Word.CommonBack), onBack) else Spacer(Modifier.size(Space.s))
        Text(
            title,
            Modifier.weight(1f).padding(horizontal = Space.xs).semantics { heading() },
            style = MaterialTheme.typography.titleLarge,
        )
        trailing()
        if (onClose != null) IconAction(Icons.Close, words.of(Word.CommonClose), onClose)
    }
}

/** An icon that can be tapped; its label is read out. */
@Composable
fun IconAction(icon: ImageVector, label: String, onClick: () -> Unit) {
    IconButton(onClick, Modifier.size(Space.touch)) { Glyph(icon, 24, label = label) }
}

/** What most people want to do here. */
@Composable
fun MainAction(text: String, onClick: () -> Unit, enabled: Boolean = true, icon: ImageVector? = null) {
    Button(
        onClick,
        Modifier.fillMaxWidth().heightIn(min = 56.dp),
        enabled = enabled,
        shape = MaterialTheme.shapes.medium,
    ) { ActionLabel(text, icon) }
}

/** What else can be done. */
@Composable
fun OtherAction(text: String, onClick: () -> Unit, enabled: Boolean = true, icon: ImageVector? = null) {
    OutlinedButton(
        onClick,
        Modifier.fillMaxWidth().heightIn(min = 56.dp),
        enabled = enabled,
        shape = MaterialTheme.shapes.medium,
    ) { ActionLabel(text, icon) }
}

/** What cannot be taken back, or is not to be tapped lightly. */
@Composable
fun DangerAction(text: String, onClick: () -> Unit, enabled: Boolean = true) {
    val colours = MaterialTheme.colorScheme
    Button(
        onClick,
        Modifier.fillMaxWidth().heightIn(min = 56.dp),
        enabled = enabled,
        shape = MaterialTheme.shapes.medium,
        colors = ButtonDefaults.buttonColors(containerColor = colours.error, contentColor = colours.onError),
    ) { ActionLabel(text, icon = null) }
}

/** What is done seldom. */
@Composable
fun QuietAction(text: String, onClick: () -> Unit, modifier: Modifier = Modifier, icon: ImageVector? = null) {
    TextButton(onClick, modifier.heightIn(min = Space.touch), shape = MaterialTheme.shapes.medium) {
        ActionLabel(text, icon)
    }
}

@Composable
private fun ActionLabel(text: String, icon: ImageVector?) {
    if (icon != null) {
        Glyph(icon)
        Spacer(Modifier.size(Space.s))
    }
    Text(text, style = MaterialTheme.typography.labelLarge, textAlign = TextAlign.Center)
}
