import Foundation
import KodanikBindings
import KodanikKit
import SwiftUI
import UIKit

@main
struct WalletApp: App {
    @UIApplicationDelegateAdaptor(WalletAppDelegate.self) private var delegate: WalletAppDelegate
    @Environment(\.scenePhase) private var scenePhase
    @State private var opened = Opened.now()

    var body: some Scene {
        WindowGroup {
            ZStack {
                switch opened {
                case .wallet(let wallet, let protection):
                    KodanikApp(wallet: wallet, protection: protection).onOpenURL { open($0, in: wallet) }
                case .not(let fault):
                    NotOpened(fault: fault) { opened = .now() }
                }
                // What the system photographs for the app switcher is this.
                if scenePhase != .active { PrivacyCover() }
            }
            .onChange(of: scenePhase) { _, phase in
                // Not when it is merely inactive: the prompt for a key makes it so.
                if phase == .background, case .wallet(let wallet, _) = opened { wallet.lock() }
            }
        }
    }
}

extension WalletApp {
    private func open(_ link: URL, in wallet: WalletPresenter) {
        wallet.openLink(textOfLink(link.absoluteString, host: Bundle.main.info("KodanikLinkHost")))
    }
}

extension Bundle {
    /// A text of Info.plist.
    fileprivate func info(_ key: String) -> String {
        object(forInfoDictionaryKey: key) as? String ?? ""
    }
}

/// The wallet of this phone, or why there is none.
enum Opened {
    case not(Fault)
    case wallet(WalletPresenter, KeyProtection)

    @MainActor
    static func now() -> Opened {
        do {
            #if targetEnvironment(simulator)
                let keys = SimulatorKeys()
            #else
                let keys = EnclaveKeys(words: .ofThisApp)
            #endif
            let secrets = KeychainSecrets()
            // The Keychain outlives the app: what an earlier installation left there belongs to nobody.
            let folder = try DataFolder.open {
                try keys.eraseAll()
                try secrets.eraseAll()
            }
            let language = Bundle.main.preferredLocalizations.first ?? "en"
            let platform = Platform(keys: keys, secrets: secrets, dataDir: folder, locale: language)
            let kodanik = try Kodanik.open(platform: platform, config: .ofThisApp)
            return .wallet(WalletPresenter(kodanik), try keys.protection())
        } catch {
            return .not(error as? Fault ?? .DeviceKey(code: "key.unavailable"))
        }
    }
}

extension Config {
    /// `KodanikGateway` of Info.plist, and the folder Trust where the app brings one.
    fileprivate static var ofThisApp: Config {
        Config(
            gateway: Bundle.main.info("KodanikGateway"),
            trust: Bundle.main.url(forResource: "Trust", withExtension: nil)?.path,
            allowLoopbackHttp: isDebug
        )
    }

    /// A gateway on the developer's own machine.
    private static var isDebug: Bool {
        #if DEBUG
            true
        #else
            false
        #endif
    }
}

private struct NotOpened: View {
    let fault: Fault
    let onRetry: @MainActor () -> Void

    @Environment(\.words) private var words

    var body: some View {
        Page(words.of(.appName)) {
            FaultPanel(fault)
        } actions: {
            MainAction(words.of(.commonRetry), action: onRetry)
        }
    }
}

private struct PrivacyCover: View {
    var body: some View {
        ZStack {
            Colours.background.ignoresSafeArea()
            Icon.lock.image.type(.display).foregroundStyle(Colours.primary)
        }
        .accessibilityHidden(true)
    }
}

final class WalletAppDelegate: NSObject, UIApplicationDelegate {
    /// No other keyboards: they could send away what is typed.
    func application(
        _ application: UIApplication,
        shouldAllowExtensionPointIdentifier identifier: UIApplication.ExtensionPointIdentifier
    ) -> Bool {
        identifier != .keyboard
    }
}
