package org.kodanik.check

import java.io.File
import javax.xml.parsers.DocumentBuilderFactory
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.kodanik.ffi.Link
import org.kodanik.platform.textOfLink
import org.w3c.dom.Element

/** What the app promises to Android, read from its files: nothing else here sees them. */
class ManifestTest {
    private val main = File(System.getProperty("kodanik.repository"), "android/app/src/main")
    private val manifest = parse("AndroidManifest.xml")
    private val links = manifest.all("intent-filter").filter { filter ->
        filter.all("action").any { it.android("name") == "android.intent.action.VIEW" }
    }

    @Test
    fun everyLinkThatOpensTheAppIsOneThatTheCoreTakes() = TestPhone().use { phone ->
        val (web, others) = links.partition { it.data("scheme") == listOf("https") }
        val host = web.single().data("host").single()
        assertEquals("true", web.single().android("autoVerify"))
        val paths = web.single().data("path").map { textOfLink("https://$host$it?a=b", host) }
        val schemes = others.single().data("scheme").map { "$it://?a=b" }
        for (text in paths + schemes) {
            assertTrue(text, phone.kodanik.identify(text) in listOf(Link.OFFER, Link.PRESENTATION))
        }
    }

    @Test
    fun nothingLeavesThePhoneByBackupOrInClearText() {
        val app = manifest.all("application").single()
        assertEquals("false", app.android("allowBackup"))
        val config = parse("res/xml/network_security_config.xml")
        assertEquals("false", config.all("base-config").single().getAttribute("cleartextTrafficPermitted"))
        assertEquals(0, config.all("domain-config").size)
        val rules = parse("res/xml/data_extraction_rules.xml")
        for (way in listOf("cloud-backup", "device-transfer")) {
            val excluded = rules.all(way).single().all("exclude").map { it.getAttribute("domain") }
            assertEquals(listOf("root", "file", "database", "sharedpref", "external"), excluded)
        }
        assertEquals(0, rules.all("include").size)
    }

    @Test
    fun nothingIsOpenToOtherAppsButTheOneWindow() {
        val exported = listOf("activity", "service", "receiver", "provider").flatMap { manifest.all(it) }
        assertEquals(listOf(".MainActivity"), exported.map { it.android("name") })
        assertEquals(listOf("CAMERA", "HIDE_OVERLAY_WINDOWS", "INTERNET", "USE_BIOMETRIC"), manifest.all("uses-permission").map {
            it.android("name").removePrefix("android.permission.")
        })
    }

    private fun parse(path: String): Element = DocumentBuilderFactory.newInstance()
        .apply { isNamespaceAware = true }
        .newDocumentBuilder()
        .parse(main.resolve(path))
        .documentElement

    private fun Element.all(name: String): List<Element> =
        getElementsByTagName(name).let { found -> List(found.length) { found.item(it) as Element } }

    private fun Element.android(name: String) = getAttributeNS("http://schemas.android.com/apk/res/android", name)

    private fun Element.data(name: String) = all("data").map { it.android(name) }.filter { it.isNotEmpty() }
}
