package org.kodanik.check

import androidx.compose.runtime.Composable
import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.ui.ExperimentalComposeUiApi
import androidx.compose.ui.ImageComposeScene
import androidx.compose.ui.graphics.toAwtImage
import androidx.compose.ui.input.InputMode
import androidx.compose.ui.input.InputModeManager
import androidx.compose.ui.platform.LocalInputModeManager
import androidx.compose.ui.semantics.SemanticsProperties
import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.SemanticsMatcher
import androidx.compose.ui.test.SkikoComposeUiTest
import androidx.compose.ui.test.runSkikoComposeUiTest
import androidx.compose.ui.geometry.Size
import androidx.compose.ui.unit.Density
import java.awt.image.BufferedImage
import java.util.Locale
import javax.imageio.ImageIO
import kotlin.math.ceil
import org.kodanik.ui.design.KodanikTheme

/** How a screen is looked at. */
data class Look(
    val language: AndroidWords.Language = AndroidWords.Language.English,
    val isDark: Boolean = false,
    /** What the phone's settings multiply text sizes by. */
    val text: Float = 1f,
) {
    val name = listOfNotNull(
        language.locale.language,
        if (isDark) "dark" else null,
        if (text == 1f) null else "${(text * 100).toInt()}",
    ).joinToString("-")
}

/** A phone of 360 by 760 dp. */
@OptIn(ExperimentalTestApi::class)
object Phone {
    const val WIDTH = 360
    const val HEIGHT = 760
    private const val DENSITY = 2f

    /** Long enough for whatever turns to have turned. */
    private const val MOMENT = 700_000_000L

    /** Shows a screen, and does with it as told. */
    fun <T> show(shot: Shot, look: Look, height: Int = HEIGHT, then: SkikoComposeUiTest.() -> T): T {
        Locale.setDefault(look.language.locale)
        val words = AndroidWords(look.language)
        var result: Result<T>? = null
        runSkikoComposeUiTest(Size(WIDTH * DENSITY, height * DENSITY), Density(DENSITY, look.text)) {
            setContent { Themed(look) { shot.screen(words) } }
            waitForIdle()
            shot.taps(this, words)
            // Until no ripple is left.
            mainClock.advanceTimeBy(2_000)
            waitForIdle()
            result = runCatching { then() }
        }
        return checkNotNull(result).getOrThrow()
    }

    /** What a citizen sees at first. */
    fun picture(shot: Shot, look: Look): BufferedImage = picture(shot, look, HEIGHT)

    /** The whole screen, as if the phone were as long as its content. */
    fun wholePicture(shot: Shot, look: Look): BufferedImage {
        val hidden = show(shot, look) {
            val ranges = onAllNodes(SemanticsMatcher.keyIsDefined(SemanticsProperties.VerticalScrollAxisRange))
                .fetchSemanticsNodes()
            ranges.maxOfOrNull { it.config[SemanticsProperties.VerticalScrollAxisRange].maxValue() } ?: 0f
        }
        return picture(shot, look, HEIGHT + ceil(hidden / DENSITY).toInt())
    }

    private fun picture(shot: Shot, look: Look, height: Int): BufferedImage =
        if (shot.isWorking) moving(shot, look, height) else show(shot, look, height) { captureToImage().toAwtImage() }

    private fun moving(shot: Shot, look: Look, height: Int): BufferedImage {
        Locale.setDefault(look.language.locale)
        val words = AndroidWords(look.language)
        val size = WIDTH * DENSITY.toInt() to height * DENSITY.toInt()
        val scene = ImageComposeScene(size.first, size.second, Density(DENSITY, look.text)) { Themed(look) { shot.screen(words) } }
        try {
            (0..10).forEach { scene.render(MOMENT * it / 10) }
            val png = checkNotNull(scene.render(MOMENT).encodeToData()).bytes
            return ImageIO.read(png.inputStream())
        } finally {
            scene.close()
        }
    }

    @Composable
    private fun Themed(look: Look, content: @Composable () -> Unit) =
        CompositionLocalProvider(LocalInputModeManager provides Fingers) { KodanikTheme(look.isDark, content) }

    /** A desktop shows what was tapped last as focused, for its keyboard; a phone does not. */
    @OptIn(ExperimentalComposeUiApi::class)
    private object Fingers : InputModeManager {
        override val inputMode = InputMode.Touch
        override fun requestInputMode(inputMode: InputMode) = inputMode == InputMode.Touch
    }
}
