import KodanikBindings
import KodanikKit
import SwiftUI

/// The whole app: the screen that the wallet is at, drawn from what its presenter tells.
struct KodanikApp: View {
    let wallet: WalletPresenter
    let protection: KeyProtection

    var body: some View {
        // What a screen remembers is its own, and goes with it: hence an identity for each flow.
        switch wallet.screen {
        case .pin:
            PinScreen(
                phase: wallet.phase, newPin: wallet.newPin, length: wallet.pinLength, fault: wallet.fault, busy: wallet.busy,
                verbs: wallet)
        case .home:
            HomeScreen(state: home, fault: wallet.fault, busy: wallet.busy, verbs: wallet)
        case .whoLooked:
            WhoLookedScreen(history: wallet.history, verbs: wallet)
        case .history:
            HistoryScreen(history: wallet.history, verbs: wallet)
        case .scan:
            ScanScreen(verbs: wallet)
        case .enrol(let flow):
            EnrolScreen(state: flow.state, fault: flow.fault, busy: flow.busy, verbs: flow).id(ObjectIdentifier(flow))
        case .present(let flow):
            PresentScreen(state: flow.state, fault: flow.fault, busy: flow.busy, verbs: flow).id(ObjectIdentifier(flow))
        case .vote(let flow):
            VoteScreen(state: flow.state, fault: flow.fault, busy: flow.busy, verbs: flow) {
                flow.close()
                wallet.settleBallots()
            }
            .id(ObjectIdentifier(flow))
        case .verify(let flow):
            VerifyScreen(state: flow.state, fault: flow.fault, busy: flow.busy, verbs: flow, onScan: wallet.openScan)
                .id(ObjectIdentifier(flow))
        case .services(let flow):
            ServicesScreen(state: flow.state, fault: flow.fault, busy: flow.busy, verbs: flow) { request in
                flow.close()
                wallet.openCase(request: request)
            }
            .id(ObjectIdentifier(flow))
        case .case(let flow):
            CaseScreen(state: flow.state, fault: flow.fault, busy: flow.busy, verbs: flow).id(ObjectIdentifier(flow))
        case .backup(let flow):
            BackupScreen(state: flow.state, fault: flow.fault, busy: flow.busy, verbs: flow, onNotices: wallet.openNotices)
                .id(ObjectIdentifier(flow))
        case .notices(let flow):
            NoticesScreen(state: flow.state, fault: flow.fault, busy: flow.busy, verbs: flow) {
                flow.close()
                wallet.openBackup()
            }
            .id(ObjectIdentifier(flow))
        case .recover(let flow):
            RecoverScreen(
                state: flow.state, fault: flow.fault, busy: flow.busy, verbs: flow, canReadCard: flow.canReadCard
            ) {
                flow.close()
                wallet.openBackup()
            }
            .id(ObjectIdentifier(flow))
        }
    }

    private var home: HomeState {
        HomeState(
            credentials: wallet.credentials,
            elections: wallet.elections,
            ballots: wallet.ballots,
            requests: wallet.requests,
            hasCodes: wallet.hasCodes,
            protection: protection
        )
    }
}
