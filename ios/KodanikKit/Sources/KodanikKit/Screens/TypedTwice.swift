import Observation

/// A new PIN, until it was typed twice. The core takes digits one by one and tells no two entries apart, so that they are
/// compared here, and forgotten: in places that are overwritten, not in a string.
@MainActor
@Observable
public final class TypedTwice {
    public nonisolated static let minDigits = 6
    public nonisolated static let maxDigits = 12

    /// Whether the PIN is typed the second time.
    public private(set) var isSecond = false

    /// Whether the last two differed.
    public private(set) var differed = false

    /// Whether the wallet that is being opened is a new one.
    public private(set) var isUsed = false

    @ObservationIgnored private var first = [UInt8](repeating: 0, count: maxDigits)
    @ObservationIgnored private var now = [UInt8](repeating: 0, count: maxDigits)
    @ObservationIgnored private var firstLength = 0
    @ObservationIgnored private var length = 0

    public init() {}

    public func push(digit: UInt8, to verbs: any PinVerbs) {
        if length < Self.maxDigits {
            now[length] = digit
            length += 1
        }
        differed = false
        verbs.push(digit: digit)
    }

    public func pop(from verbs: any PinVerbs) {
        if length > 0 {
            length -= 1
            now[length] = 0
        }
        verbs.pop()
    }

    /// On to the second time, or to the wallet.
    public func confirm(with verbs: any PinVerbs) {
        guard isSecond else {
            (first, firstLength) = (now, length)
            wipe(&now)
            length = 0
            isSecond = true
            verbs.dismiss()
            verbs.clear()
            return
        }
        let isSame = length == firstLength && now == first
        forget()
        differed = !isSame
        isUsed = isSame
        if isSame { verbs.create() } else { verbs.clear() }
    }

    public func forget() {
        wipe(&first)
        wipe(&now)
        (firstLength, length) = (0, 0)
        isSecond = false
    }

    private func wipe(_ digits: inout [UInt8]) {
        for place in digits.indices { digits[place] = 0 }
    }
}
