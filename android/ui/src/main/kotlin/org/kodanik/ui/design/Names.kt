package org.kodanik.ui.design

import androidx.compose.ui.Modifier
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.semantics

/** A number that is compared sign by sign, in groups of four. */
fun grouped(number: String): String = number.chunked(4).joinToString(" ")

/** A host's name, which may go on in the next line after a dot. */
fun breakable(host: String): String = host.replace(".", ".\u200B")

/** A code that is copied from the screen, in rows of so many groups; where that is too wide, it breaks between groups. */
fun inRows(code: String, groups: Int): String = code.split('-').chunked(groups).joinToString("-\n") { it.joinToString("-\u200B") }

/** What people call a claim: `given_name`, `age_equal_or_over.18`. One without a word of ours is shown as it is called. */
fun Words.claim(name: String): String {
    val word = Claims.words["claim." + name.replace('.', '_')]
    return if (word == null) readable(name) else of(word)
}

fun Words.claims(names: List<String>): String = names.joinToString { claim(it) }

/** A name out of a protocol, as near to words as can be without knowing it. */
fun readable(name: String): String = name.replace('_', ' ').replace('.', ' ').replaceFirstChar { it.uppercase() }

private object Claims {
    val words = Word.entries.filter { it.key.startsWith("claim.") }.associateBy { it.key }
}

/** For a field whose label is drawn above it. */
fun Modifier.labelled(label: String): Modifier = semantics { contentDescription = label }
