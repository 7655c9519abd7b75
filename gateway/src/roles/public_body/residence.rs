//! The register of residence: a notice of moving and a certificate, both answered at once.

use kodanik_services::catalogue::FieldKind;
use kodanik_services::message::Method;
use rusqlite::{OptionalExtension, Transaction, params};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Ask, CallRefused, Reply};

pub(super) const CODE: &str = "residence";

pub(super) fn openapi() -> Value {
    json!({
        "openapi": "3.0.3",
        "info": {"title": "Residence", "version": "1", "x-kodanik-life-event": "Moving"},
        "paths": {
            "/notices": {"post": {
                "summary": "Give notice of a new residence",
                "requestBody": {"required": true, "content": {"application/json": {"schema": {
                    "type": "object",
                    "required": ["street", "municipality", "since"],
                    "properties": {
                        "street": {"type": "string", "title": "Street and number", "maxLength": 200},
                        "municipality": {"type": "string", "title": "Municipality", "maxLength": 100},
                        "since": {"type": "string", "title": "Since", "format": "date"},
                    }
                }}}},
                "responses": {"200": {"description": "registered"}}
            }},
            "/certificate": {"get": {
                "summary": "Get a certificate of residence",
                "x-kodanik-claims": ["given_name", "family_name"],
                "responses": {"200": {"description": "certificate"}, "404": {"description": "no residence is registered"}}
            }},
        }
    })
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Residence {
    street: String,
    municipality: String,
    since: String,
}

pub(super) fn answer(tx: &Transaction<'_>, ask: &Ask<'_>) -> Result<Reply, CallRefused> {
    match (ask.method, ask.tail) {
        (Method::Post, "/notices") => register(tx, ask),
        (Method::Get, "/certificate") => certificate(tx, ask),
        _ => Err(CallRefused::NotFound),
    }
}

fn register(tx: &Transaction<'_>, ask: &Ask<'_>) -> Result<Reply, CallRefused> {
    let residence = parse(ask.body)?;
    tx.execute(
        "INSERT OR REPLACE INTO residence (user, street, municipality, since) VALUES (?1, ?2, ?3, ?4)",
        params![ask.signed.user.to_string(), residence.street, residence.municipality, residence.since],
    )?;
    Ok(Reply { status: 200, body: json!({"registered": residence}) })
}

fn parse(body: &[u8]) -> Result<Residence, CallRefused> {
    let residence: Residence =
        serde_json::from_slice(body).map_err(|_| CallRefused::Unusable("not of the expected shape"))?;
    let fits = |text: &str, most| (1..=most).contains(&text.chars().count());
    if !fits(&residence.street, 200) || !fits(&residence.municipality, 100) {
        return Err(CallRefused::Unusable("street or municipality"));
    }
    FieldKind::Date.parse(&residence.since).ok_or(CallRefused::Unusable("since"))?;
    Ok(residence)
}

fn certificate(tx: &Transaction<'_>, ask: &Ask<'_>) -> Result<Reply, CallRefused> {
    let user = ask.signed.user.to_string();
    let sql = "SELECT street, municipality, since FROM residence WHERE user = ?1";
    let residence = tx
        .query_row(sql, [&user], |row| {
            Ok(Residence { street: row.get(0)?, municipality: row.get(1)?, since: row.get(2)? })
        })
        .optional()?
        .ok_or(CallRefused::NotFound)?;
    let body = json!({
        "certified": ask.now,
        "family_name": ask.eid.claim("family_name"),
        "given_name": ask.eid.claim("given_name"),
        "person": user,
        "residence": residence,
    });
    Ok(Reply { status: 200, body })
}
