/// One line of JSON as people read it.
public struct JsonLine: Equatable, Sendable {
    /// With the names of what it is in before it; empty where it has none.
    public let name: String
    public let value: String
}

/// JSON as lines, in its own order. For looking at; text that is no JSON is one line without a name.
public func jsonLines(_ text: String) -> [JsonLine] {
    var reader = JsonReader(text)
    return (try? reader.lines()) ?? [JsonLine(name: "", value: text)]
}

private struct NoJson: Error {}

private struct JsonReader {
    /// The core limits how deep an answer is; this limits what is drawn.
    private static let maxDepth = 16
    private static let escapes: [Unicode.Scalar: UInt16] = [
        "\"": 0x22, "\\": 0x5C, "/": 0x2F, "b": 8, "f": 12, "n": 10, "r": 13, "t": 9,
    ]

    private let text: [Unicode.Scalar]
    private var at = 0
    private var found: [JsonLine] = []

    init(_ text: String) {
        self.text = Array(text.unicodeScalars)
    }

    mutating func lines() throws -> [JsonLine] {
        try value([])
        skipSpace()
        guard at == text.count else { throw NoJson() }
        return found
    }

    private mutating func value(_ path: [String]) throws {
        guard path.count <= Self.maxDepth else { throw NoJson() }
        skipSpace()
        let first = try peek()
        if first == "{" {
            try between("{", "}") { reader in
                reader.skipSpace()
                let name = try reader.string()
                reader.skipSpace()
                try reader.expect(":")
                try reader.value(path + [name])
            }
        } else if first == "[" {
            try between("[", "]") { try $0.value(path) }
        } else {
            let value = first == "\"" ? try string() : try plain()
            found.append(JsonLine(name: path.map(readable).joined(separator: " · "), value: value))
        }
    }

    private mutating func between(_ open: Unicode.Scalar, _ close: Unicode.Scalar, _ part: (inout Self) throws -> Void) throws {
        try expect(open)
        skipSpace()
        guard try peek() != close else {
            at += 1
            return
        }
        while true {
            try part(&self)
            skipSpace()
            guard try peek() == "," else { break }
            at += 1
        }
        try expect(close)
    }

    private mutating func string() throws -> String {
        try expect("\"")
        var units: [UInt16] = []
        while try peek() != "\"" {
            if text[at] == "\\" {
                units.append(try escaped())
            } else {
                units.append(contentsOf: String(text[at]).utf16)
                at += 1
            }
        }
        at += 1
        return String(decoding: units, as: UTF16.self)
    }

    private mutating func escaped() throws -> UInt16 {
        at += 1
        let sign = try peek()
        at += 1
        if let plain = Self.escapes[sign] { return plain }
        guard sign == "u" else { throw NoJson() }
        let digits = text[at..<min(at + 4, text.count)]
        at += 4
        guard digits.count == 4, let unit = UInt16(String(String.UnicodeScalarView(digits)), radix: 16) else { throw NoJson() }
        return unit
    }

    private mutating func plain() throws -> String {
        let start = at
        while at < text.count, !",]} \n\r\t".unicodeScalars.contains(text[at]) { at += 1 }
        guard at > start else { throw NoJson() }
        return String(String.UnicodeScalarView(text[start..<at]))
    }

    private mutating func skipSpace() {
        while at < text.count, " \n\r\t".unicodeScalars.contains(text[at]) { at += 1 }
    }

    private func peek() throws -> Unicode.Scalar {
        guard at < text.count else { throw NoJson() }
        return text[at]
    }

    private mutating func expect(_ sign: Unicode.Scalar) throws {
        guard try peek() == sign else { throw NoJson() }
        at += 1
    }
}
