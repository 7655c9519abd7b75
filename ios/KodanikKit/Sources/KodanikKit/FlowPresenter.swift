import KodanikBindings
import Observation

/// What every screen of a flow can do.
@MainActor
public protocol FlowVerbs: AnyObject, Sendable {
    /// The fault was read.
    func dismiss()

    /// Leaves: ends the flow, also while a verb runs, and forgets what must not outlive it.
    func close()
}

/// A flow of the core as a screen wants it: a state to draw, and verbs that come back at once. Holds no rule and no copy of
/// anything but the last state. States may hold codes and choices: they are drawn, never printed.
///
/// Verbs run away from the main actor, one at a time. What is tapped while one runs is not done: the core would say
/// `Fault.WrongState` and change nothing either.
@MainActor
@Observable
public class FlowPresenter<Core: Flow>: FlowVerbs {
    /// Where the flow stands.
    public private(set) var state: Core.Stage

    /// Why the last verb did not come to its end, where the state does not say it.
    public private(set) var fault: Fault?

    /// Whether a verb runs.
    public private(set) var busy = false

    @ObservationIgnored private let flow: Core
    @ObservationIgnored private let onClose: (FlowPresenter<Core>) -> Void
    @ObservationIgnored private var running: Task<Void, Never>?
    @ObservationIgnored private var isClosed = false

    /// `onClose` is told once, when the flow was left.
    public init(_ flow: Core, onClose: @escaping (FlowPresenter<Core>) -> Void = { _ in }) {
        self.flow = flow
        self.onClose = onClose
        state = flow.state()
        flow.watch(listener: Listener { [weak self] in Task { @MainActor in self?.look() } })
    }

    /// A screen that is gone leaves no flow behind.
    deinit {
        flow.watch(listener: nil)
        flow.cancel()
    }

    public func dismiss() {
        fault = nil
    }

    public func close() {
        guard !isClosed else { return }
        isClosed = true
        flow.watch(listener: nil)
        flow.cancel()
        // After the end, so that the last state holds no secret.
        look()
        onClose(self)
    }

    /// Waits for the verb that runs.
    public func settled() async {
        await running?.value
    }

    /// Starts a verb.
    func start(_ verb: @escaping @Sendable (Core) async throws -> Void) {
        guard running == nil, !isClosed else { return }
        busy = true
        fault = nil
        running = Task { [flow] in
            do {
                try await flow.run(verb)
                end(nil)
            } catch {
                end(KodanikKit.fault(of: error))
            }
        }
    }

    private func end(_ fault: Fault?) {
        look()
        self.fault = Core.tellsFault(state) || isClosed ? nil : fault
        busy = false
        running = nil
    }

    private func look() {
        state = flow.state()
    }
}
