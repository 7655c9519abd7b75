import Foundation

private let claimWords = wordsByKey("claim.")

/// Words whose key begins so, by their key.
func wordsByKey(_ prefix: String) -> [String: Word] {
    let found = Word.allCases.filter { $0.rawValue.hasPrefix(prefix) }
    return Dictionary(uniqueKeysWithValues: found.map { ($0.rawValue, $0) })
}

extension Words {
    /// What people call a claim: `given_name`, `age_equal_or_over.18`. One without a word of ours is shown as it is called.
    public func claim(_ name: String) -> String {
        claimWords["claim." + name.replacingOccurrences(of: ".", with: "_")].map { of($0) } ?? readable(name)
    }

    public func claims(_ names: [String]) -> String {
        names.map(claim).joined(separator: ", ")
    }
}

/// A name out of a protocol, as near to words as can be without knowing it.
public func readable(_ name: String) -> String {
    let text = name.replacingOccurrences(of: "_", with: " ").replacingOccurrences(of: ".", with: " ")
    return text.prefix(1).uppercased() + text.dropFirst()
}

/// A number that is compared sign by sign, in groups of four.
public func grouped(_ number: String) -> String {
    groups(Array(number), of: 4).map { String($0) }.joined(separator: " ")
}

/// A code that is copied from the screen, three groups to a row; where that is too wide, it breaks between groups.
public func inRows(_ code: String) -> String {
    groups(code.split(separator: "-", omittingEmptySubsequences: false), of: 3)
        .map { $0.joined(separator: "-\u{200B}") }
        .joined(separator: "-\n")
}

private func groups<Element>(_ elements: [Element], of size: Int) -> [ArraySlice<Element>] {
    stride(from: 0, to: elements.count, by: size).map { elements[$0..<Swift.min($0 + size, elements.count)] }
}
