package org.kodanik.kit

/** What is on the phone's screen. The names are the same on every platform. */
sealed interface Screen {
    data object Pin : Screen
    data object Home : Screen
    data object WhoLooked : Screen
    data object History : Screen

    /** The camera; what it reads goes to [WalletVerbs.scanned]. */
    data object Scan : Screen

    /** A screen with a flow: taking it off the stack ends the flow. */
    sealed interface OfFlow : Screen {
        val presenter: FlowPresenter<*>
    }

    class Enrol(override val presenter: EnrolPresenter) : OfFlow
    class Present(override val presenter: PresentPresenter) : OfFlow
    class Vote(override val presenter: BallotPresenter) : OfFlow
    class Verify(override val presenter: VerifyPresenter) : OfFlow
    class Services(override val presenter: ServicePresenter) : OfFlow
    class Case(override val presenter: CasePresenter) : OfFlow
    class Backup(override val presenter: BackupPresenter) : OfFlow
    class Notices(override val presenter: NoticesPresenter) : OfFlow
    class Recover(override val presenter: RecoverPresenter) : OfFlow
}
