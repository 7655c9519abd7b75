// One presenter for each flow, with the flow's verbs under their names. What each verb does, from where, and its faults
// are told at the flow's own method, in the bindings.

import KodanikBindings

extension EnrolFlow: Flow {
    public static func tellsFault(_ stage: EnrolStage) -> Bool {
        if case .stopped = stage { true } else { false }
    }
}

/// Verbs of the screen that gets a credential.
public protocol EnrolVerbs: FlowVerbs {
    func load()
    func accept(code: String?)
}

/// Getting a credential by an offer.
public final class EnrolPresenter: FlowPresenter<EnrolFlow>, EnrolVerbs {
    public func load() { start { try await $0.load() } }
    public func accept(code: String?) { start { try await $0.accept(code: code) } }
}

extension PresentFlow: Flow {
    public static func tellsFault(_ stage: PresentStage) -> Bool {
        if case .stopped = stage { true } else { false }
    }
}

/// Verbs of the screen that answers a request for claims.
public protocol PresentVerbs: FlowVerbs {
    func load()
    func consent(picks: [Pick]?)
    func decline()
}

/// Answering a request for claims.
public final class PresentPresenter: FlowPresenter<PresentFlow>, PresentVerbs {
    public func load() { start { try await $0.load() } }
    public func consent(picks: [Pick]?) { start { try await $0.consent(picks: picks) } }
    public func decline() { start { try await $0.decline() } }
}

extension BallotFlow: Flow {
    public static func tellsFault(_ stage: BallotStage) -> Bool {
        if case .stopped = stage { true } else { false }
    }
}

/// Verbs of the screen for voting.
public protocol BallotVerbs: FlowVerbs {
    func load()
    func obtainCredential(style: String?, without: [String])
    func choose(choices: [ContestChoice])
    func back()
    func seal()
    func test()
    func cast()
    func forgetCode()
    func voteAgain()
}

/// Voting in one election.
public final class BallotPresenter: FlowPresenter<BallotFlow>, BallotVerbs {
    public func load() { start { try await $0.load() } }
    public func obtainCredential(style: String?, without: [String]) {
        start { try await $0.obtainCredential(style: style, without: without) }
    }
    public func choose(choices: [ContestChoice]) { start { try $0.choose(choices: choices) } }
    public func back() { start { try $0.back() } }
    public func seal() { start { try await $0.seal() } }
    public func test() { start { try await $0.test() } }
    public func cast() { start { try await $0.cast() } }
    public func forgetCode() { start { try $0.forgetCode() } }
    public func voteAgain() { start { try $0.voteAgain() } }
}

extension VerifyFlow: Flow {
    public static func tellsFault(_ stage: VerifyStage) -> Bool {
        if case .stopped = stage { true } else { false }
    }
}

/// Verbs of the screen that looks after another phone's ballot.
public protocol VerifyVerbs: FlowVerbs {
    func load()
    func scan(testCode: String)
}

/// Checking or testing another phone's ballot.
public final class VerifyPresenter: FlowPresenter<VerifyFlow>, VerifyVerbs {
    public func load() { start { try await $0.load() } }
    public func scan(testCode: String) { start { try await $0.scan(testCode: testCode) } }
}

extension ServiceFlow: Flow {
    public static func tellsFault(_ stage: ServiceStage) -> Bool {
        if case .stopped = stage { true } else { false }
    }
}

/// Verbs of the screen for public services.
public protocol ServiceVerbs: FlowVerbs {
    func load()
    func fill(service: String, operation: UInt32, input: [String: String])
    func back()
    func send()
}

/// Asking a public service.
public final class ServicePresenter: FlowPresenter<ServiceFlow>, ServiceVerbs {
    public func load() { start { try await $0.load() } }
    public func fill(service: String, operation: UInt32, input: [String: String]) {
        start { try $0.fill(service: service, operation: operation, input: input) }
    }
    public func back() { start { try $0.back() } }
    public func send() { start { try await $0.send() } }
}

extension CaseFlow: Flow {
    public static func tellsFault(_ stage: CaseStage) -> Bool {
        if case .stopped = stage { true } else { false }
    }
}

/// Verbs of the screen that follows a case.
public protocol CaseVerbs: FlowVerbs {
    func load()
    func ask()

    /// The citizen was asked first.
    func withdraw()
    func decision()

    /// From the decision to where the case stands.
    func back()
}

/// Following a case at a public service.
public final class CasePresenter: FlowPresenter<CaseFlow>, CaseVerbs {
    public func load() { start { try await $0.load() } }
    public func ask() { start { try await $0.ask() } }
    public func withdraw() { start { try await $0.withdraw() } }
    public func decision() { start { try await $0.decision() } }
    public func back() {
        start {
            try $0.back()
            try await $0.load()
        }
    }
}

extension BackupFlow: Flow {
    public static func tellsFault(_ stage: BackupStage) -> Bool {
        if case .stopped = stage { true } else { false }
    }
}

/// Verbs of the screen for backup codes.
public protocol BackupVerbs: FlowVerbs {
    func load()
    func makeCodes()
    func refresh()
    func store(askedBack: String)
}

/// Making backup codes.
public final class BackupPresenter: FlowPresenter<BackupFlow>, BackupVerbs {
    public func load() { start { try await $0.load() } }
    public func makeCodes() { start { try $0.makeCodes() } }
    public func refresh() { start { try await $0.refresh() } }
    public func store(askedBack: String) { start { try await $0.store(askedBack: askedBack) } }
}

extension NoticesFlow: Flow {
    public static func tellsFault(_ stage: NoticesStage) -> Bool {
        if case .stopped = stage { true } else { false }
    }
}

/// Verbs of the screen that shows who used a backup code.
public protocol NoticesVerbs: FlowVerbs {
    /// The phone's key may ask the citizen: for who wants to know, never by itself.
    func load()
    func refuse(id: String)
}

/// Whether somebody with a backup code is taking this e-ID to another phone, and stopping them.
public final class NoticesPresenter: FlowPresenter<NoticesFlow>, NoticesVerbs {
    public func load() { start { try await $0.load() } }
    public func refuse(id: String) { start { try await $0.refuse(id: id) } }
}

extension RecoverFlow: Flow {
    public static func tellsFault(_ stage: RecoverStage) -> Bool {
        if case .stopped = stage { true } else { false }
    }
}

/// Verbs of the screen that gets everything back, or switches a lost phone's e-ID off.
public protocol RecoverVerbs: FlowVerbs {
    /// `withCard` only where `RecoverPresenter.canReadCard`.
    func recover(code: String, withCard: Bool)

    /// The citizen knows what it does.
    func revoke(code: String)
}

/// Getting everything back in a new wallet; `card` is how this phone reads the plastic ID card, if it does.
public final class RecoverPresenter: FlowPresenter<RecoverFlow>, RecoverVerbs {
    private let card: (any IdCard)?

    /// Whether the screen offers the card at all.
    public var canReadCard: Bool { card != nil }

    public init(
        _ flow: RecoverFlow,
        card: (any IdCard)? = nil,
        onClose: @escaping (FlowPresenter<RecoverFlow>) -> Void = { _ in }
    ) {
        self.card = card
        super.init(flow, onClose: onClose)
    }

    public func recover(code: String, withCard: Bool) {
        start { [card] in try await $0.recover(code: code, card: withCard ? card : nil) }
    }
    public func revoke(code: String) { start { try await $0.revoke(code: code) } }
}
