//! SD-JWT VC and status lists.

use std::sync::LazyLock;

use kodanik_crypto::encoding::{from_base64url, to_base64url};
use kodanik_crypto::transcript::sha256;
use kodanik_identity::dcql::ClaimPath;
use kodanik_identity::device_key;
use kodanik_identity::sd_jwt::{
    CREDENTIAL_TYPE, CredentialContent, CredentialDraft, Expected, KeyBinding, UnverifiedPresentation,
    UnverifiedSdJwt, VerifiedSdJwt,
};
use kodanik_identity::status::{
    Bits, MAX_LIST, STATUS_LIST_TYPE, Status, StatusError, StatusList, StatusReference, TokenTimes,
    UnverifiedStatusToken,
};
use serde_json::{Map, Value, json};

use super::Made;
use super::parties::{ISSUER, NOW, PARTIES, rng};

const NONCE: &str = "nonce-of-the-request";
const AUDIENCE: &str = "x509_hash:verifier";
const STATUS_URI: &str = "https://eid.example/status/1";

/// The honest credential, and its holder's presentation of the name alone.
static HONEST: LazyLock<[String; 2]> = LazyLock::new(|| {
    let Value::Object(claims) = json!({ "given_name": "Aino", "family_name": "Tamm", "address": { "city": "Tartu" }, "nationalities": ["EE", "FI"] })
    else {
        unreachable!("an object")
    };
    let content = CredentialContent {
        issuer: ISSUER.to_owned(),
        vct: "urn:eudi:pid:1".to_owned(),
        issued: NOW,
        expires: NOW.plus(1000),
        holder: PARTIES.holder.verifying_key(),
        status: Some(StatusReference::new(7, STATUS_URI).expect("a reference")),
        claims,
        disclosable: vec![
            ClaimPath::of(&["given_name"]),
            ClaimPath::of(&["address"]),
            ClaimPath::of(&["address", "city"]),
        ],
        decoys: 1,
    };
    let draft = CredentialDraft::new(&mut rng("credential"), PARTIES.issuer.x5c.clone(), &content)
        .expect("a credential");
    let text = draft.sign(&PARTIES.issuer.key);
    let shown = present(&verify(&text).expect("a credential"), &[ClaimPath::of(&["given_name"])]);
    [text, shown]
});

fn verify(text: &str) -> Option<VerifiedSdJwt> {
    UnverifiedSdJwt::parse(text).ok()?.verify(&PARTIES.anchors, NOW).ok()
}

fn present(credential: &VerifiedSdJwt, paths: &[ClaimPath]) -> String {
    let binding = KeyBinding { nonce: NONCE, audience: AUDIENCE, now: NOW, other: Map::new() };
    let draft =
        credential.select(paths).and_then(|selected| selected.bind_key(&binding)).expect("a presentation");
    let signature = PARTIES.holder.sign(draft.signing_input());
    draft.finish(signature)
}

fn receive(presentation: &str) -> Option<VerifiedSdJwt> {
    let expected = Expected { nonce: NONCE, audience: AUDIENCE, now: NOW };
    let verified =
        UnverifiedPresentation::parse(presentation).ok()?.verify(&PARTIES.anchors, &expected).ok()?;
    Some(verified.credential)
}

/// A credential or a presentation as it came: only what the issuer signed counts, and only what the holder chose is shown.
pub fn check_text(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let signed = |text: &str| text.split('~').next().and_then(|jws| Some(jws.rsplit_once('.')?.0.to_owned()));
    if let Some(credential) = verify(text) {
        assert_eq!(signed(text), signed(&HONEST[0]), "a forged credential");
        assert!(text.split('~').skip(1).all(|part| HONEST[0].contains(part)), "a forged disclosure");
        check_shown(&credential);
    }
    if receive(text).is_some() {
        let (shown, own) = (text.rsplit_once('~'), HONEST[1].rsplit_once('~'));
        assert_eq!(shown.map(|parts| parts.0), own.map(|parts| parts.0), "the holder showed something else");
    }
}

/// `{"disclosures": [array, ..], "payload": object}`: the issuer signs the payload; `"#n"` stands for the digest of disclosure n.
pub fn check_payload(bytes: &[u8]) {
    let Ok(document) = serde_json::from_slice::<Value>(bytes) else { return };
    let Some((payload, text)) = issue(&document) else { return };
    let Ok(unverified) = UnverifiedSdJwt::parse(&text) else { return };
    let Ok(credential) = unverified.verify(&PARTIES.anchors, NOW) else { return };
    assert_eq!(payload["iss"], credential.issuer(), "another issuer than the signed one");
    assert_eq!(payload["vct"], credential.vct(), "another type than the signed one");
    let disclosures = document["disclosures"].as_array().map_or(0, Vec::len);
    assert_eq!(credential.disclosed().len(), disclosures, "a disclosure without a place");
    check_shown(&credential);
}

/// The payload with its digests, and the credential.
fn issue(document: &Value) -> Option<(Value, String)> {
    let (mut digests, mut tail) = (Vec::new(), String::from("~"));
    for disclosure in document["disclosures"].as_array()? {
        let text = to_base64url(with_digests(disclosure, &digests).to_string());
        digests.push(to_base64url(sha256(text.as_bytes())));
        tail.push_str(&format!("{text}~"));
    }
    let payload = with_digests(document.get("payload").filter(|payload| payload.is_object())?, &digests);
    let signed = PARTIES.issuer.sign(CREDENTIAL_TYPE, &payload);
    Some((payload, format!("{signed}{tail}")))
}

fn with_digests(value: &Value, digests: &[String]) -> Value {
    match value {
        Value::Array(items) => items.iter().map(|item| with_digests(item, digests)).collect(),
        Value::Object(members) => {
            members.iter().map(|(name, member)| (name.clone(), with_digests(member, digests))).collect()
        }
        Value::String(text) => {
            let number = text.strip_prefix('#').and_then(|number| number.parse::<usize>().ok());
            number.and_then(|number| digests.get(number)).unwrap_or(text).as_str().into()
        }
        plain => plain.clone(),
    }
}

/// No digest is left; all that is disclosed can be shown again, and nothing has to be.
fn check_shown(credential: &VerifiedSdJwt) {
    assert!(!has_digests(credential.claims()), "a digest among the claims");
    if *credential.holder_key() != PARTIES.holder.verifying_key() {
        return;
    }
    let everything = receive(&present(credential, &credential.disclosed())).expect("an honest presentation");
    assert_eq!(everything.claims(), credential.claims(), "the verifier sees something else");
    let nothing = receive(&present(credential, &[])).expect("an honest presentation");
    assert!(nothing.disclosed().is_empty(), "more is shown than was chosen");
    for member in ["iss", "vct", "exp", "cnf", "status"] {
        assert_eq!(
            nothing.claims().get(member),
            credential.claims().get(member),
            "an open claim was withheld"
        );
    }
}

fn has_digests(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(has_digests),
        Value::Object(members) => {
            members.contains_key("_sd") || members.contains_key("...") || members.values().any(has_digests)
        }
        _ => false,
    }
}

/// A status token's payload, signed by the status issuer: what it inflates to is bounded, and every entry is within it.
pub fn check_status(bytes: &[u8]) {
    let Ok(payload) = serde_json::from_slice::<Value>(bytes) else { return };
    let text = PARTIES.status.sign(STATUS_LIST_TYPE, &payload);
    let Ok(unverified) = UnverifiedStatusToken::parse(&text) else { return };
    let Ok(token) = unverified.verify(&PARTIES.anchors, STATUS_URI, NOW) else { return };
    let status = |index| token.status(&StatusReference::new(index, STATUS_URI).expect("a reference"));
    assert_eq!(status(MAX_LIST as u64 * 8), Err(StatusError::Index), "more than a list can hold");
    if payload["status_list"]["bits"] == 1 {
        assert!(
            !matches!(status(0), Ok(Status::Suspended | Status::ApplicationSpecific)),
            "one bit says more than two"
        );
    }
    let elsewhere = StatusReference::new(0, "https://eid.example/status/2").expect("a reference");
    assert_eq!(token.status(&elsewhere), Err(StatusError::OtherList), "another list");
}

pub fn seeds() -> Vec<Made> {
    let cnf = device_key::confirmation(&PARTIES.holder.verifying_key());
    let payload = json!({
        "_sd": ["#0", "#2"], "_sd_alg": "sha-256", "cnf": cnf, "exp": NOW.plus(9), "iat": NOW, "iss": ISSUER,
        "nationalities": [{ "...": "#3" }, "FI"], "vct": "urn:eudi:pid:1",
        "status": { "status_list": { "idx": 7, "uri": STATUS_URI } },
    });
    let disclosures = json!([
        ["a-salt-0", "given_name", "Aino"], ["a-salt-1", "city", "Tartu"],
        ["a-salt-2", "address", { "_sd": ["#1"], "country": "EE" }], ["a-salt-3", "EE"],
    ]);
    let plain = json!({ "cnf": cnf, "exp": NOW.plus(9), "iat": NOW, "iss": ISSUER, "vct": "urn:eudi:pid:1" });
    vec![
        ("credential", "", HONEST[0].as_bytes().to_vec()),
        ("credential", "-presentation", HONEST[1].as_bytes().to_vec()),
        ("credential", "-presentation-with-more", with_more().into()),
        ("payload", "", json!({ "disclosures": disclosures, "payload": payload }).to_string().into()),
        ("payload", "-plain", json!({ "disclosures": [], "payload": plain }).to_string().into()),
        ("status", "-one-bit", status_payload(Bits::One, 64)),
        ("status", "-two-bits", status_payload(Bits::Two, 64)),
        ("status", "-too-large", too_large()),
    ]
}

/// Everything disclosed under the binding of the presentation that shows the name alone.
fn with_more() -> String {
    let binding = HONEST[1].rsplit('~').next().unwrap_or_default();
    format!("{}{binding}", HONEST[0])
}

/// One byte more than a list may have, in 16 KiB.
fn too_large() -> Vec<u8> {
    let whole = status_payload(Bits::One, MAX_LIST as u64 * 8);
    let mut payload: Value = serde_json::from_slice(&whole).expect("a payload");
    let compressed =
        from_base64url(payload["status_list"]["lst"].as_str().unwrap_or_default()).expect("base64url");
    // A stored block of one byte more in front (RFC 1951 section 3.2.4), and the checksum of so many zeros (RFC 1950 section 8.2).
    let (header, rest) = compressed.split_at(2);
    let checksum = ((MAX_LIST as u32 + 1) % 65_521) << 16 | 1;
    let longer =
        [header, &[0, 1, 0, 0xfe, 0xff, 0], &rest[..rest.len() - 4], &checksum.to_be_bytes()].concat();
    payload["status_list"]["lst"] = to_base64url(longer).into();
    payload.to_string().into()
}

fn status_payload(bits: Bits, size: u64) -> Vec<u8> {
    let mut list = StatusList::new(bits, size).expect("a list");
    list.set(7, Status::Invalid).expect("a status");
    let times = TokenTimes { issued: NOW, expires: NOW.plus(100), ttl: 50 };
    let draft = list.token(PARTIES.status.x5c.clone(), STATUS_URI, times).expect("a token");
    let payload = std::str::from_utf8(draft.signing_input()).ok().and_then(|input| input.split_once('.'));
    from_base64url(payload.expect("two parts").1).expect("base64url")
}
