package org.kodanik.app

import android.content.Context
import org.kodanik.ffi.PromptReason
import org.kodanik.platform.PromptWords
import org.kodanik.ui.design.Word
import org.kodanik.ui.design.Words

/** The words of res/values: `pin.create.title` is `pin_create_title`. */
class AndroidWords(private val context: Context) : Words, PromptWords {
    /** By place in [Word]; 0 where it was not looked up yet. */
    private val ids = IntArray(Word.entries.size)

    override fun of(word: Word, vararg arguments: Any): String {
        if (ids[word.ordinal] == 0) ids[word.ordinal] = lookUp(word)
        val id = ids[word.ordinal]
        // Without arguments nothing is formatted: a percent sign is one.
        return if (arguments.isEmpty()) context.getString(id) else context.getString(id, *arguments)
    }

    override val title get() = of(Word.PromptTitle)

    override fun reason(reason: PromptReason): String = of(
        when (reason) {
            PromptReason.BACKUP -> Word.PromptBackup
            PromptReason.ENROL -> Word.PromptEnrol
            PromptReason.PRESENT -> Word.PromptPresent
            PromptReason.REQUEST -> Word.PromptRequest
            PromptReason.VOTE -> Word.PromptVote
        },
    )

    private fun lookUp(word: Word): Int =
        context.resources.getIdentifier(word.key.replace('.', '_'), "string", context.packageName)
}
