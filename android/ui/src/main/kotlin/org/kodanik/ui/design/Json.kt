package org.kodanik.ui.design

/**
 * JSON as lines that people can read: names and values, with the names of what they are in before them. For looking at;
 * text that is no JSON is one line without a name.
 */
fun jsonLines(text: String): List<Pair<String, String>> = try {
    JsonReader(text).lines()
} catch (_: IllegalArgumentException) {
    listOf("" to text)
}

private class JsonReader(private val text: String) {
    private var at = 0
    private val lines = mutableListOf<Pair<String, String>>()

    fun lines(): List<Pair<String, String>> {
        value(emptyList())
        space()
        require(at == text.length)
        return lines
    }

    private fun value(path: List<String>) {
        // The core limits how deep an answer is; this limits what is drawn.
        require(path.size <= MAX_DEPTH)
        space()
        when (peek()) {
            '{' -> between('{', '}') {
                space()
                val name = string()
                space()
                expect(':')
                value(path + name)
            }
            '[' -> between('[', ']') { value(path) }
            '"' -> line(path, string())
            else -> line(path, plain())
        }
    }

    private fun between(open: Char, close: Char, part: () -> Unit) {
        expect(open)
        space()
        if (peek() == close) {
            at++
            return
        }
        do {
            part()
            space()
            val isMore = peek() == ','
            if (isMore) at++
        } while (isMore)
        expect(close)
    }

    private fun line(path: List<String>, value: String) {
        lines += path.joinToString(" · ") { readable(it) } to value
    }

    private fun string(): String = buildString {
        expect('"')
        while (peek() != '"') append(if (peek() == '\\') escaped() else text[at++])
        at++
    }

    private fun escaped(): Char {
        at++
        return when (val sign = text.getOrNull(at++)) {
            '"', '\\', '/' -> sign
            'b' -> '\b'
            'f' -> '\u000c'
            'n' -> '\n'
            'r' -> '\r'
            't' -> '\t'
            'u' -> {
                val digits = text.substring(at, minOf(at + 4, text.length))
                at += 4
                digits.toInt(16).toChar()
            }
            else -> throw IllegalArgumentException()
        }
    }

    private fun plain(): String {
        val start = at
        while (at < text.length && text[at] !in ",]} \n\r\t") at++
        require(at > start)
        return text.substring(start, at)
    }

    private fun space() {
        while (at < text.length && text[at] in " \n\r\t") at++
    }

    private fun peek(): Char = requireNotNull(text.getOrNull(at))

    private fun expect(sign: Char) {
        require(peek() == sign)
        at++
    }

    private companion object {
        const val MAX_DEPTH = 16
    }
}
