//! What a person sees in the terminal, and what a script reads with `--json`.
#![expect(clippy::print_stderr, reason = "this module is where the command line prints")]

use std::fmt::{self, Display};
use std::future::Future;
use std::io::{BufRead, ErrorKind, IsTerminal, Write};
use std::process::ExitCode;
use std::time::Duration;

use console::{StyledObject, style};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use kodanik_crypto::time::{UnixMinute, UnixSeconds};
use serde::Serialize;
use tracing_subscriber::EnvFilter;

use crate::failure::Failure;

/// Characters of a line of a story, without its indent.
pub(crate) const WIDTH: usize = 88;

/// Where output goes and in which form.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ui {
    json: bool,
}

/// A line on standard output. Whoever closed it (`| head`) wants no more, and that is no failure of the command.
fn out(line: fmt::Arguments<'_>) {
    match writeln!(std::io::stdout(), "{line}") {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => eprintln!("standard output: {error}"),
        _ => {}
    }
}

impl Ui {
    /// Text for people, or one JSON document a command.
    pub(crate) fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether a script reads.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// The result of a command: its text, or its JSON.
    pub(crate) fn result<T: Serialize>(&self, value: &T, text: impl Display) {
        if self.json {
            match serde_json::to_string_pretty(value) {
                Ok(json) => out(format_args!("{json}")),
                Err(error) => eprintln!("{error}"),
            }
        } else {
            out(format_args!("{text}"));
        }
    }

    /// What is ready while the command goes on: its text, or its JSON in one line, at once, for a script that waits for it.
    pub(crate) fn ready<T: Serialize>(&self, value: &T, text: impl Display) {
        if self.json {
            match serde_json::to_string(value) {
                Ok(json) => out(format_args!("{json}")),
                Err(error) => eprintln!("{error}"),
            }
        } else {
            out(format_args!("{text}"));
        }
        // Whoever closed it wants no more.
        drop(std::io::stdout().flush());
    }

    /// A line for people only; not part of the result.
    pub(crate) fn note(&self, text: impl Display) {
        if !self.json {
            eprintln!("{text}");
        }
    }

    /// A chapter of a story: number, title, a sentence or two.
    pub(crate) fn chapter(&self, number: usize, title: &str, text: &str) {
        if self.json {
            return;
        }
        out(format_args!("\n{}  {}", style(format!("{number:>2}")).cyan().bold(), style(title).bold()));
        for line in wrap(text, WIDTH) {
            out(format_args!("    {}", style(line).dim()));
        }
    }

    /// Something that was verified: what, and the value that shows it.
    pub(crate) fn checked(&self, what: impl Display, shown: impl Display) {
        self.verdict(style("✓").green().bold(), what, shown);
    }

    /// Something that happened and was refused, as it should be.
    pub(crate) fn refused(&self, what: impl Display, how: impl Display) {
        self.verdict(style("⊘").yellow().bold(), what, how);
    }

    fn verdict(&self, sign: StyledObject<&str>, what: impl Display, shown: impl Display) {
        if self.json {
            return;
        }
        let (what, shown) = (what.to_string(), shown.to_string());
        if what.chars().count() + shown.chars().count() <= WIDTH - 2 {
            out(format_args!("    {sign} {what}  {}", style(shown).dim()));
            return;
        }
        let mut lines = wrap(&what, WIDTH).into_iter();
        out(format_args!("    {sign} {}", lines.next().unwrap_or_default()));
        lines.for_each(|line| out(format_args!("      {line}")));
        for line in wrap(&shown, WIDTH).into_iter().filter(|line| !line.is_empty()) {
            out(format_args!("      {}", style(line).dim()));
        }
    }

    /// Something that a person sees on the phone.
    pub(crate) fn shown(&self, text: impl Display) {
        if !self.json {
            for line in text.to_string().lines().flat_map(|line| wrap(line, WIDTH)) {
                out(format_args!("      {line}"));
            }
        }
    }

    /// A line of a story.
    pub(crate) fn line(&self, text: impl Display) {
        if !self.json {
            out(format_args!("{text}"));
        }
    }

    /// A bar for `total` steps; invisible for scripts and where no terminal is.
    pub(crate) fn bar(&self, what: &str, total: u64) -> ProgressBar {
        let bar = ProgressBar::with_draw_target(Some(total), self.target());
        if let Ok(look) =
            ProgressStyle::with_template("    {msg:<34} {bar:32.cyan/dim} {pos}/{len}  {elapsed}")
        {
            bar.set_style(look.progress_chars("━╸─"));
        }
        bar.set_message(what.to_owned());
        bar
    }

    /// A spinner for work of unknown length.
    pub(crate) fn spinner(&self, what: &str) -> ProgressBar {
        let bar = ProgressBar::with_draw_target(None, self.target());
        if let Ok(look) = ProgressStyle::with_template("    {spinner:.cyan} {msg}  {elapsed}") {
            bar.set_style(look);
        }
        bar.set_message(what.to_owned());
        bar.enable_steady_tick(Duration::from_millis(100));
        bar
    }

    /// Tells a failure and gives its exit code.
    pub(crate) fn fail(&self, failure: &Failure) -> ExitCode {
        if failure.is_verdict() {
            return ExitCode::from(failure.exit);
        }
        if self.json {
            if let Ok(json) = serde_json::to_string_pretty(failure) {
                out(format_args!("{json}"));
            }
        } else {
            eprintln!("{} {}", style("✗").red().bold(), failure.message);
            if !failure.advice.is_empty() {
                eprintln!("  {}", failure.advice);
            }
        }
        ExitCode::from(failure.exit)
    }

    fn target(&self) -> ProgressDrawTarget {
        if self.json { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() }
    }
}

/// Breaks `text` at spaces into lines of at most `width` characters.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.len() - 1;
        if !lines[last].is_empty() && lines[last].chars().count() + 1 + word.chars().count() > width {
            lines.push(word.to_owned());
        } else {
            if !lines[last].is_empty() {
                lines[last].push(' ');
            }
            lines[last].push_str(word);
        }
    }
    lines
}

/// Sends the log to the standard error stream; `RUST_LOG` overrides the level.
pub(crate) fn log_to_stderr(level: &str) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    let started = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .try_init();
    // A second start in one process keeps the first log.
    drop(started);
}

/// Waits for Ctrl-C or the signal with which services are stopped.
pub(crate) async fn until_stopped() -> std::io::Result<()> {
    stop_signal()?.await
}

/// Listens from now on, before anybody is told that there is something to stop; the future waits for Ctrl-C or the
/// signal with which services are stopped.
#[cfg(unix)]
pub(crate) fn stop_signal() -> std::io::Result<impl Future<Output = std::io::Result<()>>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => Ok(()),
            _ = terminate.recv() => Ok(()),
        }
    })
}

/// Waits for Ctrl-C.
#[cfg(not(unix))]
pub(crate) fn stop_signal() -> std::io::Result<impl Future<Output = std::io::Result<()>>> {
    Ok(tokio::signal::ctrl_c())
}

/// A moment, in UTC, to the minute.
pub(crate) fn time(at: UnixSeconds) -> String {
    minute(at.minute())
}

/// A minute, in UTC. Days to a date by the algorithm of H. Hinnant's "chrono-compatible low-level date algorithms".
pub(crate) fn minute(at: UnixMinute) -> String {
    let (days, minute) = (at.0 / 1440, at.0 % 1440);
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year}-{month:02}-{day:02} {:02}:{:02} UTC", minute / 60, minute % 60)
}

/// A minute's day and hour, in UTC, without the year: `10-02 04:12`.
pub(crate) fn hour(at: UnixMinute) -> String {
    minute(at).trim_end_matches(" UTC").chars().skip(5).collect()
}

/// Asks a yes-or-no question; no terminal is a no, and `otherwise` says how to agree without one.
pub(crate) fn agrees(question: &str, otherwise: &str) -> Result<bool, Failure> {
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        return Err(Failure::usage("There is no terminal to ask you.", otherwise));
    }
    let mut stderr = std::io::stderr();
    write!(stderr, "{question} [y/N] ")?;
    stderr.flush()?;
    let mut answer = String::new();
    stdin.lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (seconds, text) in [
            (0, "1970-01-01 00:00 UTC"),
            (951_782_399, "2000-02-28 23:59 UTC"),
            (951_782_400, "2000-02-29 00:00 UTC"),
            (1_798_761_599, "2026-12-31 23:59 UTC"),
            (4_107_542_400, "2100-03-01 00:00 UTC"),
        ] {
            assert_eq!(time(UnixSeconds(seconds)), text);
            assert_eq!(hour(UnixSeconds(seconds).minute()), text[5..16]);
        }
    }
}
