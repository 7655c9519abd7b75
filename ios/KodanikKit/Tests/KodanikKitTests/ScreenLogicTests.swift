import KodanikBindings
import KodanikKit
import Testing

/// What screens decide by themselves.
@MainActor
struct ScreenLogicTests {
    private func contest(max: UInt32, min: UInt32 = 1, budget: UInt64 = 0) -> Contest {
        let options = (1...4).map { ContestOption(id: "\($0)", title: "\($0)", cost: UInt64($0)) }
        return Contest(id: "c", title: "C", min: min, max: max, budget: budget, options: options)
    }

    @Test func oneOfSeveral() {
        let contest = contest(max: 1)
        var choices = Choices()
        choices.tap(contest.options[0], in: contest)
        choices.tap(contest.options[2], in: contest)
        #expect(choices.of(contest) == ["3"])
        choices.tap(contest.options[2], in: contest)
        #expect(choices.of(contest).isEmpty, "tapped again, it is taken back")
        #expect(choices.list([contest]).first?.options == [])
    }

    @Test func severalWithinABudget() {
        let contest = contest(max: 3, min: 2, budget: 6)
        var choices = Choices()
        choices.tap(contest.options[3], in: contest)
        #expect(choices.left(contest) == 2 && choices.isTooFew(contest))
        #expect(!choices.canTap(contest.options[2], in: contest) && choices.canTap(contest.options[1], in: contest))
        choices.tap(contest.options[1], in: contest)
        #expect(choices.left(contest) == 0 && !choices.isTooFew(contest))
        #expect(choices.canTap(contest.options[3], in: contest), "what is chosen can be taken back")
        #expect(choices.list([contest]).first?.options == ["2", "4"], "in the order of the ballot")
        choices.clear(contest)
        #expect(choices.left(contest) == 6 && "\(choices)" == "Choices(..)")
    }

    @Test func aNewPinIsTypedTwice() throws {
        let typed = TypedTwice()
        try type([1, 2, 3, 4, 5, 6], typed)
        #expect(!typed.confirm() && typed.step == .second && typed.entry.length() == 0)
        try type([1, 2, 3, 4, 5, 7], typed)
        #expect(!typed.confirm() && typed.step == .differed && typed.entry.length() == 0)
        try type([1, 2, 3, 4, 5, 6, 7], typed)
        #expect(typed.step == .first)
        typed.entry.pop()
        #expect(!typed.confirm())
        try type([1, 2, 3, 4, 5, 6], typed)
        #expect(typed.confirm() && typed.step == .used && typed.entry.length() == 6)
    }

    @Test func aForgottenPinIsNotHalfOfANewOne() throws {
        let typed = TypedTwice()
        try type([1, 2, 3, 4, 5, 6], typed)
        #expect(!typed.confirm())
        try type([1, 2], typed)
        typed.forget()
        #expect(typed.step == .first && typed.entry.length() == 0)
        try type([1, 2, 3, 4, 5, 6], typed)
        #expect(!typed.confirm(), "it is the first time again")
        // Shorter by what was typed first: never the same.
        #expect(!typed.confirm() && typed.step == .differed)
    }

    private func type(_ digits: [UInt8], _ typed: TypedTwice) throws {
        for digit in digits { try typed.push(digit: digit) }
    }

    @Test func whatHomeTells() {
        let card = Credential(
            id: "1", name: "e-ID", issuer: "Office", claims: [], received: 0, expires: nil, status: .valid, statusAsOf: nil)
        func state(_ hasCodes: Bool?) -> HomeState {
            HomeState(credentials: Listing(items: [card]), hasCodes: hasCodes, protection: .secureElement)
        }
        #expect(state(false).lacksBackup && !state(true).lacksBackup)
        #expect(!state(nil).lacksBackup && !state(nil).isUnprotected, "what is not known is not told")
        #expect(!HomeState(hasCodes: false, protection: .software).lacksBackup, "there is nothing to back up")
        let lost = OwnBallot(election: "e", tracker: "t", seq: 1, made: 0, fate: .unanswered)
        #expect(HomeState(ballots: Listing(items: [lost]), protection: .software).hasOpenBallot)
        func request(_ id: String, _ progress: ServiceProgress, about caseOf: String? = nil) -> ServiceRequest {
            ServiceRequest(id: id, title: "", summary: "", created: 0, attempts: 1, progress: progress, caseOf: caseOf)
        }
        let kept = HomeState(
            requests: Listing(items: [
                request("1", .inCase(state: .processing)), request("2", .finished(status: 200), about: "1"),
                request("3", .unanswered, about: "1"), request("4", .finished(status: 200)),
                request("5", .inCase(state: .withdrawn), about: "1"),
            ]), protection: .software)
        #expect(kept.hasOpenRequest)
        #expect(kept.applications.map(\.id) == ["4", "3", "1"])
    }

    @Test func whatIsPickedForARequest() {
        func option(_ credential: String, _ claims: [String]) -> PresentOption {
            PresentOption(credential: credential, name: credential, issuer: "", claims: claims)
        }
        let name = PresentQuestion(
            queryId: "name", multiple: false, needed: true,
            options: [option("1", ["given_name"]), option("2", ["given_name", "title"])])
        let cards = PresentQuestion(
            queryId: "cards", multiple: true, needed: true, options: [option("3", ["number"]), option("4", ["number"])])
        var picks = Picks(questions: [name, cards])
        #expect(picks.choices == [name, cards] && picks.isComplete)
        picks.tap("2", for: name)
        #expect(picks.claims == ["given_name", "title", "number"])
        picks.tap("4", for: cards)
        picks.tap("3", for: cards)
        #expect(picks.list == [Pick(queryId: "name", credentials: ["2"]), Pick(queryId: "cards", credentials: ["4"])])
        picks.tap("4", for: cards)
        #expect(!picks.isComplete)
        let sure = PresentQuestion(queryId: "sure", multiple: false, needed: true, options: [option("5", ["given_name"])])
        #expect(Picks(questions: [sure]).list == nil && Picks(questions: []).list == nil, "nothing to choose")
        let extra = PresentQuestion(queryId: "extra", multiple: false, needed: false, options: [option("5", ["birthdate"])])
        var more = Picks(questions: [sure, extra])
        #expect(more.choices == [extra] && more.claims == ["given_name"] && more.isComplete, "nobody gives more unasked")
        #expect(more.list == [Pick(queryId: "sure", credentials: ["5"])])
        more.tap("5", for: extra)
        #expect(more.claims == ["given_name", "birthdate"] && more.list?.count == 2)
        more.tap("5", for: extra)
        #expect(more.claims == ["given_name"] && more.list?.count == 1 && more.isComplete)
        more.tap("5", for: sure)
        #expect(more.isComplete, "what is needed is not taken away")
    }

    @Test func linksOfOurHostAreWhatTheirSchemesAre() {
        let host = "wallet.example"
        #expect(textOfLink("https://wallet.example/offer?a=b%20c#d", host: host) == "openid-credential-offer://?a=b%20c#d")
        #expect(textOfLink("https://wallet.example/present?x", host: host) == "openid4vp://?x")
        for other in ["https://wallet.example/check?x", "https://other.example/offer?x", "openid4vp://?x", "", "https://wallet.example"] {
            #expect(textOfLink(other, host: host) == other)
        }
    }

    @Test func numbersAndCodesInGroups() {
        #expect(grouped("abcdefghij") == "abcd efgh ij" && grouped("") == "")
        #expect(inRows("A-B-C-D") == "A-\u{200B}B-\u{200B}C-\nD" && inRows("A") == "A")
    }

    @Test func jsonIsReadInItsOrder() {
        let text = #"{"b_c": {"d": "\u00e4 \"x\"\n\ud83d\ude00", "a": [1, true]}, "z": [], "y": {}, "last": null}"#
        let lines = jsonLines(text)
        #expect(lines.map(\.name) == ["B c · D", "B c · A", "B c · A", "Last"])
        #expect(lines.map(\.value) == ["ä \"x\"\n😀", "1", "true", "null"])
        for bad in ["{", "{\"a\":}", "[1", "\"\\x\"", "{} x", String(repeating: "[{\"a\":", count: 40)] {
            #expect(jsonLines(bad).map(\.value) == [bad], "\(bad)")
        }
    }
}
