package org.kodanik.app

import androidx.compose.runtime.Composable
import androidx.compose.runtime.remember
import androidx.compose.ui.platform.LocalContext
import androidx.compose.ui.tooling.preview.Preview
import org.kodanik.ffi.Phase
import org.kodanik.ffi.RecoverStage
import org.kodanik.kit.NewPin
import org.kodanik.ui.BackupScreen
import org.kodanik.ui.CaseScreen
import org.kodanik.ui.EnrolScreen
import org.kodanik.ui.HistoryScreen
import org.kodanik.ui.HomeScreen
import org.kodanik.ui.NoVerbs
import org.kodanik.ui.NoticesScreen
import org.kodanik.ui.PinScreen
import org.kodanik.ui.PresentScreen
import org.kodanik.ui.RecoverScreen
import org.kodanik.ui.Samples
import org.kodanik.ui.ScanScreen
import org.kodanik.ui.ServicesScreen
import org.kodanik.ui.VerifyScreen
import org.kodanik.ui.VoteScreen
import org.kodanik.ui.WhoLookedScreen
import org.kodanik.ui.design.KodanikTheme
import org.kodanik.ui.design.Words

// Every screen once, in the editor. In every state: check/screens.

/** By day; by night in Korean; in Estonian with large text. */
@Preview(name = "light", showBackground = true)
@Preview(name = "dark", locale = "ko", uiMode = 0x20)
@Preview(name = "large", locale = "et", fontScale = 2f)
annotation class Looks

@Looks @Composable
private fun Pin() = Shown { PinScreen(Phase.NO_WALLET, 4, NewPin.FIRST, null, false, it, NoVerbs) }

@Looks @Composable
private fun Home() = Shown { HomeScreen(Samples.Home.usual, null, false, it, NoVerbs) }

@Looks @Composable
private fun Enrol() = Shown { EnrolScreen(Samples.Enrol.reviewing, null, false, it, NoVerbs) }

@Looks @Composable
private fun Present() = Shown { PresentScreen(Samples.Present.asking, null, false, it, NoVerbs) }

@Looks @Composable
private fun Vote() = Shown { VoteScreen(Samples.Vote.budget, null, false, it, NoVerbs) {} }

@Looks @Composable
private fun Verify() = Shown { VerifyScreen(Samples.Verify.found, null, false, it, NoVerbs) {} }

@Looks @Composable
private fun Services() = Shown { ServicesScreen(Samples.Services.choosing, null, false, it, NoVerbs) {} }

@Looks @Composable
private fun Case() = Shown { CaseScreen(Samples.Case.processing, null, false, it, NoVerbs) }

@Looks @Composable
private fun WhoLooked() = Shown { WhoLookedScreen(Samples.Lists.history, it, NoVerbs) }

@Looks @Composable
private fun History() = Shown { HistoryScreen(Samples.Lists.history, it, NoVerbs) }

@Looks @Composable
private fun Backup() = Shown { BackupScreen(Samples.Backup.codesStage, null, false, it, NoVerbs) {} }

@Looks @Composable
private fun Notices() = Shown { NoticesScreen(Samples.Notices.one, null, false, it, NoVerbs) {} }

@Looks @Composable
private fun Recover() = Shown { RecoverScreen(RecoverStage.AwaitingCode, null, false, it, NoVerbs, true) {} }

@Looks @Composable
private fun Scan() = Shown { ScanScreen(it, NoVerbs, null) }

@Composable
private fun Shown(screen: @Composable (Words) -> Unit) {
    val context = LocalContext.current
    val words = remember(context) { AndroidWords(context) }
    KodanikTheme { screen(words) }
}
