package org.kodanik.check

import java.io.File
import java.util.TimeZone
import javax.imageio.ImageIO
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.kodanik.check.AndroidWords.Language.English
import org.kodanik.check.AndroidWords.Language.Estonian
import org.kodanik.check.AndroidWords.Language.Korean

/**
 * Pictures of screens. Those of docs/screens/android are drawn anew, and written where they look different; with
 * KODANIK_PICTURES=DIR, every screen in every state and every look is drawn there, to be looked at.
 */
class PicturesTest {
    private class Kept(val shot: String, val look: Look, val isWhole: Boolean = false) {
        val file = "$shot.${look.name}.png"
    }

    private val kept = listOf(
        Kept("pin-create", Look(English)),
        Kept("pin-wrong", Look(Korean, text = 2f)),
        Kept("home-usual", Look(English)),
        Kept("home-usual", Look(English, isDark = true)),
        Kept("home-first", Look(Korean)),
        Kept("home-busy", Look(Estonian, text = 2f)),
        Kept("enrol-reviewing-typed", Look(English)),
        Kept("enrol-done", Look(Estonian)),
        Kept("present-asking", Look(English)),
        Kept("present-over-asking", Look(English, isDark = true)),
        Kept("present-alternatives", Look(Korean)),
        Kept("vote-not-entitled", Look(Estonian)),
        Kept("vote-choosing-one", Look(English)),
        Kept("vote-choosing-budget", Look(English, isDark = true)),
        Kept("vote-confirming", Look(Korean)),
        Kept("vote-sealed-test", Look(English), isWhole = true),
        Kept("vote-cast-check", Look(English), isWhole = true),
        Kept("vote-cast", Look(Estonian, text = 2f)),
        Kept("vote-maybe-cast", Look(Estonian)),
        Kept("verify-found", Look(English)),
        Kept("services-choosing", Look(English)),
        Kept("services-form-wrong", Look(English), isWhole = true),
        Kept("services-reviewing", Look(Korean, isDark = true)),
        Kept("services-answered", Look(English)),
        Kept("case-standing", Look(English)),
        Kept("case-decision", Look(English, isDark = true)),
        Kept("who-looked", Look(English)),
        Kept("history", Look(Estonian)),
        Kept("backup-codes", Look(English)),
        Kept("backup-codes-list", Look(English, text = 2f)),
        Kept("backup-in-force", Look(English)),
        Kept("notices-one", Look(Korean)),
        Kept("recover-code", Look(Korean)),
        Kept("recover-recovered", Look(English)),
    )

    @Test
    fun theKeptPicturesShowTheScreensAsTheyAre() {
        TimeZone.setDefault(TimeZone.getTimeZone("Europe/Tallinn"))
        val folder = File(System.getProperty("kodanik.repository"), "docs/screens/android")
        kept.forEach {
            val shot = Catalogue.shots.single { shot -> shot.name == it.shot }
            val picture = if (it.isWhole) Phone.wholePicture(shot, it.look) else Phone.picture(shot, it.look)
            val file = File(folder, it.file)
            if (!file.exists() || !Png.isSame(picture, ImageIO.read(file))) Png.write(picture, file)
            assertTrue("${it.file} is larger than 60 kB", file.length() < 60_000)
        }
        assertEquals(kept.map { it.file }.toSet(), folder.list().orEmpty().toSet())
        val page = File(folder.parentFile, "README.md").readText()
        assertEquals(emptyList<String>(), kept.map { "android/${it.file}" }.filter { it !in page })
    }

    @Test
    fun everyScreenIsDrawnWhereItIsAskedFor() {
        val folder = System.getenv("KODANIK_PICTURES") ?: return
        TimeZone.setDefault(TimeZone.getTimeZone("Europe/Tallinn"))
        val looks = listOf(English, Estonian, Korean).flatMap { language ->
            listOf(false, true).flatMap { listOf(Look(language, it), Look(language, it, text = 2f)) }
        }
        looks.forEach { look ->
            Catalogue.shots.forEach { Png.write(Phone.wholePicture(it, look), File(folder, "${look.name}/${it.name}.png")) }
        }
    }
}
