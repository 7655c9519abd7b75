import KodanikBindings

/// The credentials that answer a request's questions: the first of each, until the citizen takes others.
public struct Picks: Equatable, Sendable {
    private let questions: [PresentQuestion]
    private var picked: [String: [String]]

    /// Whether there is something to choose, and the first of each question is what the core would take by itself. Where a
    /// request has questions that need no answer, the core's own choice is the least one, and stays.
    public let canChoose: Bool

    /// `claims` are those of the least answer.
    public init(questions: [PresentQuestion], claims: [String]) {
        self.questions = questions
        picked = Dictionary(
            questions.map { ($0.queryId, $0.options.prefix(1).map(\.credential)) }, uniquingKeysWith: { first, _ in first })
        canChoose =
            questions.contains { $0.options.count > 1 } && Set(disclosed(questions, picked)) == Set(claims)
    }

    /// The credentials that are picked for a question.
    public func of(_ question: PresentQuestion) -> [String] {
        picked[question.queryId] ?? []
    }

    /// One credential more or less; with one to give, the new one takes the place of the old one.
    public mutating func tap(_ credential: String, for question: PresentQuestion) {
        let before = of(question)
        if !question.multiple {
            picked[question.queryId] = [credential]
        } else if before.contains(credential) {
            picked[question.queryId] = before.filter { $0 != credential }
        } else {
            picked[question.queryId] = before + [credential]
        }
    }

    /// Whether every question has its answer.
    public var isComplete: Bool {
        !canChoose || questions.allSatisfy { !of($0).isEmpty }
    }

    /// What would be disclosed.
    public var claims: [String] {
        disclosed(questions, picked)
    }

    /// For the core; nothing where it chooses.
    public var list: [Pick]? {
        canChoose ? questions.map { Pick(queryId: $0.queryId, credentials: of($0)) } : nil
    }
}

private func disclosed(_ questions: [PresentQuestion], _ picked: [String: [String]]) -> [String] {
    var seen = Set<String>()
    let options = questions.flatMap { question in
        question.options.filter { picked[question.queryId]?.contains($0.credential) == true }
    }
    return options.flatMap(\.claims).filter { seen.insert($0).inserted }
}
