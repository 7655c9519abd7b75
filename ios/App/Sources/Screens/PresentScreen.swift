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
    /// By question, where the citizen took another credential than the first.
    @State private var picked: [String: [String]] = [:]

    var body: some View {
        switch state {
        case .loading:
            Page(words.of(.presentTitle), onClose: verbs.close) { Working(words.of(.presentLoading)) }
        case .asking(let party, let host, let purpose, let claims, let overAsked, let missing, let questions, let isAnswerable):
            Page(words.of(.presentTitle), onClose: verbs.close) {
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
                    Claims(claims)
                    ForEach(Numbered.list(questions.filter { $0.options.count > 1 })) { question($0.value) }
                }
            } actions: {
                if isAnswerable {
                    MainAction(words.of(.presentConsent), enabled: isComplete(questions) && !busy) {
                        verbs.consent(picks: picks(questions))
                    }
                }
                OtherAction(words.of(.presentDecline), enabled: !busy, action: verbs.decline)
            }
        case .sending:
            Page(words.of(.presentTitle), onClose: verbs.close) {
                Working(words.of(.presentSending), words.of(.presentSendingText))
            }
        case .done(let party, let claims, let redirect):
            Page(words.of(.presentTitle)) {
                Verdict(.good, words.of(.presentDone, party))
                Claims(claims)
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
                MainAction(words.of(.commonRetry), enabled: !busy, action: verbs.load)
                QuietAction(words.of(.commonClose), action: verbs.close)
            }
        }
    }

    private func text(_ missing: MissingClaims) -> String {
        missing.claims.isEmpty
            ? words.of(.presentMissingCredential, missing.queryId)
            : words.of(.presentMissingClaims, words.claims(missing.claims))
    }

    @ViewBuilder private func question(_ question: PresentQuestion) -> some View {
        Heading(words.of(.presentChoose))
        if question.multiple { Note(words.of(.presentChooseSeveral)) }
        VStack(spacing: Space.s) {
            ForEach(Numbered.list(question.options)) { row in
                Choice(
                    row.value.name,
                    "\(words.of(.cardIssuer, row.value.issuer))\n\(words.claims(row.value.claims))",
                    isChosen: chosen(question).contains(row.value.credential),
                    isSingle: !question.multiple,
                    action: { pick(row.value.credential, for: question) }
                )
            }
        }
    }

    private func chosen(_ question: PresentQuestion) -> [String] {
        picked[question.queryId] ?? question.options.prefix(1).map(\.credential)
    }

    private func pick(_ credential: String, for question: PresentQuestion) {
        let before = chosen(question)
        if !question.multiple {
            picked[question.queryId] = [credential]
        } else if before.contains(credential) {
            picked[question.queryId] = before.filter { $0 != credential }
        } else {
            picked[question.queryId] = before + [credential]
        }
    }

    private func isComplete(_ questions: [PresentQuestion]) -> Bool {
        questions.allSatisfy { !chosen($0).isEmpty }
    }

    /// Nothing where there was nothing to choose: the core takes the first of each.
    private func picks(_ questions: [PresentQuestion]) -> [Pick]? {
        questions.allSatisfy { $0.options.count == 1 }
            ? nil : questions.map { Pick(queryId: $0.queryId, credentials: chosen($0)) }
    }
}

private struct Claims: View {
    private let claims: [String]

    @Environment(\.words) private var words

    init(_ claims: [String]) {
        self.claims = claims
    }

    var body: some View {
        Panel {
            if claims.isEmpty { Running(words.of(.presentClaimsNone)) }
            ForEach(claims, id: \.self) { Item(words.claim($0)) }
        }
    }
}
