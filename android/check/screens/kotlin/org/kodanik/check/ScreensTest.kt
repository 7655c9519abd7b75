package org.kodanik.check

import androidx.compose.ui.geometry.Rect
import androidx.compose.ui.semantics.SemanticsActions
import androidx.compose.ui.semantics.SemanticsNode
import androidx.compose.ui.semantics.SemanticsProperties
import androidx.compose.ui.semantics.getOrNull
import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.SemanticsMatcher
import androidx.compose.ui.test.SkikoComposeUiTest
import androidx.compose.ui.test.hasClickAction
import androidx.compose.ui.test.isRoot
import androidx.compose.ui.test.onFirst
import androidx.compose.ui.text.TextLayoutResult
import java.util.TimeZone
import org.junit.Assert.assertTrue
import org.junit.BeforeClass
import org.junit.Test
import org.kodanik.check.AndroidWords.Language

/**
 * Every screen in every state, in every language, at 100 and at 200 per cent: nothing is cut off, nothing
 * leaves the screen sideways, and whatever can be tapped has a name and is large enough.
 */
@OptIn(ExperimentalTestApi::class)
class ScreensTest {
    @Test
    fun nothingIsCutOffAndEveryControlHasANameAndRoomForAFinger() {
        val faults = looks().flatMap { look ->
            Catalogue.shots.flatMap { shot ->
                Phone.show(shot, look) { faults() }.map { "${shot.name} (${look.name}): $it" }
            }
        }
        assertTrue(faults.joinToString("\n"), faults.isEmpty())
    }

    /** Colours change no layout; Korean is short. */
    private fun looks() = listOf(
        Look(Language.English), Look(Language.Estonian),
        Look(Language.English, text = 2f), Look(Language.Estonian, text = 2f), Look(Language.Korean, text = 2f),
    )

    private fun SkikoComposeUiTest.faults(): List<String> {
        val screen = onAllNodes(isRoot()).onFirst().fetchSemanticsNode().boundsInRoot
        val nodes = onAllNodes(SemanticsMatcher("any") { true }, useUnmergedTree = true).fetchSemanticsNodes()
        val controls = onAllNodes(hasClickAction()).fetchSemanticsNodes()
        return nodes.flatMap { listOfNotNull(cutOff(it), sideways(it, screen), below(it, screen)) } +
            controls.flatMap { listOfNotNull(nameless(it), small(it)) } +
            listOfNotNull("no heading".takeIf { nodes.none { SemanticsProperties.Heading in it.config } })
    }

    private fun cutOff(node: SemanticsNode): String? {
        val results = mutableListOf<TextLayoutResult>()
        node.config.getOrNull(SemanticsActions.GetTextLayoutResult)?.action?.invoke(results)
        return results.firstOrNull { isCut(it) }?.let { "cut off: ${it.layoutInput.text}" }
    }

    /** `hasVisualOverflow`, but for less than a pixel, by which a text may be wider than the whole pixels it got. */
    private fun isCut(text: TextLayoutResult): Boolean {
        val width = (0 until text.lineCount).maxOf { text.getLineRight(it) - text.getLineLeft(it) }
        val height = text.multiParagraph.height
        return text.multiParagraph.didExceedMaxLines || width > text.size.width + 1 || height > text.size.height + 1
    }

    /** The screen scrolls up and down only. */
    private fun sideways(node: SemanticsNode, screen: Rect): String? {
        val (left, right) = node.positionInRoot.x to node.positionInRoot.x + node.size.width
        return "outside: ${name(node)}, $left to $right".takeIf { left < screen.left || right > screen.right + 1 }
    }

    /** What does not scroll is on the screen, and leaves room for what does. */
    private fun below(node: SemanticsNode, screen: Rect): String? {
        if (generateSequence(node.parent) { it.parent }.any { scrolls(it) }) return null
        val bottom = node.positionInRoot.y + node.size.height
        return when {
            bottom > screen.bottom + 1 -> "below the screen: ${name(node)}"
            scrolls(node) && node.size.height < screen.height / 4 -> "no room for the content: ${node.size.height} pixels"
            else -> null
        }
    }

    private fun scrolls(node: SemanticsNode) = SemanticsProperties.VerticalScrollAxisRange in node.config

    private fun nameless(node: SemanticsNode) = "a control without a name".takeIf { name(node).isBlank() }

    private fun small(node: SemanticsNode): String? {
        val (width, height) = node.touchBoundsInRoot.width to node.touchBoundsInRoot.height
        // What has to be scrolled to is as large there as it is laid out.
        val least = 48 * node.layoutInfo.density.density - 1
        val isSmall = maxOf(width, node.size.width.toFloat()) < least || maxOf(height, node.size.height.toFloat()) < least
        return "small: ${name(node)}, $width by $height".takeIf { isSmall }
    }

    private fun name(node: SemanticsNode): String {
        val texts = node.config.getOrNull(SemanticsProperties.Text).orEmpty().map { it.text }
        val descriptions = node.config.getOrNull(SemanticsProperties.ContentDescription).orEmpty()
        return (texts + descriptions).joinToString(" ")
    }

    companion object {
        @JvmStatic
        @BeforeClass
        fun beInTallinn() = TimeZone.setDefault(TimeZone.getTimeZone("Europe/Tallinn"))
    }
}
