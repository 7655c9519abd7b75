package org.kodanik.check

import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.runtime.saveable.LocalSaveableStateRegistry
import androidx.compose.runtime.saveable.SaveableStateRegistry
import androidx.compose.ui.geometry.Size
import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.runSkikoComposeUiTest
import androidx.compose.ui.unit.Density
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.kodanik.ui.design.KodanikTheme

/**
 * What Android writes down when the app goes to the background: nothing of any screen but how far it was scrolled. So no code,
 * no PIN, no choice and nothing that was typed can come back from there.
 */
@OptIn(ExperimentalTestApi::class)
class SavedStateTest {
    @Test
    fun nothingThatIsSavedIsAnythingButAPosition() {
        val saved = Catalogue.shots.filterNot { it.isWorking }.associate { it.name to saved(it) }
        assertTrue("screens save where they are", saved.values.all { it.isNotEmpty() })
        // Pixels, and whether a field scrolls up or sideways.
        val others = saved.filterValues { values -> values.any { it !is Int && it !is Float && it !is Boolean } }
        assertEquals(emptySet<String>(), others.keys)
    }

    private fun saved(shot: Shot): List<Any> {
        val registry = SaveableStateRegistry(restoredValues = null) { true }
        val words = AndroidWords(AndroidWords.Language.English)
        var saved: Map<String, List<Any?>> = emptyMap()
        runSkikoComposeUiTest(Size(720f, 1520f), Density(2f)) {
            setContent {
                CompositionLocalProvider(LocalSaveableStateRegistry provides registry) { KodanikTheme(false) { shot.screen(words) } }
            }
            shot.taps(this, words)
            saved = runOnUiThread { registry.performSave() }
        }
        return leaves(saved)
    }

    private fun leaves(value: Any?): List<Any> = when (value) {
        null -> emptyList()
        is Map<*, *> -> value.values.flatMap { leaves(it) }
        is Iterable<*> -> value.flatMap { leaves(it) }
        else -> listOf(value)
    }
}
