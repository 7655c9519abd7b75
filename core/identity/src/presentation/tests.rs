use kodanik_crypto::encoding::Bytes;
use kodanik_crypto::signature::SigningKey;
use kodanik_crypto::time::UnixSeconds;
use proptest::prelude::*;
use rand_core::OsRng;
use serde_json::{Map, Value, json};

use super::*;
use crate::dcql::{ClaimPath, CredentialQuery, Query};
use crate::endpoint::{Endpoint, EndpointPolicy};
use crate::jose::{JwsDraft, JwsHeader};
use crate::jwe::{DecryptionKey, PartyInfo};
use crate::sd_jwt::{CredentialContent, CredentialDraft, SHORT_LIVED, UnverifiedSdJwt, VerifiedSdJwt};
use crate::status::{Status, StatusReference};
use crate::trust::make::{Anchor, LeafRequest, Validity};
use crate::trust::{Purpose, TrustAnchors};

const NOW: UnixSeconds = UnixSeconds(1_800_000_000);
const HTTPS: EndpointPolicy = EndpointPolicy::HttpsOnly;
const HOST: &str = "library.example";
const NONCE: &str = "a-nonce-of-enough-length";
const PID: &str = "urn:eudi:pid:1";

fn endpoint(text: &str) -> Endpoint {
    Endpoint::parse(text, HTTPS).unwrap()
}

/// A signer with its certificate.
struct Party {
    key: SigningKey,
    x5c: Vec<Vec<u8>>,
}

impl Party {
    fn client_id(&self) -> ClientId {
        ClientId::of(Bytes(kodanik_crypto::transcript::sha256(&self.x5c[0])))
    }

    fn sign(&self, typ: &str, claims: &Value) -> String {
        JwsDraft::new(&JwsHeader::new(typ).with_x5c(self.x5c.clone()), claims).unwrap().sign(&self.key)
    }
}

/// An authority, a relying party, an issuer, a holder with a PID.
struct World {
    anchor: Anchor,
    party: Party,
    issuer: Party,
    holder: SigningKey,
    decryption: DecryptionKey,
    query: Query,
    response_uri: Endpoint,
    transaction_data: Vec<TransactionData>,
}

impl World {
    fn new() -> Self {
        let anchor = Anchor::make(&mut OsRng, "Authority", Validity::days(NOW, 100)).unwrap();
        Self {
            party: leaf(&anchor, Purpose::RelyingParty, HOST),
            issuer: leaf(&anchor, Purpose::PidIssuer, "eid.example"),
            anchor,
            holder: SigningKey::make(&mut OsRng),
            decryption: DecryptionKey::make(&mut OsRng),
            query: query(&[&["given_name"]]),
            response_uri: endpoint("https://library.example/responses/1"),
            transaction_data: vec![],
        }
    }

    fn anchors(&self) -> TrustAnchors {
        TrustAnchors::from_pem(self.anchor.certificate_pem().unwrap().as_bytes()).unwrap()
    }

    fn link(&self) -> RequestLink {
        RequestLink {
            client_id: self.party.client_id(),
            request_uri: endpoint("https://library.example/requests/1/object"),
            method: RequestUriMethod::Post,
        }
    }

    /// The request object's claims as the verifier writes them.
    fn claims(&self) -> Value {
        let key = self.decryption.public_jwk("k1");
        let object = RequestObject {
            client_id: self.party.client_id(),
            response_uri: &self.response_uri,
            nonce: NONCE,
            state: "a-state",
            query: &self.query,
            encryption_key: &key,
            transaction_data: &self.transaction_data,
            wallet_nonce: Some("a-wallet-nonce"),
            registration: None,
            issued: NOW,
            expires: NOW.plus(300),
        };
        let text = object.draft(self.party.x5c.clone()).unwrap().sign(&self.party.key);
        let jws = crate::jose::UnverifiedJws::parse(&text, MAX_REQUEST_OBJECT).unwrap();
        let jws = jws.verify(&self.party.key.verifying_key(), REQUEST_OBJECT_TYPE).unwrap();
        Value::Object(jws.into_payload())
    }

    fn verify(&self, text: &str) -> Result<VerifiedRequest, PresentationError> {
        let context = RequestContext {
            link: &self.link(),
            wallet_nonce: Some("a-wallet-nonce"),
            anchors: &self.anchors(),
            policy: HTTPS,
            transaction_types: &[CREDENTIAL_REQUEST],
            now: NOW,
        };
        UnverifiedRequest::parse(text)?.verify(&context)
    }

    fn verify_claims(&self, claims: &Value) -> Result<VerifiedRequest, PresentationError> {
        self.verify(&self.party.sign(REQUEST_OBJECT_TYPE, claims))
    }

    fn request(&self) -> VerifiedRequest {
        self.verify_claims(&self.claims()).unwrap()
    }

    fn credential_of(&self, vct: &str, status: Option<StatusReference>, life: u64) -> VerifiedSdJwt {
        let claims = json!({ "given_name": "Mari", "family_name": "Maasikas", "roll_number": "7" });
        let Value::Object(claims) = claims else { unreachable!() };
        let content = CredentialContent {
            issuer: "https://eid.example".into(),
            vct: vct.into(),
            issued: NOW,
            expires: NOW.plus(life),
            holder: self.holder.verifying_key(),
            status,
            disclosable: claims.keys().map(|name| ClaimPath::of(&[name])).collect(),
            claims,
            decoys: 1,
        };
        let text = CredentialDraft::new(&mut OsRng, self.issuer.x5c.clone(), &content)
            .unwrap()
            .sign(&self.issuer.key);
        UnverifiedSdJwt::parse(&text).unwrap().verify(&self.anchors(), NOW).unwrap()
    }

    fn credential(&self) -> VerifiedSdJwt {
        let status = StatusReference::new(7, "https://eid.example/status/1").unwrap();
        self.credential_of(PID, Some(status), 1_000_000)
    }

    fn present(&self, credential: &VerifiedSdJwt, claims: &[&[&str]]) -> String {
        let paths: Vec<_> = claims.iter().map(|path| ClaimPath::of(path)).collect();
        let draft = self.request().bind("eid", credential, &paths, NOW).unwrap();
        let signature = self.holder.sign(draft.signing_input());
        draft.finish(signature)
    }

    fn respond(&self, presentations: Vec<String>) -> String {
        self.request().encrypt(&mut OsRng, &VpToken::from([("eid".to_owned(), presentations)])).unwrap()
    }

    fn expected<'a>(&'a self, query: &'a Query) -> Expected<'a> {
        Expected {
            client_id: self.party.client_id(),
            nonce: NONCE,
            state: "a-state",
            query,
            transaction_data: &self.transaction_data,
            now: NOW,
        }
    }

    fn accept(&self, response: &str) -> Result<StatusUnchecked, ResponseError> {
        UnverifiedResponse::decrypt(response, &self.decryption)?
            .verify(&self.expected(&self.query), &self.anchors())
    }
}

fn leaf(anchor: &Anchor, purpose: Purpose, host: &str) -> Party {
    let key = SigningKey::make(&mut OsRng);
    let request = LeafRequest {
        purpose,
        common_name: host,
        organization: "Town library",
        dns_names: &[host],
        uris: &[],
        validity: Validity::days(NOW, 50),
    };
    let leaf = anchor.issue(&mut OsRng, &request, &key.verifying_key()).unwrap();
    Party { key, x5c: vec![leaf] }
}

fn query(paths: &[&[&str]]) -> Query {
    Query::new(vec![CredentialQuery::sd_jwt("eid", PID, paths)], None).unwrap()
}

// The link.

#[test]
fn a_link_reads_as_it_was_written() {
    let link = World::new().link();
    assert_eq!(RequestLink::parse(&link.to_string(), HTTPS).unwrap(), link);
    let get = RequestLink { method: RequestUriMethod::Get, ..link };
    assert_eq!(RequestLink::parse(&get.to_string(), HTTPS).unwrap(), get);
    let haip = get.to_string().replace("openid4vp", "haip-vp");
    assert_eq!(RequestLink::parse(&haip, HTTPS).unwrap(), get);
}

#[test]
fn links_that_are_refused() {
    let client = format!("client_id=x509_hash%3A{}", Bytes([7; 32]));
    let uri = "request_uri=https%3A%2F%2Flibrary.example%2Fr";
    for link in [
        String::new(),
        format!("https://library.example/?{client}&{uri}"),
        format!("openid-credential-offer://?{client}&{uri}"),
        format!("openid4vp://?{client}"),
        format!("openid4vp://?{uri}"),
        format!("openid4vp://?{client}&{client}&{uri}"),
        format!("openid4vp://?{client}&{uri}&{uri}"),
        format!("openid4vp://?{client}&{uri}&request_uri_method=put"),
        format!("openid4vp://?{client}&{uri}&request_uri_method=post&request_uri_method=get"),
        format!("openid4vp://?{client}&{uri}&x={}", "x".repeat(4096)),
    ] {
        assert_eq!(RequestLink::parse(&link, HTTPS), Err(PresentationError::Link), "{link}");
    }
    for client in [
        "library.example",
        "x509_san_dns:library.example",
        "x509_hash:",
        "x509_hash:AAA",
        "redirect_uri:https://a",
    ] {
        let link = format!("openid4vp://?client_id={client}&{uri}");
        assert_eq!(RequestLink::parse(&link, HTTPS), Err(PresentationError::ClientIdKind), "{client}");
    }
    let plain = format!("openid4vp://?{client}&request_uri=http%3A%2F%2Flibrary.example");
    assert!(matches!(RequestLink::parse(&plain, HTTPS), Err(PresentationError::Endpoint(_))));
}

// The request object.

#[test]
fn a_good_request_tells_who_asks_for_what() {
    let world = World::new();
    let request = world.request();
    assert_eq!(request.party().name(), "Town library");
    assert_eq!(request.client_id(), world.party.client_id());
    assert_eq!(request.query(), &world.query);
    assert_eq!(request.response_uri(), &world.response_uri);
    assert!(request.registration().is_none() && request.over_asked().is_none());
}

#[test]
fn each_wrong_member_is_refused_for_its_own_reason() {
    let world = World::new();
    let other = Bytes([9; 32]);
    let cases: Vec<(&str, Value, PresentationError)> = vec![
        ("aud", json!("https://library.example"), PresentationError::Audience),
        ("client_id", json!(format!("x509_hash:{other}")), PresentationError::ClientId),
        ("client_id", json!("library.example"), PresentationError::ClientIdKind),
        ("response_uri", json!("https://evil.example/responses/1"), PresentationError::ResponseUri),
        ("response_uri", json!("https://library.example.evil.example/"), PresentationError::ResponseUri),
        ("response_uri", json!("https://sub.library.example/"), PresentationError::ResponseUri),
        ("response_mode", json!("direct_post"), PresentationError::ResponseMode),
        ("response_mode", json!("fragment"), PresentationError::ResponseMode),
        ("response_type", json!("code"), PresentationError::ResponseMode),
        ("redirect_uri", json!("https://library.example"), PresentationError::ResponseMode),
        ("state", json!("x".repeat(513)), PresentationError::ResponseMode),
        ("nonce", json!("too-short"), PresentationError::Nonce),
        ("nonce", json!("with a space in it, long"), PresentationError::Nonce),
        ("wallet_nonce", json!("another-nonce"), PresentationError::WalletNonce),
        ("wallet_nonce", json!(null), PresentationError::WalletNonce),
        ("exp", json!(NOW.0), PresentationError::NotValidNow),
        ("iat", json!(NOW.0 + 61), PresentationError::NotValidNow),
        ("transaction_data", json!(["not base64url!"]), PresentationError::TransactionData),
        (
            "verifier_info",
            json!([{ "format": "registration_cert", "data": "x.y.z" }]),
            PresentationError::Registration,
        ),
        ("dcql_query", json!({ "credentials": [] }), PresentationError::Query(crate::dcql::DcqlError::Empty)),
    ];
    for (name, value, error) in cases {
        let mut claims = world.claims();
        claims[name] = value.clone();
        assert_eq!(world.verify_claims(&claims).unwrap_err(), error, "{name} = {value}");
    }
    for name in
        ["aud", "client_id", "client_metadata", "dcql_query", "nonce", "response_mode", "response_uri"]
    {
        let mut claims = world.claims();
        claims.as_object_mut().unwrap().remove(name);
        assert!(world.verify_claims(&claims).is_err(), "without {name}");
    }
}

#[test]
fn only_a_key_that_we_can_encrypt_to_is_taken() {
    let world = World::new();
    let with = |pointer: &str, value: Value| {
        let mut claims = world.claims();
        *claims.pointer_mut(pointer).unwrap() = value;
        world.verify_claims(&claims)
    };
    for (pointer, value) in [
        ("/client_metadata/jwks/keys", json!([])),
        ("/client_metadata/jwks/keys/0/use", json!("sig")),
        ("/client_metadata/jwks/keys/0/alg", json!("RSA-OAEP")),
        ("/client_metadata/jwks/keys/0/crv", json!("P-384")),
        ("/client_metadata/encrypted_response_enc_values_supported", json!(["A128CBC-HS256"])),
    ] {
        assert_eq!(with(pointer, value).unwrap_err(), PresentationError::EncryptionKey, "{pointer}");
    }
    let weaker =
        with("/client_metadata/encrypted_response_enc_values_supported", json!(["A128GCM"])).unwrap();
    assert!(weaker.encrypt(&mut OsRng, &VpToken::new()).is_ok());
}

#[test]
fn a_request_by_somebody_else_is_refused() {
    let world = World::new();
    let claims = world.claims();
    let stranger = World::new();
    let foreign = stranger.party.sign(REQUEST_OBJECT_TYPE, &stranger.claims());
    assert!(matches!(world.verify(&foreign), Err(PresentationError::Trust(_))));
    let colleague = leaf(&world.anchor, Purpose::RelyingParty, HOST);
    assert_eq!(
        world.verify(&colleague.sign(REQUEST_OBJECT_TYPE, &claims)).unwrap_err(),
        PresentationError::ClientId
    );
    let issuer = world.issuer.sign(REQUEST_OBJECT_TYPE, &claims);
    assert!(matches!(world.verify(&issuer), Err(PresentationError::Trust(_))));
    let purpose = world.party.sign("JWT", &claims);
    assert!(matches!(world.verify(&purpose), Err(PresentationError::Trust(_))));
    let stolen = Party { key: SigningKey::make(&mut OsRng), x5c: world.party.x5c.clone() };
    assert!(matches!(
        world.verify(&stolen.sign(REQUEST_OBJECT_TYPE, &claims)),
        Err(PresentationError::Trust(_))
    ));
    let unsigned =
        JwsDraft::new(&JwsHeader::new(REQUEST_OBJECT_TYPE), &claims).unwrap().sign(&world.party.key);
    assert!(world.verify(&unsigned).is_err());
    assert!(matches!(world.verify(&"x".repeat(MAX_REQUEST_OBJECT + 1)), Err(PresentationError::Jose(_))));
}

#[test]
fn loopback_answers_go_out_only_where_allowed() {
    let mut world = World::new();
    world.response_uri =
        Endpoint::parse("http://127.0.0.1:8480/responses/1", EndpointPolicy::LoopbackHttp).unwrap();
    let text = world.party.sign(REQUEST_OBJECT_TYPE, &world.claims());
    assert!(matches!(world.verify(&text), Err(PresentationError::Endpoint(_))));
    world.response_uri = endpoint("https://127.0.0.1/responses/1");
    let text = world.party.sign(REQUEST_OBJECT_TYPE, &world.claims());
    assert_eq!(world.verify(&text).unwrap_err(), PresentationError::ResponseUri);
}

// The registration.

fn registration(world: &World, claims: &[&str]) -> Registration {
    Registration {
        sub: world.party.client_id(),
        purpose: "To lend books".into(),
        credentials: vec![RegisteredUse {
            vct: PID.into(),
            claims: claims.iter().map(|name| ClaimPath::of(&[name])).collect(),
        }],
        iat: NOW,
        exp: NOW.plus(1000),
    }
}

fn with_registration(world: &World, registrar: &Party, registration: &Registration) -> Value {
    let text = registration.draft(registrar.x5c.clone()).unwrap().sign(&registrar.key);
    let mut claims = world.claims();
    claims["verifier_info"] =
        json!([{ "format": "other", "data": {} }, { "format": REGISTRATION_FORMAT, "data": text }]);
    claims
}

#[test]
fn over_asking_is_shown() {
    let mut world = World::new();
    world.query = query(&[&["given_name"], &["roll_number"]]);
    let registrar = leaf(&world.anchor, Purpose::Registrar, "registrar.example");
    let asked = |names: &[&str]| {
        let claims = with_registration(&world, &registrar, &registration(&world, names));
        let request = world.verify_claims(&claims).unwrap();
        assert_eq!(request.registration().unwrap().purpose, "To lend books");
        request.over_asked().unwrap().iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(asked(&["given_name", "roll_number"]), Vec::<String>::new());
    assert_eq!(asked(&["given_name"]), ["roll_number"]);
    assert_eq!(asked(&[]), ["given_name", "roll_number"]);
}

#[test]
fn registrations_that_are_refused() {
    let world = World::new();
    let registrar = leaf(&world.anchor, Purpose::Registrar, "registrar.example");
    let good = registration(&world, &["given_name"]);
    let refused = |registrar: &Party, registration: &Registration| {
        let claims = with_registration(&world, registrar, registration);
        assert_eq!(world.verify_claims(&claims).unwrap_err(), PresentationError::Registration);
    };
    refused(&world.party, &good);
    refused(&leaf(&World::new().anchor, Purpose::Registrar, "registrar.example"), &good);
    refused(&registrar, &Registration { sub: ClientId::of(Bytes([1; 32])), ..good.clone() });
    refused(&registrar, &Registration { exp: NOW, ..good.clone() });
    refused(&registrar, &Registration { iat: NOW.plus(1), ..good });
}

// The answer.

#[test]
fn an_answer_discloses_what_was_asked_and_is_accepted() {
    let world = World::new();
    let response = world.respond(vec![world.present(&world.credential(), &[&["given_name"]])]);
    let verified = world.accept(&response).unwrap().check_status(|_| Some(Status::Valid)).unwrap();
    let answer = verified.answer("eid").unwrap();
    assert_eq!(answer.text(&["given_name"]), Some("Mari"));
    assert_eq!(answer.text(&["family_name"]), None);
    assert_eq!(answer.holder_key(), &world.holder.verifying_key());
    assert_eq!(verified.claim_names(), ["given_name"]);
}

#[test]
fn only_the_verifiers_key_opens_an_answer() {
    let world = World::new();
    let response = world.respond(vec![world.present(&world.credential(), &[&["given_name"]])]);
    let other = DecryptionKey::make(&mut OsRng);
    assert!(matches!(UnverifiedResponse::decrypt(&response, &other), Err(ResponseError::Encryption(_))));
    assert!(UnverifiedResponse::decrypt("", &world.decryption).is_err());
    assert!(UnverifiedResponse::decrypt(&"x".repeat(MAX_RESPONSE + 1), &world.decryption).is_err());
    let key = world.decryption.public_jwk("k1");
    let encryption = crate::jwe::ContentEncryption::A256Gcm;
    for text in ["[]", "{}", r#"{"vp_token":{"eid":"not a list"}}"#] {
        let jwe =
            crate::jwe::encrypt(&mut OsRng, &key, encryption, PartyInfo::default(), text.as_bytes()).unwrap();
        assert!(matches!(UnverifiedResponse::decrypt(&jwe, &world.decryption), Err(ResponseError::Json(_))));
    }
}

#[test]
fn answers_that_are_refused() {
    let world = World::new();
    let credential = world.credential();
    let good = world.present(&credential, &[&["given_name"]]);
    let refusal = |response: &str| world.accept(response).unwrap_err();
    let too_much = world.present(&credential, &[&["given_name"], &["family_name"]]);
    assert_eq!(refusal(&world.respond(vec![too_much])), ResponseError::OverDisclosed);
    let too_little = world.present(&credential, &[]);
    assert_eq!(refusal(&world.respond(vec![too_little])), ResponseError::NotWhatWasAsked);
    let other_type = world.present(&world.credential_of("urn:other", None, 10), &[&["given_name"]]);
    assert_eq!(refusal(&world.respond(vec![other_type])), ResponseError::NotWhatWasAsked);
    assert_eq!(refusal(&world.respond(vec![])), ResponseError::Unasked);
    assert_eq!(refusal(&world.respond(vec![good.clone(), good.clone()])), ResponseError::Unasked);
    let token =
        VpToken::from([("eid".to_owned(), vec![good.clone()]), ("car".to_owned(), vec![good.clone()])]);
    assert_eq!(refusal(&world.request().encrypt(&mut OsRng, &token).unwrap()), ResponseError::Unasked);
    assert_eq!(
        refusal(&world.request().encrypt(&mut OsRng, &VpToken::new()).unwrap()),
        ResponseError::Incomplete
    );
    let without_key_binding = good.rsplit_once('~').unwrap().0.to_owned() + "~";
    assert!(matches!(refusal(&world.respond(vec![without_key_binding])), ResponseError::Presentation(_)));
    assert!(world.accept(&world.respond(vec![good])).is_ok());
}

#[test]
fn an_answer_to_another_request_or_verifier_is_refused() {
    let world = World::new();
    let response = world.respond(vec![world.present(&world.credential(), &[&["given_name"]])]);
    let verify = |expected: Expected<'_>| {
        let response = UnverifiedResponse::decrypt(&response, &world.decryption).unwrap();
        response.verify(&expected, &world.anchors()).unwrap_err()
    };
    let expected = world.expected(&world.query);
    assert_eq!(verify(Expected { state: "another-state", ..expected }), ResponseError::State);
    let nonce = Expected { nonce: "another-nonce-of-some-length", ..expected };
    assert!(matches!(verify(nonce), ResponseError::Presentation(_)));
    let client = Expected { client_id: ClientId::of(Bytes([3; 32])), ..expected };
    assert!(matches!(verify(client), ResponseError::Presentation(_)));
    let late = Expected { now: NOW.plus(2_000_000), ..expected };
    assert!(matches!(verify(late), ResponseError::Presentation(_)));
}

#[test]
fn authorities_that_the_verifier_does_not_trust_are_refused() {
    let world = World::new();
    let mut narrow = world.query.clone();
    let aki = |id: &[u8]| {
        Some(vec![crate::dcql::TrustedAuthority {
            kind: "aki".into(),
            values: vec![kodanik_crypto::encoding::to_base64url(id)],
        }])
    };
    let response = world.respond(vec![world.present(&world.credential(), &[&["given_name"]])]);
    let verify = |query: &Query| {
        let response = UnverifiedResponse::decrypt(&response, &world.decryption).unwrap();
        response.verify(&world.expected(query), &world.anchors()).map(drop)
    };
    narrow.credentials[0].trusted_authorities = aki(&world.anchor.key_id().unwrap());
    assert_eq!(verify(&narrow), Ok(()));
    narrow.credentials[0].trusted_authorities = aki(&World::new().anchor.key_id().unwrap());
    assert_eq!(verify(&narrow), Err(ResponseError::NotWhatWasAsked));
}

#[test]
fn nothing_is_accepted_without_a_good_status() {
    let world = World::new();
    let unchecked = |credential: &VerifiedSdJwt| {
        let response = world.respond(vec![world.present(credential, &[&["given_name"]])]);
        world.accept(&response).unwrap()
    };
    let listed = world.credential();
    assert_eq!(unchecked(&listed).references().map(StatusReference::idx).collect::<Vec<_>>(), [7]);
    for (status, error) in [
        (Some(Status::Invalid), ResponseError::NotValid),
        (Some(Status::Suspended), ResponseError::NotValid),
        (Some(Status::ApplicationSpecific), ResponseError::NotValid),
        (None, ResponseError::StatusUnknown),
    ] {
        assert_eq!(unchecked(&listed).check_status(|_| status).unwrap_err(), error);
    }
    let short = world.credential_of(PID, None, SHORT_LIVED);
    assert!(unchecked(&short).check_status(|_| None).is_ok());
    let long = world.credential_of(PID, None, SHORT_LIVED + 1);
    assert_eq!(unchecked(&long).check_status(|_| None).unwrap_err(), ResponseError::NoStatus);
}

// Transaction data.

fn item(kind: &str, credential_ids: &[&str]) -> TransactionData {
    let members = Map::from_iter([("election".to_owned(), json!("e1"))]);
    TransactionData::new(kind, credential_ids, &members)
}

#[test]
fn the_holders_signature_agrees_to_the_transaction_data() {
    let mut world = World::new();
    world.transaction_data = vec![item(CREDENTIAL_REQUEST, &["eid"])];
    assert_eq!(world.request().transaction_data()[0].member("election"), Some(&json!("e1")));
    let response = world.respond(vec![world.present(&world.credential(), &[&["given_name"]])]);
    assert!(world.accept(&response).is_ok());
    let verify = |items: &[TransactionData]| {
        let expected = Expected { transaction_data: items, ..world.expected(&world.query) };
        let response = UnverifiedResponse::decrypt(&response, &world.decryption).unwrap();
        response.verify(&expected, &world.anchors()).map(drop)
    };
    let other = TransactionData::new(CREDENTIAL_REQUEST, &["eid"], &Map::new());
    assert_eq!(verify(std::slice::from_ref(&other)), Err(ResponseError::TransactionData));
    assert_eq!(verify(&[]), Err(ResponseError::TransactionData));
    assert_eq!(verify(&[world.transaction_data[0].clone(), other]), Err(ResponseError::TransactionData));
}

#[test]
fn an_answer_that_agrees_to_nothing_is_refused_where_agreement_was_asked() {
    let world = World::new();
    let response = world.respond(vec![world.present(&world.credential(), &[&["given_name"]])]);
    let items = [item(CREDENTIAL_REQUEST, &["eid"])];
    let expected = Expected { transaction_data: &items, ..world.expected(&world.query) };
    let response = UnverifiedResponse::decrypt(&response, &world.decryption).unwrap();
    assert_eq!(response.verify(&expected, &world.anchors()).unwrap_err(), ResponseError::TransactionData);
}

#[test]
fn transaction_data_that_is_not_understood_is_refused() {
    let world = World::new();
    let encode = |value: &Value| kodanik_crypto::encoding::to_base64url(value.to_string());
    for data in [
        json!([item("payment", &["eid"]).encoded()]),
        json!([item(CREDENTIAL_REQUEST, &["car"]).encoded()]),
        json!([item(CREDENTIAL_REQUEST, &[]).encoded()]),
        json!([encode(&json!({ "credential_ids": ["eid"] }))]),
        json!([encode(&json!([]))]),
        json!([encode(
            &json!({ "type": CREDENTIAL_REQUEST, "credential_ids": ["eid"], "transaction_data_hashes_alg": ["sha-512"] })
        )]),
        json!(vec![item(CREDENTIAL_REQUEST, &["eid"]).encoded(); 9]),
    ] {
        let mut claims = world.claims();
        claims["transaction_data"] = data.clone();
        assert_eq!(world.verify_claims(&claims).unwrap_err(), PresentationError::TransactionData, "{data}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_parsers_panic(text in r#"(openid4vp://\?)?[ -~]{0,80}"#) {
        let _ = RequestLink::parse(&text, HTTPS);
        let _ = UnverifiedRequest::parse(&text);
        let _ = TransactionData::parse(&text);
    }

    #[test]
    fn client_ids_have_one_form(bytes: [u8; 32]) {
        let id = ClientId::of(Bytes(bytes));
        prop_assert_eq!(ClientId::parse(&id.to_string()).unwrap(), id);
    }
}
