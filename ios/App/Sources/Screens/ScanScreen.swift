import Foundation
import KodanikKit
import SwiftUI

/// The camera, and a link for who has none, or cannot aim one.
struct ScanScreen: View {
    let verbs: any WalletVerbs

    @Environment(\.words) private var words
    @State private var isTyping = false
    @State private var link = ""
    @State private var camera = CameraAccess.unknown

    var body: some View {
        Page(words.of(.scanTitle), onBack: verbs.back) {
            if isTyping {
                Typing(words.of(.scanField), text: $link, keyboard: .URL)
            } else {
                switch camera {
                case .unknown:
                    Working(words.of(.commonMoment))
                case .denied:
                    Notice(.problem, words.of(.scanNoCamera), words.of(.scanNoCameraText))
                case .allowed:
                    Running(words.of(.scanText))
                    CameraView(found: verbs.scanned)
                        .aspectRatio(3 / 4, contentMode: .fit)
                        .clipShape(RoundedRectangle(cornerRadius: Corner.l))
                        .accessibilityElement()
                        .accessibilityLabel(words.of(.a11yCamera))
                }
            }
        } actions: {
            if isTyping {
                MainAction(words.of(.scanOpen), enabled: !typed.isEmpty) { verbs.scanned(text: typed) }
            } else {
                OtherAction(words.of(.scanPaste)) { isTyping = true }
            }
        }
        .task { camera = await CameraAccess.ask() }
    }

    private var typed: String { link.trimmingCharacters(in: .whitespacesAndNewlines) }
}
