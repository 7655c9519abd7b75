package org.kodanik.ui.design

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.ColumnScope
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.material3.LocalContentColor
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.text.font.FontStyle
import org.kodanik.ffi.Fault

/** A fault in the citizen's words: what happened, and what to do now. */
class FaultText(val happened: String, val now: String)

/** By code where there are better words for it, else by variant. */
fun Words.of(fault: Fault): FaultText {
    val code = code(fault)
    val (happened, now) = ByCode.words["fault.code.$code"] to ByCode.words["fault.code.$code.now"]
    return if (happened != null && now != null) FaultText(of(happened), of(now)) else byVariant(fault)
}

private object ByCode {
    val words = Word.entries.filter { it.key.startsWith("fault.code.") }.associateBy { it.key }
}

private fun Words.byVariant(fault: Fault): FaultText = when (fault) {
    is Fault.Cancelled -> FaultText(of(Word.FaultCancelled), of(Word.FaultCancelledNow))
    is Fault.DeviceKey -> FaultText(of(Word.FaultDeviceKey), of(Word.FaultDeviceKeyNow))
    is Fault.Expired -> FaultText(of(Word.FaultExpired), of(Word.FaultExpiredNow))
    is Fault.Internal -> FaultText(of(Word.FaultInternal), of(Word.FaultInternalNow))
    is Fault.Misbehaved -> FaultText(of(Word.FaultMisbehaved), of(Word.FaultMisbehavedNow))
    is Fault.NotUnderstood -> FaultText(of(Word.FaultNotUnderstood), of(Word.FaultNotUnderstoodNow))
    is Fault.Offline ->
        FaultText(of(Word.FaultOffline), of(if (fault.mayHaveArrived) Word.FaultOfflineMaybe else Word.FaultOfflineNow))
    is Fault.PinUnfit -> FaultText(of(Word.FaultPinUnfit), of(Word.FaultPinUnfitNow))
    is Fault.PinWait -> FaultText(of(Word.FaultPinWait), of(Word.FaultPinWaitNow, timeOfDay(fault.until)))
    is Fault.PinWiped -> FaultText(of(Word.FaultPinWiped), of(Word.FaultPinWipedNow))
    is Fault.PinWrong -> FaultText(of(Word.FaultPinWrong), of(Word.FaultPinWrongNow, fault.triesLeft))
    is Fault.Refused -> FaultText(of(Word.FaultRefused), of(Word.FaultRefusedNow))
    is Fault.Storage -> FaultText(of(Word.FaultStorage), of(Word.FaultStorageNow))
    is Fault.UnknownParty -> FaultText(of(Word.FaultUnknownParty), of(Word.FaultUnknownPartyNow))
    is Fault.UpdateNeeded -> FaultText(of(Word.FaultUpdateNeeded), of(Word.FaultUpdateNeededNow))
    is Fault.WrongState -> FaultText(of(Word.FaultWrongState), of(Word.FaultWrongStateNow))
}

/** The stable code (docs/errors.md). */
fun code(fault: Fault): String = when (fault) {
    is Fault.Cancelled -> fault.code
    is Fault.DeviceKey -> fault.code
    is Fault.Expired -> fault.code
    is Fault.Internal -> fault.code
    is Fault.Misbehaved -> fault.code
    is Fault.NotUnderstood -> fault.code
    is Fault.Offline -> fault.code
    is Fault.PinUnfit -> fault.code
    is Fault.PinWait -> fault.code
    is Fault.PinWiped -> fault.code
    is Fault.PinWrong -> fault.code
    is Fault.Refused -> fault.code
    is Fault.Storage -> fault.code
    is Fault.UnknownParty -> fault.code
    is Fault.UpdateNeeded -> fault.code
    is Fault.WrongState -> fault.code
}

/** A fault that leaves the screen as it is. `nameOf` says what a party is called whom the fault knows by its id. */
@Composable
fun FaultNotice(
    fault: Fault?,
    words: Words,
    onDismiss: (() -> Unit)? = null,
    nameOf: (String) -> String = { it },
    content: @Composable ColumnScope.() -> Unit = {},
) {
    if (fault == null) return
    val text = words.of(fault)
    // Nobody did anything wrong.
    val tone = if (fault is Fault.Cancelled || fault is Fault.Offline) Tone.Note else Tone.Problem
    Notice(tone, text.happened, words, text.now) {
        FaultDetails(fault, words, nameOf)
        content()
        onDismiss?.let { InlineAction(words.of(Word.CommonDismiss), it) }
    }
}

/** A fault that ended a flow, under a verdict that says what that means. */
@Composable
fun FaultPanel(fault: Fault, words: Words) {
    val text = words.of(fault)
    Panel {
        Text(text.happened, style = MaterialTheme.typography.titleSmall)
        Body(text.now)
        FaultDetails(fault, words)
    }
}

/** What can be done after a flow ended with a fault: the main action is again where that may help, else to leave. */
@Composable
fun FaultActions(fault: Fault, busy: Boolean, words: Words, onAgain: () -> Unit, onClose: () -> Unit, again: Word = Word.CommonRetry) {
    if (mayHelpAgain(fault)) {
        MainAction(words.of(again), onAgain, enabled = !busy)
        QuietAction(words.of(Word.CommonClose), onClose, Modifier.fillMaxWidth())
    } else {
        MainAction(words.of(Word.CommonClose), onClose)
        QuietAction(words.of(again), onAgain, Modifier.fillMaxWidth())
    }
}

/** Whether the same may end better a second time. */
private fun mayHelpAgain(fault: Fault): Boolean = when (fault) {
    is Fault.Cancelled, is Fault.DeviceKey, is Fault.Internal, is Fault.Offline, is Fault.PinUnfit, is Fault.PinWait,
    is Fault.PinWrong, is Fault.Storage, is Fault.WrongState -> true
    is Fault.Expired, is Fault.Misbehaved, is Fault.NotUnderstood, is Fault.PinWiped, is Fault.Refused,
    is Fault.UnknownParty, is Fault.UpdateNeeded -> false
}

/** Who, in what words, and the code that somebody at a desk can look up. */
@Composable
private fun FaultDetails(fault: Fault, words: Words, nameOf: (String) -> String = { it }) {
    val quote = (fault as? Fault.Refused)?.words
    val party = partyOf(fault)
    val evidence = (fault as? Fault.Misbehaved)?.evidence
    Column(verticalArrangement = Arrangement.spacedBy(Space.xs)) {
        party?.let { Detail(words.of(Word.CommonParty, nameOf(it))) }
        quote?.let {
            Text(words.of(Word.CommonQuote, it), style = MaterialTheme.typography.bodyMedium, fontStyle = FontStyle.Italic)
        }
        evidence?.let { Detail(words.of(Word.CommonEvidence, it)) }
        if (isForTheDesk(fault)) Detail(words.of(Word.CommonCode, code(fault)))
    }
}

/** Whether somebody else has to find out more; the rest is for the citizen alone to mend. */
private fun isForTheDesk(fault: Fault): Boolean = when (fault) {
    is Fault.DeviceKey, is Fault.Expired, is Fault.Internal, is Fault.Misbehaved, is Fault.Refused, is Fault.Storage,
    is Fault.UnknownParty, is Fault.WrongState -> true
    is Fault.Cancelled, is Fault.NotUnderstood, is Fault.Offline, is Fault.PinUnfit, is Fault.PinWait, is Fault.PinWiped,
    is Fault.PinWrong, is Fault.UpdateNeeded -> false
}

@Composable
private fun Detail(text: String) {
    Text(text, style = MaterialTheme.typography.bodyMedium, color = LocalContentColor.current)
}

private fun partyOf(fault: Fault): String? = when (fault) {
    is Fault.Misbehaved -> fault.party
    is Fault.Offline -> fault.party
    is Fault.Refused -> fault.party
    is Fault.Cancelled, is Fault.DeviceKey, is Fault.Expired, is Fault.Internal, is Fault.NotUnderstood,
    is Fault.PinUnfit, is Fault.PinWait, is Fault.PinWiped, is Fault.PinWrong, is Fault.Storage,
    is Fault.UnknownParty, is Fault.UpdateNeeded, is Fault.WrongState -> null
}
