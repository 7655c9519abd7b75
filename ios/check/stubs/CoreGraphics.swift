// What ios/App uses of CoreGraphics; see SwiftUI.swift.

public final class CGImage: Sendable {}
