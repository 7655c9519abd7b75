//! `kodanik demo`: a citizen's whole story against a real gateway on this machine. Every party is the real one, over
//! real sockets; what stands for the world outside (people, the plastic ID card, a public body behind X-Road) is a test
//! double of its own crate.

mod citizen;
mod count;
mod crowd;
mod stage;

use std::time::Instant;

use serde_json::json;

use crate::args::DemoArgs;
use crate::authority::Definition;
use crate::failure::Failure;
use crate::stage::{Folder, Stage};
use crate::ui::{Ui, log_to_stderr, until_stopped};

use self::citizen::Citizen;

/// Tells the story, then serves until Ctrl-C.
pub(crate) async fn run(args: DemoArgs, ui: &Ui) -> Result<(), Failure> {
    log_to_stderr("off");
    tokio::select! {
        told = tell(args, ui) => told,
        stopped = until_stopped() => {
            ui.note("\nStopped. The temporary folder is removed.");
            Ok(stopped?)
        }
    }
}

async fn tell(args: DemoArgs, ui: &Ui) -> Result<(), Failure> {
    let started = Instant::now();
    ui.line(
        "Kodanik: one citizen, from e-ID to counted vote. Everything runs on this machine, and for real.",
    );
    let mut stage = Stage::set(Folder::temporary("kodanik-demo-")?, args.port, ui).await?;
    stage.make_election_key(Definition::example(), ui).await?;
    let mut citizen = Citizen::enrol(&stage, ui).await?;
    citizen.present(&stage, ui).await?;
    citizen.use_service(ui).await?;
    citizen.vote(&stage, ui).await?;
    let citizen = citizen.lose_the_phone(&stage, ui).await?;
    crowd::vote(&stage, args.voters, ui).await?;
    let results = count::close_and_tally(&mut stage, &citizen, ui).await?;
    let audit = count::audit(&stage, ui).await?;
    ui.chapter(10, "The result", "As the auditor computed it from the log.");
    ui.line(count::table(&results));
    let seconds = started.elapsed().as_secs_f32();
    ui.line(format!("\n  {} voters, {} log entries, {seconds:.1} seconds.", args.voters + 1, audit.size));
    finish(&args, &stage, &results, audit.size, seconds, ui).await
}

async fn finish(
    args: &DemoArgs,
    stage: &Stage,
    results: &[kodanik_auditor::report::ContestReport],
    entries: u64,
    seconds: f32,
    ui: &Ui,
) -> Result<(), Failure> {
    let urls = &stage.gateway.context.urls;
    let json = json!({
        "voters": args.voters + 1,
        "entries": entries,
        "seconds": seconds,
        "identified": urls.identified,
        "anonymous": urls.anonymous,
        "contests": results,
    });
    if args.exit {
        ui.result(&json, "");
        return Ok(());
    }
    let text = format!(
        "\n  The board is at {}  (routes: {}docs)\n  Check it yourself:  kodanik audit {} --policy {}\n  Ctrl-C ends the demo and removes its folder.",
        urls.anonymous,
        urls.anonymous,
        urls.anonymous,
        stage.trust().join("ledger.policy").display()
    );
    ui.result(&json, text);
    std::future::pending().await
}
