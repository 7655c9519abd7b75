package org.kodanik.ui

import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import org.kodanik.ffi.BallotReceipt
import org.kodanik.ffi.BallotStage
import org.kodanik.ffi.Fault
import org.kodanik.kit.BallotVerbs
import org.kodanik.ui.design.Body
import org.kodanik.ui.design.Fact
import org.kodanik.ui.design.FaultNotice
import org.kodanik.ui.design.Icons
import org.kodanik.ui.design.MainAction
import org.kodanik.ui.design.Note
import org.kodanik.ui.design.Notice
import org.kodanik.ui.design.OtherAction
import org.kodanik.ui.design.Page
import org.kodanik.ui.design.Panel
import org.kodanik.ui.design.QrCode
import org.kodanik.ui.design.QuietAction
import org.kodanik.ui.design.Reveal
import org.kodanik.ui.design.Tone
import org.kodanik.ui.design.Verdict
import org.kodanik.ui.design.Word
import org.kodanik.ui.design.Words
import org.kodanik.ui.design.codeStyle
import org.kodanik.ui.design.grouped
import org.kodanik.ui.design.moment

/** The ballot is made: cast it, or test the phone with it. */
@Composable
internal fun VoteSealed(state: BallotStage.Sealed, fault: Fault?, busy: Boolean, words: Words, verbs: BallotVerbs) {
    Page(
        words.of(Word.VoteTitle),
        words,
        onBack = verbs::back,
        onClose = verbs::close,
        actions = { MainAction(words.of(Word.VoteSealedCast), verbs::cast, enabled = !busy) },
        attention = fault,
    ) {
        FaultNotice(fault, words, verbs::dismiss)
        Verdict(Tone.Note, words.of(Word.VoteSealedTitle), words, words.of(Word.VoteSealedText), Icons.Lock)
        if (state.replaces != null) Replaces(words)
        Reveal(words.of(Word.VoteSealedTestShow), words) {
            if (state.testsLeft == 0u) {
                Body(words.of(Word.VoteSealedTestsNone))
            } else {
                Body(words.of(Word.VoteSealedTestText))
                QrCode(state.promise, words.of(Word.A11yQr))
                OtherAction(words.of(Word.VoteSealedTest), verbs::test, enabled = !busy)
                Note(words.of(Word.VoteSealedTestsLeft, state.testsLeft))
            }
        }
    }
}

/** The ballot was given away: the other phone shows what it said. */
@Composable
internal fun VoteTested(state: BallotStage.Tested, fault: Fault?, busy: Boolean, words: Words, verbs: BallotVerbs) {
    Page(
        words.of(Word.VoteTitle),
        words,
        onBack = null,
        onClose = verbs::close,
        actions = { MainAction(words.of(Word.VoteTestedAction), verbs::back, enabled = !busy) },
        attention = fault,
    ) {
        FaultNotice(fault, words, verbs::dismiss)
        Verdict(Tone.Note, words.of(Word.VoteTestedTitle), words, words.of(Word.VoteTestedText), Icons.Phone)
        Panel { QrCode(state.code, words.of(Word.A11yQr)) }
    }
}

/** The receipt. The checking code is shown when it is asked for: who reads it knows the vote. */
@Composable
internal fun VoteCast(state: BallotStage.Cast, words: Words, verbs: BallotVerbs) {
    Page(
        words.of(Word.VoteTitle),
        words,
        onBack = null,
        actions = {
            MainAction(words.of(Word.CommonDone), verbs::close)
            QuietAction(words.of(Word.VoteCastAgain), verbs::voteAgain, Modifier.fillMaxWidth())
        },
    ) {
        Verdict(Tone.Good, words.of(Word.VoteCastTitle), words, words.of(Word.VoteCastText))
        if (state.receipt.notByThisWallet.isNotEmpty()) {
            val trackers = state.receipt.notByThisWallet.joinToString { grouped(it) }
            Notice(Tone.Problem, words.of(Word.VoteCastNotMine), words, words.of(Word.VoteCastNotMineText, trackers))
        }
        val code = state.checkCode
        if (code == null) {
            Note(words.of(Word.VoteCastCheckNone))
        } else {
            Reveal(words.of(Word.VoteCastCheck), words, Icons.Phone) {
                Body(words.of(Word.VoteCastCheckText, moment(state.receipt.checkUntil)))
                QrCode(code, words.of(Word.A11yQr))
                OtherAction(words.of(Word.VoteCastForget), verbs::forgetCode)
            }
        }
        Receipt(state.receipt, words)
        Note(words.of(Word.VoteCastAgainText))
    }
}

@Composable
private fun Receipt(receipt: BallotReceipt, words: Words) {
    Panel {
        Fact(words.of(Word.VoteCastTracker), grouped(receipt.tracker), codeStyle)
        Fact(words.of(Word.VoteCastEntry), words.of(Word.VoteCastEntryValue, receipt.index, receipt.logSize))
        Fact(words.of(Word.VoteCastTime), moment(receipt.time))
        Fact(words.of(Word.VoteCastSeq), receipt.seq.toString())
        receipt.replaces?.let { Fact(words.of(Word.VoteCastReplaced), grouped(it), codeStyle) }
    }
}
