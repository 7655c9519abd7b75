//! The e-ID: head = which parser; text as each parser takes it. What only a signer could reach comes as the JSON of what is signed, and
//! is signed here by the honest party.
//!
//! - Envelopes: JSON as serde_json reads it; a JWS, a JWE and a certificate count only as their authors made them.
//! - Credentials: no digest survives, every disclosure has its place, and what a holder shows is what the verifier sees.
//! - Exchange: queries, requests, links and documents of issuance mean the same when they are written again.
//! - Recovery: a backup and a set of codes, byte for byte.

mod credentials;
mod envelopes;
mod exchange;
mod parties;
mod recovery;

use crate::{Seed, seed, split};

/// Bytes before the text.
pub const HEAD: usize = 1;

/// What reads a text, and its name in the names of the seeds.
type Reader = (&'static str, fn(&[u8]));

const READERS: [Reader; 16] = [
    ("json", envelopes::check_json),
    ("jws", envelopes::check_jws),
    ("jwe", envelopes::check_jwe),
    ("certificate", envelopes::check_certificate),
    ("credential", credentials::check_text),
    ("payload", credentials::check_payload),
    ("status", credentials::check_status),
    ("query", exchange::check_query),
    ("request", exchange::check_request),
    ("request-link", exchange::check_request_link),
    ("offer", exchange::check_offer),
    ("issuance", exchange::check_issuance),
    ("proof", exchange::check_proof),
    ("blob", recovery::check_blob),
    ("codes", recovery::check_codes),
    ("anchors", envelopes::check_anchors),
];

/// Checks one input.
pub fn check(data: &[u8]) {
    let Some(([reader], text)) = split::<HEAD>(data) else { return };
    let (_, check) = READERS[usize::from(*reader) % READERS.len()];
    check(text);
}

/// What the parties make, by its reader.
pub fn seeds() -> Vec<Seed> {
    let made = [envelopes::seeds(), credentials::seeds(), exchange::seeds(), recovery::seeds()].concat();
    let with_head = |(reader, name, text): (&str, &str, Vec<u8>)| {
        let index = READERS.iter().position(|(own, _)| *own == reader)?;
        Some(seed(format!("{reader}{name}"), &[index as u8], text))
    };
    made.into_iter().filter_map(with_head).collect()
}

/// Reader, rest of the name, text.
type Made = (&'static str, &'static str, Vec<u8>);
