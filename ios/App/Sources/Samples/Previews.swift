#if DEBUG
    import KodanikBindings
    import KodanikKit
    import SwiftUI

    // Every screen in every state.

    struct PinScreenPreviews: PreviewProvider {
        static var previews: some View {
            pin(.noWallet, length: 4)
            pin(.noWallet, .second, length: 2)
            pin(.noWallet, .differed)
            pin(.locked, length: 6, fault: Samples.wrongPin)
            pin(.locked, fault: Samples.wait)
            pin(.locked, fault: Samples.wiped)
            pin(.opening, busy: true)
            pin(.opening, .used, busy: true)
        }

        private static func pin(
            _ phase: Phase, _ newPin: NewPin = .first, length: Int = 0, fault: Fault? = nil, busy: Bool = false
        ) -> some View {
            PinScreen(phase: phase, newPin: newPin, length: length, fault: fault, busy: busy, verbs: NoVerbs())
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
                ServicesScreen(state: $0.value, fault: nil, busy: false, verbs: NoVerbs(), onCase: { _ in })
            }
        }
    }

    struct CaseScreenPreviews: PreviewProvider {
        static var previews: some View {
            ForEach(Numbered.list(Samples.cases)) {
                CaseScreen(state: $0.value, fault: nil, busy: false, verbs: NoVerbs())
            }
        }
    }

    struct BackupScreenPreviews: PreviewProvider {
        static var previews: some View {
            ForEach(Numbered.list(Samples.backup)) {
                BackupScreen(state: $0.value, fault: Samples.offline, busy: false, verbs: NoVerbs(), onNotices: {})
            }
        }
    }

    struct NoticesScreenPreviews: PreviewProvider {
        static var previews: some View {
            ForEach(Numbered.list(Samples.notices)) {
                NoticesScreen(state: $0.value, fault: nil, busy: false, verbs: NoVerbs(), onBackup: {})
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
