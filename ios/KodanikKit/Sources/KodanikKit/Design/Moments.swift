import Foundation

/// Unix seconds as the phone's language writes a day.
public func day(_ seconds: UInt64) -> String {
    date(seconds).formatted(date: .abbreviated, time: .omitted)
}

/// Unix seconds as the phone's language writes a day and a time.
public func moment(_ seconds: UInt64) -> String {
    date(seconds).formatted(date: .abbreviated, time: .shortened)
}

/// Unix seconds as the phone's language writes a time of day.
public func timeOfDay(_ seconds: UInt64) -> String {
    date(seconds).formatted(date: .omitted, time: .shortened)
}

private func date(_ seconds: UInt64) -> Date {
    Date(timeIntervalSince1970: TimeInterval(seconds))
}
