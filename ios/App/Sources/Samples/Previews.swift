#if DEBUG
    import KodanikBindings
    import KodanikKit
    import SwiftUI

    // Every screen in every state.

    struct PinScreenPreviews: PreviewProvider {
        static var previews: some View {
            PinScreen(phase: .noWallet, length: 4, fault: nil, busy: false, verbs: NoVerbs())
            PinScreen(phase: .locked, length: 6, fault: Samples.wrongPin, busy: false, verbs: NoVerbs())
            PinScreen(phase: .locked, length: 0, fault: Samples.wait, busy: false, verbs: NoVerbs())
            PinScreen(phase: .locked, length: 0, fault: Samples.wiped, busy: false, verbs: NoVerbs())
            PinScreen(phase: .opening, length: 0, fault: nil, busy: true, verbs: NoVerbs())
        }
    }

    struct HomeScreenPreviews: PreviewProvider {
        static var previews: some View {
            ForEach(Numbered.list([Samples.home, Samples.troubled, Samples.empty])) {
                HomeScreen(state: $0.value, fault: nil, busy: false, verbs: NoVerbs())
            }
        }
    }

    struct EnrolScreenPreviews: PreviewProvider {
        static var previews: some View {
            ForEach(Numbered.list(Samples.enrol)) {
                EnrolScreen(state: $0.value, fault: nil, busy: false, verbs: NoVerbs())
            }
        }
    }

    struct PresentScreenPreviews: PreviewProvider {
        static var previews: some View {
            ForEach(Numbered.list(Samples.present)) {
                PresentScreen(state: $0.value, fault: nil, busy: false, verbs: NoVerbs())
            }
        }
    }

    struct VoteScreenPreviews: PreviewProvider {
        static var previews: some View {
            ForEach(Numbered.list(Samples.vote)) {
                VoteScreen(state: $0.value, fault: nil, busy: false, verbs: NoVerbs(), onSettle: {})
            }
        }
    }

    struct VerifyScreenPreviews: PreviewProvider {
        static var previews: some View {
            ForEach(Numbered.list(Samples.verify)) {
                VerifyScreen(state: $0.value, fault: nil, busy: false, verbs: NoVerbs(), onScan: {})
            }
        }
    }

    struct ServicesScreenPreviews: PreviewProvider {
        static var previews: some View {
            ForEach(Numbered.list(Samples.services)) {
                ServicesScreen(state: $0.value, fault: nil, busy: false, verbs: NoVerbs())
            }
        }
    }

    struct BackupScreenPreviews: PreviewProvider {
        static var previews: some View {
            ForEach(Numbered.list(Samples.backup)) {
                BackupScreen(state: $0.value, fault: Samples.offline, busy: false, verbs: NoVerbs())
            }
        }
    }

    struct RecoverScreenPreviews: PreviewProvider {
        static var previews: some View {
            ForEach(Numbered.list(Samples.recover)) {
                RecoverScreen(
                    state: $0.value, fault: nil, busy: false, verbs: NoVerbs(), canReadCard: true, onBackup: {})
            }
        }
    }

    struct ListScreenPreviews: PreviewProvider {
        static var previews: some View {
            HistoryScreen(history: Listing(items: Samples.history), verbs: NoVerbs())
            HistoryScreen(history: Listing(fault: Samples.offline), verbs: NoVerbs())
            WhoLookedScreen(history: Listing(items: Samples.history), verbs: NoVerbs())
            WhoLookedScreen(history: Listing(), verbs: NoVerbs())
            ScanScreen(verbs: NoVerbs())
        }
    }
#endif
