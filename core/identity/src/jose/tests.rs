use kodanik_crypto::encoding::{Bytes, from_base64url, to_base64url};
use kodanik_crypto::signature::{SigningKey, VerifyingKey};
use proptest::prelude::*;
use rand_core::OsRng;
use serde_json::{Value, json};

use super::*;

/// RFC 7515 appendix A.3.
const A3_JWS: &str = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

fn a3_jwk() -> Value {
    json!({
        "kty": "EC", "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    })
}

fn signed(header: &str, payload: &str, key: &SigningKey) -> String {
    let input = format!("{}.{}", to_base64url(header), to_base64url(payload));
    format!("{input}.{}", to_base64url(key.sign(input.as_bytes()).to_bytes()))
}

#[test]
fn rfc_7515_appendix_a_3_verifies() {
    let key = *Jwk::from_value(&a3_jwk()).unwrap().key();
    let jws = UnverifiedJws::parse(A3_JWS, 1024).unwrap().verify_any_type(&key).unwrap();
    assert_eq!(jws.payload()["exp"], 1_300_819_380);
    // It has no `typ`, and what has no purpose is for none.
    assert_eq!(UnverifiedJws::parse(A3_JWS, 1024).unwrap().verify(&key, "JWT").unwrap_err(), JoseError::Type);
}

#[test]
fn the_thumbprint_is_rfc_9449s() {
    let jwk = json!({
        "kty": "EC", "crv": "P-256", "use": "sig", "kid": "not part of it",
        "x": "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs",
        "y": "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA",
    });
    let thumbprint = Jwk::from_value(&jwk).unwrap().thumbprint();
    assert_eq!(thumbprint.to_string(), "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
}

#[test]
fn keys_that_are_refused() {
    let with = |name: &str, value: Value| {
        let mut jwk = a3_jwk();
        jwk[name] = value;
        jwk
    };
    let faults = [
        with("d", json!("jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI")),
        with("d", Value::Null),
        with("kty", json!("RSA")),
        with("crv", json!("P-384")),
        with("x", json!("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU=")),
        with("x", json!("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVE")),
        with("y", json!("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a4")),
        with("y", json!(to_base64url([0; 32]))),
        with("kid", json!(7)),
        json!("key"),
        json!({}),
    ];
    for fault in faults {
        assert_eq!(Jwk::from_value(&fault), Err(JoseError::Key), "{fault}");
    }
}

#[test]
fn each_fault_of_a_jws_has_its_reason() {
    let key = SigningKey::make(&mut OsRng);
    let good = signed(r#"{"alg":"ES256","typ":"t"}"#, "{}", &key);
    assert!(UnverifiedJws::parse(&good, 1024).unwrap().verify(&key.verifying_key(), "t").is_ok());
    let deep = format!(r#"{{"a":{}{}}}"#, "[".repeat(30), "]".repeat(30));
    let cases = [
        (signed(r#"{"alg":"none"}"#, "{}", &key), JoseError::Algorithm),
        (signed(r#"{"alg":"None"}"#, "{}", &key), JoseError::Algorithm),
        (signed(r#"{"alg":"HS256"}"#, "{}", &key), JoseError::Algorithm),
        (signed(r#"{"alg":["ES256"]}"#, "{}", &key), JoseError::Algorithm),
        (signed("{}", "{}", &key), JoseError::Algorithm),
        (signed(r#"{"alg":"ES256","crit":["b64"],"b64":false}"#, "{}", &key), JoseError::Critical),
        (signed(r#"{"alg":"ES256","crit":[]}"#, "{}", &key), JoseError::Critical),
        (signed(r#"{"alg":"ES256","alg":"ES256"}"#, "{}", &key), JoseError::Json(JsonError::Duplicate)),
        (signed(r#"{"alg":"ES256"}"#, r#"{"a":1,"a":2}"#, &key), JoseError::Json(JsonError::Duplicate)),
        (signed(r#"{"alg":"ES256"}"#, &deep, &key), JoseError::Json(JsonError::TooDeep)),
        (signed(r#"{"alg":"ES256"}"#, "[]", &key), JoseError::Json(JsonError::Shape)),
        (signed(r#"{"alg":"ES256","typ":1}"#, "{}", &key), JoseError::Json(JsonError::Shape)),
        (signed(r#"{"alg":"ES256","x5c":[]}"#, "{}", &key), JoseError::Json(JsonError::Shape)),
        (signed(r#"{"alg":"ES256","x5c":"AA=="}"#, "{}", &key), JoseError::Json(JsonError::Shape)),
        (signed(r#"{"alg":"ES256","x5c":["AA"]}"#, "{}", &key), JoseError::Encoding(EncodingError::Base64)),
        (signed(r#"{"alg":"ES256","x5c":["_w=="]}"#, "{}", &key), JoseError::Encoding(EncodingError::Base64)),
        (signed(r#"{"alg":"ES256","jwk":{}}"#, "{}", &key), JoseError::Key),
        (format!("{good}="), JoseError::Encoding(EncodingError::Base64)),
        (format!(" {good}"), JoseError::Encoding(EncodingError::Base64)),
        (format!("{good}.AA"), JoseError::Shape),
        (good[..good.len() - 6].to_owned(), JoseError::Signature),
        (good.rsplit_once('.').unwrap().0.to_owned(), JoseError::Shape),
        (format!("{}.", good.rsplit_once('.').unwrap().0), JoseError::Signature),
        (String::new(), JoseError::Shape),
    ];
    for (text, error) in cases {
        assert_eq!(UnverifiedJws::parse(&text, 4096).unwrap_err(), error, "{text}");
    }
    assert_eq!(UnverifiedJws::parse(&good, good.len() - 1).unwrap_err(), JoseError::TooLarge);
}

#[test]
fn a_signature_is_by_one_key_for_one_purpose() {
    let key = SigningKey::make(&mut OsRng);
    let text = JwsDraft::new(&JwsHeader::new("a"), &json!({"n": 1})).unwrap().sign(&key);
    let parse = || UnverifiedJws::parse(&text, 1024).unwrap();
    assert_eq!(parse().verify(&key.verifying_key(), "b").unwrap_err(), JoseError::Type);
    let other = SigningKey::make(&mut OsRng).verifying_key();
    assert_eq!(parse().verify(&other, "a").unwrap_err(), JoseError::Signature);
    let changed = text.replace(&to_base64url(r#"{"n":1}"#), &to_base64url(r#"{"n":2}"#));
    assert_ne!(changed, text);
    let changed = UnverifiedJws::parse(&changed, 1024).unwrap();
    assert_eq!(changed.verify(&key.verifying_key(), "a").unwrap_err(), JoseError::Signature);
}

#[test]
fn a_member_named_alg_cannot_be_smuggled_in() {
    let key = SigningKey::make(&mut OsRng);
    let header = JwsHeader::new("t").with_member("alg", "none".into()).with_member("typ", "u".into());
    let text = JwsDraft::new(&header, &json!({})).unwrap().sign(&key);
    assert!(UnverifiedJws::parse(&text, 1024).unwrap().verify(&key.verifying_key(), "t").is_ok());
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in r"[A-Za-z0-9_=-]{0,40}(\.[A-Za-z0-9_=-]{0,40}){0,3}") {
        let _ = UnverifiedJws::parse(&text, 1024);
    }

    #[test]
    fn no_header_makes_the_parser_panic(header in r#"\{("alg":"ES256"|"x5c":\["[A-Z=]{0,4}"\]|"jwk":\{\}|,|"kid":1){0,5}\}"#) {
        let _ = UnverifiedJws::parse(&format!("{}.e30.AA", to_base64url(header)), 1024);
    }

    #[test]
    fn what_is_signed_comes_back(kid in "[ -~]{0,20}", claim: String, der in prop::collection::vec(any::<Vec<u8>>(), 0..3)) {
        let key = SigningKey::make(&mut OsRng);
        let header = JwsHeader::new("t").with_kid(&kid).with_jwk(key.verifying_key().into()).with_x5c(der);
        let text = JwsDraft::new(&header, &json!({ "claim": claim })).unwrap().sign(&key);
        let jws = UnverifiedJws::parse(&text, 1 << 20).unwrap().verify(&key.verifying_key(), "t").unwrap();
        prop_assert_eq!(jws.header(), &header);
        prop_assert_eq!(&jws.payload()["claim"], &Value::from(claim));
    }

    #[test]
    fn jwks_round_trip(kid in proptest::option::of("[ -~]{0,20}")) {
        let mut jwk = Jwk::new(SigningKey::make(&mut OsRng).verifying_key());
        jwk.kid = kid;
        prop_assert_eq!(Jwk::from_value(&json!(jwk)).unwrap(), jwk);
    }
}

#[test]
fn coordinates_are_32_bytes_each() {
    let jwk = Jwk::from_value(&a3_jwk()).unwrap();
    let (x, y) = jwk.key().coordinates();
    assert_eq!(from_base64url(a3_jwk()["x"].as_str().unwrap()).unwrap(), x);
    assert_eq!(VerifyingKey::from_coordinates(&x, &Bytes(y).0).unwrap(), *jwk.key());
}
