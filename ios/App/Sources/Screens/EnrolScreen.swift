import KodanikBindings
import KodanikKit
import SwiftUI

/// Getting a credential: who offers what, the code, what was checked.
struct EnrolScreen: View {
    let state: EnrolStage
    let fault: Fault?
    let busy: Bool
    let verbs: any EnrolVerbs

    @Environment(\.words) private var words
    // Not saved: whoever has the code and the offer gets the credential.
    @State private var code = ""

    var body: some View {
        switch state {
        case .loading:
            Page(words.of(.enrolTitle), onClose: verbs.close) { Working(words.of(.enrolLoading)) }
        case .reviewing(let issuer, let credential, let needsCode, let codeLength, let codeHint):
            reviewing(issuer, credential, needsCode, codeLength.map(Int.init), codeHint)
        case .issuing:
            Page(words.of(.enrolTitle), onClose: verbs.close) {
                Working(words.of(.enrolIssuing), words.of(.enrolIssuingText))
            }
        case .done(let credential, let checks):
            Page(words.of(.enrolTitle)) {
                Verdict(.good, words.of(.enrolDone))
                IdCardView(credential: credential)
                Heading(words.of(.enrolChecks))
                Panel { ForEach(Numbered.list(checks)) { Item(check($0.value, words)) } }
            } actions: {
                MainAction(words.of(.commonDone), action: verbs.close)
            }
        case .stopped(let fault):
            Page(words.of(.enrolTitle), onClose: verbs.close) {
                Verdict(.problem, words.of(.enrolStopped), words.of(.enrolStoppedText))
                FaultPanel(fault)
            } actions: {
                FaultActions(fault, busy: busy, onAgain: verbs.load, onClose: verbs.close)
            }
        }
    }

    private func reviewing(_ issuer: String, _ credential: String, _ needsCode: Bool, _ length: Int?, _ hint: String?) -> some View {
        Page(words.of(.enrolTitle), onClose: verbs.close, attention: fault) {
            FaultNotice(fault, onDismiss: verbs.dismiss)
            Panel {
                Fact(words.of(.enrolReviewWhat), credential, .display)
                Fact(words.of(.enrolReviewFrom), issuer, .heading)
                Item(words.of(.enrolReviewVerified), .shield)
            }
            if needsCode {
                Panel {
                    Note(hint ?? words.of(.enrolCodeText))
                    Typing(
                        words.of(.enrolCode), text: $code, help: length.map { words.of(.enrolCodeLength, $0) },
                        keyboard: .asciiCapable, role: .code)
                }
            }
        } actions: {
            MainAction(words.of(.enrolAccept), enabled: isComplete(needsCode, length) && !busy) {
                verbs.accept(code: needsCode ? typed : nil)
            }
            QuietAction(words.of(.commonCancel), action: verbs.close)
        }
    }

    private var typed: String { code.filter { !$0.isWhitespace } }

    private func isComplete(_ needsCode: Bool, _ length: Int?) -> Bool {
        !needsCode || (!typed.isEmpty && (length == nil || typed.count == length))
    }
}

private func check(_ check: EnrolCheck, _ words: Words) -> String {
    switch check {
    case .credentialSigned(let by): words.of(.enrolCheckCredentialSigned, by)
    case .issuerKnown(let name): words.of(.enrolCheckIssuerKnown, name)
    case .keyIsOurs: words.of(.enrolCheckKeyIsOurs)
    case .notRevoked: words.of(.enrolCheckNotRevoked)
    case .other: words.of(.enrolCheckOther)
    case .tokenBound: words.of(.enrolCheckTokenBound)
    case .whatWasOffered: words.of(.enrolCheckWhatWasOffered)
    }
}
