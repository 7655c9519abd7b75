//! Parental allowance: an application that becomes a case and ends in a decision.

use kodanik_crypto::time::UnixSeconds;
use kodanik_services::message::Method;
use kodanik_services::tracker::{CaseState, CaseStatus};
use rusqlite::Transaction;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Ask, CallRefused, Reply, cases};

pub(super) const CODE: &str = "parental-allowance";

/// A month's allowance, in the smallest unit of the currency.
const MONTHLY: u64 = 150_000;
const MAX_MONTHS: u64 = 18;
/// A child counts until this age, in days.
const MAX_AGE_DAYS: i64 = 3 * 365;

pub(super) fn openapi() -> Value {
    json!({
        "openapi": "3.0.3",
        "info": {"title": "Parental allowance", "version": "1", "x-kodanik-life-event": "A child is born"},
        "paths": {
            "/applications": {"post": {
                "summary": "Apply for parental allowance",
                "x-kodanik-claims": ["given_name", "family_name"],
                "requestBody": {"required": true, "content": {"application/json": {"schema": {
                    "type": "object",
                    "required": ["child_name", "child_born", "months"],
                    "properties": {
                        "child_name": {"type": "string", "title": "Child's name", "maxLength": 100},
                        "child_born": {"type": "string", "title": "Child's date of birth", "format": "date"},
                        "months": {"type": "integer", "title": "For how many months", "minimum": 1, "maximum": MAX_MONTHS},
                    }
                }}}},
                "responses": {"202": {"description": "a case was opened"}}
            }},
            "/cases/{case}/status": {"get": {"summary": "Where the case stands", "responses": {"200": {"description": "state"}}}},
            "/cases/{case}/decision": {"get": {"summary": "The decision", "responses": {"200": {"description": "document"}}}},
            "/cases/{case}/withdrawal": {"post": {"summary": "Withdraw", "responses": {"200": {"description": "state"}}}},
        }
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Application {
    child_name: String,
    child_born: String,
    months: u64,
}

pub(super) fn answer(tx: &Transaction<'_>, ask: &Ask<'_>) -> Result<Reply, CallRefused> {
    let parts: Vec<&str> = ask.tail.split('/').collect();
    match (ask.method, &parts[..]) {
        (Method::Post, ["", "applications"]) => apply(tx, ask),
        (Method::Get, ["", "cases", case, "decision"]) => decision(tx, ask, case),
        (Method::Post, ["", "cases", case, "withdrawal"]) => withdraw(tx, ask, case),
        _ => Err(CallRefused::NotFound),
    }
}

fn apply(tx: &Transaction<'_>, ask: &Ask<'_>) -> Result<Reply, CallRefused> {
    let application = parse(ask.body)?;
    let stored = json!({
        "applicant": {"given_name": ask.eid.claim("given_name"), "family_name": ask.eid.claim("family_name")},
        "child_born": application.child_born,
        "child_name": application.child_name,
        "months": application.months,
    });
    let case = cases::open(tx, &ask.signed.user.to_string(), &stored, ask.now)?;
    Ok(Reply { status: 202, body: json!({"case": case.id, "status": case.status}) })
}

fn parse(body: &[u8]) -> Result<Application, CallRefused> {
    let application: Application =
        serde_json::from_slice(body).map_err(|_| CallRefused::Unusable("not of the expected shape"))?;
    if !(1..=MAX_MONTHS).contains(&application.months) {
        return Err(CallRefused::Unusable("months"));
    }
    if !(1..=100).contains(&application.child_name.chars().count()) {
        return Err(CallRefused::Unusable("child_name"));
    }
    day_number(&application.child_born).ok_or(CallRefused::Unusable("child_born"))?;
    Ok(application)
}

fn decision(tx: &Transaction<'_>, ask: &Ask<'_>, case: &str) -> Result<Reply, CallRefused> {
    let case = cases::find(tx, case, &ask.signed.user.to_string(), ask.now)?;
    let decided = |granted: bool| {
        let months = case.application["months"].as_u64().unwrap_or_default();
        json!({
            "application": case.application,
            "case": case.id,
            "decided": case.status.since,
            "granted": granted,
            "monthly_amount": if granted { MONTHLY } else { 0 },
            "total_amount": if granted { MONTHLY * months } else { 0 },
        })
    };
    match case.status.state {
        CaseState::Done => Ok(Reply { status: 200, body: decided(true) }),
        CaseState::Declined => Ok(Reply { status: 200, body: decided(false) }),
        _ => Err(CallRefused::WrongState),
    }
}

fn withdraw(tx: &Transaction<'_>, ask: &Ask<'_>, case: &str) -> Result<Reply, CallRefused> {
    let mut case = cases::find(tx, case, &ask.signed.user.to_string(), ask.now)?;
    let next = CaseStatus { state: CaseState::Withdrawn, since: ask.now };
    cases::enter(tx, &mut case, next)?;
    Ok(Reply { status: 200, body: json!({"case": case.id, "status": case.status}) })
}

/// The rule: the child is born, and not older than three years.
pub(super) fn decide(application: &Value, at: UnixSeconds) -> CaseState {
    let today = i64::try_from(at.0 / 86_400).unwrap_or(i64::MAX);
    let born = application["child_born"].as_str().and_then(day_number);
    match born.map(|born| today - born) {
        Some(0..=MAX_AGE_DAYS) => CaseState::Done,
        _ => CaseState::Declined,
    }
}

/// Days since 1970-01-01 of a date `YYYY-MM-DD` (proleptic Gregorian calendar).
fn day_number(date: &str) -> Option<i64> {
    kodanik_services::catalogue::FieldKind::Date.parse(date)?;
    let mut parts = date.split('-').map(str::parse::<i64>);
    let (year, month, day) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
    // March is month 0, so that the leap day comes last
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let before_year = 365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    Some(before_year + (153 * month + 2) / 5 + day - 1 - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_as_the_calendar_does() {
        assert_eq!(day_number("1970-01-01"), Some(0));
        assert_eq!(day_number("2000-03-01"), Some(11_017));
        assert_eq!(day_number("2024-02-29"), Some(19_782));
        assert_eq!(day_number("2023-02-29"), None);
    }

    #[test]
    fn the_rule_decides() {
        let at = UnixSeconds(19_782 * 86_400);
        let decided = |born: &str| decide(&json!({"child_born": born}), at);
        assert_eq!(decided("2024-02-29"), CaseState::Done);
        assert_eq!(decided("2021-03-02"), CaseState::Done);
        assert_eq!(decided("2021-02-28"), CaseState::Declined);
        assert_eq!(decided("2024-03-01"), CaseState::Declined);
        assert_eq!(decided("x"), CaseState::Declined);
    }

    #[test]
    fn unusable_applications_are_refused() {
        assert!(parse(br#"{"child_name":"M","child_born":"2024-01-01","months":3}"#).is_ok());
        for bad in [
            r#"{}"#,
            r#"{"child_name":"M","child_born":"2024-01-01","months":0}"#,
            r#"{"child_name":"M","child_born":"2024-01-01","months":19}"#,
            r#"{"child_name":"","child_born":"2024-01-01","months":3}"#,
            r#"{"child_name":"M","child_born":"2024-02-30","months":3}"#,
            r#"{"child_name":"M","child_born":"2024-01-01","months":3,"x":1}"#,
        ] {
            assert!(matches!(parse(bad.as_bytes()), Err(CallRefused::Unusable(_))), "{bad}");
        }
    }
}
