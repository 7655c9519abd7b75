import KodanikBindings
import Observation

/// A list as a screen wants it: what is known, whether more is on its way, and why the last try failed. What is listed is
/// about a citizen: it is drawn, never printed.
public struct Listing<Item: Sendable>: Sendable {
    public var items: [Item] = []
    public var isLoading = false
    public var fault: Fault?

    public init(items: [Item] = [], isLoading: Bool = false, fault: Fault? = nil) {
        self.items = items
        self.isLoading = isLoading
        self.fault = fault
    }
}

/// One list of the wallet, asked for anew by `refresh`.
@MainActor
@Observable
final class ListPresenter<Item: Sendable> {
    private(set) var state = Listing<Item>()

    @ObservationIgnored private let fetch: @Sendable () async throws -> [Item]
    @ObservationIgnored private var running: Task<Void, Never>?
    /// Which refresh is meant: a list that was cleared meanwhile stays empty.
    @ObservationIgnored private var turn = 0
    @ObservationIgnored private var askAgain = false

    init(_ fetch: @escaping @Sendable () async throws -> [Item]) {
        self.fetch = fetch
    }

    /// Asks; what is listed stays until the answer is here. While it is being asked already, asks once more afterwards: that
    /// answer may be of before the change that the caller knows of.
    func refresh() {
        askAgain = running != nil
        guard !askAgain else { return }
        state.isLoading = true
        running = Task { [turn] in
            repeat {
                askAgain = false
                let answer = await ask()
                // An answer to what was cleared meanwhile is dropped.
                guard turn == self.turn else { return }
                state = answer
                state.isLoading = askAgain
            } while askAgain
            running = nil
        }
    }

    private func ask() async -> Listing<Item> {
        do {
            return Listing(items: try await away({}, fetch))
        } catch {
            return Listing(items: state.items, fault: fault(of: error))
        }
    }

    /// Forgets what is listed.
    func clear() {
        turn += 1
        askAgain = false
        running = nil
        state = Listing()
    }

    func settled() async {
        await running?.value
    }
}

/// Somebody to whom this phone gave claims, as far as this phone's own record goes.
public struct Looker: Sendable {
    public let party: String
    /// Newest first, at least one.
    public let lines: [HistoryLine]
}

/// Who looked: everybody who got claims or may have, who looked last first.
public func whoLooked(_ history: [HistoryLine]) -> [Looker] {
    let given = history.filter { gaveClaims($0.kind) }.sorted { $0.position > $1.position }
    let byParty = Dictionary(grouping: given, by: \.party)
    var seen = Set<String>()
    return given.map(\.party).filter { seen.insert($0).inserted }.map { party in
        Looker(party: party, lines: byParty[party] ?? [])
    }
}

private func gaveClaims(_ kind: HistoryKind) -> Bool {
    switch kind {
    case .maybePresented, .presented, .serviceRequested: true
    case .backupMade, .ballotCast, .ballotRight, .credentialReceived, .other, .recovered, .refused: false
    }
}
