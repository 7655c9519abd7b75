import KodanikBindings
import KodanikKit
import SwiftUI

/// Whether somebody with a backup code is taking this e-ID to another phone, and stopping them.
struct NoticesScreen: View {
    let state: NoticesStage
    let fault: Fault?
    let busy: Bool
    let verbs: any NoticesVerbs
    let onBackup: @MainActor () -> Void

    @Environment(\.words) private var words

    var body: some View {
        switch state {
        case .loading:
            // Nobody is asked before the citizen says so: the phone's key may want a finger.
            Page(words.of(.backupTitle), onBack: verbs.close, attention: fault) {
                FaultNotice(fault, onDismiss: verbs.dismiss)
                Verdict(.note, words.of(.noticesTitle), words.of(.noticesText), icon: .eye)
            } actions: {
                MainAction(words.of(.noticesAsk), enabled: !busy, action: verbs.load)
            }
        case .asking:
            working(.noticesAsking)
        case .refusing:
            working(.noticesRefusing)
        case .listed(let notices, let refusedOne):
            listed(notices, refusedOne)
        case .stopped(let fault):
            Page(words.of(.backupTitle), onClose: verbs.close) {
                Verdict(.problem, words.of(.noticesStopped), words.of(.noticesStoppedText))
                FaultPanel(fault)
            } actions: {
                FaultActions(fault, busy: busy, onAgain: verbs.load, onClose: verbs.close)
            }
        }
    }

    private func working(_ title: Word) -> some View {
        Page(words.of(.backupTitle), onClose: verbs.close) { Working(words.of(title), words.of(.casePrompt)) }
    }

    private func listed(_ notices: [RecoveryNotice], _ refusedOne: Bool) -> some View {
        Page(words.of(.backupTitle), onBack: verbs.close, attention: fault) {
            FaultNotice(fault, onDismiss: verbs.dismiss)
            if refusedOne { Verdict(.good, words.of(.noticesRefused), words.of(.noticesRefusedText)) }
            if notices.isEmpty {
                Verdict(.good, words.of(.noticesNone))
            } else if !refusedOne {
                Verdict(.problem, words.of(.noticesSome), words.of(.noticesSomeText))
            } else if notices.contains(where: { !$0.isRefused }) {
                Notice(.problem, words.of(.noticesSome), words.of(.noticesSomeText))
            }
            ForEach(Numbered.list(notices)) { notice($0.value) }
        } actions: {
            if refusedOne {
                MainAction(words.of(.backupMake), icon: .key, action: onBackup)
            } else if notices.isEmpty {
                MainAction(words.of(.commonDone), action: verbs.close)
            }
            QuietAction(words.of(.noticesAsk)) { if !busy { verbs.load() } }
        }
    }

    private func notice(_ notice: RecoveryNotice) -> some View {
        Panel {
            VStack(alignment: .leading, spacing: Space.s) {
                Item(words.of(.noticesBegun, moment(notice.begun)), .key, Colours.primary)
                if notice.isRefused {
                    Item(words.of(.noticesIsRefused))
                } else {
                    Item(words.of(.noticesNotBefore, moment(notice.notBefore)), .clock, Colours.primary)
                }
            }
            .accessibilityElement(children: .combine)
            if !notice.isRefused {
                GraveAction(words.of(.noticesRefuse), enabled: !busy) { verbs.refuse(id: notice.id) }
            }
        }
    }
}
