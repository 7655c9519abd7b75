import KodanikBindings
import KodanikKit
import Testing

/// After an application, against a real gateway, which works on a case after one second and decides after three.
@MainActor
@Suite(.serialized)
struct CaseTests {
    @Test func followACaseToItsDecision() async throws {
        let playground = try await Playground.open()
        let phone = try await TestPhone.enrolled(playground)
        let request = try await phone.apply()
        phone.wallet.openCase(request: request)
        let opened = try #require(phone.case)
        await opened.settled()
        guard case .standing(let before) = opened.state else { throw TestFailure("\(opened.state)") }
        #expect(before.isOpen && before.state == .received && !before.hasDecision)
        opened.decision()
        await opened.settled()
        #expect(opened.fault == .WrongState(code: "flow.wrong_state"), "there is none yet")

        let decided = try await opened.askedUntilClosed()
        #expect(decided.state == .decided && decided.hasDecision)
        opened.decision()
        await opened.settled()
        guard case .decided(_, let provider, let decision) = opened.state else { throw TestFailure("\(opened.state)") }
        #expect(!provider.isEmpty && !jsonLines(decision).isEmpty)
        opened.back()
        await opened.settled()
        #expect(opened.state == .standing(case: decided))

        // A kept decision asks nobody.
        let prompts = phone.keys.reasons.count
        opened.decision()
        await opened.settled()
        guard case .decided(_, provider, decision) = opened.state else { throw TestFailure("\(opened.state)") }
        #expect(phone.keys.reasons.count == prompts)
        opened.close()
        guard case .stopped = opened.state else { throw TestFailure("a decision goes with the flow") }
        await phone.wallet.settled()
        #expect(isHome(phone.wallet.screen))
        let home = HomeState(requests: phone.wallet.requests, protection: .software)
        #expect(home.applications.map(\.id) == [request] && phone.wallet.requests.items.count > 1)
        #expect(!phone.keys.wasOnMain)
    }

    @Test func takeAnApplicationBack() async throws {
        let playground = try await Playground.open()
        let phone = try await TestPhone.enrolled(playground)
        let request = try await phone.apply()
        phone.wallet.openCase(request: request)
        let opened = try #require(phone.case)
        await opened.settled()

        // The citizen says no at the prompt: it stands as it did.
        phone.keys.promptFails(.Cancelled)
        opened.withdraw()
        await opened.settled()
        #expect(opened.fault == .Cancelled(code: "key.cancelled"))
        guard case .standing(let before) = opened.state, before.isOpen else { throw TestFailure("\(opened.state)") }
        phone.keys.promptFails(nil)

        opened.withdraw()
        await opened.settled()
        guard case .standing(let after) = opened.state else { throw TestFailure("\(opened.state)") }
        #expect(after.state == .withdrawn && !after.isOpen && opened.fault == nil)
        opened.ask()
        await opened.settled()
        #expect(opened.fault == .WrongState(code: "flow.wrong_state"))
        phone.wallet.back()
        await phone.wallet.settled()
        guard case .stopped = opened.state else { throw TestFailure("\(opened.state)") }
        let home = HomeState(requests: phone.wallet.requests, protection: .software)
        #expect(home.applications.map(\.progress) == [.inCase(state: .withdrawn)])

        phone.wallet.openCase(request: "no-such")
        let none = try #require(phone.case)
        await none.settled()
        #expect(none.state == .stopped(fault: .WrongState(code: "misuse.not_found"), maybeKept: false))
    }
}

extension CasePresenter {
    /// Asks until nobody works on it any more.
    fileprivate func askedUntilClosed() async throws -> CaseView {
        for _ in 0..<40 {
            ask()
            await settled()
            guard case .standing(let view) = state, fault == nil else { throw TestFailure("\(state)") }
            if !view.isOpen { return view }
            try await Task.sleep(for: .milliseconds(300))
        }
        throw TestFailure("nobody decides")
    }
}
