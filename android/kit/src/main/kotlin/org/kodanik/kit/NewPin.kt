package org.kodanik.kit

import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import org.kodanik.ffi.PinEntry

/** How far choosing a new PIN is. */
enum class NewPin {
    /** The two were not the same: it begins anew. */
    DIFFERED,
    FIRST,
    SECOND,

    /** The two were the same: the wallet is being made. */
    USED,
}

/**
 * A PIN as it is typed, a new one twice. Digits are in the core's own memory alone: what was typed first is kept there until
 * the second is compared with it.
 */
internal class TypedTwice {
    private val mutableStep = MutableStateFlow(NewPin.FIRST)
    private var first = PinEntry()

    val step: StateFlow<NewPin> = mutableStep.asStateFlow()

    /** What is being typed: a new PIN, or that of the wallet that is there. */
    var entry = PinEntry()
        @Synchronized get
        private set

    @Synchronized
    fun push(digit: Int) {
        if (step.value != NewPin.SECOND) mutableStep.value = NewPin.FIRST
        entry.push(digit.toUByte())
    }

    /** On to the second time; true where both are the same, and [entry] is the PIN. */
    @Synchronized
    fun confirm(): Boolean {
        if (step.value != NewPin.SECOND) {
            first = entry.also { entry = first }
            entry.clear()
            mutableStep.value = NewPin.SECOND
            return false
        }
        val isSame = entry.isSameAs(first)
        if (!isSame) entry.clear()
        first.clear()
        mutableStep.value = if (isSame) NewPin.USED else NewPin.DIFFERED
        return isSame
    }

    @Synchronized
    fun forget() {
        first.clear()
        entry.clear()
        mutableStep.value = NewPin.FIRST
    }
}
