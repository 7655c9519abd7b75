package org.kodanik.check

import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.SemanticsNodeInteraction
import androidx.compose.ui.test.SkikoComposeUiTest
import androidx.compose.ui.test.click
import androidx.compose.ui.test.hasContentDescription
import androidx.compose.ui.test.hasSetTextAction
import androidx.compose.ui.test.hasText
import androidx.compose.ui.test.onLast
import androidx.compose.ui.test.performScrollTo
import androidx.compose.ui.test.performTextInput
import androidx.compose.ui.test.performTextReplacement
import androidx.compose.ui.test.performTouchInput

/** Taps what is called so, wherever it has to be scrolled to. */
@OptIn(ExperimentalTestApi::class)
fun SkikoComposeUiTest.tap(name: String) {
    // The last one: a title comes before the action of the same name.
    val node = onAllNodes(hasText(name) or hasContentDescription(name)).onLast()
    node.scrollTo()
    // A finger: a mouse would leave its pointer over what it clicked.
    node.performTouchInput { click() }
    waitForIdle()
}

/** Types into the field that is called so. */
@OptIn(ExperimentalTestApi::class)
fun SkikoComposeUiTest.type(name: String, text: String) {
    field(name).performTextInput(text)
    waitForIdle()
}

/** Types into the field that is called so, in the place of what is there. */
@OptIn(ExperimentalTestApi::class)
fun SkikoComposeUiTest.replace(name: String, text: String) {
    field(name).performTextReplacement(text)
    waitForIdle()
}

@OptIn(ExperimentalTestApi::class)
private fun SkikoComposeUiTest.field(name: String): SemanticsNodeInteraction {
    val field = onAllNodes((hasText(name) or hasContentDescription(name)) and hasSetTextAction()).onLast()
    field.scrollTo()
    return field
}

/** What is pinned to the bottom does not scroll. */
private fun SemanticsNodeInteraction.scrollTo() {
    try {
        performScrollTo()
    } catch (_: AssertionError) {
        return
    }
}
