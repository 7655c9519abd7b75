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

    /// What the documents promise of the app's settings. Read as text: Apple's own tools have not seen them.
    @Test func theProjectKeepsItsPromises() throws {
        let project = try String(contentsOf: ios.appending(path: "App/project.yml"), encoding: .utf8)
        for promised in [
            "default-data-protection: NSFileProtectionComplete", "applinks:$(KODANIK_LINK_HOST)", "SWIFT_VERSION: \"6.0\"",
            "CFBundleLocalizations: [en, et, ko]",
            "CFBundleURLSchemes: [openid-credential-offer, haip-vci, openid4vp, haip-vp]",
        ] {
            #expect(project.contains(promised), "\(promised)")
        }
        for refused in ["NSAllowsArbitraryLoads", "NSAppTransportSecurity", "UIBackgroundModes", "UIFileSharingEnabled"] {
            #expect(!project.contains(refused), "\(refused)")
        }
        let privacy = try Data(contentsOf: ios.appending(path: "App/Resources/PrivacyInfo.xcprivacy"))
        let manifest = try PropertyListSerialization.propertyList(from: privacy, format: nil) as? [String: Any]
        #expect(manifest?["NSPrivacyTracking"] as? Bool == false)
        #expect((manifest?["NSPrivacyCollectedDataTypes"] as? [Any])?.isEmpty == true)
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
