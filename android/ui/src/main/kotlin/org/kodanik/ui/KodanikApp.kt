package org.kodanik.ui

import androidx.compose.runtime.Composable
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import androidx.compose.runtime.key
import org.kodanik.ffi.KeyProtection
import org.kodanik.kit.Screen
import org.kodanik.kit.WalletPresenter
import org.kodanik.ui.design.Words

/**
 * The whole app: the screen that the wallet is at, drawn from what its presenter tells. `camera` is the phone's own, or
 * nothing where it may not be used.
 */
@Composable
fun KodanikApp(wallet: WalletPresenter, words: Words, protection: KeyProtection, camera: Camera?) {
    val screen by wallet.screen.collectAsState()
    // What a screen remembers is its own, and goes with it.
    key(screen) { ScreenOf(screen, wallet, words, protection, camera) }
}

@Composable
private fun ScreenOf(screen: Screen, wallet: WalletPresenter, words: Words, protection: KeyProtection, camera: Camera?) {
    when (screen) {
        is Screen.Pin -> PinOf(wallet, words)
        is Screen.Home -> HomeOf(wallet, words, protection)
        is Screen.WhoLooked -> {
            val history by wallet.history.collectAsState()
            WhoLookedScreen(history, words, wallet)
        }
        is Screen.History -> {
            val history by wallet.history.collectAsState()
            HistoryScreen(history, words, wallet)
        }
        is Screen.Scan -> ScanScreen(words, wallet, camera)
        is Screen.OfFlow -> FlowOf(screen, wallet, words)
    }
}

@Composable
private fun PinOf(wallet: WalletPresenter, words: Words) {
    val phase by wallet.phase.collectAsState()
    val length by wallet.pinLength.collectAsState()
    val newPin by wallet.newPin.collectAsState()
    val fault by wallet.fault.collectAsState()
    val busy by wallet.busy.collectAsState()
    PinScreen(phase, length, newPin, fault, busy, words, wallet)
}

@Composable
private fun HomeOf(wallet: WalletPresenter, words: Words, protection: KeyProtection) {
    val credentials by wallet.credentials.collectAsState()
    val elections by wallet.elections.collectAsState()
    val ballots by wallet.ballots.collectAsState()
    val requests by wallet.requests.collectAsState()
    val hasCodes by wallet.hasCodes.collectAsState()
    val fault by wallet.fault.collectAsState()
    val busy by wallet.busy.collectAsState()
    val state = HomeState(credentials, elections, ballots, requests, hasCodes.items.firstOrNull(), protection)
    HomeScreen(state, fault, busy, words, wallet)
}

@Composable
private fun FlowOf(screen: Screen.OfFlow, wallet: WalletPresenter, words: Words) {
    val fault by screen.presenter.fault.collectAsState()
    val busy by screen.presenter.busy.collectAsState()
    when (screen) {
        is Screen.Enrol -> {
            val state by screen.presenter.state.collectAsState()
            EnrolScreen(state, fault, busy, words, screen.presenter)
        }
        is Screen.Present -> {
            val state by screen.presenter.state.collectAsState()
            PresentScreen(state, fault, busy, words, screen.presenter)
        }
        is Screen.Vote -> {
            val state by screen.presenter.state.collectAsState()
            VoteScreen(state, fault, busy, words, screen.presenter) {
                screen.presenter.close()
                wallet.settleBallots()
            }
        }
        is Screen.Verify -> {
            val state by screen.presenter.state.collectAsState()
            VerifyScreen(state, fault, busy, words, screen.presenter, wallet::openScan)
        }
        is Screen.Services -> {
            val state by screen.presenter.state.collectAsState()
            ServicesScreen(state, fault, busy, words, screen.presenter) {
                screen.presenter.close()
                wallet.openCase(it)
            }
        }
        is Screen.Case -> {
            val state by screen.presenter.state.collectAsState()
            CaseScreen(state, fault, busy, words, screen.presenter)
        }
        is Screen.Backup -> {
            val state by screen.presenter.state.collectAsState()
            BackupScreen(state, fault, busy, words, screen.presenter, wallet::openNotices)
        }
        is Screen.Notices -> {
            val state by screen.presenter.state.collectAsState()
            NoticesScreen(state, fault, busy, words, screen.presenter) {
                screen.presenter.close()
                wallet.openBackup()
                // The codes in force are what somebody else has.
                (wallet.screen.value as? Screen.Backup)?.presenter?.makeCodes()
            }
        }
        is Screen.Recover -> {
            val state by screen.presenter.state.collectAsState()
            RecoverScreen(state, fault, busy, words, screen.presenter, screen.presenter.canReadCard) {
                screen.presenter.close()
                wallet.openBackup()
            }
        }
    }
}
