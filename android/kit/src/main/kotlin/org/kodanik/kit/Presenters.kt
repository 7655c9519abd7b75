package org.kodanik.kit

import org.kodanik.ffi.BackupFlowInterface
import org.kodanik.ffi.BackupStage
import org.kodanik.ffi.BallotFlowInterface
import org.kodanik.ffi.BallotStage
import org.kodanik.ffi.CaseFlowInterface
import org.kodanik.ffi.CaseStage
import org.kodanik.ffi.ContestChoice
import org.kodanik.ffi.EnrolFlowInterface
import org.kodanik.ffi.EnrolStage
import org.kodanik.ffi.IdCard
import org.kodanik.ffi.NoticesFlowInterface
import org.kodanik.ffi.NoticesStage
import org.kodanik.ffi.Pick
import org.kodanik.ffi.PresentFlowInterface
import org.kodanik.ffi.PresentStage
import org.kodanik.ffi.RecoverFlowInterface
import org.kodanik.ffi.RecoverStage
import org.kodanik.ffi.ServiceFlowInterface
import org.kodanik.ffi.ServiceStage
import org.kodanik.ffi.VerifyFlowInterface
import org.kodanik.ffi.VerifyStage

// One presenter for each flow, with the flow's verbs under their names. What each verb does, from where, and its faults
// are told at the flow's own method, in the bindings.

/** Verbs of the screen that gets a credential. */
interface EnrolVerbs : FlowVerbs {
    fun load()
    fun accept(code: String?)
}

/** Getting a credential by an offer. */
class EnrolPresenter(private val flow: EnrolFlowInterface, context: PresenterContext = PresenterContext()) :
    FlowPresenter<EnrolStage>(CoreFlow(flow::state, flow::watch, flow::cancel), context), EnrolVerbs {
    override fun tellsFault(stage: EnrolStage) = stage is EnrolStage.Stopped
    override fun load() = start { flow.load() }
    override fun accept(code: String?) = start { flow.accept(code) }
}

/** Verbs of the screen that answers a request for claims. */
interface PresentVerbs : FlowVerbs {
    fun load()
    fun consent(picks: List<Pick>?)
    fun decline()
}

/** Answering a request for claims. */
class PresentPresenter(private val flow: PresentFlowInterface, context: PresenterContext = PresenterContext()) :
    FlowPresenter<PresentStage>(CoreFlow(flow::state, flow::watch, flow::cancel), context), PresentVerbs {
    override fun tellsFault(stage: PresentStage) = stage is PresentStage.Stopped
    override fun load() = start { flow.load() }
    override fun consent(picks: List<Pick>?) = start { flow.consent(picks) }
    override fun decline() = start { flow.decline() }
}

/** Verbs of the screen for voting. */
interface BallotVerbs : FlowVerbs {
    fun load()
    fun obtainCredential(style: String?, without: List<String>)
    fun choose(choices: List<ContestChoice>)
    fun back()
    fun seal()
    fun test()
    fun cast()
    fun forgetCode()
    fun voteAgain()
}

/** Voting in one election. */
class BallotPresenter(private val flow: BallotFlowInterface, context: PresenterContext = PresenterContext()) :
    FlowPresenter<BallotStage>(CoreFlow(flow::state, flow::watch, flow::cancel), context), BallotVerbs {
    override fun tellsFault(stage: BallotStage) = stage is BallotStage.Stopped
    override fun load() = start { flow.load() }
    override fun obtainCredential(style: String?, without: List<String>) =
        start { flow.obtainCredential(style, without) }
    override fun choose(choices: List<ContestChoice>) = start { flow.choose(choices) }
    override fun back() = start { flow.back() }
    override fun seal() = start { flow.seal() }
    override fun test() = start { flow.test() }
    override fun cast() = start { flow.cast() }
    override fun forgetCode() = start { flow.forgetCode() }
    override fun voteAgain() = start { flow.voteAgain() }
}

/** Verbs of the screen that looks after another phone's ballot. */
interface VerifyVerbs : FlowVerbs {
    fun load()
    fun scan(testCode: String)
}

/** Checking or testing another phone's ballot. */
class VerifyPresenter(private val flow: VerifyFlowInterface, context: PresenterContext = PresenterContext()) :
    FlowPresenter<VerifyStage>(CoreFlow(flow::state, flow::watch, flow::cancel), context), VerifyVerbs {
    override fun tellsFault(stage: VerifyStage) = stage is VerifyStage.Stopped
    override fun load() = start { flow.load() }
    override fun scan(testCode: String) = start { flow.scan(testCode) }
}

/** Verbs of the screen for public services. */
interface ServiceVerbs : FlowVerbs {
    fun load()
    fun fill(service: String, operation: UInt, input: Map<String, String>)
    fun back()
    fun send()
}

/** Asking a public service. */
class ServicePresenter(private val flow: ServiceFlowInterface, context: PresenterContext = PresenterContext()) :
    FlowPresenter<ServiceStage>(CoreFlow(flow::state, flow::watch, flow::cancel), context), ServiceVerbs {
    override fun tellsFault(stage: ServiceStage) = stage is ServiceStage.Stopped
    override fun load() = start { flow.load() }
    override fun fill(service: String, operation: UInt, input: Map<String, String>) =
        start { flow.fill(service, operation, input) }
    override fun back() = start { flow.back() }
    override fun send() = start { flow.send() }
}

/** Verbs of the screen that follows a case. */
interface CaseVerbs : FlowVerbs {
    fun load()
    fun ask()

    /** The citizen was asked first. */
    fun withdraw()
    fun decision()

    /** From the decision to where the case stands. */
    fun back()
}

/** Following a case at a public service. */
class CasePresenter(private val flow: CaseFlowInterface, context: PresenterContext = PresenterContext()) :
    FlowPresenter<CaseStage>(CoreFlow(flow::state, flow::watch, flow::cancel), context), CaseVerbs {
    override fun tellsFault(stage: CaseStage) = stage is CaseStage.Stopped
    override fun load() = start { flow.load() }
    override fun ask() = start { flow.ask() }
    override fun withdraw() = start { flow.withdraw() }
    override fun decision() = start { flow.decision() }
    override fun back() = start {
        flow.back()
        flow.load()
    }
}

/** Verbs of the screen for backup codes. */
interface BackupVerbs : FlowVerbs {
    fun load()
    fun makeCodes()
    fun refresh()
    fun store(askedBack: String)
}

/** Making backup codes. */
class BackupPresenter(private val flow: BackupFlowInterface, context: PresenterContext = PresenterContext()) :
    FlowPresenter<BackupStage>(CoreFlow(flow::state, flow::watch, flow::cancel), context), BackupVerbs {
    override fun tellsFault(stage: BackupStage) = stage is BackupStage.Stopped
    override fun load() = start { flow.load() }
    override fun makeCodes() = start { flow.makeCodes() }
    override fun refresh() = start { flow.refresh() }
    override fun store(askedBack: String) = start { flow.store(askedBack) }
}

/** Verbs of the screen that shows who used a backup code. */
interface NoticesVerbs : FlowVerbs {
    /** The phone's key may ask the citizen: for who wants to know, never by itself. */
    fun load()
    fun refuse(id: String)
}

/** Whether somebody with a backup code is taking this e-ID to another phone, and stopping them. */
class NoticesPresenter(private val flow: NoticesFlowInterface, context: PresenterContext = PresenterContext()) :
    FlowPresenter<NoticesStage>(CoreFlow(flow::state, flow::watch, flow::cancel), context), NoticesVerbs {
    override fun tellsFault(stage: NoticesStage) = stage is NoticesStage.Stopped
    override fun load() = start { flow.load() }
    override fun refuse(id: String) = start { flow.refuse(id) }
}

/** Verbs of the screen that gets everything back, or switches a lost phone's e-ID off. */
interface RecoverVerbs : FlowVerbs {
    /** `withCard` only where [RecoverPresenter.canReadCard]. */
    fun recover(code: String, withCard: Boolean)

    /** The citizen knows what it does. */
    fun revoke(code: String)
}

/** Getting everything back in a new wallet, or switching a lost phone's e-ID off; `card` is how this phone reads the plastic ID card, if it does. */
class RecoverPresenter(
    private val flow: RecoverFlowInterface,
    private val card: IdCard? = null,
    context: PresenterContext = PresenterContext(),
) : FlowPresenter<RecoverStage>(CoreFlow(flow::state, flow::watch, flow::cancel), context), RecoverVerbs {
    /** Whether the screen offers the card at all. */
    val canReadCard: Boolean = card != null

    override fun tellsFault(stage: RecoverStage) = stage is RecoverStage.Stopped
    override fun recover(code: String, withCard: Boolean) = start { flow.recover(code, card.takeIf { withCard }) }
    override fun revoke(code: String) = start { flow.revoke(code) }
}
