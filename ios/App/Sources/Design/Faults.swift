import KodanikBindings
import KodanikKit
import SwiftUI

/// A fault that leaves the screen as it is.
struct FaultNotice: View {
    private let fault: Fault?
    private let onDismiss: (@MainActor () -> Void)?
    private let onRetry: (@MainActor () -> Void)?
    private let nameOf: (String) -> String

    @Environment(\.words) private var words

    /// `nameOf` says what a party is called whom the fault knows by its id.
    init(
        _ fault: Fault?,
        onDismiss: (@MainActor () -> Void)? = nil,
        onRetry: (@MainActor () -> Void)? = nil,
        nameOf: @escaping (String) -> String = { $0 }
    ) {
        self.nameOf = nameOf
        self.fault = fault
        self.onDismiss = onDismiss
        self.onRetry = onRetry
    }

    var body: some View {
        if let fault {
            let text = words.of(fault)
            Notice(isNobodysFault(fault) ? .note : .problem, text.happened, text.now) {
                FaultDetails(fault: fault, nameOf: nameOf)
                if let onRetry { InlineAction(words.of(.commonRetry), action: onRetry) }
                if let onDismiss { InlineAction(words.of(.commonDismiss), action: onDismiss) }
            }
        }
    }
}

/// A fault that ended a flow, under a verdict that says what that means.
struct FaultPanel: View {
    private let fault: Fault

    @Environment(\.words) private var words

    init(_ fault: Fault) {
        self.fault = fault
    }

    var body: some View {
        let text = words.of(fault)
        Panel {
            Text(verbatim: text.happened).type(.label)
            Running(text.now)
            FaultDetails(fault: fault, nameOf: { $0 })
        }
    }
}

/// What can be done after a flow ended with a fault: the main action is again where that may help, else to leave.
struct FaultActions: View {
    private let fault: Fault
    private let busy: Bool
    private let again: Word
    private let onAgain: @MainActor () -> Void
    private let onClose: @MainActor () -> Void

    @Environment(\.words) private var words

    init(
        _ fault: Fault,
        busy: Bool,
        again: Word = .commonRetry,
        onAgain: @escaping @MainActor () -> Void,
        onClose: @escaping @MainActor () -> Void
    ) {
        self.fault = fault
        self.busy = busy
        self.again = again
        self.onAgain = onAgain
        self.onClose = onClose
    }

    var body: some View {
        if mayHelpAgain(fault) {
            MainAction(words.of(again), enabled: !busy, action: onAgain)
            QuietAction(words.of(.commonClose), action: onClose)
        } else {
            MainAction(words.of(.commonClose), action: onClose)
            QuietAction(words.of(again), action: onAgain)
        }
    }
}

/// Who, in what words, and the code that somebody at a desk can look up.
private struct FaultDetails: View {
    let fault: Fault
    let nameOf: (String) -> String

    @Environment(\.words) private var words

    var body: some View {
        VStack(alignment: .leading, spacing: Space.xs) {
            if let party = party(fault) { Text(verbatim: words.of(.commonParty, nameOf(party))) }
            if case .Refused(_, _, .some(let quote)) = fault { Text(verbatim: words.of(.commonQuote, quote)).italic() }
            if case .Misbehaved(_, _, .some(let evidence)) = fault { Text(verbatim: words.of(.commonEvidence, evidence)) }
            if isForTheDesk(fault) { Text(verbatim: words.of(.commonCode, code(fault))) }
        }
        .type(.note)
    }
}
