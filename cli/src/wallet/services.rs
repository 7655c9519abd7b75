//! `services`, `call`, `cases`, `evidence`.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use kodanik_services::catalogue::{Field, FieldKind, Operation, Service};
use kodanik_wallet::Wallet;
use kodanik_wallet::request::{Answered, Catalogue, EvidenceReport, Progress, RequestRecord};
use serde_json::json;

use super::{agrees, show_list};
use crate::failure::Failure;
use crate::ui::{Ui, time};

pub(super) async fn list(wallet: &Wallet, ui: &Ui) -> Result<(), Failure> {
    let catalogue = wallet.services().await?;
    let lines = catalogue.services.iter().flat_map(|service| {
        let operations = service.operations.iter();
        let name = format!("{}  {}", service.id.service_code, service.title);
        let operations = operations.filter(|operation| opens(operation)).zip(1..);
        std::iter::once(name)
            .chain(operations.map(|(operation, number)| format!("  {number}. {}", operation.summary)))
    });
    show_list(ui, &catalogue, lines.collect(), "The gateway reaches no service.");
    Ok(())
}

pub(super) async fn call(
    wallet: &Wallet,
    name: &str,
    number: usize,
    set: &[String],
    yes: bool,
    ui: &Ui,
) -> Result<(), Failure> {
    let catalogue = wallet.services().await?;
    let service = find(&catalogue, name)?;
    let operation = numbered_operation(service, number)?;
    if set.is_empty() && operation.fields.iter().any(|field| field.required) {
        let fields: Vec<_> = operation.fields.iter().map(describe_field).collect();
        let text = format!("{}: {}\n{}", service.title, operation.summary, fields.join("\n"));
        ui.result(operation, text);
        return Ok(());
    }
    let input = set.iter().map(|text| parse_field(text)).collect::<Result<BTreeMap<_, _>, _>>()?;
    let preview = wallet.preview_request(&catalogue, &service.id, operation, &input)?;
    let claims: Vec<_> = preview.claims.iter().map(|(name, _)| name.as_str()).collect();
    ui.note(format!("{}: {}", preview.title, preview.summary));
    ui.note(format!("  Goes along from your e-ID: {}", claims.join(", ")));
    if !yes && !agrees("Sign and send?")? {
        return Err(Failure::refused("declined", "You declined.", "Nothing was sent."));
    }
    let answered = wallet.submit_request(preview).await?;
    show_answer(&answered, ui);
    if answered.status >= 400 {
        return Err(Failure::verdict("the service said no"));
    }
    Ok(())
}

fn find<'a>(catalogue: &'a Catalogue, name: &str) -> Result<&'a Service, Failure> {
    let found = catalogue.services.iter().find(|service| service.id.service_code == name);
    found.ok_or_else(|| {
        let names: Vec<_> =
            catalogue.services.iter().map(|service| service.id.service_code.as_str()).collect();
        let advice = format!("There are: {}. See `wallet services`.", names.join(", "));
        Failure::refused("unknown_service", format!("There is no service called {name}."), advice)
    })
}

/// Whether an operation opens something; the others belong to a case.
fn opens(operation: &Operation) -> bool {
    !operation.path.contains('{')
}

fn numbered_operation(service: &Service, number: usize) -> Result<&Operation, Failure> {
    let mut operations = service.operations.iter().filter(|operation| opens(operation));
    operations.nth(number.saturating_sub(1)).ok_or_else(|| {
        let message = format!("{} has no operation {number}.", service.title);
        Failure::refused("unknown_operation", message, "`wallet services` numbers them.")
    })
}

fn describe_field(field: &Field) -> String {
    let kind = match &field.kind {
        FieldKind::Boolean => "true or false".to_owned(),
        FieldKind::Choice { options } => options.join(" | "),
        FieldKind::Date => "YYYY-MM-DD".to_owned(),
        FieldKind::Integer { minimum, maximum } => format!("{minimum} to {maximum}"),
        FieldKind::Text { max_length } => format!("text, at most {max_length} characters"),
    };
    let required = if field.required { "" } else { " (may be left out)" };
    format!("  --set {}=..  {}: {kind}{required}", field.name, field.title)
}

fn parse_field(text: &str) -> Result<(String, String), Failure> {
    let (name, value) =
        text.split_once('=').ok_or_else(|| Failure::usage("A field is written FIELD=VALUE.", ""))?;
    Ok((name.to_owned(), value.to_owned()))
}

fn show_answer(answered: &Answered, ui: &Ui) {
    let case = answered.case.map(|case| format!("{:?}", case.state).to_lowercase());
    let json = json!({
        "id": answered.id,
        "provider": answered.provider,
        "status": answered.status,
        "body": answered.body,
        "case": case,
        "evidence": report_json(&answered.report),
    });
    let case =
        case.map_or(String::new(), |state| format!("\nA case is open ({state}). Follow it with `cases`."));
    let text = format!(
        "{} answered (status {}); the answer is signed and kept as evidence {}.\n{}{case}",
        answered.provider,
        answered.status,
        answered.id,
        describe_body(&answered.body)
    );
    ui.result(&json, text);
}

/// The members of an answer, one a line.
fn describe_body(body: &serde_json::Value) -> String {
    let Some(members) = body.as_object() else { return format!("  {body}") };
    let line = |(name, value): (&String, &serde_json::Value)| match value.as_str() {
        Some(text) => format!("  {name}: {text}"),
        None => format!("  {name}: {value}"),
    };
    members.iter().map(line).collect::<Vec<_>>().join("\n")
}

pub(super) async fn cases(wallet: &Wallet, save_evidence: Option<&Path>, ui: &Ui) -> Result<(), Failure> {
    let mut troubles = Vec::new();
    for again in wallet.resume_requests().await? {
        match again.result {
            Ok(_) => ui.note(format!("Sent again and answered: {}", again.id)),
            Err(error) => troubles.push((again.id, error)),
        }
    }
    for asked in wallet.poll_cases(true).await? {
        if let Err(error) = asked.result {
            troubles.push((asked.id, error));
        }
    }
    fetch_decisions(wallet, ui).await?;
    let requests = wallet.requests()?;
    let saved = save_evidence.map(|dir| save(wallet, &requests, dir)).transpose()?.unwrap_or_default();
    let mut lines: Vec<_> = requests.iter().map(describe_request).collect();
    lines.extend(saved.iter().map(|path| format!("Evidence in {}", path.display())));
    let json = json!({ "requests": requests, "evidence": saved });
    show_list(ui, &json, lines, "No requests yet.");
    match troubles.into_iter().next() {
        Some((id, error)) => {
            ui.note(format!("! {id}: not up to date"));
            Err(error.into())
        }
        None => Ok(()),
    }
}

/// Every closed case's decision, once: it is evidence from then on.
async fn fetch_decisions(wallet: &Wallet, ui: &Ui) -> Result<(), Failure> {
    let requests = wallet.requests()?;
    for case in &requests {
        if case.has_decision() && !requests.iter().any(|other| other.is_decision_of(case)) {
            let decision = wallet.case_decision(&case.id).await?;
            ui.note(format!("{} has decided:\n{}", decision.provider, describe_body(&decision.body)));
        }
    }
    Ok(())
}

fn describe_request(request: &RequestRecord) -> String {
    let state = match &request.progress {
        Progress::Answered { status } => format!("answered ({status})"),
        Progress::Case { tracker, .. } => format!("{:?}", tracker.status.state).to_lowercase(),
        Progress::Sending => "on its way".to_owned(),
    };
    format!("{}  {}: {}: {state}\n  {}", time(request.created), request.title, request.summary, request.id)
}

/// Writes the evidence of every answered request as `<id>.json`; files that are there already stay.
fn save(wallet: &Wallet, requests: &[RequestRecord], dir: &Path) -> Result<Vec<PathBuf>, Failure> {
    crate::private::make_folder(dir).map_err(|error| Failure::file(dir, &error))?;
    let mut saved = Vec::new();
    for request in requests.iter().filter(|request| request.progress != Progress::Sending) {
        let path = dir.join(format!("{}.json", request.id));
        match crate::private::write_new(&path, &wallet.evidence_file(&request.id)?) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                return Err(Failure::file(&path, &error));
            }
            _ => saved.push(path),
        }
    }
    Ok(saved)
}

pub(super) fn evidence(wallet: &Wallet, file: &Path, ui: &Ui) -> Result<(), Failure> {
    let report =
        wallet.verify_evidence(&std::fs::read(file).map_err(|error| Failure::file(file, &error))?)?;
    let text = format!(
        "The evidence holds: {} answered with status {} on {}.\n  service      {}\n  X-Road id    {}\n  request hash {}",
        report.provider,
        report.status,
        time(report.answered),
        report.service,
        report.x_road_id,
        report.request_hash
    );
    ui.result(&report_json(&report), text);
    Ok(())
}

fn report_json(report: &EvidenceReport) -> serde_json::Value {
    json!({
        "answered": report.answered,
        "provider": report.provider,
        "request_hash": report.request_hash,
        "request_id": report.request_id,
        "service": report.service,
        "status": report.status,
        "x_road_id": report.x_road_id,
    })
}
