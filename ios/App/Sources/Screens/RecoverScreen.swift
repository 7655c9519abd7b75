import KodanikBindings
import KodanikKit
import SwiftUI

/// Getting everything back in a new wallet, with a code from paper and, where this phone reads it, the plastic ID card. Or, with
/// the revocation code, only switching the lost phone's e-ID off.
struct RecoverScreen: View {
    let state: RecoverStage
    let fault: Fault?
    let busy: Bool
    let verbs: any RecoverVerbs
    let canReadCard: Bool
    let onBackup: @MainActor () -> Void

    @Environment(\.words) private var words
    // The same code goes on where a run stopped or has to wait. Never saved.
    @State private var code = ""
    // Which of the two is being typed. A fault leads back to where it was typed.
    @State private var isRevoking = false
    @State private var revocationCode = ""

    var body: some View {
        stage.onChange(of: isOver) { _, isOver in
            if isOver { (code, revocationCode) = ("", "") }
        }
    }

    @ViewBuilder private var stage: some View {
        switch state {
        case .awaitingCode:
            if isRevoking { revoking } else { recovering }
        case .recovering:
            Page(words.of(.recoverTitle), onClose: verbs.close) {
                Working(words.of(.recoverRecovering), words.of(.recoverRecoveringText))
            }
        case .revoking:
            // No way out: whether it is done is worth the wait.
            Page(words.of(.recoverTitle)) { Working(words.of(.recoverRevoking)) }
        case .revoked:
            Page(words.of(.recoverTitle)) {
                Verdict(.good, words.of(.recoverRevoked), words.of(.recoverRevokedText))
            } actions: {
                MainAction(words.of(.commonDone), action: verbs.close)
            }
        case .waiting(let notBefore):
            Page(words.of(.recoverTitle), onClose: verbs.close) {
                Verdict(
                    .note, words.of(.recoverWaiting), words.of(.recoverWaitingText, moment(notBefore)), icon: .clock)
                CodeField(words.of(.recoverCodeField), code: $code)
                FaultNotice(fault, onDismiss: verbs.dismiss)
            } actions: {
                redeem(.recoverWaitingAction)
            }
        case .recovered(let made, let size, let requestAgain, let eId):
            Page(words.of(.recoverTitle)) {
                Verdict(.good, words.of(.recoverDone), words.of(.recoverDoneText, moment(made)))
                if let eId { IdCardView(credential: eId) }
                Notice(.note, words.of(.recoverDoneCodes))
                if !requestAgain.isEmpty {
                    Heading(words.of(.recoverDoneAgain))
                    Panel { ForEach(Numbered.list(requestAgain)) { Item($0.value, .card, Colours.primary) } }
                }
                Heading(words.of(.backupSize))
                Panel { BackupSizeItems(size: size) }
            } actions: {
                MainAction(words.of(.recoverDoneCodesAction), icon: .key, action: onBackup)
                QuietAction(words.of(.commonDone), action: verbs.close)
            }
        case .stopped(let fault):
            Page(words.of(.recoverTitle), onClose: verbs.close) {
                Verdict(.problem, words.of(.recoverStopped), words.of(.recoverStoppedText))
                FaultPanel(fault)
                CodeField(words.of(.recoverCodeField), code: $code)
            } actions: {
                redeem(.commonRetry)
            }
        }
    }

    private var recovering: some View {
        Page(words.of(.recoverTitle), onBack: verbs.close) {
            Headline(words.of(.recoverCodeTitle))
            Note(words.of(.recoverCodeText))
            CodeField(words.of(.recoverCodeField), code: $code)
            FaultNotice(fault, onDismiss: verbs.dismiss)
            Notice(.note, words.of(.recoverFirst))
            if canReadCard { Note(words.of(.recoverCardText)) }
        } actions: {
            redeem(.recoverAction)
            QuietAction(words.of(.recoverRevoke)) { turn(toRevoking: true) }
        }
    }

    private var revoking: some View {
        Page(words.of(.recoverTitle), onBack: { turn(toRevoking: false) }, onClose: verbs.close) {
            Headline(words.of(.recoverRevokeTitle))
            Note(words.of(.recoverRevokeText))
            CodeField(words.of(.recoverRevokeField), code: $revocationCode)
            FaultNotice(fault, onDismiss: verbs.dismiss)
            Notice(.problem, words.of(.recoverRevokeSure))
        } actions: {
            GraveAction(words.of(.recoverRevokeAction), enabled: !revocationCode.allSatisfy(\.isWhitespace) && !busy) {
                verbs.revoke(code: revocationCode)
            }
        }
    }

    private func turn(toRevoking: Bool) {
        verbs.dismiss()
        revocationCode = ""
        isRevoking = toRevoking
    }

    /// The card is faster, and not at hand for everybody.
    @ViewBuilder private func redeem(_ action: Word) -> some View {
        let isTyped = !code.allSatisfy(\.isWhitespace) && !busy
        MainAction(words.of(action), enabled: isTyped) { verbs.recover(code: code, withCard: false) }
        if canReadCard {
            OtherAction(words.of(.recoverCard), icon: .card, enabled: isTyped) { verbs.recover(code: code, withCard: true) }
        }
    }

    private var isOver: Bool {
        switch state {
        case .recovered, .revoked: true
        case .awaitingCode, .recovering, .revoking, .stopped, .waiting: false
        }
    }
}
