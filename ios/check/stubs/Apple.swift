// What Foundation has on Apple's platforms and not on Linux, as far as ios/App uses it; compiled together with the app. See
// SwiftUI.swift.

import Foundation

struct FileProtectionType {
    static let complete = FileProtectionType()
}
