//! JSON, JWS, JWE, certificates.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kodanik_identity::jose::{Jwk, UnverifiedJws};
use kodanik_identity::json::{MAX_DEPTH, parse_value};
use kodanik_identity::jwe::{CompactJwe, ContentEncryption, PartyInfo, encrypt};
use kodanik_identity::trust::{Purpose, TrustAnchors};
use serde_json::{Value, json};

use super::Made;
use super::parties::{NOW, PARTIES, rng};

const CAP: usize = 64 * 1024;

/// What we read, serde_json reads in the same way; what it refuses, we refuse.
pub fn check_json(bytes: &[u8]) {
    let Ok(value) = parse_value(bytes, CAP) else { return };
    assert!(bytes.len() <= CAP && depth(&value) <= MAX_DEPTH, "too large or too deep");
    assert_eq!(serde_json::from_slice(bytes).ok().as_ref(), Some(&value), "serde_json reads something else");
    assert!(parse_value(bytes, bytes.len() - 1).is_err(), "above its cap");
    // The same object with its last member once more in front.
    let rest = bytes.trim_ascii_start().strip_prefix(b"{");
    if let (Some(rest), Some(name)) = (rest, value.as_object().and_then(|members| members.keys().next_back()))
    {
        let twice = [format!("{{{}:0,", Value::from(name.as_str())).as_bytes(), rest].concat();
        assert!(parse_value(&twice, usize::MAX).is_err(), "a member twice");
    }
}

fn depth(value: &Value) -> usize {
    let inner = match value {
        Value::Array(items) => items.iter().map(depth).max(),
        Value::Object(members) => members.values().map(depth).max(),
        _ => return 0,
    };
    1 + inner.unwrap_or_default()
}

static JWS: LazyLock<String> =
    LazyLock::new(|| PARTIES.issuer.sign("a-type", &json!({ "claim": [1, "two"] })));

/// Only the issuer's own words count as the issuer's.
pub fn check_jws(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(jws) = UnverifiedJws::parse(text, CAP) else { return };
    assert_eq!(text.matches('.').count(), 2, "not three parts");
    assert!(UnverifiedJws::parse(&format!("{text}="), CAP).is_err(), "a second form of the same signature");
    let key = PARTIES.issuer.key.verifying_key();
    if jws.clone().verify(&key, "a-type").is_ok() {
        let signed = |text: &str| text.rsplit_once('.').map(|(signed, _)| signed.to_owned());
        assert_eq!(signed(text), signed(&JWS), "forged");
        assert!(jws.verify(&key, "another-type").is_err(), "for another purpose");
    }
}

static JWE: LazyLock<[String; 2]> = LazyLock::new(|| {
    let (key, info) = (PARTIES.decryption.public_jwk("k1"), PartyInfo { apu: b"sender", apv: b"recipient" });
    [ContentEncryption::A128Gcm, ContentEncryption::A256Gcm]
        .map(|enc| encrypt(&mut rng("jwe"), &key, enc, info, b"an answer").expect("encrypts"))
});

/// Only what was sealed opens, and only unchanged.
pub fn check_jwe(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(jwe) = CompactJwe::parse(text, CAP) else { return };
    let opened = jwe.decrypt(&PARTIES.decryption);
    assert_eq!(opened.is_ok(), JWE.iter().any(|own| own == text), "something else opens");
}

/// A leaf is believed only where the authority has issued it, and for one purpose.
pub fn check_certificate(der: &[u8]) {
    let chain = [der.to_vec()];
    for (purpose, party) in [
        (Purpose::PidIssuer, &PARTIES.issuer),
        (Purpose::RelyingParty, &PARTIES.relying_party),
        (Purpose::Status, &PARTIES.status),
    ] {
        let verified = PARTIES.anchors.verify(&chain, purpose, NOW);
        assert_eq!(verified.is_ok(), party.x5c == chain, "a forged certificate");
        assert!(verified.is_err() || !party.x5c.is_empty(), "nobody's certificate");
    }
    // In the authority's own format it is no authority.
    assert!(
        PARTIES.anchors.verify(&[chain[0].clone(), chain[0].clone()], Purpose::Log, NOW).is_err(),
        "its own authority"
    );
}

/// Whatever is pinned believes the honest issuer only where the honest authority's key is in it: an anchor is a name and a key
/// (RFC 5280 section 6.1.1), and the rest of its certificate is not asked.
pub fn check_anchors(pem: &[u8]) {
    let Ok(anchors) = TrustAnchors::from_pem(pem) else { return };
    assert!(!anchors.is_empty(), "nobody is pinned");
    if anchors.verify(&PARTIES.issuer.x5c, Purpose::PidIssuer, NOW).is_ok() {
        let own = authority_key();
        let has_key = |der: &Vec<u8>| der.windows(own.len()).any(|window| window == own);
        assert!(certificates(pem).iter().any(has_key), "an issuer of another authority");
    }
}

/// The authority's key as its certificate has it: a bit string of 65 bytes.
fn authority_key() -> Vec<u8> {
    let der = certificates(PARTIES.anchor_pem.as_bytes()).concat();
    let start = der.windows(4).position(|window| window == [0x03, 0x42, 0, 0x04]).expect("a key");
    der[start + 3..start + 68].to_vec()
}

/// What stands between the marks, as far as it is base64.
fn certificates(pem: &[u8]) -> Vec<Vec<u8>> {
    let text = String::from_utf8_lossy(pem);
    let blocks = text.split("-----").map(|block| block.split_ascii_whitespace().collect::<String>());
    blocks.filter_map(|block| STANDARD.decode(block).ok()).collect()
}

pub fn seeds() -> Vec<Made> {
    let jwk = serde_json::to_vec(&Jwk::new(PARTIES.holder.verifying_key())).expect("a key encodes");
    vec![
        ("json", "", br#"{"a":[1,-2,3.5,true,null,"\u00e9"],"b":{"c":{}}}"#.to_vec()),
        ("json", "-deep", ["[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH)].concat().into()),
        ("json", "-jwk", jwk),
        ("jws", "", JWS.as_bytes().to_vec()),
        ("jwe", "-a128gcm", JWE[0].as_bytes().to_vec()),
        ("jwe", "-a256gcm", JWE[1].as_bytes().to_vec()),
        ("certificate", "-issuer", PARTIES.issuer.x5c[0].clone()),
        ("certificate", "-relying-party", PARTIES.relying_party.x5c[0].clone()),
        ("certificate", "-status", PARTIES.status.x5c[0].clone()),
        ("anchors", "", PARTIES.anchor_pem.as_bytes().to_vec()),
    ]
}
