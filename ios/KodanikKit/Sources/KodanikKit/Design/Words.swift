/// The citizen's language: texts by their key, with `%1$@` where an argument goes and, in those with arguments, `%%` for a
/// percent sign. The app reads them from its String Catalog.
public struct Words: Sendable {
    private let template: @Sendable (_ key: String) -> String

    public init(_ template: @escaping @Sendable (_ key: String) -> String) {
        self.template = template
    }

    public func of(_ word: Word, _ arguments: any CustomStringConvertible...) -> String {
        let text = template(word.rawValue)
        return arguments.isEmpty ? text : filled(text, arguments.map(\.description))
    }
}

/// In one pass: an argument may look like a placeholder.
private func filled(_ text: String, _ arguments: [String]) -> String {
    var out = "", rest = Substring(text)
    while let sign = rest.firstIndex(of: "%") {
        out += rest[..<sign]
        rest = rest[rest.index(after: sign)...]
        if rest.first == "%" {
            out += "%"
            rest = rest.dropFirst()
        } else if let place = rest.first?.wholeNumberValue, rest.dropFirst().hasPrefix("$@"), (1...arguments.count).contains(place) {
            out += arguments[place - 1]
            rest = rest.dropFirst(3)
        } else {
            out += "%"
        }
    }
    return out + rest
}
