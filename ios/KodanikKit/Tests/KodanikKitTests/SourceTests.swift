import Foundation
import Testing

/// Habits that the compiler does not enforce, in the kit and in the app.
struct SourceTests {
    private let ios = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..").standardized

    private func sources() throws -> [(name: String, text: String)] {
        let folders = ["KodanikKit/Sources/KodanikKit", "KodanikKit/Sources/PlatformContract", "App"]
        return try folders.flatMap { folder in
            let files = FileManager.default.enumerator(at: ios.appending(path: folder), includingPropertiesForKeys: nil)
            return try (files?.compactMap { $0 as? URL } ?? []).filter { $0.pathExtension == "swift" }.map {
                (name: $0.lastPathComponent, text: try String(contentsOf: $0, encoding: .utf8))
            }
        }
    }

    /// A new state or fault must not compile until somebody has thought of its screen.
    @Test func switchesNameEveryCase() throws {
        let sources = try sources()
        #expect(sources.count >= 8)
        for (name, text) in sources {
            for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
                let code = line.drop { $0 == " " }
                #expect(!code.hasPrefix("default:") && !code.hasPrefix("@unknown"), "\(name):\(number + 1)")
                #expect(!code.hasPrefix("case _"), "\(name):\(number + 1)")
            }
        }
    }

    /// Nothing is printed or logged, and nothing ends the app on purpose.
    @Test func nothingIsPrinted() throws {
        for (name, text) in try sources() {
            for word in ["print(", "dump(", "NSLog", "os_log", "Logger(", "debugPrint", "fatalError", "try!", "precondition"] {
                #expect(!text.contains(word), "\(name): \(word)")
            }
        }
    }
}
