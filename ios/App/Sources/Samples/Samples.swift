#if DEBUG
    import KodanikBindings
    import KodanikKit

    /// Made-up states of every flow, for previews.
    enum Samples {
        /// 28 November 2026, 9:41 in Tallinn.
        private static let now: UInt64 = 1_795_851_660
        private static let aDay: UInt64 = 86_400
        private static let tracker = "yw41Pq7kmKGJWA3pcispE0fbnXhTzLr8dVu5oS2aQeY"

        static let eId = Credential(
            id: "1", name: "Personal ID", issuer: "Seoyang e-ID Office",
            claims: ["given_name", "family_name", "birthdate", "personal_administrative_number"], received: now - 40 * aDay,
            expires: now + 325 * aDay, status: .valid, statusAsOf: now)

        private static let open = Election(
            name: "city-2026", title: "City election 2026", phase: .casting, opens: now - aDay, closes: now + 2 * aDay,
            verified: true, hasCredential: false, ownBallots: 0)

        private static let allowance = ServiceRequest(
            id: "1", title: "Parental allowance", summary: "Apply for parental allowance", created: now - 3 * aDay, attempts: 1,
            progress: .inCase(state: .processing), caseOf: nil)

        static let history: [HistoryLine] = [
            line(1, .credentialReceived, "Seoyang e-ID Office", "Personal ID", [], 40),
            line(2, .presented, "Seoyang City Library", "Opening a library account", ["given_name", "family_name"], 9),
            line(3, .refused, "Tteokbokki Club", "", ["birthdate"], 8),
            line(4, .maybePresented, "Night Bus Tickets", "Checking your age", ["age_equal_or_over.18"], 3),
            line(5, .ballotCast, "log.seoyang.example", "city-2026", [], 0),
        ]

        private static func line(
            _ position: UInt64, _ kind: HistoryKind, _ party: String, _ purpose: String, _ claims: [String], _ days: UInt64
        ) -> HistoryLine {
            HistoryLine(position: position, kind: kind, party: party, purpose: purpose, claims: claims, time: now - days * aDay)
        }

        private static let library = Credential(
            id: "2", name: "Library card", issuer: "Seoyang City Library", claims: ["given_name"], received: now - 9 * aDay,
            expires: nil, status: .unlimited, statusAsOf: nil)

        /// Another one has no answer: it is told although it only asked about the first.
        private static let asked = ServiceRequest(
            id: "2", title: "Parental allowance", summary: "Get the decision", created: now, attempts: 1, progress: .unanswered,
            caseOf: "1")

        static let home = HomeState(
            credentials: Listing(items: [eId, library]), elections: Listing(items: [open]),
            requests: Listing(items: [allowance]), hasCodes: true, protection: .secureElement)

        static let troubled = HomeState(
            credentials: Listing(items: [eId]), elections: Listing(fault: offline),
            ballots: Listing(items: [
                OwnBallot(election: "city-2026", tracker: tracker, seq: 1, made: now, fate: .unanswered)
            ]),
            requests: Listing(items: [allowance, asked]), hasCodes: false, protection: .software)

        static let empty = HomeState(protection: .secureElement)

        static let offline = Fault.Offline(code: "offline.connect", party: nil, mayHaveArrived: false)
        static let refused = Fault.Refused(code: "refused.unusable", party: "west", words: "The name is too long.")
        static let wrongPin = Fault.PinWrong(code: "pin.wrong", triesLeft: 3)
        static let wait = Fault.PinWait(code: "pin.wait", until: now + 840)
        static let wiped = Fault.PinWiped(code: "pin.wiped")

        static let enrol: [EnrolStage] = [
            .loading,
            .reviewing(
                issuer: "Seoyang e-ID Office", credential: "Personal ID", needsCode: true, codeLength: 6,
                codeHint: "The letter from the office"),
            .issuing,
            .done(
                credential: eId,
                checks: [
                    .issuerKnown(name: "Seoyang e-ID Office"), .tokenBound, .whatWasOffered,
                    .credentialSigned(by: "Seoyang e-ID Office"), .keyIsOurs, .notRevoked, .other,
                ]),
            .stopped(fault: refused),
        ]

        private static let option = PresentOption(
            credential: "1", name: "Personal ID", issuer: "Seoyang e-ID Office", claims: ["given_name", "family_name"])
        private static let extra = PresentOption(
            credential: "1", name: "Personal ID", issuer: "Seoyang e-ID Office", claims: ["birthdate"])

        static let present: [PresentStage] = [
            .loading,
            .asking(
                party: "Seoyang City Library", host: "library.seoyang.example", purpose: "Opening a library account",
                claims: ["given_name", "family_name"], overAsked: ["birthdate"], missing: [],
                questions: [
                    PresentQuestion(queryId: "id", multiple: false, needed: true, options: [option, option]),
                    PresentQuestion(queryId: "extra", multiple: false, needed: false, options: [extra]),
                ], isAnswerable: true),
            .asking(
                party: "Shoe Shop", host: "shop.example", purpose: nil, claims: [], overAsked: [],
                missing: [MissingClaims(queryId: "shoes", claims: ["shoe_size"])], questions: [], isAnswerable: false),
            .sending,
            .done(party: "Seoyang City Library", claims: ["given_name"], redirect: "https://library.seoyang.example"),
            .declined,
            .stopped(fault: offline, maybeShared: true),
            .stopped(fault: offline, maybeShared: false),
        ]

        private static let mayor = Contest(
            id: "mayor", title: "Mayor", min: 1, max: 1, budget: 0,
            options: ["Kim Minji", "Park Chan", "Lee Sora"].map { ContestOption(id: $0, title: $0, cost: 0) })
        private static let projects = Contest(
            id: "projects", title: "Which projects? (10 million to spend)", min: 1, max: 3, budget: 10,
            options: [("Riverside cycle path", 6), ("Library roof", 5), ("Benches", 2)].map {
                ContestOption(id: $0.0, title: $0.0, cost: $0.1)
            })
        private static let chosen = [
            Chosen(contest: "mayor", title: "Mayor", options: ["2"], titles: ["Park Chan"]),
            Chosen(contest: "projects", title: "Which projects?", options: [], titles: []),
        ]
        private static let receipt = BallotReceipt(
            tracker: tracker, seq: 2, index: 24, logSize: 25, time: now, replaces: tracker, notByThisWallet: [tracker],
            checkUntil: now + 1800)
        private static let issuers = ["North Registry", "South Registry", "West Registry", "East Registry"].map {
            Issuer(id: $0, name: $0)
        }

        static let vote: [BallotStage] = [
            .loading,
            .notEntitled(title: "City election 2026", issuers: issuers, required: 3, styles: ["north-side", "south-side"]),
            .obtaining,
            .choosing(title: "City election 2026", contests: [mayor, projects], replacesEarlier: true),
            .confirming(chosen: chosen, replacesEarlier: true),
            .sealing,
            .sealed(promise: "kodanik:promise?election=x&tracker=\(tracker)", testsLeft: 3, replaces: tracker),
            .tested(code: "kodanik:test?\(tracker)"),
            .casting,
            .cast(receipt: receipt, checkCode: "kodanik:check?\(tracker)"),
            .cast(receipt: receipt, checkCode: nil),
            .stopped(fault: offline, maybeCast: true),
            .stopped(fault: offline, maybeCast: false),
        ]

        private static let verified = VerifiedChoice(title: "City election 2026", tracker: tracker, chosen: chosen)

        static let verify: [VerifyStage] = [
            .loading, .verifying, .awaitingTestCode, .found(ballot: verified, time: now, seq: 1), .tested(ballot: verified),
            .notFound, .superseded, .tooLate,
            .stopped(fault: .Misbehaved(code: "vote.test_other_ballot", party: nil, evidence: "other-ballot-1")),
        ]

        private static let service = Service(
            id: "EE/GOV/70008440/family", title: "Family benefits", lifeEvent: "A child is born",
            operations: [
                ServiceOperation(
                    summary: "Apply for parental allowance", claims: ["given_name"],
                    fields: [
                        FormField(name: "child_name", title: "Child's name", required: true, kind: .freeText(maxLength: 80)),
                        FormField(name: "child_born", title: "Born", required: true, kind: .day),
                        FormField(name: "months", title: "Months", required: true, kind: .wholeNumber(minimum: 1, maximum: 18)),
                        FormField(name: "twins", title: "Twins", required: false, kind: .yesNo),
                        FormField(name: "parent", title: "Who", required: true, kind: .oneOf(options: ["mother", "father"])),
                    ])
            ])

        static let services: [ServiceStage] = [
            .loading,
            .choosing(services: [service]),
            .reviewing(
                title: "Family benefits", summary: "Apply for parental allowance",
                claims: [Claim(name: "given_name", value: "Mina")], body: #"{"child_name":"Juku","months":3}"#),
            .sending,
            .answered(
                id: "1", provider: "Social Insurance Board", status: 200, body: #"{"case":"2026-17"}"#, case: .received,
                attempts: 2),
            .answered(id: "2", provider: "Social Insurance Board", status: 500, body: "{}", case: nil, attempts: 1),
            .stopped(fault: offline, kept: true),
            .stopped(fault: offline, kept: false),
        ]

        private static func view(_ state: CaseState, isOpen: Bool, hasDecision: Bool) -> CaseStage {
            .standing(
                case: CaseView(
                    title: "Family benefits", summary: "Apply for parental allowance", created: now - 3 * aDay, state: state,
                    since: now - aDay, isOpen: isOpen, hasDecision: hasDecision))
        }

        static let cases: [CaseStage] = [
            .loading,
            view(.received, isOpen: true, hasDecision: false),
            view(.processing, isOpen: true, hasDecision: false),
            view(.needsInput, isOpen: true, hasDecision: false),
            view(.decided, isOpen: false, hasDecision: true),
            view(.declined, isOpen: false, hasDecision: true),
            view(.withdrawn, isOpen: false, hasDecision: false),
            .asking,
            .fetching,
            .withdrawing,
            .decided(
                id: "3", provider: "Social Insurance Board",
                body: #"{"decision":"granted","monthly_amount":"1 200 EUR","from":"2026-12-01"}"#),
            .stopped(fault: offline, maybeKept: true),
            .stopped(fault: offline, maybeKept: false),
        ]

        private static func notice(_ id: String, _ days: UInt64, isRefused: Bool) -> RecoveryNotice {
            RecoveryNotice(id: id, begun: now - days * aDay, notBefore: now + (7 - days) * aDay, isRefused: isRefused)
        }

        static let notices: [NoticesStage] = [
            .loading,
            .asking,
            .listed(notices: [], refusedOne: false),
            .listed(notices: [notice("1", 2, isRefused: true), notice("2", 1, isRefused: false)], refusedOne: false),
            .listed(notices: [notice("1", 2, isRefused: true), notice("2", 1, isRefused: false)], refusedOne: true),
            .listed(notices: [notice("1", 2, isRefused: true)], refusedOne: true),
            .refusing,
            .stopped(fault: offline),
        ]

        private static let size = BackupSize(cases: 1, credentials: 1, evidence: 2, history: 9, leftOut: 3)

        static let backup: [BackupStage] = [
            .loading,
            .codes(
                set: "K7", codes: (1...8).map { "\($0)BCD-EFGH-JKLM-NPQR" }, revocationCode: "ZYXW-VTSR-QPNM", asked: 4,
                created: now, replacesEarlier: true),
            .storing,
            .stored(newCodes: true, size: size), .stored(newCodes: false, size: size),
            .inForce(codes: BackupCodes(set: "K7", created: now - 9 * aDay)),
            .refreshing,
            .stopped(fault: offline, newCodes: .maybeInForce),
            .stopped(fault: offline, newCodes: .notMade),
            .stopped(fault: offline, newCodes: .void),
        ]

        static let recover: [RecoverStage] = [
            .awaitingCode,
            .recovering,
            .waiting(notBefore: now + 3 * aDay),
            .recovered(made: now - aDay, size: size, requestAgain: ["Library card"], eId: eId),
            .revoking,
            .revoked,
            .stopped(fault: refused),
        ]
    }

    /// Verbs that do nothing.
    @MainActor
    final class NoVerbs: PinVerbs, WalletVerbs, EnrolVerbs, PresentVerbs, BallotVerbs, VerifyVerbs, ServiceVerbs, CaseVerbs,
        BackupVerbs, NoticesVerbs, RecoverVerbs
    {
        func push(digit: UInt8) {}
        func pop() {}
        func confirm() {}
        func unlock() {}
        func removeWiped() {}
        func openVote(election: String) {}
        func openServices() {}
        func openCase(request: String) {}
        func openBackup() {}
        func openNotices() {}
        func openRecover() {}
        func openWhoLooked() {}
        func openHistory() {}
        func openScan() {}
        func scanned(text: String) {}
        func refresh() {}
        func settleBallots() {}
        func resumeRequests() {}
        func removeCredential(id: String) {}
        func lock() {}
        func accept(code: String?) {}
        func consent(picks: [Pick]?) {}
        func decline() {}
        func obtainCredential(style: String?, without: [String]) {}
        func choose(choices: [ContestChoice]) {}
        func seal() {}
        func test() {}
        func cast() {}
        func forgetCode() {}
        func voteAgain() {}
        func scan(testCode: String) {}
        func fill(service: String, operation: UInt32, input: [String: String]) {}
        func send() {}
        func ask() {}
        func withdraw() {}
        func decision() {}
        func makeCodes() {}
        func store(askedBack: String) {}
        func refuse(id: String) {}
        func recover(code: String, withCard: Bool) {}
        func revoke(code: String) {}
        func load() {}
        func back() {}
        func dismiss() {}
        func close() {}
    }
#endif
