import KodanikBindings
import Observation

/// Verbs of the PIN pad. Digits go to the core one by one; the shell knows how many there are, and no more.
@MainActor
public protocol PinVerbs: AnyObject, Sendable {
    /// 0 to 9. A 13th changes nothing but `WalletPresenter.fault`.
    func push(digit: UInt8)
    func pop()

    /// A new PIN was typed: asks for it once more, or makes the wallet where it is the same both times. From `Phase.noWallet`.
    func confirm()

    /// Unlocks with the typed PIN. From `Phase.locked`.
    func unlock()

    /// Makes room for a new wallet, after `Fault.PinWiped`.
    func removeWiped()
    func dismiss()
}

/// Verbs of the screens that have no flow: home, lists, camera.
@MainActor
public protocol WalletVerbs: AnyObject, Sendable {
    func openVote(election: String)
    func openServices()

    /// The case that a request opened, by the request's name.
    func openCase(request: String)
    func openBackup()
    func openNotices()
    func openRecover()
    func openWhoLooked()
    func openHistory()
    func openScan()

    /// What the camera read, while `Screen.scan` is there.
    func scanned(text: String)

    /// Asks for every list anew.
    func refresh()

    /// Finds out what became of ballots whose answer was lost.
    func settleBallots()

    /// Sends requests again that have no answer.
    func resumeRequests()

    /// Forgets a credential, by its name. The citizen was asked first.
    func removeCredential(id: String)

    /// One screen back.
    func back()
    func lock()
    func dismiss()
}

/// The wallet's door, its lists, and what is on the screen. Made once, as long as the app runs.
@MainActor
@Observable
public final class WalletPresenter: PinVerbs, WalletVerbs {
    /// A text that no flow takes. The only code of the shell's own.
    public nonisolated static let linkUnknown = "link.unknown"

    /// The most lines that the core gives at once.
    private nonisolated static let page: UInt32 = 200

    /// Where the wallet stands.
    public private(set) var phase: Phase

    /// How many digits have been typed.
    public private(set) var pinLength = 0

    /// How far choosing a new PIN is.
    public var newPin: NewPin { typed.step }

    /// Why the last verb did not come to its end. Lists have their own.
    public private(set) var fault: Fault?

    /// Whether a verb runs. Lists have their own.
    public private(set) var busy = false

    /// What to draw.
    public var screen: Screen { stack.last ?? .pin }

    /// Newest first.
    public var credentials: Listing<Credential> { credentialList.state }
    public var elections: Listing<Election> { electionList.state }

    /// This wallet's own, oldest first.
    public var ballots: Listing<OwnBallot> { ballotList.state }

    /// To public services, oldest first.
    public var requests: Listing<ServiceRequest> { requestList.state }

    /// Oldest first.
    public var history: Listing<HistoryLine> { historyList.state }

    /// Whether backup codes are in force; nothing until it is known.
    public var hasCodes: Bool? { codesList.state.items.first }

    private var stack: [Screen] = [.pin]

    @ObservationIgnored private let kodanik: Kodanik
    @ObservationIgnored private let card: (any IdCard)?
    @ObservationIgnored private let typed = TypedTwice()
    @ObservationIgnored private var pendingLink: String?
    @ObservationIgnored private var running: Task<Void, Never>?

    @ObservationIgnored private let credentialList: ListPresenter<Credential>
    @ObservationIgnored private let electionList: ListPresenter<Election>
    @ObservationIgnored private let ballotList: ListPresenter<OwnBallot>
    @ObservationIgnored private let requestList: ListPresenter<ServiceRequest>
    @ObservationIgnored private let historyList: ListPresenter<HistoryLine>
    @ObservationIgnored private let codesList: ListPresenter<Bool>

    /// `card` is how this phone reads the plastic ID card, if it does.
    public init(_ kodanik: Kodanik, card: (any IdCard)? = nil) {
        self.kodanik = kodanik
        self.card = card
        phase = kodanik.phase()
        credentialList = ListPresenter { try await kodanik.credentials() }
        electionList = ListPresenter { try await kodanik.elections() }
        ballotList = ListPresenter { try kodanik.ballots() }
        requestList = ListPresenter { try kodanik.requests() }
        historyList = ListPresenter { try wholeHistory(kodanik, page: Self.page) }
        codesList = ListPresenter { [try kodanik.backupCodes() != nil] }
        kodanik.watch(listener: Listener { [weak self] in Task { @MainActor in self?.look() } })
        look()
    }

    deinit {
        kodanik.watch(listener: nil)
        kodanik.lock()
    }

    public func push(digit: UInt8) { type { try typed.push(digit: digit) } }

    public func pop() { type { typed.entry.pop() } }

    public func confirm() {
        guard running == nil else { return }
        dismiss()
        var isSame = false
        type { isSame = typed.confirm() }
        if isSame { start { [pin = typed.entry] in try await $0.create(pin: pin) } }
    }

    public func unlock() { start { [pin = typed.entry] in try await $0.unlock(pin: pin) } }

    /// The fault is told until there is room.
    public func removeWiped() {
        start(keepsFault: true) { try await $0.removeWiped() } then: { $0.dismiss() }
    }

    /// Ends every flow and forgets the data key. At once: called when the app leaves the screen.
    public func lock() {
        type { typed.forget() }
        pendingLink = nil
        kodanik.lock()
        look()
    }

    public func dismiss() {
        fault = nil
    }

    public func openVote(election: String) {
        open { wallet in
            let presenter = BallotPresenter(try kodanik.ballot(election: election), onClose: wallet.left)
            presenter.load()
            return .vote(presenter)
        }
    }

    public func openServices() {
        open { wallet in
            let presenter = ServicePresenter(try kodanik.serviceRequest(), onClose: wallet.left)
            presenter.load()
            return .services(presenter)
        }
    }

    public func openCase(request: String) {
        open { wallet in
            let presenter = CasePresenter(try kodanik.case(request: request), onClose: wallet.left)
            presenter.load()
            return .case(presenter)
        }
    }

    public func openBackup() {
        // Notices are above it.
        if case .backup = screen { return }
        open { wallet in
            let presenter = BackupPresenter(try kodanik.backup(), onClose: wallet.left)
            presenter.load()
            return .backup(presenter)
        }
    }

    public func openNotices() {
        open { wallet in .notices(NoticesPresenter(try kodanik.recoveryNotices(), onClose: wallet.left)) }
    }

    public func openRecover() {
        open { wallet in .recover(RecoverPresenter(try kodanik.recover(), card: card, onClose: wallet.left)) }
    }

    public func openWhoLooked() { open { _ in .whoLooked } }

    public func openHistory() { open { _ in .history } }

    public func openScan() { open { _ in .scan } }

    public func scanned(text: String) {
        guard case .scan = screen else { return }
        if case .verify(let presenter) = stack.dropLast().last, presenter.state == .awaitingTestCode {
            back()
            presenter.scan(testCode: text)
        } else {
            // First, so that it comes before a link from outside that waits for the screen below.
            pendingLink = text
            back()
            takeLink()
        }
    }

    /// Takes a link that came from outside. Anybody can send one at any moment: it never takes the place of what the citizen is
    /// at, but waits until the wallet is unlocked and the citizen is through, one link at most, and no longer than until the
    /// next lock.
    public func openLink(_ text: String) {
        pendingLink = text
        takeLink()
    }

    public func refresh() {
        credentialList.refresh()
        electionList.refresh()
        ballotList.refresh()
        requestList.refresh()
        historyList.refresh()
        codesList.refresh()
    }

    public func settleBallots() { start { _ = try await $0.settleBallots() } then: { $0.readAgain() } }

    public func resumeRequests() { start { _ = try await $0.resumeRequests() } then: { $0.readAgain() } }

    public func removeCredential(id: String) { start { try $0.removeCredential(id: id) } then: { $0.readAgain() } }

    public func back() {
        guard stack.count > 1 else { return }
        navigate(to: stack.dropLast())
        if case .home = screen {
            refresh()
            takeLink()
        }
    }

    /// Waits for the verb that runs, and for the lists.
    public func settled() async {
        await running?.value
        await credentialList.settled()
        await electionList.settled()
        await ballotList.settled()
        await requestList.settled()
        await historyList.settled()
        await codesList.settled()
    }

    /// After something changed; what was locked meanwhile has nothing to read.
    private func readAgain() {
        if phase == .unlocked { refresh() }
    }

    /// The phase decides between the PIN pad and everything else.
    private func look() {
        phase = kodanik.phase()
        switch phase {
        case .locked, .noWallet, .opening:
            navigate(to: [.pin])
            clearLists()
        case .unlocked:
            guard case .pin = screen else { return }
            type { typed.forget() }
            navigate(to: [.home])
            refresh()
            takeLink()
        }
    }

    private func clearLists() {
        credentialList.clear()
        electionList.clear()
        ballotList.clear()
        requestList.clear()
        historyList.clear()
        codesList.clear()
    }

    private func takeLink() {
        guard let text = pendingLink, isFree else { return }
        pendingLink = nil
        switch kodanik.identify(text: text) {
        case .offer:
            open { wallet in
                let presenter = EnrolPresenter(try kodanik.enrol(offer: text), onClose: wallet.left)
                presenter.load()
                return .enrol(presenter)
            }
        case .presentation:
            open { wallet in
                let presenter = PresentPresenter(try kodanik.present(link: text), onClose: wallet.left)
                presenter.load()
                return .present(presenter)
            }
        case .checkCode, .promise:
            open { wallet in
                let presenter = VerifyPresenter(try kodanik.verifyBallot(code: text), onClose: wallet.left)
                presenter.load()
                return .verify(presenter)
            }
        case .testCode, .unknown:
            fault = .NotUnderstood(code: Self.linkUnknown, field: nil)
        }
    }

    /// Whether the citizen is at nothing that a link would take the place of.
    private var isFree: Bool {
        if case .pin = screen { false } else { screen.flow == nil }
    }

    private func open(_ make: (Departures) throws -> Screen) {
        do {
            let next = try make(Departures { [weak self] in self?.left($0) })
            if case .pin = screen { return }
            navigate(to: stack + [next])
        } catch {
            fault = KodanikKit.fault(of: error)
        }
    }

    /// A flow's own screen was closed.
    private func left(_ presenter: any FlowVerbs) {
        if screen.flow === presenter { back() }
    }

    /// What falls off the stack is closed, after the stack is in order.
    private func navigate(to screens: [Screen]) {
        let kept = screens.compactMap(\.flow)
        let gone = stack.compactMap(\.flow).filter { flow in !kept.contains { $0 === flow } }
        stack = screens
        gone.forEach { $0.close() }
    }

    private func type(_ change: () throws -> Void) {
        do {
            try change()
        } catch {
            fault = KodanikKit.fault(of: error)
        }
        pinLength = Int(typed.entry.length())
    }

    /// `then` is for a verb that came to its end.
    private func start(
        keepsFault: Bool = false,
        _ verb: @escaping @Sendable (Kodanik) async throws -> Void,
        then: @escaping @MainActor (WalletPresenter) -> Void = { _ in }
    ) {
        guard running == nil else { return }
        busy = true
        if !keepsFault { fault = nil }
        running = Task { [kodanik] in
            do {
                try await away(kodanik.lock) { try await verb(kodanik) }
                then(self)
            } catch {
                fault = KodanikKit.fault(of: error)
            }
            pinLength = Int(typed.entry.length())
            busy = false
            running = nil
            look()
        }
    }
}

/// How a flow's presenter tells the wallet's that it was left.
@MainActor
private struct Departures {
    let tell: (any FlowVerbs) -> Void

    init(_ tell: @escaping (any FlowVerbs) -> Void) {
        self.tell = tell
    }

    func left<Core>(_ presenter: FlowPresenter<Core>) {
        tell(presenter)
    }
}

private func wholeHistory(_ kodanik: Kodanik, page size: UInt32) throws -> [HistoryLine] {
    var lines: [HistoryLine] = []
    while true {
        let page = try kodanik.history(after: lines.last?.position ?? 0, limit: size)
        lines += page
        if page.count < Int(size) { return lines }
    }
}
