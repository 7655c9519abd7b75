//! X-Road: head = which parser; text as each parser takes it, most often JSON.
//!
//! - What parses is written again as the same text (or, where several texts mean the same, parses again to the same).
//! - What the strict reader takes, the lenient one reads in the same way; a signed request says nothing that its fields do not.
//! - Nobody forges: a request, and a file of evidence, verify only where citizen and provider have signed them.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::str::FromStr;
use std::sync::LazyLock;

use kodanik_crypto::encoding::Binary;
use kodanik_crypto::signature::SigningKey;
use kodanik_crypto::time::UnixSeconds;
use kodanik_services::address::{
    AddressError, ClientId, RepresentedParty, RestPath, ServerId, ServiceId, UserId,
};
use kodanik_services::catalogue::{MAX_METADATA, parse_clients, parse_methods, parse_openapi};
use kodanik_services::error::{ErrorCode, Fault};
use kodanik_services::evidence::UnverifiedEvidence;
use kodanik_services::headers::{Headers, MAX_HEADER_BYTES, MAX_HEADERS};
use kodanik_services::message::{MAX_BODY, Method, RestRequest, RestResponse, StrictRequest};
use kodanik_services::signature::request::{Application, UnverifiedRequest};
use kodanik_services::signature::{HopInvariant, answer, check_content_digest};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{Seed, seed, signing, split};

/// Bytes before the text.
pub const HEAD: usize = 1;

const ADDRESS: u8 = 0;
const REQUEST: u8 = 1;
const DIGEST: u8 = 2;
const EVIDENCE: u8 = 3;
const CATALOGUE: u8 = 4;
const FAULT: u8 = 5;
const KINDS: u8 = 6;

/// When everything here is signed.
const NOW: UnixSeconds = UnixSeconds(1_800_000_000);

/// Checks one input.
pub fn check(data: &[u8]) {
    let Some(([kind], bytes)) = split::<HEAD>(data) else { return };
    match kind % KINDS {
        CATALOGUE => check_catalogue(bytes),
        EVIDENCE => check_evidence(bytes),
        REQUEST => check_request(bytes),
        kind => {
            let Ok(text) = std::str::from_utf8(bytes) else { return };
            match kind {
                ADDRESS => check_address(text),
                DIGEST => check_digest(text),
                _ => check_fault(text),
            }
        }
    }
}

fn check_address(text: &str) {
    if let Ok(id) = text.parse::<ClientId>() {
        survives(&id);
    }
    if let Ok(id) = text.parse::<ServerId>() {
        survives(&id);
    }
    if let Ok(id) = text.parse::<ServiceId>() {
        survives(&id);
    }
    if let Ok(id) = text.parse::<UserId>() {
        assert_eq!(id.to_string(), text, "another citizen");
    }
    let _ = text.parse::<RepresentedParty>();
    if let Ok(path) = RestPath::parse(text) {
        assert_eq!(RestPath::parse_lenient(text).as_ref(), Ok(&path), "two readers, two paths");
        assert_eq!(path.as_str(), text, "another path");
        // Whoever writes the same service and rest anew is read in the same way.
        match RestPath::new(path.service(), path.tail()) {
            Ok(again) => {
                assert_eq!((again.service(), again.tail()), (path.service(), path.tail()), "another service")
            }
            Err(error) => assert_eq!(error, AddressError::TooLong, "a path that cannot be written"),
        }
        let decoded = path.tail().to_ascii_lowercase().replace("%2e", ".");
        let dots = decoded.split('/').any(|segment| matches!(segment, "." | ".."));
        assert!(!dots && !text.contains(['?', '#', ' ']), "a path that others read in another way");
    }
}

/// An identifier names the same once it is written anew. What its sender left as it is may be percent-encoded then, and too long.
fn survives<T: FromStr<Err = AddressError> + ToString + PartialEq + Debug>(id: &T) {
    match id.to_string().parse::<T>() {
        Ok(again) => assert_eq!(again, *id, "another name"),
        Err(error) => assert_eq!(error, AddressError::TooLong, "a name that cannot be written"),
    }
}

/// A request as it is recorded.
#[derive(Deserialize)]
struct Record {
    method: String,
    path: String,
    query: Option<String>,
    headers: Headers,
    body: Binary,
}

fn check_request(bytes: &[u8]) {
    let Ok(Record { method, path, query, headers, body }) = serde_json::from_slice(bytes) else { return };
    let size: usize = headers.iter().map(|(name, value)| name.len() + value.len()).sum();
    assert!(headers.iter().count() <= MAX_HEADERS && size <= MAX_HEADER_BYTES, "too many fields");
    let lenient = RestRequest::parse_lenient(&method, &path, query.as_deref(), &headers, body.0.clone());
    let strict = StrictRequest::parse(&method, &path, query.as_deref(), &headers, body.0.clone());
    let Ok(request) = strict else { return };
    assert!(headers.iter().all(|(name, _)| headers.single(name).is_some()), "a field twice");
    check_message(request.as_request());
    assert_eq!(lenient.as_ref(), Ok(request.as_request()), "two readers, two requests");
    assert_eq!(request.as_request().headers(), &headers, "a field was dropped");
    assert!(request.as_request().body().len() <= MAX_BODY, "too large");
    check_signature(&request);
}

/// Every line of the message that X-Road signs is one of the request's: nothing in it can begin a new line.
fn check_message(request: &RestRequest) {
    let message = request.message("request-id", "generated-id");
    let lines = message.split(|byte| *byte == b'\n').count();
    let fields = request.headers().iter().count();
    let generated = usize::from(request.x_road_id().is_none());
    assert_eq!(lines, 2 + fields + 1 + generated + 1, "a line that is no field");
    assert_eq!(request.request_hash("r", "g"), request.clone().request_hash("r", "g"), "two hashes");
}

fn check_signature(request: &StrictRequest) {
    let Ok(signed) = UnverifiedRequest::parse(request.into()) else { return };
    let facts = signed.claimed().clone();
    assert_eq!(facts.client, *request.as_request().client(), "another client than the field's");
    assert_eq!(
        (&facts.user, facts.x_road_id.as_str()),
        (request.user(), request.x_road_id()),
        "another citizen or id"
    );
    if let Ok(verified) = signed.verify(&PARTIES.citizen.verifying_key(), NOW) {
        let honest = HopInvariant::from(&PARTIES.request);
        assert_eq!(verified, facts, "it says something else");
        let sent = HopInvariant::from(request);
        assert_eq!(
            (sent.method, sent.query.unwrap_or_default(), sent.body),
            (honest.method, honest.query.unwrap_or_default(), honest.body),
            "a forged request"
        );
        for (name, value) in
            honest.headers.iter().filter(|(name, _)| *name != "accept" && !name.starts_with("signature"))
        {
            assert_eq!(sent.headers.single(name), Some(value), "a forged field");
        }
    }
}

/// A field, and the body that it is held against.
fn check_digest(text: &str) {
    let (field, body) = text.split_once('\n').unwrap_or((text, ""));
    if check_content_digest(field, body.as_bytes()).is_ok() {
        let changed = format!("{body}.");
        assert!(check_content_digest(field, changed.as_bytes()).is_err(), "a digest of two bodies");
    }
    let mut headers = Headers::new();
    if headers.push(answer::CHAIN_HEADER, field).is_ok()
        && let Ok(chain) = answer::chain(&headers)
    {
        assert!((1..=8).contains(&chain.len()), "an impossible chain");
    }
}

fn check_evidence(bytes: &[u8]) {
    let Ok(evidence) = UnverifiedEvidence::parse(bytes) else { return };
    assert_eq!(evidence.to_bytes().as_deref().ok(), Some(bytes), "a second form of the same evidence");
    let (citizen, provider) = (PARTIES.citizen.verifying_key(), PARTIES.provider.verifying_key());
    let exchanged = evidence.clone().verify(&citizen, &provider);
    assert!(evidence.clone().verify(&provider, &citizen).is_err(), "each other's signatures");
    if let Ok(verified) = exchanged {
        assert_eq!(
            verified.request.as_request().body(),
            PARTIES.request.as_request().body(),
            "forged evidence"
        );
        assert_eq!(verified.response.body, ANSWER, "a forged answer");
        assert_eq!((verified.response.status, verified.answered), (200, ANSWERED), "a forged answer");
        assert_eq!(verified.signed.path, *verified.request.as_request().path(), "of another service");
    }
}

fn check_catalogue(bytes: &[u8]) {
    let provider: ClientId = "KR/GOV/2000/tax".parse().expect("a client");
    if let Ok(clients) = parse_clients(bytes) {
        assert!(
            bytes.len() <= MAX_METADATA && clients.iter().all(|client| client.subsystem.is_some()),
            "no subsystem"
        );
    }
    if let Ok(services) = parse_methods(bytes, &provider) {
        assert!(
            services.iter().all(|service| service.provider() == provider),
            "a service of another provider"
        );
        assert!(
            services.iter().all(|service| service.to_string().parse().as_ref() == Ok(service)),
            "another service"
        );
    }
    let id = ServiceId::of(&provider, "returns").expect("a service");
    let Ok(service) = parse_openapi(bytes, id) else { return };
    let text = serde_json::to_vec(&service).expect("a service encodes");
    assert_eq!(serde_json::from_slice(&text).ok(), Some(service.clone()), "another service");
    for operation in &service.operations {
        assert!(RestPath::new(&service.id, &operation.path).is_ok(), "an operation that cannot be asked for");
        let input = operation.fields.iter().map(|field| (field.name.clone(), "2026-02-29".to_owned()));
        let Ok(body) = operation.parse_input(&input.collect::<BTreeMap<_, _>>()) else { continue };
        assert_eq!(body.as_object().map(|body| body.len()), Some(operation.fields.len()), "a field was lost");
    }
}

fn check_fault(text: &str) {
    let code = ErrorCode::parse(text);
    assert_eq!(ErrorCode::parse(&code.to_string()), code, "another code");
    assert!(code.is(&code.to_string()), "not itself");
    let _ = (code.cause(), Fault::of(&Headers::new(), text.as_bytes()));
    let mut headers = Headers::new();
    if headers.push("x-road-error", text.trim()).is_ok() {
        let _ = Fault::of(&headers, text.as_bytes());
    }
}

/// Two parties and one exchange.
struct Parties {
    citizen: SigningKey,
    provider: SigningKey,
    request: StrictRequest,
    evidence: UnverifiedEvidence,
}

const ANSWER: &[u8] = br#"{"accepted":true}"#;
const ANSWERED: UnixSeconds = UnixSeconds(NOW.0 + 5);

static PARTIES: LazyLock<Parties> = LazyLock::new(|| {
    let (citizen, provider) = (signing::key(70), signing::key(71));
    let application = Application {
        method: Method::Post,
        path: RestPath::parse("/r1/KR/GOV/2000/tax/returns/v1").expect("a path"),
        query: Some("year=2026".to_owned()),
        body: Some(("application/json".to_owned(), br#"{"income":1}"#.to_vec())),
        client: "KR/GOV/1000/kodanik".parse().expect("a client"),
        x_road_id: "42".to_owned(),
        user: "KR9001011234567".parse().expect("a citizen"),
        represented: None,
    };
    let draft = application.draft("a~presentation", "n-0123456789abcdef", NOW, 60).expect("a request");
    let signature = citizen.sign(draft.signing_input());
    let request = draft.finish(signature).expect("a request");
    let evidence = UnverifiedEvidence::new(request.clone(), respond(&provider, &request)).expect("evidence");
    Parties { citizen, provider, request, evidence }
});

fn respond(provider: &SigningKey, request: &StrictRequest) -> RestResponse {
    let mut response = RestResponse { status: 200, headers: Headers::new(), body: ANSWER.to_vec() };
    response.headers.push("content-type", "application/json").expect("a field");
    let draft = answer::draft(&mut response, request.into(), &[vec![0]], ANSWERED).expect("an answer");
    let signature = provider.sign(draft.signing_input());
    draft.finish(signature, &mut response.headers).expect("an answer");
    for (name, value) in [
        ("x-road-id", "42"),
        ("x-road-client", "KR/GOV/1000/kodanik"),
        ("x-road-service", "KR/GOV/2000/tax/returns"),
        ("x-road-request-id", "r"),
        ("x-road-request-hash", &request.request_hash("r")),
    ] {
        response.headers.push(name, value).expect("a field");
    }
    response
}

fn record(request: &RestRequest) -> Value {
    json!({
        "body": Binary(request.body().to_vec()), "headers": request.headers(), "method": request.method(),
        "path": request.path().as_str(), "query": request.query(),
    })
}

/// X-Road's own vectors, one signed exchange, and documents of each kind.
pub fn seeds() -> Vec<Seed> {
    let mut seeds = Vec::new();
    for address in [
        "KR/GOV/2000/tax",
        "KR/GOV/2000/tax/BAR%2FSERVICE",
        "KR9001011234567",
        "COM/12",
        "/r1/KR/GOV/2000/tax/returns/v1/a%20b",
        "/r1/KR/GOV/2000/tax/returns/../x",
        "/r1/KR/GOV/2000/tax/returns/%2E%2e",
    ] {
        seeds.push(seed(format!("address-{}", seeds.len()), &[ADDRESS], address));
    }
    let vectors: Vec<Value> =
        serde_json::from_str(include_str!("../../tests/vectors/xroad/rest-vectors.json")).expect("vectors");
    for vector in vectors {
        let name = vector["name"].as_str().unwrap_or_default();
        let body = Binary(vector["body_utf8"].as_str().unwrap_or_default().into());
        let mut headers = vector["headers_in"].clone();
        headers.as_array_mut().expect("fields").push(json!(["X-Road-UserId", "KR1"]));
        let record = json!({ "body": body, "headers": headers, "method": vector["verb"], "path": vector["path"], "query": vector["query"] });
        seeds.push(seed(format!("request-{name}"), &[REQUEST], record.to_string()));
    }
    seeds.push(seed("request-signed", &[REQUEST], record(PARTIES.request.as_request()).to_string()));
    let evidence = PARTIES.evidence.to_bytes().expect("evidence encodes");
    seeds.push(seed("evidence-form-newline", &[EVIDENCE], [&evidence, &b"\n"[..]].concat()));
    seeds.push(seed("evidence", &[EVIDENCE], evidence));
    let digest = "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:";
    seeds.push(seed("digest", &[DIGEST], format!("{digest}\n{{\"hello\": \"world\"}}")));
    seeds.push(seed(
        "digest-unknown",
        &[DIGEST],
        format!("unknown=:AA==:, list=(\"a\";b=1 \"c\");d, {digest}\n{{}}"),
    ));
    seeds.push(seed("chain", &[DIGEST], ":AA==:, :AQID:"));
    let id = json!({ "object_type": "SUBSYSTEM", "xroad_instance": "KR", "member_class": "GOV", "member_code": "2000", "subsystem_code": "tax" });
    seeds.push(seed(
        "catalogue-clients",
        &[CATALOGUE],
        json!({ "member": [{ "id": id, "name": "Tax" }] }).to_string(),
    ));
    let mut service = id;
    (service["service_type"], service["service_code"]) = ("OPENAPI".into(), "returns".into());
    seeds.push(seed("catalogue-methods", &[CATALOGUE], json!({ "service": [service] }).to_string()));
    seeds.push(seed("catalogue-openapi", &[CATALOGUE], openapi("/returns").to_string()));
    seeds.push(seed("catalogue-openapi-path", &[CATALOGUE], openapi("s/returns").to_string()));
    for fault in [
        "Server.ServerProxy.AccessDenied",
        "server.clientproxy.unknown_member",
        "_ client",
        r#"{"type":"Client.BadRequest","message":"no","detail":"1"}"#,
    ] {
        seeds.push(seed(format!("fault-{}", seeds.len()), &[FAULT], fault));
    }
    seeds
}

fn openapi(path: &str) -> Value {
    let properties = json!({
        "agreed": { "type": "boolean", "title": "I agree" },
        "born": { "type": "string", "format": "date" },
        "children": { "type": "integer", "minimum": 0, "maximum": 20 },
        "kind": { "type": "string", "enum": ["new", "old"] },
        "name": { "type": "string", "maxLength": 80 },
    });
    let schema = json!({ "type": "object", "required": ["name"], "properties": properties });
    json!({
        "openapi": "3.0.3", "info": { "title": "Returns", "x-kodanik-life-event": "Every year" },
        "paths": {
            "/": { "get": { "summary": "Conditions" } },
            path: { "post": {
                "summary": "File", "x-kodanik-claims": ["given_name"],
                "requestBody": { "content": { "application/json": { "schema": schema } } },
            } },
        },
    })
}
