import KodanikBindings
import Observation

/// How far choosing a new PIN is.
public enum NewPin: Sendable {
    /// The two were not the same: it begins anew.
    case differed
    case first
    case second
    /// The two were the same: the wallet is being made.
    case used
}

/// A new PIN, until it was typed twice. Digits are in the core's own memory alone: what was typed first is kept there until the
/// second is compared with it.
@MainActor
@Observable
public final class TypedTwice {
    public nonisolated static let minDigits = 6
    public nonisolated static let maxDigits = 12

    public private(set) var step = NewPin.first

    /// What is being typed: a new PIN, or that of the wallet that is there.
    @ObservationIgnored public private(set) var entry = PinEntry()

    @ObservationIgnored private var first = PinEntry()

    public init() {}

    public func push(digit: UInt8) throws {
        if step != .second { step = .first }
        try entry.push(digit: digit)
    }

    /// On to the second time; true where both are the same, and `entry` is the PIN.
    public func confirm() -> Bool {
        guard step == .second else {
            swap(&first, &entry)
            entry.clear()
            step = .second
            return false
        }
        let isSame = entry.isSameAs(other: first)
        if !isSame { entry.clear() }
        first.clear()
        step = isSame ? .used : .differed
        return isSame
    }

    public func forget() {
        first.clear()
        entry.clear()
        step = .first
    }
}
