import Foundation
import KodanikBindings
import KodanikKit
import Testing

/// Words out of the String Catalog that the app ships.
struct WordsTests {
    private struct Catalog: Decodable {
        struct Entry: Decodable {
            struct Localization: Decodable {
                struct Unit: Decodable { let value: String }
                let stringUnit: Unit
            }
            let localizations: [String: Localization]
        }
        let strings: [String: Entry]
    }

    static let languages = ["en", "et", "ko"]

    private static let resources = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../../App/Resources").standardized

    private static func catalog(_ name: String) throws -> Catalog {
        try JSONDecoder().decode(Catalog.self, from: Data(contentsOf: resources.appending(path: name)))
    }

    private static func words(_ language: String) throws -> Words {
        let texts = try catalog("Localizable.xcstrings").strings.compactMapValues { $0.localizations[language]?.stringUnit.value }
        return Words { texts[$0] ?? "" }
    }

    @Test(arguments: languages) func everyWordIsThere(_ language: String) throws {
        let words = try Self.words(language)
        for word in Word.allCases {
            let text = words.of(word, "first", "second", "third")
            #expect(!text.isEmpty && !text.contains("$@") && !text.contains("{"), "\(word)")
        }
    }

    @Test(arguments: languages) func everyFaultHasWords(_ language: String) throws {
        let words = try Self.words(language)
        let faults: [Fault] = [
            .Cancelled(code: "c"), .DeviceKey(code: "c"), .Expired(code: "c"), .Internal(code: "c"),
            .Misbehaved(code: "c", party: "ledger", evidence: nil), .NotUnderstood(code: "c", field: nil),
            .Offline(code: "c", party: nil, mayHaveArrived: false), .Offline(code: "c", party: nil, mayHaveArrived: true),
            .PinUnfit(code: "c"), .PinWait(code: "c", until: 1_795_851_660), .PinWiped(code: "c"),
            .PinWrong(code: "c", triesLeft: 3), .Refused(code: "c", party: nil, words: nil), .Storage(code: "c"),
            .UnknownParty(code: "c"), .UpdateNeeded(code: "c"), .WrongState(code: "c"),
            .PinUnfit(code: "pin.trivial"), .NotUnderstood(code: WalletPresenter.linkUnknown, field: nil),
        ]
        let texts = faults.map { words.of($0) }
        #expect(texts.allSatisfy { !$0.happened.isEmpty && !$0.now.isEmpty && !$0.now.contains("$@") })
        #expect(texts[17] != texts[8], "a code has better words than its variant")
        #expect(texts[11].now.contains("3"))
        #expect(faults.map(code).filter { $0 == "c" }.count == 17)
        #expect(faults.compactMap(party) == ["ledger"])
    }

    @Test(arguments: languages) func theSystemsQuestionsHaveWords(_ language: String) throws {
        for (key, entry) in try Self.catalog("InfoPlist.xcstrings").strings {
            #expect(entry.localizations[language]?.stringUnit.value.isEmpty == false, "\(key)")
        }
    }

    @Test func argumentsAreFilledInOnce() {
        #expect(Words { _ in "%2$@ of %1$@, 100 %%, %3$@, 5 %" }.of(.appName, "%2$@", 7) == "7 of %2$@, 100 %, %3$@, 5 %")
        #expect(Words { _ in "100 %% %1$@" }.of(.appName) == "100 %% %1$@")
    }

    @Test func claimsHaveNames() throws {
        let words = try Self.words("en")
        #expect(!words.claim("given_name").contains("_"))
        #expect(words.claims(["shoe_size", "of.feet"]) == "Shoe size, Of feet")
    }
}
