import KodanikBindings
import KodanikKit
import SwiftUI

/// A case at a public service: where it stands, its decision, taking it back.
struct CaseScreen: View {
    let state: CaseStage
    let fault: Fault?
    let busy: Bool
    let verbs: any CaseVerbs

    @Environment(\.words) private var words

    var body: some View {
        switch state {
        case .loading:
            Page(words.of(.caseTitle), onBack: verbs.close) { Working(words.of(.commonMoment)) }
        case .standing(let view):
            CaseStanding(view: view, fault: fault, busy: busy, verbs: verbs)
        case .asking:
            working(.caseAsking)
        case .fetching:
            working(.caseFetching)
        case .withdrawing:
            working(.caseWithdrawing)
        case .decided(_, let provider, let body):
            Page(words.of(.caseTitle), onBack: verbs.back) {
                Verdict(.note, words.of(.caseDecidedBy, provider), words.of(.caseDecidedText), icon: .document)
                AnswerPanel(jsonLines(body))
            } actions: {
                MainAction(words.of(.commonBack), enabled: !busy, action: verbs.back)
            }
        case .stopped(let fault, let maybeKept):
            Page(words.of(.caseTitle), onClose: verbs.close) {
                Verdict(.problem, words.of(.caseStopped), words.of(maybeKept ? .caseStoppedKept : .caseStoppedText))
                FaultPanel(fault)
            } actions: {
                FaultActions(fault, busy: busy, onAgain: verbs.load, onClose: verbs.close)
            }
        }
    }

    private func working(_ title: Word) -> some View {
        Page(words.of(.caseTitle), onClose: verbs.close) { Working(words.of(title), words.of(.casePrompt)) }
    }
}

/// What the wallet knows. It asks nobody by itself.
private struct CaseStanding: View {
    let view: CaseView
    let fault: Fault?
    let busy: Bool
    let verbs: any CaseVerbs

    @Environment(\.words) private var words
    @State private var isWithdrawing = false

    var body: some View {
        Page(words.of(.caseTitle), onBack: verbs.close, attention: fault) {
            FaultNotice(fault, onDismiss: verbs.dismiss)
            Verdict(tone(view.state), words.of(word(view.state)), words.of(.caseSince, moment(view.since)))
            Panel {
                Text(verbatim: view.title).type(.heading)
                Running(view.summary)
                Note(words.of(.caseSent, day(view.created)))
            }
            if isWithdrawing && view.isOpen {
                Sure(
                    words.of(.caseWithdrawSure), words.of(.caseWithdrawSureText), yes: words.of(.caseWithdrawYes),
                    no: words.of(.caseWithdrawNo), onYes: { if !busy { verbs.withdraw() } }, onNo: { isWithdrawing = false })
            }
        } actions: {
            if view.hasDecision { MainAction(words.of(.caseDecision), enabled: !busy, action: verbs.decision) }
            if view.isOpen {
                if view.hasDecision {
                    OtherAction(words.of(.caseAsk), enabled: !busy, action: verbs.ask)
                } else {
                    MainAction(words.of(.caseAsk), enabled: !busy, action: verbs.ask)
                }
                if !isWithdrawing { QuietAction(words.of(.caseWithdraw)) { isWithdrawing = true } }
            }
        }
    }
}

private func tone(_ state: CaseState) -> Tone {
    switch state {
    case .declined, .needsInput: .problem
    case .decided: .good
    case .processing, .received, .withdrawn: .note
    }
}

/// Where a case stands.
func word(_ state: CaseState) -> Word {
    switch state {
    case .declined: .caseDeclined
    case .decided: .caseDecided
    case .needsInput: .caseNeedsInput
    case .processing: .caseProcessing
    case .received: .caseReceived
    case .withdrawn: .caseWithdrawn
    }
}
