// What ios/App uses of CoreImage; see SwiftUI.swift.

@_exported import CoreGraphics
import Foundation

public class CIImage: NSObject {
    public var extent: CGRect { .zero }
}
public class CIFilter: NSObject {
    public init?(name: String) {}
    public var outputImage: CIImage? { nil }
    public func setValue(_ value: Any?, forKey key: String) {}
}
public class CIContext: NSObject {
    public func createCGImage(_ image: CIImage, from: CGRect) -> CGImage? { nil }
}
