use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::StatusCode;
use kodanik_crypto::signature::SigningKey;
use kodanik_identity::dcql::ClaimPath;
use kodanik_identity::dpop::DpopDraft;
use kodanik_identity::sd_jwt::{
    CredentialContent, CredentialDraft, KeyBinding, SHORT_LIVED, UnverifiedSdJwt,
};
use kodanik_services::address::RestPath;
use kodanik_services::error::Cause;
use kodanik_services::evidence::UnverifiedEvidence;
use kodanik_services::message::{AnswerError, Method};
use kodanik_services::signature::request::Application;
use kodanik_services::signature::{HopInvariant, answer};
use serde_json::{Map, Value, json};

use super::*;
use crate::config::{Config, PublicUrls};
use crate::eid::PID_TYPE;
use crate::pki::{self, Authorities, Leaf, Purpose, Signer};
use crate::roles::public_body::{self, Call, PublicBody};
use crate::roles::xroad_test_server::XroadTestServer;

const START: u64 = 1_800_000_000;
const SERVICE: &str = "KR/GOV/2000/family/parental-allowance";
const CLIENT: &str = "KR/GOV/1000/kodanik";
const NUMBER: &str = "9001011234567";

struct World {
    dir: tempfile::TempDir,
    context: Context,
    now: Arc<AtomicU64>,
    pid: Signer,
    services: Services,
    double: XroadTestServer,
}

struct Citizen {
    key: SigningKey,
    number: &'static str,
}

impl World {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let now = Arc::new(AtomicU64::new(START));
        let told = now.clone();
        let clock = Clock::from_fn(move || UnixSeconds(told.load(Ordering::SeqCst)));
        let url = Url::parse("http://127.0.0.1:9").unwrap();
        let urls = PublicUrls { identified: url.clone(), anonymous: url };
        let (config, http) = (Config::loopback(0, 0), reqwest::Client::new());
        let context = Context { dir: dir.path().to_owned(), config, urls, clock, http };
        let authorities =
            Authorities::make(dir.path(), vec!["127.0.0.1".to_owned()], UnixSeconds(START)).unwrap();
        let leaf = Leaf { purpose: Purpose::PidIssuer, name: "pid", organization: "e-ID office" };
        let pid = authorities.issue(dir.path(), &leaf).unwrap();
        PublicBody::init(dir.path(), &authorities).unwrap();
        let body = PublicBody::open(&context).unwrap();
        let double = XroadTestServer::start(body, CLIENT.parse().unwrap()).unwrap();
        let services = Services::open_at(&context, double.url.clone()).unwrap();
        Self { dir, context, now, pid, services, double }
    }

    fn now(&self) -> UnixSeconds {
        self.context.clock.now()
    }

    fn session(&self, citizen: &Citizen) -> Session {
        let token = self.services.hop.open_session(user(citizen.number), citizen.key.verifying_key());
        let hop = Hop { key: citizen.key.verifying_key() };
        self.services.hop.session(&token.access_token, &hop).unwrap()
    }

    fn present(&self, citizen: &Citizen, nonce: &str, audience: &str) -> String {
        self.present_of_life(citizen, nonce, audience, SHORT_LIVED)
    }

    fn present_of_life(&self, citizen: &Citizen, nonce: &str, audience: &str, life: u64) -> String {
        let claims = json!({
            "given_name": "Mari", "family_name": "Maasikas", "issuing_country": "KR",
            "personal_administrative_number": citizen.number,
        });
        let Value::Object(claims) = claims else { unreachable!() };
        let names = ["given_name", "family_name", "personal_administrative_number"];
        let paths = names.map(|name| ClaimPath::of(&[name])).to_vec();
        let content = CredentialContent {
            issuer: "http://127.0.0.1:9/eid".to_owned(),
            vct: PID_TYPE.to_owned(),
            issued: self.now(),
            expires: self.now().plus(life),
            holder: citizen.key.verifying_key(),
            status: None,
            claims,
            disclosable: paths.clone(),
            decoys: 0,
        };
        let credential = CredentialDraft::new(&mut rand_core::OsRng, self.pid.x5c(), &content).unwrap();
        let credential = credential.sign(self.pid.key());
        let anchors = pki::anchors(self.dir.path()).unwrap();
        let credential = UnverifiedSdJwt::parse(&credential).unwrap().verify(&anchors, self.now()).unwrap();
        let binding = KeyBinding { nonce, audience, now: self.now(), other: Map::new() };
        let draft = credential.select(&paths).unwrap().bind_key(&binding).unwrap();
        let signature = citizen.key.sign(draft.signing_input());
        draft.finish(signature)
    }

    fn signed(&self, citizen: &Citizen, application: Application) -> StrictRequest {
        let nonce = Uuid::new_v4().to_string();
        let presentation = self.present(citizen, &nonce, &application.path.service().to_string());
        self.signed_with(citizen, application, &presentation, &nonce)
    }

    fn signed_with(
        &self,
        citizen: &Citizen,
        application: Application,
        presentation: &str,
        nonce: &str,
    ) -> StrictRequest {
        let draft = application.draft(presentation, nonce, self.now(), 60).unwrap();
        let signature = citizen.key.sign(draft.signing_input());
        draft.finish(signature).unwrap()
    }

    async fn call(&self, citizen: &Citizen, request: &StrictRequest) -> Result<RestResponse, CallRefused> {
        self.services.call(&self.session(citizen), call_of(request)).await
    }

    fn cases(&self) -> i64 {
        let path = self.dir.path().join("public-body/public-body.sqlite");
        let connection = rusqlite::Connection::open(path).unwrap();
        connection.query_row("SELECT count(*) FROM case_file", [], |row| row.get(0)).unwrap()
    }
}

fn mari() -> Citizen {
    Citizen { key: SigningKey::make(&mut rand_core::OsRng), number: NUMBER }
}

fn user(number: &str) -> UserId {
    UserId::new("KR", number).unwrap()
}

fn application(id: &str) -> Application {
    let body = json!({"child_name": "Juku", "child_born": "2026-12-01", "months": 3});
    Application {
        method: Method::Post,
        path: RestPath::parse(&format!("/r1/{SERVICE}/applications")).unwrap(),
        query: None,
        body: Some(("application/json".to_owned(), body.to_string().into_bytes())),
        client: CLIENT.parse().unwrap(),
        x_road_id: id.to_owned(),
        user: user(NUMBER),
        represented: None,
    }
}

fn call_of(request: &StrictRequest) -> CallRequest {
    let request = request.as_request();
    CallRequest {
        method: request.method().to_string(),
        path: request.path().as_str().to_owned(),
        query: request.query().map(str::to_owned),
        headers: request.headers().clone(),
        body: Binary(request.body().to_vec()),
    }
}

fn json_of(response: &RestResponse) -> Value {
    serde_json::from_slice(&response.body).unwrap()
}

#[tokio::test]
async fn an_application_goes_through_and_leaves_evidence() {
    let (world, mari) = (World::new(), mari());
    let request = world.signed(&mari, application("1"));
    let response = world.call(&mari, &request).await.unwrap();
    assert_eq!(response.status, 202, "{}", json_of(&response));
    response.check(&request).unwrap();
    let evidence = UnverifiedEvidence::new(request, response.clone()).unwrap();
    let anchors = pki::anchors(world.dir.path()).unwrap();
    let chain = evidence.provider_chain().unwrap();
    let provider = anchors.verify(&chain, Purpose::Provider, world.now()).unwrap();
    assert_eq!(provider.name(), public_body::NAME);
    assert_eq!(provider.uris(), [format!("x-road:{}", public_body::ADDRESS)]);
    let verified = evidence.verify(&mari.key.verifying_key(), provider.key()).unwrap();
    assert_eq!(verified.signed.user, user(NUMBER));

    let case = json_of(&response)["case"].as_str().unwrap().to_owned();
    let (session, service) = (world.session(&mari), SERVICE.parse().unwrap());
    let state = async |after: u64| {
        world.now.store(START + after, Ordering::SeqCst);
        serde_json::to_value(world.services.case_status(&session, &service, &case).await.unwrap()).unwrap()
    };
    assert_eq!(state(0).await["state"], "received");
    assert_eq!(state(1).await["state"], "processing");
    assert_eq!(state(3).await, json!({"state": "done", "since": START + 3}));
    let path = RestPath::parse(&format!("/r1/{SERVICE}/cases/{case}/decision")).unwrap();
    let decision = Application { method: Method::Get, path, body: None, ..application("2") };
    let decision = world.call(&mari, &world.signed(&mari, decision)).await.unwrap();
    assert_eq!(json_of(&decision)["total_amount"], 450_000);
}

#[tokio::test]
async fn the_catalogue_offers_what_can_be_asked_for() {
    let world = World::new();
    let services = world.services.catalogue().await.unwrap();
    let codes: Vec<_> = services.iter().map(|service| service.id.service_code.as_str()).collect();
    assert_eq!(codes, ["parental-allowance", "residence"]);
    assert!(services.iter().all(|service| !service.operations.is_empty()));
}

#[tokio::test]
async fn sent_again_it_is_one_case_and_another_content_is_refused() {
    let (world, mari) = (World::new(), mari());
    world.double.lose_answers(1);
    let request = world.signed(&mari, application("1"));
    let lost = world.call(&mari, &request).await.unwrap();
    let Err(AnswerError::Fault(fault)) = lost.check(&request) else { panic!("an answer came") };
    assert_eq!(fault.code.cause(), Cause::Network);
    let first = world.call(&mari, &world.signed(&mari, application("1"))).await.unwrap();
    let second = world.call(&mari, &world.signed(&mari, application("1"))).await.unwrap();
    assert_eq!(json_of(&first)["case"], json_of(&second)["case"]);
    assert_eq!(world.cases(), 1);
    let other = Application { query: Some("x=1".to_owned()), ..application("1") };
    let refused = world.call(&mari, &world.signed(&mari, other)).await.unwrap();
    assert_eq!((refused.status, json_of(&refused)["error"].as_str()), (409, Some("reused_id")));
    world.call(&mari, &world.signed(&mari, application("2"))).await.unwrap();
    assert_eq!(world.cases(), 2);
}

#[tokio::test]
async fn the_consumer_forwards_nothing_that_the_citizen_did_not_sign() {
    let (world, mari) = (World::new(), mari());
    let request = world.signed(&mari, application("1"));
    let session = world.session(&mari);
    let changed = async |change: &dyn Fn(&mut CallRequest)| {
        let mut call = call_of(&request);
        change(&mut call);
        world.services.call(&session, call).await.unwrap_err()
    };
    let with = |name: &'static str, value: &'static str| {
        move |call: &mut CallRequest| {
            let mut headers = call.headers.filtered(|other| other != name);
            headers.push(name, value).unwrap();
            call.headers = headers;
        }
    };
    assert!(matches!(changed(&|call| call.body.0.push(b' ')).await, CallRefused::Signature(_)));
    assert!(matches!(changed(&|call| call.query = Some("a".into())).await, CallRefused::Signature(_)));
    assert!(matches!(changed(&|call| call.method = "PUT".into()).await, CallRefused::Signature(_)));
    assert!(matches!(changed(&|call| call.path.push_str("/x")).await, CallRefused::OtherService));
    assert!(matches!(changed(&|call| call.path.push_str("/..")).await, CallRefused::Message(_)));
    assert!(matches!(changed(&with("x-road-id", "7")).await, CallRefused::Signature(_)));
    assert!(matches!(changed(&with("x-road-client", "KR/GOV/1/x")).await, CallRefused::OtherClient));
    assert!(matches!(changed(&with("content-length", "3")).await, CallRefused::Message(_)));
    assert!(matches!(changed(&with("x-road-represented-party", "C")).await, CallRefused::Signature(_)));
    assert!(matches!(
        changed(&|call| call.headers = call.headers.filtered(|name| name != "signature")).await,
        CallRefused::Signature(SignatureRefused::Missing)
    ));
    assert!(matches!(changed(&with("kodanik-presentation", "x")).await, CallRefused::Eid(_)));
    assert_eq!(world.cases(), 0);
}

#[tokio::test]
async fn a_signature_counts_once_and_not_for_long() {
    let (world, mari) = (World::new(), mari());
    let request = world.signed(&mari, application("1"));
    world.call(&mari, &request).await.unwrap();
    assert!(matches!(world.call(&mari, &request).await, Err(CallRefused::Replayed)));
    let late = world.signed(&mari, application("2"));
    world.now.fetch_add(61, Ordering::SeqCst);
    let refused = world.call(&mari, &late).await;
    assert!(matches!(refused, Err(CallRefused::Signature(SignatureRefused::Expired))), "{refused:?}");
}

#[tokio::test]
async fn a_request_of_another_person_or_device_is_refused() {
    let (world, mari) = (World::new(), mari());
    let juri = Citizen { key: SigningKey::make(&mut rand_core::OsRng), number: "8001011234567" };
    // Jüri, in his own session, asks in Mari's name
    let refused = world.call(&juri, &world.signed(&juri, application("1"))).await;
    assert!(matches!(refused, Err(CallRefused::OtherPerson)));
    // Mari's request in Jüri's session
    let refused = world.call(&juri, &world.signed(&mari, application("1"))).await;
    assert!(matches!(refused, Err(CallRefused::OtherPerson)));
    // Mari's e-ID, Jüri's signature
    let presentation = world.present(&mari, "nonce-of-sixteen-or-more", SERVICE);
    let stolen = world.signed_with(&juri, application("1"), &presentation, "nonce-of-sixteen-or-more");
    let refused = world.call(&mari, &stolen).await;
    assert!(matches!(refused, Err(CallRefused::Signature(SignatureRefused::Signature(_)))));
    // an e-ID that was shown to somebody else, or for another signature
    for (nonce, audience) in
        [("nonce-of-sixteen-or-more", "KR/GOV/2000/family/residence"), ("other-nonce", SERVICE)]
    {
        let presentation = world.present(&mari, nonce, audience);
        let request = world.signed_with(&mari, application("1"), &presentation, "nonce-of-sixteen-or-more");
        assert!(matches!(world.call(&mari, &request).await, Err(CallRefused::Eid(_))));
    }
    assert_eq!(world.cases(), 0);
}

/// The provider believes nobody on the way: called past the consumer, it refuses by itself.
#[tokio::test]
async fn the_provider_checks_by_itself() {
    let (world, mari) = (World::new(), mari());
    let body = PublicBody::open(&world.context).unwrap();
    let juri = Citizen { key: SigningKey::make(&mut rand_core::OsRng), number: "8001011234567" };
    let (client, other): (ClientId, ClientId) = (CLIENT.parse().unwrap(), "KR/GOV/1/x".parse().unwrap());
    let service: ServiceId = SERVICE.parse().unwrap();
    let residence: ServiceId = "KR/GOV/2000/family/residence".parse().unwrap();
    let answer_to = async |client: &ClientId, service: &ServiceId, tail: &str, request: &StrictRequest| {
        let response = body.answer(Call { client, service, tail, request: request.into() }).await;
        let signed = answer::verify(&response, HopInvariant::from(request), body_key(&world).key());
        (response.status, json_of(&response)["error"].as_str().map(str::to_owned), signed.is_ok())
    };
    let refusal = |status: u16, code: &str| (status, Some(code.to_owned()), false);
    let request = world.signed(&mari, application("1"));
    let tail = "/applications";
    assert_eq!(answer_to(&other, &service, tail, &request).await, refusal(403, "other_service"));
    assert_eq!(answer_to(&client, &residence, tail, &request).await, refusal(403, "other_service"));
    assert_eq!(answer_to(&client, &service, "/x", &request).await, refusal(403, "other_service"));
    let in_her_name = world.signed(&juri, application("1"));
    assert_eq!(answer_to(&client, &service, tail, &in_her_name).await, refusal(403, "other_person"));
    assert_eq!(answer_to(&client, &service, tail, &request).await, (202, None, true));
    assert_eq!(answer_to(&client, &service, tail, &request).await, refusal(409, "replayed"));
    // what is refused to a known citizen is signed
    let unusable =
        Application { body: Some(("application/json".into(), b"{}".to_vec())), ..application("2") };
    let unusable = world.signed(&mari, unusable);
    assert_eq!(answer_to(&client, &service, tail, &unusable).await, (422, Some("unusable".into()), true));
    assert_eq!(world.cases(), 1);
}

fn body_key(world: &World) -> kodanik_identity::trust::VerifiedParty {
    let signer = Signer::read(&world.dir.path().join("public-body"), "answers").unwrap();
    let anchors = pki::anchors(world.dir.path()).unwrap();
    anchors.verify(&signer.x5c(), Purpose::Provider, world.now()).unwrap()
}

#[tokio::test]
async fn somebody_elses_case_is_unknown() {
    let (world, mari) = (World::new(), mari());
    let response = world.call(&mari, &world.signed(&mari, application("1"))).await.unwrap();
    let case = json_of(&response)["case"].as_str().unwrap().to_owned();
    let juri = Citizen { key: SigningKey::make(&mut rand_core::OsRng), number: "8001011234567" };
    let service = SERVICE.parse().unwrap();
    let ask = async |citizen: &Citizen, case: &str| {
        world.services.case_status(&world.session(citizen), &service, case).await
    };
    assert!(ask(&mari, &case).await.is_ok());
    let unknown: Result<(), Unreachable> = Err(Unreachable::NotFound);
    let refused = |result: Result<CaseStatus, CallRefused>| match result {
        Err(CallRefused::Unreachable(reason)) => Err::<(), _>(reason),
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(ask(&juri, &case).await), unknown.clone());
    assert_eq!(refused(ask(&mari, "../status").await), unknown.clone());
    assert_eq!(refused(ask(&mari, "AAAAAAAAAAAAAAAAAAAAAA").await), unknown);
}

#[tokio::test]
async fn the_double_speaks_x_roads_dialect() {
    let world = World::new();
    let get = async |path: &str, client: &str| {
        let url = format!("{}{path}", world.double.url.as_str().trim_end_matches('/'));
        let response = world.context.http.get(url).header("x-road-client", client).send().await.unwrap();
        let error = response.headers().get("x-road-error").map(|value| value.to_str().unwrap().to_owned());
        (response.status(), error)
    };
    let fault = |code: &str| (StatusCode::INTERNAL_SERVER_ERROR, Some(code.to_owned()));
    let service = format!("/r1/{SERVICE}/applications");
    assert_eq!(get(&service, "KR/GOV/1/x").await, fault("server.serverproxy.access_denied"));
    assert_eq!(get("/r1/KR/GOV/2000/family/x", CLIENT).await, fault("server.serverproxy.unknown_service"));
    assert_eq!(get("/r1/KR/GOV/9/family/x", CLIENT).await, fault("server.clientproxy.unknown_member"));
    let invalid = (StatusCode::BAD_REQUEST, Some("client.invalid_request".to_owned()));
    assert_eq!(get("/r2/KR/GOV/2000/family/x", CLIENT).await, invalid);
    assert_eq!(get(&service, "KR/GOV").await, invalid);
    // past X-Road, an unsigned request is the provider's to refuse: no X-Road-Error
    assert_eq!(get(&service, CLIENT).await, (StatusCode::UNAUTHORIZED, None));
    assert_eq!(get("/r1/KR/GOV/2000/family/listMethods", CLIENT).await.0, StatusCode::OK);
}

mod hop {
    use super::*;

    const PATH: &str = "/services/calls";

    fn proof(
        world: &World,
        key: &SigningKey,
        path: &str,
        token: Option<&str>,
        nonce: Option<&str>,
    ) -> String {
        let url = format!("http://127.0.0.1:9{path}");
        let request =
            kodanik_identity::dpop::Request { method: "POST", url: &url, access_token: token, nonce };
        let draft =
            DpopDraft::new(&mut rand_core::OsRng, &key.verifying_key(), &request, world.now()).unwrap();
        let signature = key.sign(draft.signing_input());
        draft.finish(signature)
    }

    #[tokio::test]
    async fn a_proof_counts_once() {
        let (world, mari) = (World::new(), mari());
        let (hop, nonce) = (&world.services.hop, world.services.hop.nonce());
        let good = proof(&world, &mari.key, PATH, Some("t"), Some(&nonce));
        assert_eq!(hop.verify(&good, "POST", PATH, Some("t")).unwrap().key, mari.key.verifying_key());
        assert!(matches!(hop.verify(&good, "POST", PATH, Some("t")), Err(HopRefused::Proof(_))));
    }

    #[tokio::test]
    async fn a_proof_is_for_one_request() {
        let (world, mari) = (World::new(), mari());
        let (hop, nonce) = (&world.services.hop, world.services.hop.nonce());
        let made = |path, token| proof(&world, &mari.key, path, token, Some(&nonce));
        let refused = |proof: &str, method| {
            matches!(hop.verify(proof, method, PATH, Some("t")), Err(HopRefused::Proof(_)))
        };
        assert!(refused(&made(PATH, Some("t")), "GET"));
        assert!(refused(&made("/services/session", Some("t")), "POST"));
        assert!(refused(&made(PATH, Some("other")), "POST"));
        assert!(refused(&made(PATH, None), "POST"));
        assert!(refused("x.y.z", "POST"));
    }

    #[tokio::test]
    async fn nonces_are_demanded_and_grow_old() {
        let (world, mari) = (World::new(), mari());
        let (hop, nonce) = (&world.services.hop, world.services.hop.nonce());
        let without = proof(&world, &mari.key, PATH, None, None);
        assert_eq!(hop.verify(&without, "POST", PATH, None).unwrap_err(), HopRefused::Nonce);
        let foreign = proof(&world, &mari.key, PATH, None, Some("foreign"));
        assert_eq!(hop.verify(&foreign, "POST", PATH, None).unwrap_err(), HopRefused::Nonce);
        assert!(hop.accepts_nonce(&nonce));
        world.now.fetch_add(120, Ordering::SeqCst);
        assert!(hop.accepts_nonce(&nonce));
        world.now.fetch_add(120, Ordering::SeqCst);
        assert!(!hop.accepts_nonce(&nonce));
        let old = proof(&world, &mari.key, PATH, None, Some(&nonce));
        assert_eq!(hop.verify(&old, "POST", PATH, None).unwrap_err(), HopRefused::Nonce);
    }

    #[tokio::test]
    async fn a_session_is_bound_to_its_key_and_ends() {
        let (world, mari) = (World::new(), mari());
        let hop = &world.services.hop;
        let token = hop.open_session(user(NUMBER), mari.key.verifying_key());
        let own = Hop { key: mari.key.verifying_key() };
        assert!(hop.session(&token.access_token, &own).is_ok());
        let thief = Hop { key: SigningKey::make(&mut rand_core::OsRng).verifying_key() };
        assert!(matches!(hop.session(&token.access_token, &thief), Err(HopRefused::NoSession)));
        assert!(matches!(hop.session("other", &own), Err(HopRefused::NoSession)));
        world.now.fetch_add(900, Ordering::SeqCst);
        assert!(matches!(hop.session(&token.access_token, &own), Err(HopRefused::NoSession)));
    }

    #[tokio::test]
    async fn an_eid_opens_a_session_for_its_own_key_and_this_gateway_only() {
        let (world, mari) = (World::new(), mari());
        let nonce = world.services.hop.nonce();
        let open = async |hop: Hop, audience: &str, shown: &str| {
            let presentation = world.present(&mari, shown, audience);
            world.services.open_session(&hop, &presentation, &nonce).await
        };
        let own = Hop { key: mari.key.verifying_key() };
        let thief = Hop { key: SigningKey::make(&mut rand_core::OsRng).verifying_key() };
        let audience = world.services.hop.audience();
        assert!(open(own, &audience, &nonce).await.is_ok());
        assert!(matches!(open(thief, &audience, &nonce).await, Err(CallRefused::OtherPerson)));
        assert!(matches!(open(own, SERVICE, &nonce).await, Err(CallRefused::Eid(_))));
        assert!(matches!(open(own, &audience, "other").await, Err(CallRefused::Eid(_))));
    }

    #[tokio::test]
    async fn a_long_lived_eid_without_a_status_is_refused() {
        let (world, mari) = (World::new(), mari());
        let (nonce, audience) = (world.services.hop.nonce(), world.services.hop.audience());
        let presentation = world.present_of_life(&mari, &nonce, &audience, SHORT_LIVED + 1);
        let hop = Hop { key: mari.key.verifying_key() };
        let refused = world.services.open_session(&hop, &presentation, &nonce).await;
        assert!(matches!(refused, Err(CallRefused::Eid(EidRefused::StatusUnavailable))));
    }
}
