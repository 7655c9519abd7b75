import KodanikBindings
import KodanikKit
import SwiftUI

/// Voting. What is chosen is here while it is being chosen and confirmed, and nowhere after that; `onSettle` finds out what
/// became of a ballot whose answer was lost.
struct VoteScreen: View {
    let state: BallotStage
    let fault: Fault?
    let busy: Bool
    let verbs: any BallotVerbs
    let onSettle: @MainActor () -> Void

    @Environment(\.words) private var words
    @State private var choices = Choices()

    var body: some View {
        stage.onChange(of: isChoosing) { _, isChoosing in
            if !isChoosing { choices = Choices() }
        }
    }

    @ViewBuilder private var stage: some View {
        switch state {
        case .loading:
            Page(words.of(.voteTitle), onClose: verbs.close) {
                Working(words.of(.voteLoading), words.of(.voteLoadingText))
            }
        case .notEntitled(let title, let issuers, let required, let styles):
            VoteEntitling(
                title: title, issuers: issuers, required: Int(required), styles: styles, fault: fault, busy: busy, verbs: verbs)
        case .obtaining:
            Page(words.of(.voteTitle), onClose: verbs.close) {
                Working(words.of(.voteObtaining), words.of(.voteObtainingText))
            }
        case .choosing(let title, let contests, let replacesEarlier):
            VoteChoosing(
                title: title, contests: contests, replacesEarlier: replacesEarlier, fault: fault, busy: busy, verbs: verbs,
                choices: $choices)
        case .confirming(let chosen, let replacesEarlier):
            Page(words.of(.voteTitle), onBack: verbs.back, onClose: verbs.close, attention: fault) {
                FaultNotice(fault, onDismiss: verbs.dismiss)
                Headline(words.of(.voteConfirmTitle))
                ChosenPanels(chosen: chosen)
                if replacesEarlier { Replaces() }
                Note(words.of(.voteConfirmText))
            } actions: {
                MainAction(words.of(.voteConfirmSeal), icon: .lock, enabled: !busy, action: verbs.seal)
                OtherAction(words.of(.voteConfirmChange), enabled: !busy, action: verbs.back)
            }
        case .sealing:
            Page(words.of(.voteTitle), onClose: verbs.close) {
                Working(words.of(.voteSealing), words.of(.voteSealingText))
            }
        case .sealed(let promise, let testsLeft, let replaces):
            VoteSealed(
                promise: promise, testsLeft: Int(testsLeft), replaces: replaces != nil, fault: fault, busy: busy, verbs: verbs)
        case .tested(let code):
            VoteTested(code: code, fault: fault, busy: busy, verbs: verbs)
        case .casting:
            // No way out: the receipt is worth the wait.
            Page(words.of(.voteTitle)) { Working(words.of(.voteCasting), words.of(.voteCastingText)) }
        case .cast(let receipt, let checkCode):
            VoteCast(receipt: receipt, checkCode: checkCode, verbs: verbs)
        case .stopped(let fault, let maybeCast):
            Page(words.of(.voteTitle), onClose: verbs.close) {
                if maybeCast {
                    Verdict(.problem, words.of(.voteStoppedMaybe), words.of(.voteStoppedMaybeText))
                } else {
                    Verdict(.problem, words.of(.voteStopped), words.of(.voteStoppedText))
                }
                FaultPanel(fault)
            } actions: {
                if maybeCast {
                    MainAction(words.of(.voteStoppedSettle), enabled: !busy, action: onSettle)
                    QuietAction(words.of(.commonClose), action: verbs.close)
                } else {
                    FaultActions(fault, busy: busy, again: .commonStartAgain, onAgain: verbs.load, onClose: verbs.close)
                }
            }
        }
    }

    private var isChoosing: Bool {
        switch state {
        case .choosing, .confirming: true
        case .cast, .casting, .loading, .notEntitled, .obtaining, .sealed, .sealing, .stopped, .tested: false
        }
    }
}

/// Getting the right to vote: which style, whom to leave out.
private struct VoteEntitling: View {
    let title: String
    let issuers: [Issuer]
    let required: Int
    let styles: [String]
    let fault: Fault?
    let busy: Bool
    let verbs: any BallotVerbs

    @Environment(\.words) private var words
    @State private var style: String?
    @State private var without: Set<String> = []

    var body: some View {
        Page(title, onClose: verbs.close, attention: fault) {
            FaultNotice(fault, onDismiss: verbs.dismiss, nameOf: { id in issuers.first { $0.id == id }?.name ?? id })
            Verdict(.note, words.of(.voteEntitleTitle), words.of(.voteEntitleText), icon: .ballot)
            if styles.count > 1 {
                Heading(words.of(.voteEntitleStyle))
                Note(words.of(.voteEntitleStyleText))
                VStack(spacing: Space.s) {
                    ForEach(styles, id: \.self) { name in
                        Choice(name, isChosen: name == style, isSingle: true) { style = name }
                    }
                }
            }
            Panel {
                ForEach(Numbered.list(issuers)) { Item($0.value.name, .building, Colours.primary) }
                Note(words.of(.voteEntitleRequired, required, issuers.count))
            }
            if issuers.count > required {
                Reveal(words.of(.voteEntitleWithout)) {
                    Note(words.of(.voteEntitleWithoutText))
                    ForEach(Numbered.list(issuers)) { leaveOut($0.value) }
                }
            }
        } actions: {
            MainAction(words.of(.voteEntitleAction), enabled: (style != nil || styles.count == 1) && !busy) {
                verbs.obtainCredential(style: style, without: issuers.map(\.id).filter(without.contains))
            }
        }
    }

    private func leaveOut(_ issuer: Issuer) -> some View {
        let isLeftOut = without.contains(issuer.id)
        return Choice(
            issuer.name,
            isChosen: isLeftOut,
            isSingle: false,
            enabled: isLeftOut || issuers.count - without.count > required
        ) {
            if isLeftOut { without.remove(issuer.id) } else { without.insert(issuer.id) }
        }
    }
}

struct Replaces: View {
    @Environment(\.words) private var words

    var body: some View {
        Notice(.note, words.of(.voteReplaces), words.of(.voteReplacesText))
    }
}

/// What a ballot says, contest by contest.
struct ChosenPanels: View {
    let chosen: [Chosen]

    @Environment(\.words) private var words

    var body: some View {
        ForEach(Numbered.list(chosen)) { row in
            Panel {
                Note(row.value.title)
                ForEach(Numbered.list(row.value.titles)) { title in
                    HStack(alignment: .firstTextBaseline, spacing: Space.s) {
                        Icon.check.image.foregroundStyle(Colours.primary)
                        Text(verbatim: title.value)
                    }
                    .type(.heading)
                }
                if row.value.titles.isEmpty { Text(verbatim: words.of(.voteBlank)).type(.heading) }
            }
            .accessibilityElement(children: .combine)
            .notWhileCaptured()
        }
    }
}
