import KodanikBindings

/// What is chosen so far, by contest, and which contest is on the screen. Never saved, never printed.
public struct Choices: Unprinted, Equatable, CustomStringConvertible {
    private var chosen: [String: [String]] = [:]

    /// Which contest is on the screen, from 0.
    public var contest = 0

    public init() {}

    public var description: String { "Choices(..)" }

    /// The ids of the chosen options.
    public func of(_ contest: Contest) -> [String] {
        chosen[contest.id] ?? []
    }

    /// One option more or less; with one to choose, the new one takes the place of the old one.
    public mutating func tap(_ option: ContestOption, in contest: Contest) {
        let before = of(contest)
        if before.contains(option.id) {
            chosen[contest.id] = before.filter { $0 != option.id }
        } else if contest.max == 1 {
            chosen[contest.id] = [option.id]
        } else {
            chosen[contest.id] = before + [option.id]
        }
    }

    public mutating func clear(_ contest: Contest) {
        chosen[contest.id] = nil
    }

    /// For the core, with options in the order of the ballot.
    public func list(_ contests: [Contest]) -> [ContestChoice] {
        contests.map { contest in
            let options = of(contest)
            return ContestChoice(contest: contest.id, options: contest.options.map(\.id).filter(options.contains))
        }
    }

    /// What is left of a contest's budget.
    public func left(_ contest: Contest) -> UInt64 {
        let spent = contest.options.filter { of(contest).contains($0.id) }.reduce(UInt64(0)) { sum, option in
            let (sum, isTooMuch) = sum.addingReportingOverflow(option.cost)
            return isTooMuch ? .max : sum
        }
        return spent > contest.budget ? 0 : contest.budget - spent
    }

    /// Whether the option is within what is left.
    public func fits(_ option: ContestOption, in contest: Contest) -> Bool {
        contest.budget == 0 || contest.max == 1 || option.cost <= left(contest)
    }

    /// Whether tapping the option does something.
    public func canTap(_ option: ContestOption, in contest: Contest) -> Bool {
        let chosen = of(contest)
        return chosen.contains(option.id) || contest.max == 1 || (fits(option, in: contest) && chosen.count < Int(contest.max))
    }

    /// Whether there are some, and too few.
    public func isTooFew(_ contest: Contest) -> Bool {
        let count = of(contest).count
        return count > 0 && count < Int(contest.min)
    }
}
