// What ios/App uses of AVFoundation; see SwiftUI.swift.

import Foundation
import UIKit

public struct AVMediaType: Sendable { public static let video = AVMediaType() }
public class AVCaptureDevice: NSObject {
    public static func `default`(for type: AVMediaType) -> AVCaptureDevice? { nil }
    public static func requestAccess(for type: AVMediaType) async -> Bool { false }
}
public class AVCaptureInput: NSObject {}
public class AVCaptureOutput: NSObject {}
public class AVCaptureConnection: NSObject {}
public class AVCaptureDeviceInput: AVCaptureInput {
    public init(device: AVCaptureDevice) throws {}
}
public class AVMetadataObject: NSObject {
    public struct ObjectType: Sendable { public static let qr = ObjectType() }
}
public class AVMetadataMachineReadableCodeObject: AVMetadataObject {
    public var stringValue: String? { nil }
}
public protocol AVCaptureMetadataOutputObjectsDelegate: NSObjectProtocol {
    func metadataOutput(_ output: AVCaptureMetadataOutput, didOutput objects: [AVMetadataObject], from connection: AVCaptureConnection)
}
public class AVCaptureMetadataOutput: AVCaptureOutput {
    public func setMetadataObjectsDelegate(_ delegate: (any AVCaptureMetadataOutputObjectsDelegate)?, queue: DispatchQueue?) {}
    public var metadataObjectTypes: [AVMetadataObject.ObjectType]! = []
}
public class AVCaptureSession: NSObject {
    public func canAddInput(_ input: AVCaptureInput) -> Bool { true }
    public func canAddOutput(_ output: AVCaptureOutput) -> Bool { true }
    public func addInput(_ input: AVCaptureInput) {}
    public func addOutput(_ output: AVCaptureOutput) {}
    public func startRunning() {}
    public func stopRunning() {}
}
public struct AVLayerVideoGravity: Sendable { public static let resizeAspectFill = AVLayerVideoGravity() }
@MainActor public class AVCaptureVideoPreviewLayer: CALayer {
    public var session: AVCaptureSession?
    public var videoGravity = AVLayerVideoGravity.resizeAspectFill
}
