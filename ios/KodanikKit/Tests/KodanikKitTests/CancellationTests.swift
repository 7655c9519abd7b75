import Foundation
import KodanikBindings
import KodanikKit
import Testing

/// The citizen leaves in the middle.
@MainActor
@Suite(.serialized)
struct CancellationTests {
    @Test func cancellingATaskEndsTheFlow() async throws {
        let playground = try await Playground.open()
        let phone = try await TestPhone.start(playground)
        let person = try await playground.person()
        phone.keys.promptTakes(.seconds(60))
        let flow = try phone.kodanik.enrol(offer: person.offer)
        try await flow.run { try await $0.load() }
        let began = ContinuousClock.now
        let task = Task { try await flow.run { try await $0.accept(code: person.txCode) } }
        while phone.keys.reasons.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        task.cancel()
        await #expect(throws: Fault.Cancelled(code: "flow.cancelled")) { try await task.value }
        #expect(flow.state() == .stopped(fault: .Cancelled(code: "flow.cancelled")))
        #expect(ContinuousClock.now - began < .seconds(20), "nobody waits for the prompt")
        phone.keys.promptTakes(.zero)
        #expect(try await phone.kodanik.credentials().isEmpty)

        // Nothing was spent.
        try await flow.run { try await $0.load() }
        try await flow.run { try await $0.accept(code: person.txCode) }
        #expect(try await phone.kodanik.credentials().count == 1)
    }

    @Test func cancellingAtAnyMoment() async throws {
        let playground = try await Playground.open()
        let phone = try await TestPhone.enrolled(playground)
        for pause in 0..<60 {
            let flow = try phone.kodanik.ballot(election: playground.election)
            let task = Task { try await flow.run { try await $0.load() } }
            if pause > 0 { try await Task.sleep(for: .microseconds(pause * 300)) }
            task.cancel()
            do {
                try await task.value
            } catch {
                #expect(error as? Fault == .Cancelled(code: "flow.cancelled"))
                guard case .stopped(.Cancelled, false) = flow.state() else { throw TestFailure("\(flow.state())") }
            }
            // It begins anew.
            if case .stopped = flow.state() { try await flow.run { try await $0.load() } }
            guard case .notEntitled = flow.state() else { throw TestFailure("\(flow.state())") }
        }
    }

    @Test func closingEndsWhatRuns() async throws {
        let playground = try await Playground.open()
        let phone = try await TestPhone.enrolled(playground)
        let asked = try await playground.ask("given_name")
        let present = try await phone.present(asked)
        phone.keys.promptTakes(.seconds(60))
        present.consent(picks: nil)
        #expect(present.busy)
        while !phone.keys.reasons.contains(.present) { try await Task.sleep(for: .milliseconds(5)) }
        present.close()
        guard case .stopped(.Cancelled, _) = present.state else { throw TestFailure("\(present.state)") }
        await present.settled()
        #expect(!present.busy && present.fault == nil && isHome(phone.wallet.screen))
        present.load()
        #expect(!present.busy, "what is closed stays closed")
        #expect(try await playground.verdict(asked) == "pending")
        phone.keys.promptTakes(.zero)
    }

    @Test func lockingEndsWhatRuns() async throws {
        let playground = try await Playground.open()
        let phone = try await TestPhone.enrolled(playground)
        let asked = try await playground.ask("given_name")
        let present = try await phone.present(asked)
        phone.keys.promptTakes(.milliseconds(300))
        present.consent(picks: nil)
        while !phone.keys.reasons.contains(.present) { try await Task.sleep(for: .milliseconds(5)) }
        phone.wallet.lock()
        await present.settled()
        guard case .stopped(.Cancelled, _) = present.state else { throw TestFailure("\(present.state)") }
        #expect(phone.wallet.credentials.items.isEmpty && phone.wallet.history.items.isEmpty)
        phone.type()
        phone.wallet.unlock()
        await phone.wallet.settled()
        #expect(phone.wallet.phase == .unlocked && phone.wallet.credentials.items.count == 1)
    }

    @Test func aForgottenPresenterLeavesNoFlowBehind() async throws {
        let playground = try await Playground.open()
        let phone = try await TestPhone.enrolled(playground)
        let flow = try phone.kodanik.ballot(election: playground.election)
        weak var forgotten: BallotPresenter?
        do {
            let presenter = BallotPresenter(flow)
            forgotten = presenter
            presenter.load()
            await presenter.settled()
            guard case .notEntitled = flow.state() else { throw TestFailure("\(flow.state())") }
        }
        await Task.yield()
        #expect(forgotten == nil)
        guard case .stopped = flow.state() else { throw TestFailure("\(flow.state())") }
    }
}
