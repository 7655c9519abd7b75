import KodanikBindings

/// What home shows: the wallet's lists, as they are known.
public struct HomeState: Sendable {
    public var credentials: Listing<Credential>
    public var elections: Listing<Election>
    public var ballots: Listing<OwnBallot>
    public var requests: Listing<ServiceRequest>
    public var history: Listing<HistoryLine>
    /// What keeps this phone's keys.
    public var protection: KeyProtection

    public init(
        credentials: Listing<Credential> = Listing(),
        elections: Listing<Election> = Listing(),
        ballots: Listing<OwnBallot> = Listing(),
        requests: Listing<ServiceRequest> = Listing(),
        history: Listing<HistoryLine> = Listing(),
        protection: KeyProtection
    ) {
        self.credentials = credentials
        self.elections = elections
        self.ballots = ballots
        self.requests = requests
        self.history = history
        self.protection = protection
    }

    /// Whether a ballot's answer was lost.
    public var hasOpenBallot: Bool {
        ballots.items.contains { ballot in
            switch ballot.fate {
            case .onBoard, .turnedDown: false
            case .unanswered: true
            }
        }
    }

    /// Whether a request's answer was lost.
    public var hasOpenRequest: Bool {
        requests.items.contains { request in
            switch request.progress {
            case .finished, .inCase: false
            case .unanswered: true
            }
        }
    }

    /// As history tells it: recovering kills the codes of the old set.
    public var lacksBackup: Bool {
        guard !credentials.items.isEmpty, !history.items.isEmpty else { return false }
        return history.items.last { $0.kind == .backupMade || $0.kind == .recovered }?.kind != .backupMade
    }

    /// Whether the keys lie in files.
    public var isUnprotected: Bool {
        switch protection {
        case .software: true
        case .secureElement, .trustedEnvironment: false
        }
    }
}
