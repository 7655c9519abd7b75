import Foundation
import KodanikBindings
import KodanikKit
import Testing

/// Errors arrive by type, in both directions.
@MainActor
@Suite(.serialized)
struct FaultTests {
    @Test func thePinPad() async throws {
        let playground = try await Playground.open()
        let phone = try TestPhone(gateway: playground.identified)
        let wallet = phone.wallet
        #expect(wallet.phase == .noWallet)
        phone.type([1, 2, 3, 4, 5, 6])
        #expect(wallet.pinLength == 6)
        wallet.pop()
        #expect(wallet.pinLength == 5)
        (0..<6).forEach { _ in wallet.pop() }
        #expect(wallet.pinLength == 0)
        phone.type(Array(repeating: 1, count: 13))
        guard case .PinUnfit = wallet.fault else { throw TestFailure("the 13th digit") }
        (0..<12).forEach { _ in wallet.pop() }

        phone.choosePin([1, 2, 3, 4, 5, 6])
        await wallet.settled()
        guard case .PinUnfit("pin.trivial") = wallet.fault else { throw TestFailure("a trivial PIN") }
        #expect(wallet.pinLength == 0 && !wallet.busy && wallet.phase == .noWallet)

        phone.type()
        wallet.confirm()
        #expect(wallet.newPin == .second && wallet.pinLength == 0 && wallet.fault == nil)
        phone.type([2, 8, 4, 9, 1, 8])
        wallet.confirm()
        #expect(wallet.newPin == .differed && wallet.pinLength == 0 && !wallet.busy)
        phone.type()
        wallet.confirm()
        wallet.lock()
        #expect(wallet.newPin == .first, "what was typed first does not outlive the lock")
        phone.choosePin()
        #expect(wallet.busy && wallet.newPin == .used)
        wallet.confirm()
        await wallet.settled()
        #expect(wallet.fault == nil && wallet.phase == .unlocked && isHome(wallet.screen))

        wallet.lock()
        #expect(wallet.phase == .locked)
        if case .pin = wallet.screen {} else { throw TestFailure("locked") }
        phone.type([2, 8, 4, 9, 1, 8])
        wallet.unlock()
        await wallet.settled()
        guard case .PinWrong(_, 9) = wallet.fault else { throw TestFailure("a wrong PIN: \(String(describing: wallet.fault))") }
        phone.type()
        wallet.unlock()
        await wallet.settled()
        #expect(wallet.phase == .unlocked)
    }

    @Test func tenWrongPinsMakeRoomForANewWallet() async throws {
        let playground = try await Playground.open()
        let phone = try await TestPhone.enrolled(playground)
        let wallet = phone.wallet
        wallet.removeWiped()
        await wallet.settled()
        guard case .WrongState = wallet.fault else { throw TestFailure("a wallet that is good was removed") }
        wallet.dismiss()
        wallet.lock()
        phone.secrets.nineWrongPins()
        phone.type([2, 8, 4, 9, 1, 8])
        wallet.unlock()
        await wallet.settled()
        guard case .PinWiped = wallet.fault else { throw TestFailure("\(String(describing: wallet.fault))") }
        phone.type()
        wallet.unlock()
        await wallet.settled()
        guard case .PinWiped = wallet.fault, wallet.phase == .locked else { throw TestFailure("the right PIN is too late") }
        wallet.removeWiped()
        guard case .PinWiped = wallet.fault, wallet.busy else { throw TestFailure("the fault is told until there is room") }
        await wallet.settled()
        #expect(wallet.phase == .noWallet && wallet.fault == nil && wallet.newPin == .first)
        phone.choosePin()
        await wallet.settled()
        #expect(wallet.phase == .unlocked && isHome(wallet.screen) && wallet.credentials.items.isEmpty)
    }

    @Test func nobodyAnswers() async throws {
        let phone = try TestPhone(gateway: "http://127.0.0.1:1")
        phone.choosePin()
        await phone.wallet.settled()
        guard case .Offline(_, nil, false) = phone.wallet.fault else { throw TestFailure("offline") }
        #expect(throws: Fault.NotUnderstood(code: "address.malformed", field: nil)) {
            try TestPhone(gateway: "nowhere")
        }
    }

    @Test func theKeyStoreSaysNoOrBreaks() async throws {
        let playground = try await Playground.open()
        let phone = try await TestPhone.start(playground)
        let person = try await playground.person()
        phone.wallet.openLink(person.offer)
        guard case .enrol(let enrol) = phone.wallet.screen else { throw TestFailure("no enrolment") }
        await enrol.settled()
        for (thrown, expected) in [
            (KeyFault.Cancelled, Fault.Cancelled(code: "key.cancelled")),
            (.Unavailable, .DeviceKey(code: "key.unavailable")),
            (.Damaged, .DeviceKey(code: "key.damaged")),
        ] {
            phone.keys.promptFails(thrown)
            enrol.accept(code: person.txCode)
            await enrol.settled()
            #expect(enrol.state == .stopped(fault: expected))
            #expect(enrol.fault == nil, "the state says it")
            enrol.load()
            await enrol.settled()
        }
        phone.keys.promptFails(nil)
        enrol.accept(code: "000000" == person.txCode ? "000001" : "000000")
        await enrol.settled()
        guard case .stopped(.Refused("refused.invalid_grant", _, _)) = enrol.state else { throw TestFailure("\(enrol.state)") }
    }

    @Test func theSecretStoreBreaks() async throws {
        let playground = try await Playground.open()
        let phone = try await TestPhone.enrolled(playground)
        let asked = try await playground.ask("given_name")
        let present = try await phone.present(asked)
        phone.secrets.fail(.Unavailable)
        present.consent(picks: nil)
        await present.settled()
        guard case .stopped(.DeviceKey("store.platform"), true) = present.state else { throw TestFailure("\(present.state)") }
        phone.secrets.fail(nil)
    }

    @Test func outOfOrderNothingHappens() async throws {
        let playground = try await Playground.open()
        let phone = try await TestPhone.enrolled(playground)
        phone.wallet.openVote(election: playground.election)
        let ballot = try #require(phone.ballot)
        await ballot.settled()
        ballot.cast()
        await ballot.settled()
        #expect(ballot.fault == .WrongState(code: "flow.wrong_state"))
        ballot.back()
        await ballot.settled()
        #expect(ballot.fault == .WrongState(code: "flow.wrong_state"))
        ballot.dismiss()
        ballot.close()

        phone.wallet.openVote(election: "no-such")
        let none = try #require(phone.ballot)
        await none.settled()
        guard case .stopped(.WrongState("vote.no_such_election"), false) = none.state else { throw TestFailure("\(none.state)") }
        phone.wallet.back()

        phone.wallet.lock()
        #expect(throws: Fault.WrongState(code: "flow.locked")) { try phone.kodanik.history(after: 0, limit: 1) }
        phone.wallet.openServices()
        #expect(phone.wallet.fault == .WrongState(code: "flow.locked"))
    }

    @Test func linksWaitForTheCitizen() async throws {
        let playground = try await Playground.open()
        let phone = try await TestPhone.enrolled(playground)
        let wallet = phone.wallet
        let asked = try await playground.ask("given_name")
        wallet.lock()
        wallet.openLink(asked.link)
        if case .pin = wallet.screen {} else { throw TestFailure("a link opens nothing that is locked") }
        phone.type()
        wallet.unlock()
        await wallet.settled()
        let present = try #require(phone.present)
        await present.settled()

        wallet.openLink("https://example.org")
        #expect(phone.present === present && wallet.fault == nil, "a link takes nobody's place")
        present.decline()
        await present.settled()
        #expect(present.state == .declined)
        wallet.back()
        #expect(wallet.fault == .NotUnderstood(code: WalletPresenter.linkUnknown, field: nil))
        #expect(isHome(wallet.screen))

        let scanned = try await playground.ask("birthdate")
        wallet.scanned(text: scanned.link)
        #expect(isHome(wallet.screen), "nobody scans")
        wallet.openScan()
        wallet.scanned(text: scanned.link)
        let second = try #require(phone.present)
        await second.settled()
        guard case .asking(_, _, _, ["birthdate"], _, _, _, _) = second.state else { throw TestFailure("\(second.state)") }
        wallet.openLink(asked.link)
        wallet.lock()
        phone.type()
        wallet.unlock()
        await wallet.settled()
        #expect(isHome(wallet.screen), "a link does not outlive the lock")
    }
}
