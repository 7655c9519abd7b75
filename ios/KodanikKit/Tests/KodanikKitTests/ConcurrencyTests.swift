import Foundation
import KodanikBindings
import KodanikKit
import Testing

@MainActor
@Suite(.serialized)
struct ConcurrencyTests {
    @Test func twoHundredCallsAtOnce() async throws {
        let playground = try await Playground.open()
        let phone = try await TestPhone.enrolled(playground)
        let kodanik = phone.kodanik
        let election = playground.election
        try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<200 {
                group.addTask {
                    switch number % 4 {
                    case 0: return try await kodanik.credentials().count
                    case 1: return try kodanik.history(after: 0, limit: 200).count
                    case 2: return kodanik.identify(text: "openid4vp://?x=\(number)") == .presentation ? 1 : 0
                    case _: return try await kodanik.elections().filter { $0.name == election }.count
                    }
                }
            }
            for try await count in group { #expect(count == 1) }
        }
        #expect(!phone.keys.wasOnMain)
    }

    /// Of many verbs at once on one flow, one is done and the others change nothing.
    @Test func oneVerbAtATime() async throws {
        let playground = try await Playground.open()
        let phone = try await TestPhone.enrolled(playground)
        let flow = try phone.kodanik.ballot(election: playground.election)
        let outcomes = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    do {
                        try await flow.load()
                        return true
                    } catch {
                        return error as? Fault != .WrongState(code: "flow.wrong_state")
                    }
                }
            }
            var outcomes: [Bool] = []
            for await outcome in group { outcomes.append(outcome) }
            return outcomes
        }
        #expect(outcomes.filter { $0 }.count == 1)
        guard case .notEntitled = flow.state() else { throw TestFailure("\(flow.state())") }
    }

    /// A list that is being asked for when something changes is asked for once more.
    @Test func listsAreOfAfterTheLastChange() async throws {
        let playground = try await Playground.open()
        let phone = try await TestPhone.enrolled(playground)
        for _ in 0..<50 { phone.wallet.refresh() }
        let present = try phone.kodanik.present(link: try await playground.ask("given_name").link)
        try await present.load()
        try await present.consent(picks: nil)
        phone.wallet.refresh()
        await phone.wallet.settled()
        #expect(phone.wallet.history.items.count == 2 && !phone.wallet.history.isLoading)
        #expect(phone.wallet.elections.items.count == 1 && phone.wallet.elections.fault == nil)
        phone.wallet.refresh()
        phone.wallet.lock()
        await Task.yield()
        #expect(phone.wallet.history.items.isEmpty && !phone.wallet.history.isLoading)
    }

    /// Figures for the record; they fail nothing but what is absurd.
    @Test func speed() async throws {
        let playground = try await Playground.open()
        let began = ContinuousClock.now
        let fresh = try TestPhone(gateway: playground.identified)
        #expect(fresh.kodanik.phase() == .noWallet)
        let opened = ContinuousClock.now - began

        let phone = try await TestPhone.enrolled(playground)
        let flow = try phone.kodanik.ballot(election: playground.election)
        try await flow.load()
        let rounds = 20_000
        let pulls = ContinuousClock().measure { for _ in 0..<rounds { _ = flow.state() } }
        let asked = ContinuousClock().measure { for _ in 0..<rounds { _ = phone.kodanik.phase() } }
        print("open to phase: \(opened); state(): \(perSecond(rounds, pulls))/s; phase(): \(perSecond(rounds, asked))/s")
        #expect(opened < .seconds(2) && pulls < .seconds(20))
    }

    private func perSecond(_ rounds: Int, _ time: Duration) -> Int {
        let (seconds, attoseconds) = time.components
        return Int(Double(rounds) / (Double(seconds) + Double(attoseconds) / 1e18))
    }
}
