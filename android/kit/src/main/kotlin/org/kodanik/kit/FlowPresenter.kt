package org.kodanik.kit

import java.util.concurrent.atomic.AtomicBoolean
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
import org.kodanik.ffi.Fault

/** What every screen of a flow can do. */
interface FlowVerbs {
    /** The fault was read. */
    fun dismiss()

    /** Leaves: ends the flow, also while a verb runs, and forgets what must not outlive it. */
    fun close()
}

/**
 * A flow of the core as a screen wants it: a state to draw, and verbs that come back at once. Holds no rule and no copy of
 * anything but the last state. States may hold codes and choices: they are drawn, never printed.
 *
 * Verbs run away from the main thread, one at a time. What is tapped while one runs is not done: the core would say
 * [Fault.WrongState] and change nothing either.
 */
abstract class FlowPresenter<Stage : Any> internal constructor(
    private val flow: CoreFlow<Stage>,
    private val context: PresenterContext,
) : FlowVerbs, AutoCloseable {
    private val scope = CoroutineScope(SupervisorJob() + context.dispatcher)
    private val closed = AtomicBoolean()
    private val mutableState = MutableStateFlow(flow.state())
    private val mutableFault = MutableStateFlow<Fault?>(null)
    private val mutableBusy = MutableStateFlow(false)

    /** Where the flow stands. */
    val state: StateFlow<Stage> = mutableState.asStateFlow()

    /** Why the last verb did not come to its end, where the state does not say it. */
    val fault: StateFlow<Fault?> = mutableFault.asStateFlow()

    /** Whether a verb runs. */
    val busy: StateFlow<Boolean> = mutableBusy.asStateFlow()

    init {
        flow.watch(object : ChangeListener {
            override fun changed() = look()
        })
    }

    final override fun dismiss() {
        mutableFault.value = null
    }

    final override fun close() {
        if (!closed.compareAndSet(false, true)) return
        // In this order: the listener still hears of the end, so that the last state holds no secret.
        flow.cancel()
        flow.watch(null)
        scope.cancel()
        context.onClose(this)
    }

    /** Whether the state itself says what went wrong. */
    protected abstract fun tellsFault(stage: Stage): Boolean

    /** Starts a verb. */
    protected fun start(verb: suspend () -> Unit) {
        if (closed.get() || !mutableBusy.compareAndSet(expect = false, update = true)) return
        mutableFault.value = null
        val job = scope.launch {
            try {
                verb()
            } catch (fault: Fault) {
                look()
                if (!tellsFault(state.value)) mutableFault.value = fault
            }
        }
        // Not in the coroutine: it never begins where the scope went off meanwhile.
        job.invokeOnCompletion {
            look()
            mutableBusy.value = false
        }
    }

    /** One at a time: of two threads that look, the later one must not leave the earlier state. */
    @Synchronized
    private fun look() {
        mutableState.value = flow.state()
    }
}

/** What the core's flows have in common; the generated classes have no interface for it. */
internal class CoreFlow<Stage>(
    val state: () -> Stage,
    val watch: (ChangeListener?) -> Unit,
    val cancel: () -> Unit,
)

/** What a presenter gets from where it is made. */
class PresenterContext(
    /** Where verbs run. They compute, and must not do so on the main thread. */
    val dispatcher: CoroutineDispatcher = Dispatchers.Default,
    /** Told once, when the flow was left. */
    val onClose: (FlowPresenter<*>) -> Unit = {},
)
