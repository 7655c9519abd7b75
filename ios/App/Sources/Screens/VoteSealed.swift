import KodanikBindings
import KodanikKit
import SwiftUI

/// The ballot is made: cast it, or test the phone with it.
struct VoteSealed: View {
    let promise: String
    let testsLeft: Int
    let replaces: Bool
    let fault: Fault?
    let busy: Bool
    let verbs: any BallotVerbs

    @Environment(\.words) private var words

    var body: some View {
        Page(words.of(.voteTitle), onBack: verbs.back, onClose: verbs.close, attention: fault) {
            FaultNotice(fault, onDismiss: verbs.dismiss)
            Verdict(.note, words.of(.voteSealedTitle), words.of(.voteSealedText), icon: .lock)
            if replaces { Replaces() }
            Reveal(words.of(.voteSealedTestShow)) {
                if testsLeft == 0 {
                    Running(words.of(.voteSealedTestsNone))
                } else {
                    Running(words.of(.voteSealedTestText))
                    QrCode(promise)
                    OtherAction(words.of(.voteSealedTest), enabled: !busy, action: verbs.test)
                    Note(words.of(.voteSealedTestsLeft, testsLeft))
                }
            }
        } actions: {
            MainAction(words.of(.voteSealedCast), enabled: !busy, action: verbs.cast)
        }
    }
}

/// The ballot was given away: the other phone shows what it said.
struct VoteTested: View {
    let code: String
    let fault: Fault?
    let busy: Bool
    let verbs: any BallotVerbs

    @Environment(\.words) private var words

    var body: some View {
        Page(words.of(.voteTitle), onClose: verbs.close, attention: fault) {
            FaultNotice(fault, onDismiss: verbs.dismiss)
            Verdict(.note, words.of(.voteTestedTitle), words.of(.voteTestedText), icon: .phone)
            Panel { QrCode(code) }
        } actions: {
            MainAction(words.of(.voteTestedAction), enabled: !busy, action: verbs.back)
        }
    }
}

/// The receipt. The checking code is shown when it is asked for: who reads it knows the vote.
struct VoteCast: View {
    let receipt: BallotReceipt
    let checkCode: String?
    let verbs: any BallotVerbs

    @Environment(\.words) private var words

    var body: some View {
        Page(words.of(.voteTitle)) {
            Verdict(.good, words.of(.voteCastTitle), words.of(.voteCastText))
            if !receipt.notByThisWallet.isEmpty {
                let trackers = receipt.notByThisWallet.map(grouped).joined(separator: ", ")
                Notice(.problem, words.of(.voteCastNotMine), words.of(.voteCastNotMineText, trackers))
            }
            if let checkCode {
                Reveal(words.of(.voteCastCheck), icon: .phone) {
                    Running(words.of(.voteCastCheckText, moment(receipt.checkUntil)))
                    QrCode(checkCode)
                    OtherAction(words.of(.voteCastForget), action: verbs.forgetCode)
                }
            } else {
                Note(words.of(.voteCastCheckNone))
            }
            Panel {
                Fact(words.of(.voteCastTracker), grouped(receipt.tracker), .code)
                Fact(words.of(.voteCastEntry), words.of(.voteCastEntryValue, receipt.index, receipt.logSize))
                Fact(words.of(.voteCastTime), moment(receipt.time))
                Fact(words.of(.voteCastSeq), String(receipt.seq))
                if let replaces = receipt.replaces { Fact(words.of(.voteCastReplaced), grouped(replaces), .code) }
            }
            Note(words.of(.voteCastAgainText))
        } actions: {
            MainAction(words.of(.commonDone), action: verbs.close)
            QuietAction(words.of(.voteCastAgain), action: verbs.voteAgain)
        }
    }
}
