//! `kodanik`: one command for a terminal. It asks, calls the parties' crates and tells; it decides nothing itself.
//!
//! Exit codes: 0 done, 1 refused or verification failed, 2 the command line is wrong.

mod args;
mod audit;
mod authority;
mod board;
mod demo;
mod failure;
mod gateway;
mod playground;
mod private;
mod qr;
mod secrets;
mod stage;
mod trustee;
mod ui;
mod wallet;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Cli, Command};
use crate::failure::Failure;
use crate::ui::Ui;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return wrong_command_line(&error),
    };
    let ui = Ui::new(cli.json);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return ui.fail(&Failure::from(error)),
    };
    match runtime.block_on(run(cli, &ui)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => ui.fail(&failure),
    }
}

/// Help and version are no errors. For a script the error is JSON, as every other one.
fn wrong_command_line(error: &clap::Error) -> ExitCode {
    let script = std::env::args_os().any(|argument| argument == "--json");
    if script && error.use_stderr() {
        let text = error.to_string();
        let message = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
        return Ui::new(true).fail(&Failure::usage(message, "See --help."));
    }
    // Nobody is left to tell where even this cannot be printed.
    drop(error.print());
    ExitCode::from(if error.use_stderr() { 2 } else { 0 })
}

async fn run(cli: Cli, ui: &Ui) -> Result<(), Failure> {
    match cli.command.unwrap_or_default() {
        Command::Audit(args) => audit::run(args, ui).await,
        Command::Authority(args) => authority::run(args, ui).await,
        Command::Demo(args) => demo::run(args, ui).await,
        Command::Gateway(args) => gateway::run(args, ui).await,
        Command::Playground(args) => playground::run(args, ui).await,
        Command::Trustee(args) => trustee::run(args, ui).await,
        Command::Wallet(args) => wallet::run(args, ui).await,
    }
}
