/// What is on the phone's screen. The names are the same on every platform. A screen with a flow holds its presenter:
/// taking it off the stack ends the flow.
@MainActor
public enum Screen {
    case pin
    case home
    case whoLooked
    case history

    /// The camera; what it reads goes to `WalletVerbs.scanned`.
    case scan

    case enrol(EnrolPresenter)
    case present(PresentPresenter)
    case vote(BallotPresenter)
    case verify(VerifyPresenter)
    case services(ServicePresenter)
    case `case`(CasePresenter)
    case backup(BackupPresenter)
    case notices(NoticesPresenter)
    case recover(RecoverPresenter)

    /// The flow of this screen, if it has one.
    public var flow: (any FlowVerbs)? {
        switch self {
        case .pin, .home, .whoLooked, .history, .scan: nil
        case .enrol(let presenter): presenter
        case .present(let presenter): presenter
        case .vote(let presenter): presenter
        case .verify(let presenter): presenter
        case .services(let presenter): presenter
        case .case(let presenter): presenter
        case .backup(let presenter): presenter
        case .notices(let presenter): presenter
        case .recover(let presenter): presenter
        }
    }
}
