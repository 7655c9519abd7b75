//! `services`, `call`, `cases`, `evidence`.

use std::collections::BTreeMap;
use std::path::Path;

use kodanik_services::catalogue::{Field, FieldKind, Operation, Service};
use kodanik_wallet::Wallet;
use kodanik_wallet::request::{Answered, Catalogue, EvidenceReport, Progress};
use serde_json::json;

use super::{agrees, show_list};
use crate::failure::Failure;
use crate::ui::{Ui, time};

pub(super) async fn list(wallet: &Wallet, ui: &Ui) -> Result<(), Failure> {
    let catalogue = wallet.services().await?;
    let lines = catalogue.services.iter().flat_map(|service| {
        let operations = service.operations.iter();
        let name = format!("{}  {}", service.id.service_code, service.title);
        std::iter::once(name).chain(operations.map(|operation| format!("  {}", operation.summary)))
    });
    show_list(ui, &catalogue, lines.collect(), "The gateway reaches no service.");
    Ok(())
}

pub(super) async fn call(
    wallet: &Wallet,
    name: &str,
    set: &[String],
    yes: bool,
    ui: &Ui,
) -> Result<(), Failure> {
    let catalogue = wallet.services().await?;
    let service = find(&catalogue, name)?;
    let operation = first_operation(service)?;
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
    Ok(())
}

fn find<'a>(catalogue: &'a Catalogue, name: &str) -> Result<&'a Service, Failure> {
    let found = catalogue.services.iter().find(|service| service.id.service_code == name);
    found.ok_or_else(|| Failure::usage(format!("There is no service called {name}."), "See `services`."))
}

/// The operation that opens a service: the first one whose path needs no case number.
fn first_operation(service: &Service) -> Result<&Operation, Failure> {
    let open = service.operations.iter().find(|operation| !operation.path.contains('{'));
    open.ok_or_else(|| {
        Failure::refused("no_operation", "The service describes nothing that can be asked.", "")
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
        "{} answered (status {}); the answer is signed and kept as evidence {}.{case}",
        answered.provider, answered.status, answered.id
    );
    ui.result(&json, text);
}

pub(super) async fn cases(wallet: &Wallet, ui: &Ui) -> Result<(), Failure> {
    for answered in wallet.resume_requests().await? {
        ui.note(format!("Sent again and answered: {}", answered.id));
    }
    wallet.poll_cases(true).await?;
    let requests = wallet.requests()?;
    let mut lines = Vec::new();
    for request in &requests {
        let state = match &request.progress {
            Progress::Answered { status } => format!("answered ({status})"),
            Progress::Case { tracker, .. } => format!("{:?}", tracker.status.state).to_lowercase(),
            Progress::Sending => "on its way".to_owned(),
        };
        lines.push(format!("{}  {}: {state}\n  {}", time(request.created), request.title, request.id));
    }
    show_list(ui, &requests, lines, "No requests yet.");
    Ok(())
}

pub(super) fn evidence(wallet: &Wallet, file: &Path, ui: &Ui) -> Result<(), Failure> {
    let report = wallet.verify_evidence(&std::fs::read(file)?)?;
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
