import KodanikBindings

/// A fault in the citizen's words: what happened, and what to do now.
public struct FaultText: Equatable, Sendable {
    public let happened: String
    public let now: String
}

private let codeWords = wordsByKey("fault.code.")

extension Words {
    /// By code where there are better words for it, else by variant.
    public func of(_ fault: Fault) -> FaultText {
        let key = "fault.code." + code(fault)
        guard let happened = codeWords[key], let now = codeWords[key + ".now"] else { return byVariant(fault) }
        return FaultText(happened: of(happened), now: of(now))
    }

    private func byVariant(_ fault: Fault) -> FaultText {
        switch fault {
        case .Cancelled: FaultText(happened: of(.faultCancelled), now: of(.faultCancelledNow))
        case .DeviceKey: FaultText(happened: of(.faultDeviceKey), now: of(.faultDeviceKeyNow))
        case .Expired: FaultText(happened: of(.faultExpired), now: of(.faultExpiredNow))
        case .Internal: FaultText(happened: of(.faultInternal), now: of(.faultInternalNow))
        case .Misbehaved: FaultText(happened: of(.faultMisbehaved), now: of(.faultMisbehavedNow))
        case .NotUnderstood: FaultText(happened: of(.faultNotUnderstood), now: of(.faultNotUnderstoodNow))
        case .Offline(_, _, let mayHaveArrived):
            FaultText(happened: of(.faultOffline), now: of(mayHaveArrived ? .faultOfflineMaybe : .faultOfflineNow))
        case .PinUnfit: FaultText(happened: of(.faultPinUnfit), now: of(.faultPinUnfitNow))
        case .PinWait(_, let until): FaultText(happened: of(.faultPinWait), now: of(.faultPinWaitNow, timeOfDay(until)))
        case .PinWiped: FaultText(happened: of(.faultPinWiped), now: of(.faultPinWipedNow))
        case .PinWrong(_, let triesLeft): FaultText(happened: of(.faultPinWrong), now: of(.faultPinWrongNow, triesLeft))
        case .Refused: FaultText(happened: of(.faultRefused), now: of(.faultRefusedNow))
        case .Storage: FaultText(happened: of(.faultStorage), now: of(.faultStorageNow))
        case .UnknownParty: FaultText(happened: of(.faultUnknownParty), now: of(.faultUnknownPartyNow))
        case .UpdateNeeded: FaultText(happened: of(.faultUpdateNeeded), now: of(.faultUpdateNeededNow))
        case .WrongState: FaultText(happened: of(.faultWrongState), now: of(.faultWrongStateNow))
        }
    }
}

/// The stable code (docs/errors.md).
public func code(_ fault: Fault) -> String {
    switch fault {
    case .Cancelled(let code), .DeviceKey(let code), .Expired(let code), .Internal(let code), .Misbehaved(let code, _, _),
        .NotUnderstood(let code, _), .Offline(let code, _, _), .PinUnfit(let code), .PinWait(let code, _),
        .PinWiped(let code), .PinWrong(let code, _), .Refused(let code, _, _), .Storage(let code),
        .UnknownParty(let code), .UpdateNeeded(let code), .WrongState(let code):
        code
    }
}

/// Who it is about, where it is known.
public func party(_ fault: Fault) -> String? {
    switch fault {
    case .Misbehaved(_, let party, _), .Offline(_, let party, _), .Refused(_, let party, _): party
    case .Cancelled, .DeviceKey, .Expired, .Internal, .NotUnderstood, .PinUnfit, .PinWait, .PinWiped, .PinWrong, .Storage,
        .UnknownParty, .UpdateNeeded, .WrongState:
        nil
    }
}

/// Whether the same may end better a second time.
public func mayHelpAgain(_ fault: Fault) -> Bool {
    switch fault {
    case .Cancelled, .DeviceKey, .Internal, .Offline, .PinUnfit, .PinWait, .PinWrong, .Storage, .WrongState: true
    case .Expired, .Misbehaved, .NotUnderstood, .PinWiped, .Refused, .UnknownParty, .UpdateNeeded: false
    }
}

/// Whether somebody else has to find out more; the rest is for the citizen alone to mend.
public func isForTheDesk(_ fault: Fault) -> Bool {
    switch fault {
    case .DeviceKey, .Expired, .Internal, .Misbehaved, .Refused, .Storage, .UnknownParty, .WrongState: true
    case .Cancelled, .NotUnderstood, .Offline, .PinUnfit, .PinWait, .PinWiped, .PinWrong, .UpdateNeeded: false
    }
}

/// Whether nobody did anything wrong.
public func isNobodysFault(_ fault: Fault) -> Bool {
    switch fault {
    case .Cancelled, .Offline: true
    case .DeviceKey, .Expired, .Internal, .Misbehaved, .NotUnderstood, .PinUnfit, .PinWait, .PinWiped, .PinWrong, .Refused,
        .Storage, .UnknownParty, .UpdateNeeded, .WrongState:
        false
    }
}
