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
mod qr;
mod secrets;
mod trustee;
mod ui;
mod wallet;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Cli, Command};
use crate::ui::Ui;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let ui = Ui::new(cli.json);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return ui.fail(&failure::Failure::from(error)),
    };
    match runtime.block_on(run(cli, &ui)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => ui.fail(&failure),
    }
}

async fn run(cli: Cli, ui: &Ui) -> Result<(), failure::Failure> {
    match cli.command.unwrap_or_default() {
        Command::Audit(args) => audit::run(args, ui).await,
        Command::Authority(args) => authority::run(args, ui).await,
        Command::Demo(args) => demo::run(args, ui).await,
        Command::Gateway(args) => gateway::run(args, ui).await,
        Command::Trustee(args) => trustee::run(args, ui).await,
        Command::Wallet(args) => wallet::run(args, ui).await,
    }
}
