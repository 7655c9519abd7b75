package org.kodanik.ui

import androidx.compose.foundation.background
import androidx.compose.foundation.border
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.ColumnScope
import androidx.compose.foundation.layout.ExperimentalLayoutApi
import androidx.compose.foundation.layout.FlowRow
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.RowScope
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.shape.CircleShape
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Surface
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.vector.ImageVector
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.clearAndSetSemantics
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.role
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import org.kodanik.ffi.Fault
import org.kodanik.ffi.Phase
import org.kodanik.kit.NewPin
import org.kodanik.kit.PinVerbs
import org.kodanik.ui.design.FaultNotice
import org.kodanik.ui.design.Glyph
import org.kodanik.ui.design.Icons
import org.kodanik.ui.design.MainAction
import org.kodanik.ui.design.Notice
import org.kodanik.ui.design.Page
import org.kodanik.ui.design.Space
import org.kodanik.ui.design.Tone
import org.kodanik.ui.design.Verdict
import org.kodanik.ui.design.Word
import org.kodanik.ui.design.Words
import org.kodanik.ui.design.Working
import org.kodanik.ui.design.timeOfDay

private const val MIN_DIGITS = 6
private const val MAX_DIGITS = 12

/** The door: a PIN for a new wallet, typed twice, or the PIN of the one that is there. */
@Composable
fun PinScreen(phase: Phase, length: Int, newPin: NewPin, fault: Fault?, busy: Boolean, words: Words, verbs: PinVerbs) {
    Page(words.of(Word.AppName), words, onBack = null, actions = actions(phase, length, fault, busy, words, verbs)) {
        if (fault is Fault.PinWiped) {
            if (busy) Making(words) else Verdict(Tone.Problem, words.of(Word.PinWipedTitle), words, words.of(Word.PinWipedText))
        } else if (fault is Fault.PinWait) {
            Verdict(Tone.Problem, words.of(Word.PinWaitTitle), words, words.of(Word.PinWaitText, timeOfDay(fault.until)), Icons.Clock)
        } else {
            when (phase) {
                Phase.NO_WALLET -> if (busy) Making(words) else Creating(newPin, length, fault, words)
                Phase.LOCKED -> if (busy) Unlocking(words) else Locked(length, fault, words)
                Phase.OPENING -> if (newPin == NewPin.USED) Making(words) else Unlocking(words)
                Phase.UNLOCKED -> Unlocking(words)
            }
        }
    }
}

@Composable
private fun Making(words: Words) = Working(words.of(Word.PinOpeningCreate))

@Composable
private fun Unlocking(words: Words) = Working(words.of(Word.PinOpeningUnlock))

@Composable
private fun Creating(newPin: NewPin, length: Int, fault: Fault?, words: Words) {
    if (newPin == NewPin.SECOND) {
        Asking(words.of(Word.PinConfirmTitle), words.of(Word.PinConfirmText), length, words)
    } else {
        Asking(words.of(Word.PinCreateTitle), words.of(Word.PinCreateText), length, words)
        if (newPin == NewPin.DIFFERED) Notice(Tone.Problem, words.of(Word.PinDiffers), words)
    }
    FaultNotice(fault, words)
}

@Composable
private fun Locked(length: Int, fault: Fault?, words: Words) {
    Asking(words.of(Word.PinUnlockTitle), words.of(Word.PinUnlockText), length, words)
    FaultNotice(fault, words)
}

@Composable
private fun Asking(title: String, text: String, length: Int, words: Words) {
    Verdict(Tone.Note, title, words, text, Icons.Lock)
    Digits(length, words)
}

/** As many dots as digits; the first six places are there from the beginning. */
@OptIn(ExperimentalLayoutApi::class)
@Composable
private fun Digits(length: Int, words: Words) {
    val label = words.of(Word.PinLength, length)
    FlowRow(
        Modifier.fillMaxWidth().padding(vertical = Space.s).clearAndSetSemantics {
            contentDescription = label
            liveRegion = LiveRegionMode.Polite
        },
        horizontalArrangement = Arrangement.spacedBy(Space.m),
    ) {
        val colours = MaterialTheme.colorScheme
        repeat(maxOf(length, MIN_DIGITS)) { place ->
            val look = if (place < length) Modifier.background(colours.primary, CircleShape) else Modifier.border(2.dp, colours.outline, CircleShape)
            Box(look.size(16.dp))
        }
    }
}

/** The pad, where there is something to type; below a wait, the way back to it; where all is lost, the way on. */
private fun actions(
    phase: Phase,
    length: Int,
    fault: Fault?,
    busy: Boolean,
    words: Words,
    verbs: PinVerbs,
): (@Composable ColumnScope.() -> Unit)? {
    if (busy) return null
    if (fault is Fault.PinWiped) return { MainAction(words.of(Word.PinWipedAction), verbs::removeWiped) }
    if (fault is Fault.PinWait) return { MainAction(words.of(Word.CommonRetry), verbs::dismiss) }
    return when (phase) {
        Phase.NO_WALLET -> { { Pad(length, words, { typeOn(it, fault, verbs) }, verbs::pop, verbs::confirm) } }
        Phase.LOCKED -> { { Pad(length, words, { typeOn(it, fault, verbs) }, verbs::pop, verbs::unlock) } }
        Phase.OPENING, Phase.UNLOCKED -> null
    }
}

/** Who types again has read what was wrong before. */
private fun typeOn(digit: Int, fault: Fault?, verbs: PinVerbs) {
    if (fault != null) verbs.dismiss()
    verbs.push(digit)
}

@Composable
private fun Pad(length: Int, words: Words, push: (Int) -> Unit, pop: () -> Unit, confirm: () -> Unit) {
    Column(verticalArrangement = Arrangement.spacedBy(Space.s)) {
        listOf(1..3, 4..6, 7..9).forEach { digits ->
            Row(horizontalArrangement = Arrangement.spacedBy(Space.s)) {
                digits.forEach { Digit(it, length, push) }
            }
        }
        Row(horizontalArrangement = Arrangement.spacedBy(Space.s)) {
            Sign(Icons.Backspace, words.of(Word.PinDelete), length > 0, isMain = false, pop)
            Digit(0, length, push)
            Sign(Icons.Check, words.of(Word.PinDone), length >= MIN_DIGITS, isMain = true, confirm)
        }
    }
}

@Composable
private fun RowScope.Digit(digit: Int, length: Int, push: (Int) -> Unit) {
    Key(length < MAX_DIGITS, MaterialTheme.colorScheme.surfaceBright, MaterialTheme.colorScheme.onSurface, { push(digit) }) {
        Text(digit.toString(), style = MaterialTheme.typography.titleLarge)
    }
}

@Composable
private fun RowScope.Sign(icon: ImageVector, label: String, enabled: Boolean, isMain: Boolean, onClick: () -> Unit) {
    val colours = MaterialTheme.colorScheme
    val (ground, ink) = when {
        isMain && enabled -> colours.primary to colours.onPrimary
        isMain -> colours.surfaceContainer to colours.onSurfaceVariant
        else -> colours.background to colours.onBackground
    }
    Key(enabled, ground, ink, onClick) { Glyph(icon, 24, label = label) }
}

@Composable
private fun RowScope.Key(enabled: Boolean, ground: Color, ink: Color, onClick: () -> Unit, content: @Composable () -> Unit) {
    Surface(
        onClick,
        Modifier.weight(1f).heightIn(min = 60.dp).semantics { role = Role.Button },
        enabled = enabled,
        shape = MaterialTheme.shapes.medium,
        color = ground,
        contentColor = ink,
    ) {
        Box(Modifier.padding(Space.s), contentAlignment = Alignment.Center) { content() }
    }
}
