package org.kodanik.ui.design

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.ColumnScope
import androidx.compose.material3.LocalContentColor
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
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

/** A fault that leaves the screen as it is. What the citizen stopped needs no telling. */
@Composable
fun FaultNotice(fault: Fault?, words: Words, onDismiss: (() -> Unit)? = null, content: @Composable ColumnScope.() -> Unit = {}) {
    if (fault == null) return
    val text = words.of(fault)
    val tone = if (fault is Fault.Cancelled) Tone.Note else Tone.Problem
    Notice(tone, text.happened, words, text.now) {
        FaultDetails(fault, words)
        content()
        onDismiss?.let { QuietAction(words.of(Word.CommonDismiss), it) }
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

/** Who, in what words, and the code that somebody at a desk can look up. */
@Composable
private fun FaultDetails(fault: Fault, words: Words) {
    val quote = (fault as? Fault.Refused)?.words
    val party = partyOf(fault)
    val evidence = (fault as? Fault.Misbehaved)?.evidence
    Column(verticalArrangement = Arrangement.spacedBy(Space.xs)) {
        party?.let { Detail(words.of(Word.CommonParty, it)) }
        quote?.let {
            Text(words.of(Word.CommonQuote, it), style = MaterialTheme.typography.bodyMedium, fontStyle = FontStyle.Italic)
        }
        evidence?.let { Detail(words.of(Word.CommonEvidence, it)) }
        if (fault !is Fault.Cancelled) Detail(words.of(Word.CommonCode, code(fault)))
    }
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
