import KodanikBindings
import KodanikKit
import SwiftUI

/// Looking after another phone's ballot: what it says and whether it counts, or what that phone would have cast.
struct VerifyScreen: View {
    let state: VerifyStage
    let fault: Fault?
    let busy: Bool
    let verbs: any VerifyVerbs
    let onScan: @MainActor () -> Void

    @Environment(\.words) private var words

    var body: some View {
        switch state {
        case .loading, .verifying:
            page { Working(words.of(.verifyLoading), words.of(.verifyLoadingText)) } actions: { EmptyView() }
        case .awaitingTestCode:
            page {
                Verdict(.note, words.of(.verifyAwaiting), words.of(.verifyAwaitingText), icon: .phone)
            } actions: {
                MainAction(words.of(.verifyAwaitingAction), icon: .scan, action: onScan)
            }
        case .found(let ballot, let time, let seq):
            page {
                Verdict(.good, words.of(.verifyFound), words.of(.verifyFoundText))
                BallotPanels(ballot: ballot) {
                    Fact(words.of(.voteCastTime), moment(time))
                    Fact(words.of(.verifySeq), String(seq))
                }
            } actions: {
                done
            }
        case .tested(let ballot):
            page {
                Verdict(.good, words.of(.verifyTested), words.of(.verifyTestedText))
                BallotPanels(ballot: ballot) { EmptyView() }
            } actions: {
                done
            }
        case .notFound:
            page { Verdict(.problem, words.of(.verifyNotFound), words.of(.verifyNotFoundText)) } actions: { again }
        case .superseded:
            page { Verdict(.problem, words.of(.verifySuperseded), words.of(.verifySupersededText)) } actions: { done }
        case .tooLate:
            page {
                Verdict(.note, words.of(.verifyTooLate), words.of(.verifyTooLateText), icon: .clock)
            } actions: {
                done
            }
        case .stopped(let fault):
            page {
                Verdict(.problem, words.of(.verifyStopped))
                FaultPanel(fault)
            } actions: {
                FaultActions(fault, busy: busy, onAgain: verbs.load, onClose: verbs.close)
            }
        }
    }

    private func page(
        @ViewBuilder content: () -> some View,
        @ViewBuilder actions: () -> some View
    ) -> some View {
        Page(words.of(.verifyTitle), onClose: verbs.close, attention: fault) {
            FaultNotice(fault, onDismiss: verbs.dismiss)
            content()
        } actions: {
            actions()
        }
    }

    private var done: some View { MainAction(words.of(.commonDone), action: verbs.close) }

    @ViewBuilder private var again: some View {
        MainAction(words.of(.commonRetry), enabled: !busy, action: verbs.load)
        QuietAction(words.of(.commonClose), action: verbs.close)
    }
}

private struct BallotPanels<More: View>: View {
    private let ballot: VerifiedChoice
    private let more: More

    @Environment(\.words) private var words

    init(ballot: VerifiedChoice, @ViewBuilder more: () -> More) {
        self.ballot = ballot
        self.more = more()
    }

    var body: some View {
        Heading(ballot.title)
        ChosenPanels(chosen: ballot.chosen)
        Panel {
            Fact(words.of(.voteCastTracker), grouped(ballot.tracker), .code)
            more
        }
    }
}
