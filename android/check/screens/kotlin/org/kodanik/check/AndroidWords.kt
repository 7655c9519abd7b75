package org.kodanik.check

import java.io.File
import java.util.Locale
import javax.xml.parsers.DocumentBuilderFactory
import org.kodanik.ui.design.Word
import org.kodanik.ui.design.Words
import org.w3c.dom.Element

/** Words as the app on a phone takes them: out of its `strings.xml`, formatted as Android does. */
class AndroidWords(val language: Language) : Words {
    private val texts = read(language)

    override fun of(word: Word, vararg arguments: Any): String {
        check(arguments.size == word.arguments) { "${word.key} takes ${word.arguments} arguments" }
        val text = checkNotNull(texts[word.key.replace('.', '_')]) { "${word.key} has no text" }
        return if (arguments.isEmpty()) text else String.format(language.locale, text, *arguments)
    }

    enum class Language(folder: String, tag: String) {
        English("values", "en-GB"), Estonian("values-et", "et-EE"), Korean("values-ko", "ko-KR");

        val locale: Locale = Locale.forLanguageTag(tag)
        val file = File(System.getProperty("kodanik.repository"), "android/app/src/main/res/$folder/strings.xml")
    }

    private companion object {
        fun read(language: Language): Map<String, String> {
            val strings = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(language.file)
                .getElementsByTagName("string")
            return (0 until strings.length).map { strings.item(it) as Element }
                .associate { it.getAttribute("name") to unescaped(it.textContent) }
        }

        /** Android's escapes in string resources. */
        fun unescaped(text: String) = text.replace(Regex("""\\(.)""")) { if (it.groupValues[1] == "n") "\n" else it.groupValues[1] }
    }
}
