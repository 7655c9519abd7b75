import KodanikBindings

/// What the core's flows have in common; the generated classes have no protocol for it.
public protocol Flow: AnyObject, Sendable {
    associatedtype Stage: Sendable

    func state() -> Stage
    func watch(listener: (any ChangeListener)?)
    func cancel()

    /// Whether the state itself says what went wrong.
    static func tellsFault(_ stage: Stage) -> Bool
}

extension Flow {
    /// Runs a verb away from the caller's actor: verbs compute, and must not do so on the main thread.
    ///
    /// `Task.cancel()` does not reach the core by itself; here it ends the flow, and the verb throws `Fault.Cancelled`.
    public func run(_ verb: @escaping @Sendable (Self) async throws -> Void) async throws {
        try await away(cancel) { try await verb(self) }
    }
}

/// Runs `verb` on the concurrent executor; `end` is called where the waiting task is cancelled.
func away<Answer: Sendable>(
    _ end: @escaping @Sendable () -> Void,
    _ verb: @escaping @Sendable () async throws -> Answer
) async throws -> Answer {
    try await withTaskCancellationHandler {
        let answer = try await Task.detached(priority: .userInitiated, operation: verb).value
        // Cancelled in the moment before the verb began: `end` came too early to be heard.
        guard !Task.isCancelled else {
            end()
            throw Fault.Cancelled(code: "flow.cancelled")
        }
        return answer
    } onCancel: {
        end()
    }
}

/// What a verb threw, as what a screen can say. The core throws nothing but faults; beyond them is a fault of this program.
func fault(of error: any Error) -> Fault {
    error as? Fault ?? .Internal(code: "flow.panicked")
}

/// Tells that a state may be another one. The core holds it until `watch(nil)`, so it must hold nobody.
final class Listener: ChangeListener {
    private let told: @Sendable () -> Void

    init(_ told: @escaping @Sendable () -> Void) {
        self.told = told
    }

    func changed() {
        told()
    }
}
