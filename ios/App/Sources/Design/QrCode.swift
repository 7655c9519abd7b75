import CoreImage
import Foundation
import KodanikKit
import SwiftUI

/// A QR code, black on white by day and by night, since cameras want it so. What it says is drawn and goes nowhere else: no
/// saved state, no screen reader, no recording of the screen.
struct QrCode: View {
    private let image: CGImage?

    @Environment(\.words) private var words

    init(_ text: String) {
        image = Self.draw(text)
    }

    var body: some View {
        if let image {
            Image(decorative: image, scale: 1)
                .interpolation(.none)
                .resizable()
                .scaledToFit()
                // With the generator's own, more than the four modules of quiet of ISO/IEC 18004.
                .padding(Space.l)
                .background(Color.white)
                .frame(maxWidth: 360)
                .accessibilityElement()
                .accessibilityLabel(words.of(.a11yQr))
                .accessibilityAddTraits(.isImage)
                .notWhileCaptured()
        }
    }

    /// One pixel for each module.
    private static func draw(_ text: String) -> CGImage? {
        guard let filter = CIFilter(name: "CIQRCodeGenerator") else { return nil }
        filter.setValue(Data(text.utf8), forKey: "inputMessage")
        filter.setValue("L", forKey: "inputCorrectionLevel")
        guard let output = filter.outputImage else { return nil }
        return CIContext().createCGImage(output, from: output.extent)
    }
}

extension View {
    /// For what must not be in a recording, on another display, or in a shared screen.
    func notWhileCaptured() -> some View {
        modifier(NotWhileCaptured())
    }
}

private struct NotWhileCaptured: ViewModifier {
    @Environment(\.isSceneCaptured) private var isCaptured

    func body(content: Content) -> some View {
        content
            .opacity(isCaptured ? 0 : 1)
            .accessibilityHidden(isCaptured)
            .overlay { if isCaptured { Icon.lock.image.type(.display) } }
    }
}
