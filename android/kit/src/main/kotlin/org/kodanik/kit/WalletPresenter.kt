package org.kodanik.kit

import java.util.concurrent.atomic.AtomicReference
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.cancel
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.launch
import org.kodanik.ffi.ChangeListener
import org.kodanik.ffi.Credential
import org.kodanik.ffi.Election
import org.kodanik.ffi.Fault
import org.kodanik.ffi.HistoryLine
import org.kodanik.ffi.IdCard
import org.kodanik.ffi.KodanikInterface
import org.kodanik.ffi.Link
import org.kodanik.ffi.OwnBallot
import org.kodanik.ffi.Phase
import org.kodanik.ffi.ServiceRequest
import org.kodanik.ffi.VerifyStage

/** Verbs of the PIN pad. Digits go to the core one by one; the shell knows how many there are, and no more. */
interface PinVerbs {
    /** 0 to 9. A 13th changes nothing but [WalletPresenter.fault]. */
    fun push(digit: Int)
    fun pop()

    /** A new PIN was typed: asks for it once more, or makes the wallet where it is the same both times. From [Phase.NO_WALLET]. */
    fun confirm()

    /** Unlocks with the typed PIN. From [Phase.LOCKED]. */
    fun unlock()

    /** Makes room for a new wallet, after [Fault.PinWiped]. */
    fun removeWiped()
    fun dismiss()
}

/** Verbs of the screens that have no flow: home, lists, camera. */
interface WalletVerbs {
    fun openVote(election: String)
    fun openServices()

    /** The case that a request opened, by the request's name. */
    fun openCase(request: String)
    fun openBackup()
    fun openNotices()
    fun openRecover()
    fun openWhoLooked()
    fun openHistory()
    fun openScan()

    /** What the camera read, while [Screen.Scan] is there. */
    fun scanned(text: String)

    /** Asks for every list anew. */
    fun refresh()

    /** Finds out what became of ballots whose answer was lost. */
    fun settleBallots()

    /** Sends requests again that have no answer. */
    fun resumeRequests()

    /** Forgets a credential, by its name. The citizen was asked first. */
    fun removeCredential(id: String)

    /** One screen back. */
    fun back()
    fun lock()
    fun dismiss()
}

/**
 * The wallet's door, its lists, and what is on the screen. Made once, as long as the app runs.
 *
 * `card` is how this phone reads the plastic ID card, if it does.
 */
class WalletPresenter(
    private val kodanik: KodanikInterface,
    private val card: IdCard? = null,
    private val dispatcher: CoroutineDispatcher = Dispatchers.Default,
) : PinVerbs, WalletVerbs, AutoCloseable {
    private val scope = CoroutineScope(SupervisorJob() + dispatcher)
    private val typed = TypedTwice()
    private val pendingLink = AtomicReference<String?>()
    private var stack: List<Screen> = listOf(Screen.Pin)

    private val mutablePhase = MutableStateFlow(kodanik.phase())
    private val mutablePinLength = MutableStateFlow(0)
    private val mutableScreen = MutableStateFlow<Screen>(Screen.Pin)
    private val mutableFault = MutableStateFlow<Fault?>(null)
    private val mutableBusy = MutableStateFlow(false)
    private val credentialList = ListPresenter(scope) { kodanik.credentials() }
    private val electionList = ListPresenter(scope) { kodanik.elections() }
    private val ballotList = ListPresenter(scope) { kodanik.ballots() }
    private val requestList = ListPresenter(scope) { kodanik.requests() }
    private val historyList = ListPresenter(scope) { wholeHistory() }
    private val codesList = ListPresenter(scope) { listOf(kodanik.backupCodes() != null) }

    /** Where the wallet stands. */
    val phase: StateFlow<Phase> = mutablePhase.asStateFlow()

    /** How many digits have been typed. */
    val pinLength: StateFlow<Int> = mutablePinLength.asStateFlow()

    /** How far choosing a new PIN is. */
    val newPin: StateFlow<NewPin> = typed.step

    /** What to draw. */
    val screen: StateFlow<Screen> = mutableScreen.asStateFlow()

    /** Why the last verb did not come to its end. Lists have their own. */
    val fault: StateFlow<Fault?> = mutableFault.asStateFlow()

    /** Whether a verb runs. Lists have their own. */
    val busy: StateFlow<Boolean> = mutableBusy.asStateFlow()

    /** Newest first. */
    val credentials: StateFlow<Listing<Credential>> = credentialList.state
    val elections: StateFlow<Listing<Election>> = electionList.state

    /** This wallet's own, oldest first. */
    val ballots: StateFlow<Listing<OwnBallot>> = ballotList.state

    /** To public services, oldest first. */
    val requests: StateFlow<Listing<ServiceRequest>> = requestList.state

    /** Oldest first. */
    val history: StateFlow<Listing<HistoryLine>> = historyList.state

    /** Whether backup codes are in force; nothing until it is known. */
    val hasCodes: StateFlow<Listing<Boolean>> = codesList.state

    private val lists = listOf(credentialList, electionList, ballotList, requestList, historyList, codesList)

    init {
        kodanik.watch(object : ChangeListener {
            override fun changed() = look()
        })
        look()
    }

    override fun push(digit: Int) = type { typed.push(digit) }

    override fun pop() = type { typed.entry.pop() }

    override fun confirm() {
        if (busy.value) return
        dismiss()
        var isSame = false
        type { isSame = typed.confirm() }
        if (isSame) start { kodanik.create(typed.entry) }
    }

    override fun unlock() = start { kodanik.unlock(typed.entry) }

    /** The fault is told until there is room. */
    override fun removeWiped() = start(keepsFault = true) {
        kodanik.removeWiped()
        dismiss()
    }

    /** Ends every flow and forgets the data key. At once, on whatever thread: called when the app leaves the screen. */
    override fun lock() {
        type { typed.forget() }
        pendingLink.set(null)
        kodanik.lock()
    }

    override fun dismiss() {
        mutableFault.value = null
    }

    override fun openVote(election: String) = open {
        Screen.Vote(BallotPresenter(kodanik.ballot(election), it).apply { load() })
    }

    override fun openServices() = open {
        Screen.Services(ServicePresenter(kodanik.serviceRequest(), it).apply { load() })
    }

    override fun openCase(request: String) = open {
        Screen.Case(CasePresenter(kodanik.case(request), it).apply { load() })
    }

    override fun openBackup() {
        // Notices are above it.
        if (screen.value is Screen.Backup) return
        open { Screen.Backup(BackupPresenter(kodanik.backup(), it).apply { load() }) }
    }

    override fun openNotices() = open { Screen.Notices(NoticesPresenter(kodanik.recoveryNotices(), it)) }

    override fun openRecover() = open { Screen.Recover(RecoverPresenter(kodanik.recover(), card, it)) }

    override fun openWhoLooked() = open { Screen.WhoLooked }

    override fun openHistory() = open { Screen.History }

    override fun openScan() = open { Screen.Scan }

    override fun scanned(text: String) {
        if (screen.value !is Screen.Scan) return
        val verify = (synchronized(this) { stack }.dropLast(1).last() as? Screen.Verify)?.presenter
        if (verify?.state?.value is VerifyStage.AwaitingTestCode) {
            back()
            verify.scan(text)
        } else {
            // First, so that it comes before a link from outside that waits for the screen below.
            pendingLink.set(text)
            back()
            takeLink()
        }
    }

    /**
     * Takes a link that came from outside. Anybody can send one at any moment: it never takes the place of what the citizen is
     * at, but waits until the wallet is unlocked and the citizen is through, one link at most, and no longer than until the
     * next lock.
     */
    fun openLink(text: String) {
        pendingLink.set(text)
        takeLink()
    }

    override fun refresh() = lists.forEach { it.refresh() }

    override fun settleBallots() = start {
        kodanik.settleBallots()
        ballotList.refresh()
    }

    override fun resumeRequests() = start {
        kodanik.resumeRequests()
        requestList.refresh()
    }

    override fun removeCredential(id: String) = start {
        kodanik.removeCredential(id)
        refresh()
    }

    override fun back() {
        navigate { if (it.size > 1) it.dropLast(1) else it }
        if (screen.value is Screen.Home) {
            refresh()
            takeLink()
        }
    }

    /** Locks, and lets go of the core. */
    override fun close() {
        lock()
        kodanik.watch(null)
        scope.cancel()
    }

    /**
     * The phase decides between the PIN pad and everything else. One thread at a time: of two that look, the later one must
     * not leave the screen of the earlier phase.
     */
    private fun look() = synchronized(lists) {
        val now = kodanik.phase()
        mutablePhase.value = now
        when (now) {
            Phase.LOCKED, Phase.NO_WALLET, Phase.OPENING -> {
                navigate { listOf(Screen.Pin) }
                lists.forEach { it.clear() }
            }
            Phase.UNLOCKED -> {
                type { typed.forget() }
                navigate { if (it.last() is Screen.Pin) listOf(Screen.Home) else it }
                refresh()
                takeLink()
            }
        }
    }

    private fun takeLink() {
        val isFree = screen.value.let { it !is Screen.Pin && it !is Screen.OfFlow }
        val text = (if (isFree) pendingLink.getAndSet(null) else null) ?: return
        when (kodanik.identify(text)) {
            Link.OFFER -> open { Screen.Enrol(EnrolPresenter(kodanik.enrol(text), it).apply { load() }) }
            Link.PRESENTATION -> open { Screen.Present(PresentPresenter(kodanik.present(text), it).apply { load() }) }
            Link.CHECK_CODE, Link.PROMISE -> open {
                Screen.Verify(VerifyPresenter(kodanik.verifyBallot(text), it).apply { load() })
            }
            Link.TEST_CODE, Link.UNKNOWN -> mutableFault.value = Fault.NotUnderstood(LINK_UNKNOWN, null)
        }
    }

    private fun open(make: (PresenterContext) -> Screen) {
        try {
            val screen = make(PresenterContext(dispatcher, ::left))
            navigate { if (it.last() is Screen.Pin) it else it + screen }
            // Locked meanwhile.
            if (screen is Screen.OfFlow && this.screen.value is Screen.Pin) screen.presenter.close()
        } catch (fault: Fault) {
            mutableFault.value = fault
        }
    }

    /** A flow's own screen was closed. */
    private fun left(presenter: FlowPresenter<*>) {
        if ((screen.value as? Screen.OfFlow)?.presenter === presenter) back()
    }

    /** What falls off the stack is closed, after the stack is in order. */
    private fun navigate(change: (List<Screen>) -> List<Screen>) {
        val gone = synchronized(this) {
            val before = stack
            stack = change(before)
            mutableScreen.value = stack.last()
            before - stack.toSet()
        }
        gone.filterIsInstance<Screen.OfFlow>().forEach { it.presenter.close() }
    }

    private fun type(change: () -> Unit) {
        try {
            change()
        } catch (fault: Fault) {
            mutableFault.value = fault
        }
        mutablePinLength.value = typed.entry.length().toInt()
    }

    private fun start(keepsFault: Boolean = false, verb: suspend () -> Unit) {
        if (!mutableBusy.compareAndSet(expect = false, update = true)) return
        if (!keepsFault) mutableFault.value = null
        val job = scope.launch {
            try {
                verb()
            } catch (fault: Fault) {
                mutableFault.value = fault
            }
        }
        job.invokeOnCompletion {
            mutablePinLength.value = typed.entry.length().toInt()
            mutableBusy.value = false
        }
    }

    private fun wholeHistory(): List<HistoryLine> = buildList {
        do {
            val page = kodanik.history(lastOrNull()?.position ?: 0u, PAGE)
            addAll(page)
        } while (page.size == PAGE.toInt())
    }

    companion object {
        /** A text that no flow takes. The only code of the shell's own. */
        const val LINK_UNKNOWN = "link.unknown"

        /** The most lines that the core gives at once. */
        private const val PAGE = 200u
    }
}
