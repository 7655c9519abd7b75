import KodanikBindings
import KodanikKit
import Testing

/// What is kept, what is taken away, and what somebody else tries with a code, against a real gateway.
@MainActor
@Suite(.serialized)
struct BackupTests {
    @Test func removeACredential() async throws {
        let playground = try await Playground.open()
        let phone = try await TestPhone.enrolled(playground)
        let credential = try #require(phone.wallet.credentials.items.first)
        phone.wallet.removeCredential(id: credential.id)
        await phone.wallet.settled()
        #expect(phone.wallet.credentials.items.isEmpty && phone.wallet.fault == nil)
        #expect(phone.wallet.history.items.map(\.kind) == [.credentialReceived], "history keeps that it was there")
    }

    @Test func whatIsNewGoesUnderTheSameCodes() async throws {
        let playground = try await Playground.open()
        let phone = try await TestPhone.enrolled(playground)
        #expect(phone.wallet.hasCodes == false)
        let made = try await phone.backUp()
        #expect(phone.wallet.hasCodes == true)

        let backup = try await phone.openedBackup()
        guard case .inForce(let codes) = backup.state else { throw TestFailure("\(backup.state)") }
        #expect(codes.set == made.set)
        phone.keys.promptFails(.Cancelled)
        backup.refresh()
        await backup.settled()
        #expect(backup.fault == .Cancelled(code: "key.cancelled") && backup.state == .inForce(codes: codes))
        phone.keys.promptFails(nil)
        backup.refresh()
        await backup.settled()
        guard case .stored = backup.state else { throw TestFailure("\(backup.state)") }
        backup.close()

        // New ones are made, seen, and left: the old ones are good.
        let again = try await phone.openedBackup()
        again.makeCodes()
        await again.settled()
        guard case .codes(_, _, _, _, _, true) = again.state else { throw TestFailure("\(again.state)") }
        again.close()
        guard case .stopped(_, .void) = again.state else { throw TestFailure("\(again.state)") }
        let left = try await phone.openedBackup()
        #expect(left.state == .inForce(codes: codes))
        left.close()
        guard case .stopped(_, .notMade) = left.state else { throw TestFailure("\(left.state)") }
    }

    @Test func aThiefWithACodeIsStopped() async throws {
        let playground = try await Playground.open()
        let phone = try await TestPhone.enrolled(playground)
        let codes = try await phone.backUp().codes
        let backup = try await phone.openedBackup()
        phone.wallet.openNotices()
        let notices = try #require(phone.notices)
        await notices.settled()
        #expect(notices.state == .loading, "the office is asked when the citizen says so")
        notices.load()
        await notices.settled()
        #expect(notices.state == .listed(notices: [], refusedOne: false))

        let thief = try await TestPhone.start(playground)
        thief.wallet.openRecover()
        let recover = try #require(thief.recover)
        recover.recover(code: codes[0], withCard: false)
        await recover.settled()
        guard case .waiting = recover.state else { throw TestFailure("\(recover.state)") }

        notices.load()
        await notices.settled()
        guard case .listed(let found, false) = notices.state, let one = found.first else { throw TestFailure("\(notices.state)") }
        #expect(found.count == 1 && !one.isRefused && one.begun < one.notBefore)
        notices.refuse(id: "another")
        await notices.settled()
        #expect(notices.fault == .WrongState(code: "misuse.not_found") && notices.state == .listed(notices: found, refusedOne: false))
        notices.refuse(id: one.id)
        await notices.settled()
        guard case .listed(let refused, true) = notices.state else { throw TestFailure("\(notices.state)") }
        #expect(refused.map(\.isRefused) == [true] && notices.fault == nil)
        recover.recover(code: codes[0], withCard: false)
        await recover.settled()
        guard case .stopped(.Refused("refused.suspended", _, _)) = recover.state else { throw TestFailure("\(recover.state)") }

        // The way to new codes leads back to the backup that is open already.
        notices.close()
        phone.wallet.openBackup()
        #expect(phone.backup === backup)
        backup.makeCodes()
        await backup.settled()
        guard case .codes(_, let new, _, let asked, _, true) = backup.state else { throw TestFailure("\(backup.state)") }
        backup.store(askedBack: new[Int(asked) - 1])
        await backup.settled()
        guard case .stored = backup.state else { throw TestFailure("\(backup.state) \(String(describing: backup.fault))") }
        #expect(!phone.keys.wasOnMain && !thief.keys.wasOnMain)
    }

    @Test func aLostPhonesEIdIsSwitchedOff() async throws {
        let playground = try await Playground.open()
        let lost = try await TestPhone.enrolled(playground)
        let made = try await lost.backUp()
        let new = try await TestPhone.start(playground)
        new.wallet.openRecover()
        let recover = try #require(new.recover)
        recover.revoke(code: made.codes[0])
        await recover.settled()
        guard case .NotUnderstood("recovery.wrong_kind", _) = recover.fault else { throw TestFailure("\(recover.state)") }
        #expect(recover.state == .awaitingCode)
        recover.revoke(code: made.revocation)
        await recover.settled()
        #expect(recover.state == .revoked && recover.fault == nil)
        recover.close()

        new.wallet.openRecover()
        let late = try #require(new.recover)
        late.recover(code: made.codes[0], withCard: false)
        await late.settled()
        guard case .stopped(.Refused) = late.state else { throw TestFailure("\(late.state)") }
        let asked = try await playground.ask("given_name")
        let present = try await lost.present(asked)
        present.consent(picks: nil)
        await present.settled()
        #expect(try await playground.verdict(asked) != "accepted")
    }
}

extension TestPhone {
    fileprivate func openedBackup() async throws -> BackupPresenter {
        wallet.openBackup()
        guard let backup else { throw TestFailure("no backup") }
        await backup.settled()
        return backup
    }
}
