use kodanik_crypto::encoding::from_base64url;
use kodanik_crypto::signature::{SigningKey, VerifyingKey};
use kodanik_crypto::time::UnixSeconds;
use proptest::prelude::*;
use rand_core::OsRng;

use super::request::{Application, SignedRequest, UnverifiedRequest};
use super::structured::{dictionary, serialise_list};
use super::*;
use crate::address::RestPath;
use crate::message::{Method, RestResponse, StrictRequest};

const NOW: UnixSeconds = UnixSeconds(1_800_000_000);
const NONCE: &str = "n-0123456789abcdef";

fn headers(fields: &[(&str, &str)]) -> Headers {
    Headers::parse(fields.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect()).unwrap()
}

fn coordinates(x: &str, y: &str) -> VerifyingKey {
    let half = |text| <[u8; 32]>::try_from(from_base64url(text).unwrap()).unwrap();
    VerifyingKey::from_coordinates(&half(x), &half(y)).unwrap()
}

/// RFC 9421 appendix B.2.4: a response signed with test-key-ecc-p256.
#[test]
fn rfc_9421_b_2_4() {
    const DIGEST: &str = "sha-512=:mEWXIS7MaLRuGgxOBdODa3xqM1XdEvxoYhvlCFJ41QJgJc4GTsPp29l5oGX69wWdXymyU0rjJ\
        uahq4l5aGgfLQ==:";
    const SIGNATURE: &str = "sig-b24=:wNmSUAhwb5LxtOtOpNa6W5xj067m5hFrj0XQ4fvpaCLx0NKocgPquLgyahnzDnDAUy5eCdl\
        YUEkLIj+32oiasw==:";
    const INPUT: &str = "sig-b24=(\"@status\" \"content-type\" \"content-digest\" \"content-length\")\
        ;created=1618884473;keyid=\"test-key-ecc-p256\"";
    let body = b"{\"message\": \"good dog\"}\n".to_vec();
    check_content_digest(DIGEST, &body[..23]).unwrap();
    let fields = [
        ("Date", "Tue, 20 Apr 2021 02:07:56 GMT"),
        ("Content-Type", "application/json"),
        ("Content-Digest", DIGEST),
        ("Content-Length", "23"),
        ("Signature-Input", INPUT),
        ("Signature", SIGNATURE),
    ];
    let key = coordinates(
        "qIVYZVLCrPZHGHjP17CTW0_-D9Lfw0EkjqF7xB4FivA",
        "Mc4nN9LTDOBhfoUeg8Ye9WedFRhnZXZJA12Qp0zZ6F0",
    );
    let none = Headers::new();
    let request = HopInvariant { method: Method::Get, query: None, headers: &none, body: b"" };
    let verify = |status, fields: &[(&str, &str)]| {
        let response = RestResponse { status, headers: headers(fields), body: Vec::new() };
        let (input, signature) = parse_signature(&response.headers, "sig-b24").unwrap();
        let base = input.base(Source::Answer { request, response: &response }).unwrap();
        key.verify(base.as_bytes(), &signature)
    };
    assert_eq!(verify(200, &fields), Ok(()));
    assert_eq!(verify(201, &fields), Err(SignatureError::Mismatch));
    let mut changed = fields;
    changed[3].1 = "24";
    assert_eq!(verify(200, &changed), Err(SignatureError::Mismatch));
}

/// RFC 9530 appendix A and RFC 9421 section 1.4's bodies.
#[test]
fn content_digests() {
    let body = b"{\"hello\": \"world\"}";
    let sha256 = "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:";
    let sha512 =
        "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:";
    assert_eq!(content_digest(body), sha256);
    assert_eq!(
        content_digest(b"{\"hello\": \"world\"}\n"),
        "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:"
    );
    for good in [sha256, sha512, &format!("{sha256}, {sha512}"), &format!("unknown=:AA==:, {sha256}")] {
        assert_eq!(check_content_digest(good, body), Ok(()), "{good}");
    }
    for bad in [
        "unknown=:AA==:",
        "sha-256=:AA==:",
        &format!("{sha256}, sha-512=:AA==:"),
        "sha-256=\"X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=\"",
    ] {
        assert_eq!(check_content_digest(bad, body), Err(SignatureRefused::ContentDigest), "{bad}");
    }
    for bad in ["", "sha-256", &format!("{sha256}, {sha256}"), "sha-256=:AA==: x", "sha-256=:A:"] {
        assert_eq!(check_content_digest(bad, body), Err(SignatureRefused::Syntax), "{bad}");
    }
}

pub(crate) fn application() -> Application {
    Application {
        method: Method::Post,
        path: RestPath::parse("/r1/KR/GOV/2000/tax/returns/v1").unwrap(),
        query: Some("year=2026".into()),
        body: Some(("application/json".into(), b"{}".to_vec())),
        client: "KR/GOV/1000/kodanik".parse().unwrap(),
        x_road_id: "42".into(),
        user: "KR9001011234567".parse().unwrap(),
        represented: None,
    }
}

pub(crate) fn signed(key: &SigningKey, application: Application) -> StrictRequest {
    let draft = application.draft("eyJ.~eyJ", NONCE, NOW, 60).unwrap();
    let signature = key.sign(draft.signing_input());
    draft.finish(signature).unwrap()
}

fn verify(
    request: HopInvariant<'_>,
    key: &SigningKey,
    now: UnixSeconds,
) -> Result<SignedRequest, SignatureRefused> {
    UnverifiedRequest::parse(request)?.verify(&key.verifying_key(), now)
}

#[test]
fn a_citizens_signature_survives_x_road() {
    let key = SigningKey::make(&mut OsRng);
    let request = signed(&key, application());
    let facts = verify((&request).into(), &key, NOW).unwrap();
    assert_eq!((facts.x_road_id.as_str(), facts.user.number()), ("42", "9001011234567"));
    assert_eq!(facts.path, *request.as_request().path());
    assert_eq!(UnverifiedRequest::parse((&request).into()).unwrap().presentation(), Some("eyJ.~eyJ"));
    // the provider's side: another path, security servers' fields beside, another order
    let mut fields: Vec<_> = request.as_request().headers().clone().into();
    fields.reverse();
    fields.push(("x-road-request-id".into(), "r".into()));
    let headers = Headers::parse(fields).unwrap();
    let view = HopInvariant { headers: &headers, ..(&request).into() };
    assert_eq!(verify(view, &key, NOW), Ok(facts));
}

#[test]
fn every_listed_component_counts() {
    let key = SigningKey::make(&mut OsRng);
    let request = signed(&key, application());
    let view = HopInvariant::from(&request);
    let mismatch = Err(SignatureRefused::Signature(SignatureError::Mismatch));
    assert_eq!(verify(HopInvariant { method: Method::Put, ..view }, &key, NOW), mismatch);
    assert_eq!(verify(HopInvariant { query: None, ..view }, &key, NOW), mismatch);
    assert_eq!(
        verify(HopInvariant { body: b"{ }", ..view }, &key, NOW),
        Err(SignatureRefused::ContentDigest)
    );
    for (name, value) in [
        ("content-type", "text/plain"),
        ("x-road-client", "KR/GOV/1000/other"),
        ("x-road-id", "43"),
        ("x-road-userid", "KR9001011234568"),
        ("kodanik-service", "KR/GOV/2000/tax/returns/v2"),
        ("kodanik-presentation", "other"),
    ] {
        let mut headers = view.headers.filtered(|other| other != name);
        let without = HopInvariant { headers: &headers.clone(), ..view };
        assert!(verify(without, &key, NOW).is_err(), "{name}");
        headers.push(name, value).unwrap();
        assert_eq!(verify(HopInvariant { headers: &headers, ..view }, &key, NOW), mismatch, "{name}");
        headers.push(name, value).unwrap();
        assert!(verify(HopInvariant { headers: &headers, ..view }, &key, NOW).is_err(), "{name} twice");
    }
}

#[test]
fn a_listed_component_that_is_present_but_not_covered_is_refused() {
    let key = SigningKey::make(&mut OsRng);
    let request = signed(&key, application());
    let mut headers = request.as_request().headers().clone();
    headers.push("x-road-represented-party", "COM/1").unwrap();
    let view = HopInvariant { headers: &headers, ..(&request).into() };
    assert_eq!(verify(view, &key, NOW), Err(SignatureRefused::Components));
}

#[test]
fn time_and_key_are_checked() {
    let key = SigningKey::make(&mut OsRng);
    let request = signed(&key, application());
    let at = |now| verify((&request).into(), &key, UnixSeconds(now));
    assert!(at(NOW.0 - request::MAX_AHEAD).is_ok() && at(NOW.0 + 60).is_ok());
    assert_eq!(at(NOW.0 - request::MAX_AHEAD - 1), Err(SignatureRefused::Early));
    assert_eq!(at(NOW.0 + 61), Err(SignatureRefused::Expired));
    let other = SigningKey::make(&mut OsRng);
    assert_eq!(
        verify((&request).into(), &other, NOW),
        Err(SignatureRefused::Signature(SignatureError::Mismatch))
    );
    for lifetime in [0, 61] {
        let draft = application().draft("p", NONCE, NOW, lifetime);
        assert_eq!(draft.unwrap_err(), SignatureRefused::Lifetime);
    }
}

/// Rewrites `Signature-Input` and signs what it then says: a signer who does not keep to the profile.
fn resigned(key: &SigningKey, change: impl Fn(&str) -> String) -> Result<SignedRequest, SignatureRefused> {
    let request = signed(key, application());
    let view = HopInvariant::from(&request);
    let input = change(view.headers.single("signature-input").unwrap());
    let mut headers = view.headers.filtered(|name| !name.starts_with("signature"));
    headers.push("signature-input", input)?;
    let parsed = Input::parse(headers.single("signature-input").unwrap(), request::LABEL)?;
    let base = parsed.base(Source::Request(view))?;
    let signature = STANDARD.encode(key.sign(base.as_bytes()).to_bytes());
    headers.push("signature", format!("kodanik=:{signature}:"))?;
    verify(HopInvariant { headers: &headers, ..view }, key, NOW)
}

#[test]
fn a_signer_cannot_leave_the_profile() {
    let key = SigningKey::make(&mut OsRng);
    assert!(resigned(&key, str::to_owned).is_ok());
    let replaced = |from: &str, to: &str| resigned(&key, |input| input.replace(from, to)).unwrap_err();
    assert_eq!(replaced(" \"x-road-id\"", ""), SignatureRefused::Components);
    assert_eq!(replaced("\"@query\" ", ""), SignatureRefused::Components);
    assert_eq!(replaced("\"@method\" \"@query\"", "\"@query\" \"@method\""), SignatureRefused::Components);
    assert_eq!(replaced("\"x-road-id\"", "\"x-road-id\" \"x-road-id\""), SignatureRefused::Components);
    assert_eq!(replaced("\"@query\"", "\"@path\""), SignatureRefused::Components);
    assert_eq!(replaced("\"x-road-id\"", "\"x-road-id\";bs"), SignatureRefused::Components);
    assert_eq!(replaced("\"x-road-id\"", "\"x-road-id\";req"), SignatureRefused::Components);
    assert_eq!(replaced("expires=1800000060", "expires=1800000061"), SignatureRefused::Lifetime);
    assert_eq!(replaced("expires=1800000060", "expires=1800000000"), SignatureRefused::Lifetime);
    assert_eq!(replaced(";expires=1800000060", ""), SignatureRefused::Parameters);
    assert_eq!(replaced("ecdsa-p256-sha256", "hmac-sha256"), SignatureRefused::Parameters);
    assert_eq!(replaced("tag=\"kodanik-request\"", "tag=\"x\""), SignatureRefused::Parameters);
    assert_eq!(replaced(NONCE, "short"), SignatureRefused::Parameters);
    assert_eq!(replaced("kodanik=", "other="), SignatureRefused::Missing);
    assert_eq!(replaced("created=1800000000", "created=1800000000;created=1"), SignatureRefused::Syntax);
}

#[test]
fn every_attempt_has_the_same_digest_and_another_application_another() {
    let key = SigningKey::make(&mut OsRng);
    let digest =
        |application: Application| verify((&signed(&key, application)).into(), &key, NOW).unwrap().digest;
    let first = digest(application());
    assert_eq!(first, digest(application()));
    let other_body = Some(("application/json".into(), b"{\"a\":1}".to_vec()));
    assert_ne!(first, digest(Application { body: other_body, ..application() }));
    assert_ne!(first, digest(Application { query: None, ..application() }));
    let path = RestPath::parse("/r1/KR/GOV/2000/tax/returns/v2").unwrap();
    assert_ne!(first, digest(Application { path, ..application() }));
}

#[test]
fn an_answer_is_bound_to_the_citizens_signature() {
    let (citizen, provider) = (SigningKey::make(&mut OsRng), SigningKey::make(&mut OsRng));
    let request = signed(&citizen, application());
    let view = HopInvariant::from(&request);
    let mut response =
        RestResponse { status: 200, headers: headers(&[("content-type", "a/b")]), body: b"ok".to_vec() };
    let draft = answer::draft(&mut response, view, &[vec![1, 2], vec![3]], NOW).unwrap();
    let signature = provider.sign(draft.signing_input());
    draft.finish(signature, &mut response.headers).unwrap();
    let verify = |response: &RestResponse, view| answer::verify(response, view, &provider.verifying_key());
    assert_eq!(verify(&response, view), Ok(NOW));
    assert_eq!(answer::chain(&response.headers).unwrap(), [vec![1, 2], vec![3]]);

    let mismatch = Err(SignatureRefused::Signature(SignatureError::Mismatch));
    let again = signed(&citizen, Application { x_road_id: "43".into(), ..application() });
    assert_eq!(verify(&response, (&again).into()), mismatch);
    assert_eq!(verify(&RestResponse { status: 201, ..response.clone() }, view), mismatch);
    let changed = RestResponse { body: b"no".to_vec(), ..response.clone() };
    assert_eq!(verify(&changed, view), Err(SignatureRefused::ContentDigest));
    let mut other_chain = response.headers.filtered(|name| name != answer::CHAIN_HEADER);
    other_chain.push(answer::CHAIN_HEADER, ":AAAA:").unwrap();
    assert_eq!(verify(&RestResponse { headers: other_chain, ..response.clone() }, view), mismatch);
    let no_chain = response.headers.filtered(|name| name != answer::CHAIN_HEADER);
    let refused = verify(&RestResponse { headers: no_chain, ..response.clone() }, view);
    assert_eq!(refused, Err(SignatureRefused::Field));
    assert_eq!(
        answer::verify(&response, view, &citizen.verifying_key()),
        Err(SignatureRefused::Signature(SignatureError::Mismatch))
    );
}

proptest! {
    #[test]
    fn structured_fields_never_panic_and_serialise_to_themselves(text in "[a-c=(): \";,0-9A-Z\\\\]{0,40}") {
        if let Ok(members) = dictionary(&text) {
            for (key, member) in members {
                if let Member::List(components, parameters) = member {
                    let again = format!("{key}={}", serialise_list(&components, &parameters));
                    prop_assert_eq!(dictionary(&again).unwrap()[0].1.clone(), Member::List(components, parameters));
                }
            }
        }
    }

    #[test]
    fn no_header_panics_the_verifier(input in "[ -~]{0,80}", signature in "[ -~]{0,80}") {
        let (input, signature) = (input.trim(), signature.trim());
        let headers = headers(&[("signature-input", input), ("signature", signature)]);
        let view = HopInvariant { method: Method::Get, query: None, headers: &headers, body: b"" };
        prop_assert!(UnverifiedRequest::parse(view).is_err());
    }
}
