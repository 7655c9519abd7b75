import Foundation
import KodanikBindings
import KodanikKit
import Testing

/// The journey of the README, through the presenters, against a real gateway.
@MainActor
@Suite(.serialized)
struct JourneyTests {
    @Test func enrolPresentAndAskAService() async throws {
        let playground = try await Playground.open()
        let phone = try await TestPhone.enrolled(playground)
        #expect(phone.wallet.credentials.items.map(\.status) == [.valid])

        let asked = try await playground.ask("given_name")
        let present = try await phone.present(asked)
        guard case .asking(_, _, _, let claims, _, let missing, _, true) = present.state else {
            throw TestFailure("\(present.state)")
        }
        #expect(claims == ["given_name"] && missing.isEmpty)
        present.consent(picks: nil)
        await present.settled()
        guard case .done(_, ["given_name"], _) = present.state else { throw TestFailure("\(present.state)") }
        #expect(try await playground.verdict(asked) == "accepted")
        present.close()
        await phone.wallet.settled()
        #expect(isHome(phone.wallet.screen))

        phone.wallet.openServices()
        let service = try #require(phone.service)
        await service.settled()
        guard case .choosing(let services) = service.state else { throw TestFailure("\(service.state)") }
        let (id, operation) = try find("Apply", in: services)
        service.fill(service: id, operation: operation, input: application(born: "soon"))
        await service.settled()
        guard case .NotUnderstood(_, "child_born") = service.fault else { throw TestFailure("no fault") }
        service.dismiss()
        #expect(service.fault == nil)
        service.fill(service: id, operation: operation, input: application(born: yesterday))
        await service.settled()
        guard case .reviewing(_, _, let sent, _) = service.state else { throw TestFailure("\(service.state)") }
        #expect(sent.contains { $0.name == "personal_administrative_number" && !$0.value.isEmpty })
        service.send()
        await service.settled()
        guard case .answered(let request, _, _, _, .received, 1) = service.state else { throw TestFailure("\(service.state)") }
        service.close()
        await phone.wallet.settled()
        #expect(phone.wallet.requests.items.map(\.id) == [request])

        let lookers = whoLooked(phone.wallet.history.items)
        #expect(lookers.count == 2 && lookers.last?.lines.map(\.kind) == [.presented])
        #expect(Set(phone.keys.reasons) == [.enrol, .present, .request])
        #expect(!phone.keys.wasOnMain)
    }

    @Test func voteCheckTestAndVoteAgain() async throws {
        let playground = try await Playground.open()
        let phone = try await TestPhone.enrolled(playground)
        let friend = try await TestPhone.start(playground)
        let ballot = try await phone.enterBooth(playground)

        // The friend scans a promise, the citizen says "test", and the phone shows what it would have cast.
        try await ballot.fillIn(option: 0)
        guard case .sealed(let promise, let testsLeft, nil) = ballot.state else { throw TestFailure("\(ballot.state)") }
        #expect(testsLeft > 0)
        let test = try await friend.scan(promise)
        #expect(test.state == .awaitingTestCode)
        ballot.test()
        await ballot.settled()
        guard case .tested(let testCode) = ballot.state else { throw TestFailure("\(ballot.state)") }
        #expect(friend.kodanik.identify(text: testCode) == .testCode)
        friend.wallet.openScan()
        friend.wallet.scanned(text: "something else")
        await test.settled()
        guard case .NotUnderstood = test.fault else { throw TestFailure("no fault") }
        #expect(test.state == .awaitingTestCode)
        friend.wallet.openScan()
        friend.wallet.scanned(text: testCode)
        await test.settled()
        guard case .tested(let promised) = test.state else { throw TestFailure("\(test.state)") }
        #expect(promised.chosen.first?.options.count == 1)
        test.close()
        ballot.back()
        await ballot.settled()

        // Cast, and checked with the friend's phone.
        try await ballot.fillIn(option: 0)
        let code = try await ballot.castSealed(replaces: false)
        let check = try await friend.scan(code)
        guard case .found(let found, _, 1) = check.state else { throw TestFailure("\(check.state)") }
        #expect(found.chosen == promised.chosen)
        check.close()

        // Voted again: the first code no longer checks.
        ballot.voteAgain()
        await ballot.settled()
        try await ballot.fillIn(option: 1)
        let later = try await ballot.castSealed(replaces: true)
        let superseded = try await friend.scan(code)
        #expect(superseded.state == .superseded)
        superseded.close()
        let latest = try await friend.scan(later)
        guard case .found(let second, _, 2) = latest.state else { throw TestFailure("\(latest.state)") }
        #expect(second.chosen != found.chosen)
        latest.close()
        guard case .stopped = latest.state else { throw TestFailure("what a ballot says goes with the flow") }

        ballot.close()
        guard case .cast(_, nil) = ballot.state else { throw TestFailure("the code goes with the flow") }
        await phone.wallet.settled()
        #expect(phone.wallet.ballots.items.map(\.seq) == [1, 2])
        #expect(phone.wallet.elections.items.map(\.ownBallots) == [2])
        #expect(phone.keys.reasons.contains(.vote))
        #expect(!phone.keys.wasOnMain && !friend.keys.wasOnMain)
    }

    @Test func backUpAndRecover() async throws {
        let playground = try await Playground.open()
        let person = try await playground.person()
        let phone = try await TestPhone.start(playground)
        try await phone.enrol(person)

        let codes = try await phone.backUp().codes
        let new = try await TestPhone.start(playground, card: TestIdCard(file: person.idCard))
        new.wallet.openRecover()
        let recover = try #require(new.recover)
        #expect(recover.canReadCard)
        recover.recover(code: "AAAA", withCard: false)
        await recover.settled()
        guard case .stopped(.NotUnderstood("recovery.code_length", _)) = recover.state else {
            throw TestFailure("\(recover.state)")
        }
        #expect(recover.fault == nil, "the state says it")
        recover.recover(code: codes[0], withCard: false)
        await recover.settled()
        guard case .waiting = recover.state else { throw TestFailure("\(recover.state)") }
        recover.recover(code: codes[0], withCard: true)
        await recover.settled()
        guard case .recovered(_, _, _, .some) = recover.state else { throw TestFailure("\(recover.state)") }
        recover.close()
        await new.wallet.settled()
        #expect(new.wallet.credentials.items.map(\.status) == [.valid])
        #expect(new.wallet.history.items.map(\.kind).contains(.recovered))
        #expect(new.wallet.hasCodes == false, "the old codes are dead")

        // The lost phone's e-ID is dead.
        let late = try await playground.ask("given_name")
        let present = try await phone.present(late)
        present.consent(picks: nil)
        await present.settled()
        #expect(try await playground.verdict(late) != "accepted")
    }
}

@MainActor
func isHome(_ screen: Screen) -> Bool {
    if case .home = screen { true } else { false }
}

/// Who is not born yet gets nothing.
private let yesterday = Date.now.addingTimeInterval(-86_400).formatted(.iso8601.year().month().day())

private func application(born: String) -> [String: String] {
    ["child_name": "Juku", "child_born": born, "months": "3"]
}

private func find(_ summary: String, in services: [Service]) throws -> (String, UInt32) {
    for service in services {
        if let at = service.operations.firstIndex(where: { $0.summary.hasPrefix(summary) }) {
            return (service.id, UInt32(at))
        }
    }
    throw TestFailure("no such service")
}

extension TestPhone {
    var present: PresentPresenter? { if case .present(let presenter) = wallet.screen { presenter } else { nil } }
    var service: ServicePresenter? { if case .services(let presenter) = wallet.screen { presenter } else { nil } }
    var ballot: BallotPresenter? { if case .vote(let presenter) = wallet.screen { presenter } else { nil } }
    var verify: VerifyPresenter? { if case .verify(let presenter) = wallet.screen { presenter } else { nil } }
    var `case`: CasePresenter? { if case .case(let presenter) = wallet.screen { presenter } else { nil } }
    var notices: NoticesPresenter? { if case .notices(let presenter) = wallet.screen { presenter } else { nil } }
    var backup: BackupPresenter? { if case .backup(let presenter) = wallet.screen { presenter } else { nil } }
    var recover: RecoverPresenter? { if case .recover(let presenter) = wallet.screen { presenter } else { nil } }

    /// Follows a relying party's link, up to its question.
    func present(_ asked: Playground.Asked) async throws -> PresentPresenter {
        wallet.openLink(asked.link)
        let present = try #require(self.present)
        await present.settled()
        return present
    }

    /// Applies for an allowance; gives the request's name.
    func apply() async throws -> String {
        wallet.openServices()
        guard let service else { throw TestFailure("no services") }
        await service.settled()
        guard case .choosing(let services) = service.state else { throw TestFailure("\(service.state)") }
        let (id, operation) = try find("Apply", in: services)
        service.fill(service: id, operation: operation, input: application(born: yesterday))
        await service.settled()
        service.send()
        await service.settled()
        guard case .answered(let request, _, _, _, .some, _) = service.state else { throw TestFailure("\(service.state)") }
        service.close()
        return request
    }

    /// Makes backup codes, and is asked one back.
    func backUp() async throws -> (set: String, codes: [String], revocation: String) {
        wallet.openBackup()
        guard let backup else { throw TestFailure("no backup") }
        await backup.settled()
        guard case .codes(let set, let codes, let revocation, let asked, _, false) = backup.state, codes.count == 8 else {
            throw TestFailure("\(backup.state)")
        }
        let place = Int(asked) - 1
        backup.store(askedBack: codes[(place + 1) % 8])
        await backup.settled()
        guard case .NotUnderstood("recovery.code_not_of_this_set", _) = backup.fault else { throw TestFailure("no fault") }
        backup.store(askedBack: codes[place])
        await backup.settled()
        guard case .stored = backup.state else { throw TestFailure("\(backup.state)") }
        backup.close()
        await wallet.settled()
        return (set, codes, revocation)
    }

    /// Opens the trial election and gets the voting credential.
    func enterBooth(_ playground: Playground) async throws -> BallotPresenter {
        wallet.openVote(election: playground.election)
        guard let ballot else { throw TestFailure("no ballot") }
        await ballot.settled()
        guard case .notEntitled = ballot.state else { throw TestFailure("\(ballot.state)") }
        // The roll is brought up to date every half second.
        for _ in 0..<20 {
            ballot.obtainCredential(style: nil, without: [])
            await ballot.settled()
            if case .choosing = ballot.state { return ballot }
            try await Task.sleep(for: .milliseconds(300))
        }
        throw TestFailure("not on the roll: \(String(describing: ballot.fault))")
    }

    /// Reads another phone's code with the camera and looks after it.
    func scan(_ code: String) async throws -> VerifyPresenter {
        wallet.openScan()
        wallet.scanned(text: code)
        guard let verify else { throw TestFailure("no check") }
        await verify.settled()
        return verify
    }
}

extension BallotPresenter {
    /// Chooses one option of each contest, confirms, and makes the ballot.
    func fillIn(option: Int) async throws {
        guard case .choosing(_, let contests, _) = state else { throw TestFailure("\(state)") }
        choose(choices: contests.map { ContestChoice(contest: $0.id, options: [$0.options[option].id]) })
        await settled()
        guard case .confirming(let chosen, _) = state, chosen.count == contests.count else { throw TestFailure("\(state)") }
        seal()
        await settled()
        guard case .sealed = state else { throw TestFailure("\(state)") }
    }

    /// Casts, and gives the checking code.
    func castSealed(replaces: Bool) async throws -> String {
        cast()
        await settled()
        guard case .cast(let receipt, .some(let code)) = state else { throw TestFailure("\(state)") }
        guard (receipt.replaces != nil) == replaces else { throw TestFailure("replaces") }
        return code
    }
}
