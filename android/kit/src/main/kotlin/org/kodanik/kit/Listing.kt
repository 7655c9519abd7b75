package org.kodanik.kit

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.update
import kotlinx.coroutines.launch
import org.kodanik.ffi.Fault
import org.kodanik.ffi.HistoryKind
import org.kodanik.ffi.HistoryLine

/** A list as a screen wants it: what is known, whether more is on its way, and why the last try failed. */
data class Listing<T>(
    val items: List<T> = emptyList(),
    val isLoading: Boolean = false,
    val fault: Fault? = null,
) {
    /** What is listed is about a citizen: it is drawn, never printed. */
    override fun toString() = "Listing(${items.size})"
}

/** One list of the wallet, asked for anew by [refresh]. */
internal class ListPresenter<T>(private val scope: CoroutineScope, private val fetch: suspend () -> List<T>) {
    private val mutableState = MutableStateFlow(Listing<T>())
    private var job: Job? = null

    val state: StateFlow<Listing<T>> = mutableState.asStateFlow()

    /** Asks; what is listed stays until the answer is here. Nothing where it is being asked already. */
    @Synchronized
    fun refresh() {
        if (job?.isActive == true) return
        mutableState.update { it.copy(isLoading = true) }
        job = scope.launch {
            val answer = try {
                Listing(fetch())
            } catch (fault: Fault) {
                Listing(mutableState.value.items, fault = fault)
            }
            // A list that was cleared meanwhile stays empty.
            synchronized(this@ListPresenter) { if (coroutineContext[Job] === job) mutableState.value = answer }
        }
    }

    /** Forgets what is listed. */
    @Synchronized
    fun clear() {
        job?.cancel()
        job = null
        mutableState.value = Listing()
    }
}

/** Somebody to whom this phone gave claims, as far as this phone's own record goes. */
data class Looker(
    val party: String,
    /** Newest first, at least one. */
    val lines: List<HistoryLine>,
) {
    override fun toString() = "Looker(${lines.size})"
}

/** Who looked: everybody who got claims or may have, who looked last first. */
fun whoLooked(history: List<HistoryLine>): List<Looker> =
    history.filter { gaveClaims(it.kind) }
        .sortedByDescending { it.position }
        .groupBy { it.party }
        .map { (party, lines) -> Looker(party, lines) }

private fun gaveClaims(kind: HistoryKind): Boolean = when (kind) {
    HistoryKind.MAYBE_PRESENTED, HistoryKind.PRESENTED, HistoryKind.SERVICE_REQUESTED -> true
    HistoryKind.BACKUP_MADE, HistoryKind.BALLOT_CAST, HistoryKind.BALLOT_RIGHT, HistoryKind.CREDENTIAL_RECEIVED,
    HistoryKind.OTHER, HistoryKind.RECOVERED, HistoryKind.REFUSED -> false
}
