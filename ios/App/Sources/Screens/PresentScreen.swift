import Foundation
import KodanikBindings
import KodanikKit
import SwiftUI

/// Answering who asks for claims: who, why, what; then share or not.
struct PresentScreen: View {
    let state: PresentStage
    let fault: Fault?
    let busy: Bool
    let verbs: any PresentVerbs

    @Environment(\.words) private var words
    @Environment(\.openURL) private var openURL
    @State private var picks = Picks(questions: [])

    var body: some View {
        switch state {
        case .loading:
            Page(words.of(.presentTitle), onClose: verbs.close) { Working(words.of(.presentLoading)) }
        case .asking(let party, let host, let purpose, let claims, let overAsked, let missing, let questions, let isAnswerable):
            Page(words.of(.presentTitle), onClose: verbs.close, attention: fault) {
                FaultNotice(fault, onDismiss: verbs.dismiss)
                Headline(words.of(.presentAsks, party))
                Panel {
                    Item(words.of(.presentPartyChecked), .shield)
                    Note(words.of(.presentGoesTo, host))
                }
                if !isAnswerable { Notice(.problem, words.of(.presentNotAnswerable)) }
                ForEach(Numbered.list(missing)) { Notice(.problem, words.of(.presentMissing), text($0.value)) }
                if !overAsked.isEmpty {
                    Notice(
                        .problem, words.of(.presentOverAsked), words.of(.presentOverAskedText, words.claims(overAsked)))
                }
                Heading(words.of(.presentPurpose))
                Panel { Running(purpose ?? words.of(.presentPurposeNone)) }
                if isAnswerable {
                    Heading(words.of(.presentClaims))
                    Claims(picks.choices.isEmpty ? claims : picks.claims, overAsked: overAsked)
                    ForEach(Numbered.list(picks.choices)) { question($0.value) }
                }
            } actions: {
                let share: @MainActor () -> Void = { verbs.consent(picks: picks.list) }
                if overAsked.isEmpty {
                    if isAnswerable {
                        MainAction(words.of(.presentConsent), enabled: picks.isComplete && !busy, action: share)
                    }
                    OtherAction(words.of(.presentDecline), enabled: !busy, action: verbs.decline)
                } else {
                    // Who asks for too much gets no button that invites.
                    MainAction(words.of(.presentDecline), enabled: !busy, action: verbs.decline)
                    if isAnswerable {
                        OtherAction(words.of(.presentConsent), enabled: picks.isComplete && !busy, action: share)
                    }
                }
            }
            .onAppear { picks = Picks(questions: questions) }
        case .sending:
            Page(words.of(.presentTitle), onClose: verbs.close) {
                Working(words.of(.presentSending), words.of(.presentSendingText))
            }
        case .done(let party, let claims, let redirect):
            Page(words.of(.presentTitle)) {
                Verdict(.good, words.of(.presentDone, party))
                Claims(claims, overAsked: [])
            } actions: {
                if let redirect = redirect.flatMap(URL.init(string:)) {
                    MainAction(words.of(.presentDoneRedirect, party)) {
                        verbs.close()
                        openURL(redirect)
                    }
                    QuietAction(words.of(.commonDone), action: verbs.close)
                } else {
                    MainAction(words.of(.commonDone), action: verbs.close)
                }
            }
        case .declined:
            Page(words.of(.presentTitle)) {
                Verdict(.note, words.of(.presentDeclined), words.of(.presentDeclinedText))
            } actions: {
                MainAction(words.of(.commonDone), action: verbs.close)
            }
        case .stopped(let fault, let maybeShared):
            Page(words.of(.presentTitle), onClose: verbs.close) {
                if maybeShared {
                    Verdict(.problem, words.of(.presentStoppedMaybe), words.of(.presentStoppedMaybeText))
                } else {
                    Verdict(.problem, words.of(.presentStopped))
                }
                FaultPanel(fault)
            } actions: {
                FaultActions(fault, busy: busy, onAgain: verbs.load, onClose: verbs.close)
            }
        }
    }

    private func text(_ missing: MissingClaims) -> String {
        missing.claims.isEmpty
            ? words.of(.presentMissingCredential, readable(missing.queryId))
            : words.of(.presentMissingClaims, words.claims(missing.claims))
    }

    @ViewBuilder private func question(_ question: PresentQuestion) -> some View {
        Heading(words.of(question.needed ? .presentChoose : .presentOptional))
        if question.multiple { Note(words.of(.presentChooseSeveral)) }
        VStack(spacing: Space.s) {
            ForEach(Numbered.list(question.options)) { row in
                Choice(
                    row.value.name,
                    "\(words.of(.cardIssuer, row.value.issuer))\n\(words.claims(row.value.claims))",
                    isChosen: picks.of(question).contains(row.value.credential),
                    isSingle: picks.isSingle(question),
                    action: { picks.tap(row.value.credential, for: question) }
                )
            }
        }
    }
}

private struct Claims: View {
    private let claims: [String]
    private let overAsked: [String]

    @Environment(\.words) private var words

    init(_ claims: [String], overAsked: [String]) {
        self.claims = claims
        self.overAsked = overAsked
    }

    var body: some View {
        Panel {
            if claims.isEmpty { Running(words.of(.presentClaimsNone)) }
            // What nobody registered is marked where it is listed, too.
            ForEach(claims, id: \.self) { claim in
                if overAsked.contains(claim) {
                    Item(words.claim(claim), .warning, Colours.error)
                } else {
                    Item(words.claim(claim))
                }
            }
        }
    }
}
