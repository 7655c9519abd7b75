@preconcurrency import AVFoundation
import SwiftUI
import UIKit

/// Whether the camera may be used.
enum CameraAccess {
    case allowed, denied, unknown

    /// Asks the citizen the first time. A phone without a camera has the same answer as one whose owner said no.
    static func ask() async -> CameraAccess {
        guard AVCaptureDevice.default(for: .video) != nil else { return .denied }
        return await AVCaptureDevice.requestAccess(for: .video) ? .allowed : .denied
    }
}

/// The camera's picture. Tells the first QR code that it reads; no picture is kept.
struct CameraView: UIViewRepresentable {
    let found: @MainActor (String) -> Void

    func makeCoordinator() -> QrReader {
        QrReader(found)
    }

    func makeUIView(context: Context) -> PreviewView {
        let view = PreviewView()
        view.preview.videoGravity = .resizeAspectFill
        view.preview.session = context.coordinator.session
        context.coordinator.start()
        return view
    }

    func updateUIView(_ view: PreviewView, context: Context) {}

    static func dismantleUIView(_ view: PreviewView, coordinator: QrReader) {
        coordinator.stop()
    }
}

/// A view whose layer is the camera's picture.
final class PreviewView: UIView {
    let preview = AVCaptureVideoPreviewLayer()

    override init(frame: CGRect) {
        super.init(frame: frame)
        layer.addSublayer(preview)
    }

    required init?(coder: NSCoder) { nil }

    override func layoutSubviews() {
        super.layoutSubviews()
        preview.frame = bounds
    }
}

/// A camera session that looks for QR codes. Configured before it starts, then driven from its own queue, as it blocks.
final class QrReader: NSObject, AVCaptureMetadataOutputObjectsDelegate, @unchecked Sendable {
    let session = AVCaptureSession()
    private let queue = DispatchQueue(label: "org.kodanik.wallet.camera")
    private let found: @MainActor (String) -> Void

    @MainActor
    init(_ found: @escaping @MainActor (String) -> Void) {
        self.found = found
        super.init()
        configure()
    }

    func start() { queue.async { self.session.startRunning() } }

    func stop() { queue.async { self.session.stopRunning() } }

    private func configure() {
        let output = AVCaptureMetadataOutput()
        guard let device = AVCaptureDevice.default(for: .video), let input = try? AVCaptureDeviceInput(device: device),
            session.canAddInput(input), session.canAddOutput(output)
        else { return }
        session.addInput(input)
        session.addOutput(output)
        output.setMetadataObjectsDelegate(self, queue: .main)
        // Known only once the output belongs to a session.
        output.metadataObjectTypes = [.qr]
    }

    func metadataOutput(
        _ output: AVCaptureMetadataOutput,
        didOutput objects: [AVMetadataObject],
        from connection: AVCaptureConnection
    ) {
        let texts = objects.compactMap { ($0 as? AVMetadataMachineReadableCodeObject)?.stringValue }
        guard let text = texts.first else { return }
        stop()
        let found = found
        MainActor.assumeIsolated { found(text) }
    }
}
