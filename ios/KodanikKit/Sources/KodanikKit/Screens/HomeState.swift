import KodanikBindings

/// What home shows: the wallet's lists, as they are known.
public struct HomeState: Sendable {
    public var credentials: Listing<Credential>
    public var elections: Listing<Election>
    public var ballots: Listing<OwnBallot>
    public var requests: Listing<ServiceRequest>
    /// Whether backup codes are in force; nothing until it is known.
    public var hasCodes: Bool?
    /// What keeps this phone's keys.
    public var protection: KeyProtection

    public init(
        credentials: Listing<Credential> = Listing(),
        elections: Listing<Election> = Listing(),
        ballots: Listing<OwnBallot> = Listing(),
        requests: Listing<ServiceRequest> = Listing(),
        hasCodes: Bool? = nil,
        protection: KeyProtection
    ) {
        self.credentials = credentials
        self.elections = elections
        self.ballots = ballots
        self.requests = requests
        self.hasCodes = hasCodes
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

    /// Recovering kills the codes of the old set: then, too.
    public var lacksBackup: Bool { !credentials.items.isEmpty && hasCodes == false }

    /// What was applied for, newest first. What only asked about a case is part of it, unless its answer was lost.
    public var applications: [ServiceRequest] {
        requests.items.reversed().filter { request in
            switch request.progress {
            case .finished, .inCase: request.caseOf == nil
            case .unanswered: true
            }
        }
    }

    /// Whether the keys lie in files.
    public var isUnprotected: Bool {
        switch protection {
        case .software: true
        case .secureElement, .trustedEnvironment: false
        }
    }
}
