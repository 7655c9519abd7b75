use kodanik_crypto::secret::SecretText;
use kodanik_crypto::signature::SigningKey;
use kodanik_crypto::time::UnixSeconds;
use proptest::prelude::*;
use rand_core::OsRng;
use serde_json::{Value, json};

use super::*;
use crate::device_key::KeyProofDraft;
use crate::endpoint::{Endpoint, EndpointPolicy};
use crate::oauth::OAuthErrorCode;
use crate::trust::make::{Anchor, LeafRequest, Validity};
use crate::trust::{Purpose, TrustAnchors};

const NOW: UnixSeconds = UnixSeconds(1_800_000_000);
const HTTPS: EndpointPolicy = EndpointPolicy::HttpsOnly;
const ISSUER: &str = "https://eid.example/issuer";

fn endpoint(text: &str) -> Endpoint {
    Endpoint::parse(text, HTTPS).unwrap()
}

fn offer_json() -> Value {
    json!({
        "credential_issuer": ISSUER,
        "credential_configuration_ids": ["pid"],
        "grants": {
            PRE_AUTHORIZED_CODE: {
                "pre-authorized_code": "code-1",
                "tx_code": { "input_mode": "numeric", "length": 6 },
            },
            "urn:a-grant-of-the-future": { "x": 1 },
        },
    })
}

fn parse_offer(value: &Value) -> Result<CredentialOffer, IssuanceError> {
    CredentialOffer::parse(value.to_string().as_bytes(), HTTPS)
}

fn encoded(value: &Value) -> String {
    url::form_urlencoded::byte_serialize(value.to_string().as_bytes()).collect()
}

#[test]
fn an_offer_goes_into_a_link_and_comes_out() {
    let link = parse_offer(&offer_json()).unwrap().to_link();
    let OfferLink::ByValue(offer) = OfferLink::parse(&link, HTTPS).unwrap() else { panic!("by value") };
    assert_eq!(offer.credential_issuer.as_str(), ISSUER);
    assert_eq!(offer.credential_configuration_ids, ["pid"]);
    assert_eq!(offer.pre_authorized().unwrap().code.expose(), "code-1");
    assert_eq!(offer.to_link(), link);
    let there = OfferLink::to_reference(&endpoint("https://eid.example/offers/1"));
    assert!(matches!(OfferLink::parse(&there, HTTPS), Ok(OfferLink::ByReference(_))));
    let haip = there.replace("openid-credential-offer", "haip-vci");
    assert!(matches!(OfferLink::parse(&haip, HTTPS), Ok(OfferLink::ByReference(_))));
}

#[test]
fn links_that_are_refused() {
    let offer = encoded(&offer_json());
    let scheme = "openid-credential-offer://?";
    for link in [
        String::new(),
        "not a link".to_owned(),
        format!("openid4vp://?credential_offer={offer}"),
        format!("https://eid.example/?credential_offer={offer}"),
        scheme.to_owned(),
        format!("{scheme}credential_offer={offer}&credential_offer_uri=https%3A%2F%2Feid.example"),
        format!("{scheme}credential_offer={offer}&credential_offer={offer}"),
        format!(
            "{scheme}credential_offer_uri=https%3A%2F%2Fa.example&credential_offer_uri=https%3A%2F%2Fb.example"
        ),
        format!("{scheme}credential_offer={}", "x".repeat(MAX_OFFER)),
    ] {
        assert!(matches!(OfferLink::parse(&link, HTTPS), Err(IssuanceError::Link)), "{link}");
    }
    let plain = format!("{scheme}credential_offer_uri=http%3A%2F%2Feid.example%2Foffer");
    assert!(matches!(OfferLink::parse(&plain, HTTPS), Err(IssuanceError::Endpoint(_))));
}

#[test]
fn offers_that_are_refused() {
    let changed = |pointer: &str, value: Value| {
        let mut offer = offer_json();
        *offer.pointer_mut(pointer).unwrap() = value;
        parse_offer(&offer).unwrap_err()
    };
    let grant = "/grants/urn:ietf:params:oauth:grant-type:pre-authorized_code";
    assert!(matches!(changed("/credential_issuer", json!("http://eid.example")), IssuanceError::Endpoint(_)));
    assert_eq!(changed("/credential_configuration_ids", json!([])), IssuanceError::NothingOffered);
    assert_eq!(changed("/credential_configuration_ids", json!(vec!["x"; 17])), IssuanceError::NothingOffered);
    for (member, value) in [
        ("", json!({})),
        ("/pre-authorized_code", json!("")),
        ("/pre-authorized_code", json!(1)),
        ("/tx_code", json!({ "input_mode": "runes" })),
        ("/tx_code", json!({ "length": -6 })),
        ("/tx_code", json!({ "description": "x".repeat(301) })),
    ] {
        let error = changed(&format!("{grant}{member}"), value);
        assert!(matches!(error, IssuanceError::Json(_)), "{member}");
    }
    let twice = br#"{"credential_issuer":"https://a.example","credential_issuer":"https://b.example"}"#;
    assert!(matches!(CredentialOffer::parse(twice, HTTPS), Err(IssuanceError::Json(_))));
    let mut other = offer_json();
    other["grants"] = json!({ "authorization_code": {} });
    let offer = parse_offer(&other).unwrap();
    assert!(matches!(offer.pre_authorized(), Err(IssuanceError::NoSupportedGrant)));
    assert!(matches!(offer.into_token_request(None), Err(IssuanceError::NoSupportedGrant)));
}

#[test]
fn a_transaction_code_of_another_form_costs_no_try() {
    let redeem = |typed: Option<&str>| {
        let typed = typed.map(|text| SecretText::new(text.to_owned()));
        parse_offer(&offer_json()).unwrap().into_token_request(typed)
    };
    assert!(redeem(Some("123456")).is_ok());
    for typed in [None, Some(""), Some("12345"), Some("1234567"), Some("12345x"), Some("１２３４５６")]
    {
        assert!(matches!(redeem(typed), Err(IssuanceError::TxCode)), "{typed:?}");
    }
    let mut without = offer_json();
    without["grants"][PRE_AUTHORIZED_CODE].as_object_mut().unwrap().remove("tx_code");
    let offer = parse_offer(&without).unwrap();
    assert!(matches!(
        offer.into_token_request(Some(SecretText::new("123456".into()))),
        Err(IssuanceError::TxCode)
    ));
}

fn metadata() -> IssuerMetadata {
    IssuerMetadata {
        credential_issuer: endpoint(ISSUER),
        authorization_servers: vec![],
        credential_endpoint: endpoint("https://eid.example/issuer/credential"),
        nonce_endpoint: Some(endpoint("https://eid.example/issuer/nonce")),
        credential_configurations_supported: [
            ("pid".to_owned(), CredentialConfiguration::sd_jwt("urn:eudi:pid:1")),
            ("mdl".to_owned(), CredentialConfiguration { format: "mso_mdoc".into(), ..Default::default() }),
        ]
        .into(),
        display: vec![Display { name: "e-ID office".into(), locale: None }],
    }
}

fn parse_metadata(value: &Value) -> Result<IssuerMetadata, IssuanceError> {
    IssuerMetadata::parse(value.to_string().as_bytes(), &endpoint(ISSUER), HTTPS)
}

#[test]
fn metadata_reads_as_it_was_written() {
    let mut value = json!(metadata());
    assert_eq!(parse_metadata(&value).unwrap(), metadata());
    value["a_member_of_the_future"] = json!(1);
    assert_eq!(parse_metadata(&value).unwrap(), metadata());
}

#[test]
fn metadata_that_is_refused() {
    let changed = |name: &str, value: Value| {
        let mut metadata = json!(metadata());
        metadata[name] = value;
        parse_metadata(&metadata).unwrap_err()
    };
    assert_eq!(changed("credential_issuer", json!("https://eid.example")), IssuanceError::Identifier);
    assert_eq!(changed("credential_issuer", json!("https://eid.example/issuer/")), IssuanceError::Identifier);
    assert!(matches!(
        changed("credential_endpoint", json!("http://eid.example")),
        IssuanceError::Endpoint(_)
    ));
    assert!(matches!(changed("nonce_endpoint", json!("ftp://eid.example")), IssuanceError::Endpoint(_)));
    assert!(matches!(changed("authorization_servers", json!(["http://a"])), IssuanceError::Endpoint(_)));
    assert!(matches!(changed("credential_endpoint", json!(1)), IssuanceError::Json(_)));
    let huge = vec![b' '; MAX_METADATA + 1];
    let huge = IssuerMetadata::parse(&huge, &endpoint(ISSUER), HTTPS);
    assert_eq!(huge, Err(IssuanceError::Json(crate::json::JsonError::TooLarge)));
}

#[test]
fn only_configurations_that_we_can_handle_are_used() {
    assert!(metadata().usable_configuration("pid").is_ok());
    assert_eq!(metadata().usable_configuration("mdl").unwrap_err(), IssuanceError::Unsupported);
    assert_eq!(metadata().usable_configuration("other").unwrap_err(), IssuanceError::Configuration);
    for (member, value) in [
        ("proof_types_supported", json!({ "ldp_vp": { "proof_signing_alg_values_supported": ["ES256"] } })),
        ("proof_types_supported", json!({ "jwt": { "proof_signing_alg_values_supported": ["RS256"] } })),
        ("credential_signing_alg_values_supported", json!(["ES384"])),
        ("cryptographic_binding_methods_supported", json!(["did:key"])),
        ("vct", json!(null)),
    ] {
        let mut value_of = json!(metadata());
        value_of["credential_configurations_supported"]["pid"][member] = value;
        let metadata = parse_metadata(&value_of).unwrap();
        assert_eq!(metadata.usable_configuration("pid").unwrap_err(), IssuanceError::Unsupported, "{member}");
    }
}

#[test]
fn an_authorization_server_must_be_one_that_the_issuer_names() {
    let (one, other) = (endpoint("https://one.example"), endpoint("https://other.example"));
    let with = |servers: &[&Endpoint]| IssuerMetadata {
        authorization_servers: servers.iter().map(|server| (*server).clone()).collect(),
        ..metadata()
    };
    assert_eq!(with(&[]).authorization_server(None).unwrap().as_str(), ISSUER);
    assert_eq!(with(&[&one]).authorization_server(None).unwrap(), &one);
    assert_eq!(with(&[&one, &other]).authorization_server(Some(&other)).unwrap(), &other);
    assert_eq!(with(&[&one, &other]).authorization_server(None), Err(IssuanceError::Identifier));
    assert_eq!(with(&[&one]).authorization_server(Some(&other)), Err(IssuanceError::Identifier));
    assert_eq!(with(&[]).authorization_server(Some(&other)), Err(IssuanceError::Identifier));
}

#[test]
fn authorization_server_metadata_must_be_its_own_and_know_dpop() {
    let server = endpoint(ISSUER);
    let good =
        AuthorizationServerMetadata::pre_authorized(server.clone(), endpoint("https://eid.example/token"));
    let parse =
        |value: &Value| AuthorizationServerMetadata::parse(value.to_string().as_bytes(), &server, HTTPS);
    assert_eq!(parse(&json!(good)).unwrap(), good);
    let mut other = json!(good);
    other["issuer"] = json!("https://elsewhere.example");
    assert_eq!(parse(&other), Err(IssuanceError::Identifier));
    for algorithms in [json!([]), json!(["RS256"])] {
        let mut value = json!(good);
        value["dpop_signing_alg_values_supported"] = algorithms;
        assert_eq!(parse(&value), Err(IssuanceError::TokenType));
    }
    let mut plain = json!(good);
    plain["token_endpoint"] = json!("http://eid.example/token");
    assert!(matches!(parse(&plain), Err(IssuanceError::Endpoint(_))));
}

struct Signed {
    anchor: Anchor,
    key: SigningKey,
}

impl Signed {
    fn new() -> Self {
        let validity = Validity::days(NOW, 100);
        Self {
            anchor: Anchor::make(&mut OsRng, "Authority", validity).unwrap(),
            key: SigningKey::make(&mut OsRng),
        }
    }

    fn anchors(&self) -> TrustAnchors {
        TrustAnchors::from_pem(self.anchor.certificate_pem().unwrap().as_bytes()).unwrap()
    }

    fn sign(&self, purpose: Purpose, host: &str, metadata: &IssuerMetadata, at: UnixSeconds) -> String {
        let request = LeafRequest {
            purpose,
            common_name: "issuer",
            organization: "e-ID office",
            dns_names: &[host],
            uris: &[],
            validity: Validity::days(NOW, 50),
        };
        let leaf = self.anchor.issue(&mut OsRng, &request, &self.key.verifying_key()).unwrap();
        sign_issuer_metadata(metadata, vec![leaf], at, at.plus(60)).unwrap().sign(&self.key)
    }

    fn parse(&self, text: &str) -> Result<(IssuerMetadata, crate::trust::VerifiedParty), IssuanceError> {
        parse_signed_issuer_metadata(text, &endpoint(ISSUER), &self.anchors(), HTTPS, NOW)
    }
}

#[test]
fn signed_metadata_tells_who_the_issuer_is() {
    let signed = Signed::new();
    let text = signed.sign(Purpose::PidIssuer, "eid.example", &metadata(), NOW);
    let (parsed, party) = signed.parse(&text).unwrap();
    assert_eq!((parsed, party.name()), (metadata(), "e-ID office"));
}

#[test]
fn signed_metadata_that_is_refused() {
    let signed = Signed::new();
    let sign = |purpose, host: &str, at| signed.sign(purpose, host, &metadata(), at);
    let parse = |text: &str| signed.parse(text).unwrap_err();
    let good = sign(Purpose::PidIssuer, "eid.example", NOW);
    assert!(matches!(parse(&sign(Purpose::RelyingParty, "eid.example", NOW)), IssuanceError::Trust(_)));
    assert_eq!(parse(&sign(Purpose::PidIssuer, "evil.example", NOW)), IssuanceError::UnrelatedCertificate);
    assert_eq!(parse(&sign(Purpose::PidIssuer, "eid.example", NOW.plus(61))), IssuanceError::NotValidNow);
    assert_eq!(
        parse(&sign(Purpose::PidIssuer, "eid.example", UnixSeconds(NOW.0 - 60))),
        IssuanceError::NotValidNow
    );
    assert!(matches!(Signed::new().parse(&good), Err(IssuanceError::Trust(_))));
    let other = IssuerMetadata { credential_issuer: endpoint("https://eid.example/x"), ..metadata() };
    assert_eq!(
        parse(&signed.sign(Purpose::PidIssuer, "eid.example", &other, NOW)),
        IssuanceError::Identifier
    );
    let mut forged = good.into_bytes();
    let last = forged.len() - 10;
    forged[last] = if forged[last] == b'A' { b'B' } else { b'A' };
    assert!(signed.parse(&String::from_utf8(forged).unwrap()).is_err());
}

fn token_request(form: &str) -> Result<TokenRequest, crate::oauth::OAuthError> {
    TokenRequest::parse(form.as_bytes())
}

#[test]
fn a_token_request_reads_as_it_was_written() {
    let secret = |text: &str| SecretText::new(text.to_owned());
    let request = TokenRequest::PreAuthorizedCode { code: secret("a&b=c"), tx_code: Some(secret("12 34")) };
    let TokenRequest::PreAuthorizedCode { code, tx_code } = token_request(&request.to_form()).unwrap();
    assert_eq!((code.expose(), tx_code.unwrap().expose()), ("a&b=c", "12 34"));
    assert!(!format!("{request:?}").contains("a&b=c"));
}

#[test]
fn token_requests_that_are_refused() {
    let grant = format!("grant_type={PRE_AUTHORIZED_CODE}");
    for (form, code) in [
        (String::new(), OAuthErrorCode::InvalidRequest),
        (grant.clone(), OAuthErrorCode::InvalidRequest),
        ("grant_type=password&username=x".to_owned(), OAuthErrorCode::UnsupportedGrantType),
        (format!("{grant}&{grant}&pre-authorized_code=x"), OAuthErrorCode::InvalidRequest),
        (format!("{grant}&pre-authorized_code=x&pre-authorized_code=y"), OAuthErrorCode::InvalidRequest),
        (format!("{grant}&pre-authorized_code=x&tx_code=1&tx_code=2"), OAuthErrorCode::InvalidRequest),
        (format!("{grant}&pre-authorized_code={}", "x".repeat(16 * 1024)), OAuthErrorCode::InvalidRequest),
    ] {
        assert_eq!(token_request(&form).unwrap_err().code, code, "{form}");
    }
}

#[test]
fn only_bound_tokens_are_taken() {
    let parse = |value: Value| TokenResponse::parse(value.to_string().as_bytes());
    let good = parse(json!({ "access_token": "t", "token_type": "dpop", "expires_in": 60 })).unwrap();
    assert_eq!((good.access_token.expose(), good.expires_in), ("t", Some(60)));
    assert!(!format!("{good:?}").contains("\"t\""));
    assert_eq!(json!(good), json!({ "access_token": "t", "token_type": "DPoP", "expires_in": 60 }));
    for kind in ["Bearer", "", "DPoPx"] {
        let refused = parse(json!({ "access_token": "t", "token_type": kind }));
        assert_eq!(refused.unwrap_err(), IssuanceError::TokenType, "{kind}");
    }
    assert_eq!(
        parse(json!({ "access_token": "", "token_type": "DPoP" })).unwrap_err(),
        IssuanceError::TokenType
    );
    assert!(matches!(parse(json!({ "token_type": "DPoP" })), Err(IssuanceError::Json(_))));
}

#[test]
fn a_credential_is_asked_for_by_the_name_that_the_token_gave() {
    let token = |details: Value| {
        let body = json!({ "access_token": "t", "token_type": "DPoP", "authorization_details": details });
        TokenResponse::parse(body.to_string().as_bytes()).unwrap()
    };
    let plain = CredentialRequest::new("pid", &token(json!([])), "proof".into());
    assert_eq!(json!(plain), json!({ "credential_configuration_id": "pid", "proofs": { "jwt": ["proof"] } }));
    let named = token(json!([{ "type": "openid_credential", "credential_configuration_id": "pid",
                               "credential_identifiers": ["pid-7"] }]));
    let named = CredentialRequest::new("pid", &named, "proof".into());
    assert_eq!(json!(named), json!({ "credential_identifier": "pid-7", "proofs": { "jwt": ["proof"] } }));
    assert_eq!(CredentialRequest::parse(json!(named).to_string().as_bytes()).unwrap(), named);
}

#[test]
fn credential_requests_that_are_refused() {
    for (value, code) in [
        (json!({}), OAuthErrorCode::InvalidCredentialRequest),
        (json!({ "proofs": { "jwt": ["p"] } }), OAuthErrorCode::InvalidCredentialRequest),
        (
            json!({ "credential_configuration_id": "a", "credential_identifier": "b", "proofs": { "jwt": ["p"] } }),
            OAuthErrorCode::InvalidCredentialRequest,
        ),
        (json!({ "credential_configuration_id": "a" }), OAuthErrorCode::InvalidCredentialRequest),
        (
            json!({ "credential_configuration_id": "a", "proofs": { "jwt": ["p"], "ldp_vp": [] } }),
            OAuthErrorCode::InvalidCredentialRequest,
        ),
        (
            json!({ "credential_configuration_id": "a", "proofs": { "jwt": [] } }),
            OAuthErrorCode::InvalidProof,
        ),
        (
            json!({ "credential_configuration_id": "a", "proofs": { "jwt": vec!["p"; 17] } }),
            OAuthErrorCode::InvalidProof,
        ),
    ] {
        let error = CredentialRequest::parse(value.to_string().as_bytes()).unwrap_err();
        assert_eq!(error.code, code, "{value}");
    }
}

fn proof(key: &SigningKey, audience: &str, nonce: Option<&str>, at: UnixSeconds) -> String {
    let draft = KeyProofDraft::new(&key.verifying_key(), audience, nonce, None, at).unwrap();
    let signature = key.sign(draft.signing_input());
    draft.finish(signature)
}

fn request_with(proofs: Vec<String>) -> CredentialRequest {
    CredentialRequest {
        requested: Requested::CredentialConfigurationId("pid".into()),
        proofs: Proofs { jwt: proofs },
    }
}

#[test]
fn proofs_give_the_keys_and_spend_one_nonce() {
    let (a, b) = (SigningKey::make(&mut OsRng), SigningKey::make(&mut OsRng));
    let request = request_with([&a, &b].map(|key| proof(key, ISSUER, Some("n-1"), NOW)).to_vec());
    let mut spent = Vec::new();
    let keys = request.verify_proofs(&endpoint(ISSUER), NOW, |nonce| {
        spent.push(nonce.to_owned());
        true
    });
    assert_eq!(keys.unwrap(), [a.verifying_key(), b.verifying_key()]);
    assert_eq!(spent, ["n-1"]);
}

#[test]
fn bad_proofs_are_refused_and_spend_no_nonce() {
    let (a, b) = (SigningKey::make(&mut OsRng), SigningKey::make(&mut OsRng));
    let by = |key, audience, nonce, at| proof(key, audience, nonce, at);
    let good = by(&a, ISSUER, Some("n-1"), NOW);
    let stolen = {
        let (head, _) = good.rsplit_once('.').unwrap();
        let (_, signature) = by(&b, ISSUER, Some("n-1"), NOW)
            .rsplit_once('.')
            .map(|(h, s)| (h.to_owned(), s.to_owned()))
            .unwrap();
        format!("{head}.{signature}")
    };
    for proofs in [
        vec![by(&a, "https://other.example", Some("n-1"), NOW)],
        vec![by(&a, ISSUER, None, NOW)],
        vec![by(&a, ISSUER, Some("n-1"), UnixSeconds(NOW.0 - 86_400))],
        vec![by(&a, ISSUER, Some("n-1"), NOW.plus(86_400))],
        vec![good.clone(), by(&b, ISSUER, Some("n-2"), NOW)],
        vec![stolen],
        vec!["not a proof".to_owned()],
    ] {
        let refused = request_with(proofs).verify_proofs(&endpoint(ISSUER), NOW, |_| panic!("nonce spent"));
        assert_eq!(refused.unwrap_err().code, OAuthErrorCode::InvalidProof);
    }
    let stale = request_with(vec![good]).verify_proofs(&endpoint(ISSUER), NOW, |_| false);
    assert_eq!(stale.unwrap_err().code, OAuthErrorCode::InvalidNonce);
}

#[test]
fn a_response_is_one_credential_or_a_promise() {
    let parse = |value: Value| CredentialResponse::parse(value.to_string().as_bytes());
    let one = parse(json!({ "credentials": [{ "credential": "c" }] })).unwrap();
    assert_eq!(one.into_single(), Ok("c".to_owned()));
    let later = parse(json!({ "transaction_id": "t", "interval": 60 })).unwrap();
    assert_eq!(later.into_single(), Err(IssuanceError::Deferred));
    for value in [
        json!({}),
        json!({ "credentials": [] }),
        json!({ "credential": "c" }),
        json!({ "credentials": ["c"] }),
        json!({ "credentials": [{ "credential": "c" }], "transaction_id": "t" }),
    ] {
        assert!(matches!(parse(value.clone()), Err(IssuanceError::Json(_))), "{value}");
    }
    let two = parse(json!({ "credentials": [{ "credential": "c" }, { "credential": "d" }] })).unwrap();
    assert!(matches!(two.into_single(), Err(IssuanceError::Json(_))));
    let long = CredentialResponse::Issued(vec!["c".repeat(crate::sd_jwt::MAX_CREDENTIAL + 1)]);
    assert!(matches!(long.into_single(), Err(IssuanceError::Json(_))));
}

proptest! {
    #[test]
    fn no_text_makes_the_parsers_panic(text in r#"(openid-credential-offer://\?)?[ -~]{0,80}"#) {
        let _ = OfferLink::parse(&text, HTTPS);
        let _ = TokenRequest::parse(text.as_bytes());
        let _ = CredentialRequest::parse(text.as_bytes());
    }
}
