import Foundation
import KodanikBindings
import KodanikKit
import Testing

/// Choices, codes and claims are drawn, never printed.
struct UnprintedTests {
    private let secret = "the secret"

    private var everything: [Any] {
        let chosen = Chosen(contest: "mayor", title: "Mayor", options: [secret], titles: [secret])
        let receipt = BallotReceipt(
            tracker: "t", seq: 1, index: 1, logSize: 2, time: 0, replaces: nil, notByThisWallet: [], checkUntil: 0)
        let ballot = VerifiedChoice(title: "", tracker: "t", chosen: [chosen])
        let line = HistoryLine(position: 1, kind: .presented, party: secret, purpose: secret, claims: [], time: 0)
        return [
            chosen, ballot, ContestChoice(contest: "mayor", options: [secret]), Claim(name: "given_name", value: secret),
            BallotStage.confirming(chosen: [chosen], replacesEarlier: false),
            BallotStage.cast(receipt: receipt, checkCode: secret), BallotStage.tested(code: secret),
            BallotStage.sealed(promise: secret, testsLeft: 1, replaces: nil),
            BackupStage.codes(
                set: "1", codes: [secret], revocationCode: secret, asked: 1, created: 0, replacesEarlier: false),
            VerifyStage.tested(ballot: ballot), VerifyStage.found(ballot: ballot, time: 0, seq: 1),
            ServiceStage.reviewing(title: "", summary: "", claims: [Claim(name: "a", value: secret)], body: secret),
            ServiceStage.answered(id: "", provider: "", status: 200, body: secret, case: nil, attempts: 1),
            CaseStage.decided(id: "", provider: "", body: secret),
            Listing(items: [line]), whoLooked([line]),
        ]
    }

    @Test func nothingPrintsASecret() {
        for value in everything {
            var dumped = ""
            dump(value, to: &dumped)
            let printed = ["\(value)", String(reflecting: value), dumped, "\([value])", "\(Optional(value) as Any)"]
            for text in printed { #expect(!text.contains(secret), "\(type(of: value))") }
        }
    }
}
