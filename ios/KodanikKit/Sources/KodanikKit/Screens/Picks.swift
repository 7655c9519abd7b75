import KodanikBindings

/// The credentials that answer a request's questions: the first of each that is needed, until the citizen takes others, or
/// gives more.
public struct Picks: Equatable, Sendable {
    private let questions: [PresentQuestion]
    private var picked: [String: [String]]

    /// Those that leave something to choose.
    public let choices: [PresentQuestion]

    public init(questions: [PresentQuestion]) {
        self.questions = questions
        choices = questions.filter { !$0.needed || $0.options.count > 1 }
        let first = questions.map { ($0.queryId, $0.needed ? $0.options.prefix(1).map(\.credential) : []) }
        picked = Dictionary(first, uniquingKeysWith: { first, _ in first })
    }

    /// The credentials that are picked for a question.
    public func of(_ question: PresentQuestion) -> [String] {
        picked[question.queryId] ?? []
    }

    /// Whether of a question's credentials exactly one is given.
    public func isSingle(_ question: PresentQuestion) -> Bool {
        question.needed && !question.multiple
    }

    /// One credential more or less; with one to give, the new one takes the place of the old one.
    public mutating func tap(_ credential: String, for question: PresentQuestion) {
        let before = of(question)
        if before.contains(credential) {
            if !isSingle(question) { picked[question.queryId] = before.filter { $0 != credential } }
        } else {
            picked[question.queryId] = question.multiple ? before + [credential] : [credential]
        }
    }

    /// Whether every question that needs one has its answer.
    public var isComplete: Bool {
        questions.allSatisfy { !$0.needed || !of($0).isEmpty }
    }

    /// What would be disclosed.
    public var claims: [String] {
        var seen = Set<String>()
        let options = questions.flatMap { question in
            question.options.filter { of(question).contains($0.credential) }
        }
        return options.flatMap(\.claims).filter { seen.insert($0).inserted }
    }

    /// For the core; nothing where there is no choice, and it takes the least.
    public var list: [Pick]? {
        if choices.isEmpty { return nil }
        return questions.map { Pick(queryId: $0.queryId, credentials: of($0)) }.filter { !$0.credentials.isEmpty }
    }
}
