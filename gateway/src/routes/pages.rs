//! `GET /`: a plain page per plane, made on the server, without scripts. The anonymous plane shows the board: its
//! head, its elections, their results.

use std::fmt::Write;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Html;
use axum::routing::get;
use kodanik_ballot::manifest::{Kind, Manifest};
use kodanik_ballot::tally::ContestTally;
use kodanik_contract::election::{ElectionRecord, Phase};
use utoipa_axum::router::OpenApiRouter;

use super::docs::{STYLE, escape};
use crate::config::PublicUrls;
use crate::error::ApiError;
use crate::roles::ledger::Ledger;

/// The page of the anonymous plane.
pub fn board(ledger: Arc<Ledger>) -> OpenApiRouter {
    OpenApiRouter::new().route("/", get(show_board)).with_state(ledger)
}

/// The page of the identified plane.
pub fn identified(urls: &PublicUrls) -> OpenApiRouter {
    let body = format!(
        "<h1>Kodanik gateway</h1><p>This is the identified plane: e-ID, public services, recovery. Wallets talk to it; \
         there is nothing here to click.</p><p><a href=\"{}\">The board: elections and results</a> · \
         <a href=\"/docs\">Routes</a></p>",
        escape(urls.anonymous.as_str())
    );
    let page = Html(page("Kodanik gateway", &body));
    OpenApiRouter::new().route("/", get(move || std::future::ready(page.clone())))
}

async fn show_board(State(ledger): State<Arc<Ledger>>) -> Result<Html<String>, ApiError> {
    let (size, elections) = ledger.engine().read_state(|state| {
        let elections: String = state.elections().map(election).collect();
        (state.size(), elections)
    })?;
    let none = "<p>No election has been announced yet.</p>".to_owned();
    let elections = if elections.is_empty() { none } else { elections };
    let body = format!(
        "<h1>The board</h1><p class=\"quiet\">Log <code>{}</code>, {size} entries · <a href=\"/ledger/checkpoint\">newest \
         checkpoint</a> · <a href=\"/docs\">routes</a></p>{elections}<h2>Check it yourself</h2><p>Everything on this page follows \
         from the log. <code>kodanik audit</code> with this address replays it from its first entry and computes the same, or \
         says what is wrong.</p>",
        escape(ledger.origin().as_str())
    );
    Ok(Html(page("The board", &body)))
}

fn election(record: &ElectionRecord) -> String {
    let manifest = record.manifest();
    let mut html = format!(
        "<h2>{}</h2><p>{}{} · {} ballots cast, {} count</p>",
        escape(&manifest.title),
        if manifest.kind == Kind::Trial { "A trial, which may be closed early · " } else { "" },
        phase(record.phase()),
        record.ballot_count(),
        record.pseudonym_count()
    );
    for result in record.result().unwrap_or_default() {
        html.push_str(&contest(manifest, result));
    }
    html
}

fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Ceremony => "The trustees are making the key",
        Phase::Failed => "A trustee cheated in the key ceremony; it begins anew under another manifest",
        Phase::Closed => "Closed; the trustees are opening the sums",
        Phase::Open => "Open",
        Phase::Ready => "Ready to open",
        Phase::Tallied => "Closed; the result is published",
    }
}

fn contest(manifest: &Manifest, result: &ContestTally) -> String {
    let Some(contest) = manifest.contest(&result.contest) else { return String::new() };
    let Some(counts) = &result.options else {
        return format!(
            "<p><b>{}</b>: {} ballots; too few to publish more.</p>",
            escape(&contest.title),
            result.ballots
        );
    };
    let names = contest.options.iter().map(|option| option.title.as_str()).chain(["Blank"]);
    let mut html = format!(
        "<table><caption>{}</caption><thead><tr><th>Option</th><th class=\"n\">Votes</th></tr></thead><tbody>",
        escape(&contest.title)
    );
    for (name, count) in names.zip(counts) {
        let _ = write!(html, "<tr><td>{}</td><td class=\"n\">{count}</td></tr>", escape(name));
    }
    html.push_str("</tbody></table>");
    html
}

fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title}</title><style>{STYLE}caption{{text-align:left;font-weight:600;padding:.75rem 0 .25rem}}</style>{body}</html>"
    )
}
