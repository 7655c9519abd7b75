// What ios/App uses of UIKit; see SwiftUI.swift.

@_exported import CoreGraphics
@_exported import Foundation

public enum UIUserInterfaceStyle: Sendable { case dark, light, unspecified }
public final class UITraitCollection: NSObject, Sendable {
    public var userInterfaceStyle: UIUserInterfaceStyle { .light }
}
public final class UIColor: NSObject, Sendable {
    public convenience init(dynamicProvider: @escaping @Sendable (UITraitCollection) -> UIColor) { self.init() }
    public convenience init(red: CGFloat, green: CGFloat, blue: CGFloat, alpha: CGFloat) { self.init() }
    public static let stub = UIColor(red: 0, green: 0, blue: 0, alpha: 0)
}
public enum UIKeyboardType: Sendable { case asciiCapable, `default`, numberPad, numbersAndPunctuation, URL }

@MainActor open class CALayer: NSObject {
    public var frame = CGRect.zero
    public func addSublayer(_ layer: CALayer) {}
}
@MainActor open class UIView: NSObject {
    public init(frame: CGRect) {}
    public required init?(coder: NSCoder) { nil }
    public convenience override init() { self.init(frame: .zero) }
    public var bounds = CGRect.zero
    public let layer = CALayer()
    open func layoutSubviews() {}
}
@MainActor public final class UIApplication: NSObject {
    public struct ExtensionPointIdentifier: Equatable, Sendable {
        public static let keyboard = ExtensionPointIdentifier()
    }
}
@MainActor public protocol UIApplicationDelegate {}
