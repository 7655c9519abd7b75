import KodanikBindings
import KodanikKit
import SwiftUI

/// A fault that leaves the screen as it is. What the citizen stopped needs no telling.
struct FaultNotice: View {
    private let fault: Fault?
    private let onDismiss: (@MainActor () -> Void)?
    private let onRetry: (@MainActor () -> Void)?

    @Environment(\.words) private var words

    init(_ fault: Fault?, onDismiss: (@MainActor () -> Void)? = nil, onRetry: (@MainActor () -> Void)? = nil) {
        self.fault = fault
        self.onDismiss = onDismiss
        self.onRetry = onRetry
    }

    var body: some View {
        if let fault {
            let text = words.of(fault)
            Notice(isCancelled(fault) ? .note : .problem, text.happened, text.now) {
                FaultDetails(fault: fault)
                if let onRetry { QuietAction(words.of(.commonRetry), action: onRetry) }
                if let onDismiss { QuietAction(words.of(.commonDismiss), action: onDismiss) }
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
            FaultDetails(fault: fault)
        }
    }
}

/// Who, in what words, and the code that somebody at a desk can look up.
private struct FaultDetails: View {
    let fault: Fault

    @Environment(\.words) private var words

    var body: some View {
        VStack(alignment: .leading, spacing: Space.xs) {
            if let party = party(fault) { Text(verbatim: words.of(.commonParty, party)) }
            if case .Refused(_, _, .some(let quote)) = fault { Text(verbatim: words.of(.commonQuote, quote)).italic() }
            if case .Misbehaved(_, _, .some(let evidence)) = fault { Text(verbatim: words.of(.commonEvidence, evidence)) }
            if !isCancelled(fault) { Text(verbatim: words.of(.commonCode, code(fault))) }
        }
        .type(.note)
    }
}

private func isCancelled(_ fault: Fault) -> Bool {
    if case .Cancelled = fault { true } else { false }
}
