use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use kodanik_identity::issuance::parse_signed_issuer_metadata;
use kodanik_identity::sd_jwt::UnverifiedSdJwt;
use kodanik_identity::status::{Status, StatusReference, UnverifiedStatusToken};
use serde_json::json;

use super::testing::{Office, TestWallet, credential_request, form, mari, token_request};
use super::*;

fn get(path: &str, accept: &str) -> Request<Body> {
    Request::get(path).header(header::ACCEPT, accept).body(Body::empty()).unwrap()
}

async fn status(office: &Office, reference: &StatusReference) -> Status {
    let answer = office.send(get("/eid/status/1", "application/statuslist+jwt")).await;
    let token = UnverifiedStatusToken::parse(answer.text()).unwrap();
    token.verify(&office.anchors(), reference.uri(), office.now()).unwrap().status(reference).unwrap()
}

// What works.

#[tokio::test]
async fn a_person_gets_a_pid_that_is_bound_and_listed() {
    let office = Office::new();
    let wallet = TestWallet::new();
    let pid = wallet.enrol(&office, office.add_mari()).await;
    assert_eq!((pid.vct(), pid.issuer()), (PID_VCT, "http://127.0.0.1:8480/eid"));
    assert_eq!(pid.holder_key(), &wallet.key.verifying_key());
    assert_eq!(pid.claims()["given_name"], "Mari");
    assert_eq!(pid.claims()["age_equal_or_over"]["18"], true);
    assert_eq!(pid.claims()["roll_number"], "R-0001");
    assert_eq!(status(&office, pid.status().unwrap()).await, Status::Valid);
}

#[tokio::test]
async fn metadata_is_signed_on_demand() {
    let office = Office::new();
    let path = "/.well-known/openid-credential-issuer/eid";
    let signed = office.send(get(path, "application/jwt")).await;
    let (policy, now) = (office.context.endpoint_policy(), office.now());
    let (metadata, party) = parse_signed_issuer_metadata(
        signed.text(),
        office.issuer.identifier(),
        &office.anchors(),
        policy,
        now,
    )
    .unwrap();
    assert_eq!((metadata, party.name()), (office.issuer.metadata(), "Kodanik e-ID office"));
    let plain = office.send(get(path, "application/json")).await;
    assert_eq!(plain.json()["credential_issuer"], "http://127.0.0.1:8480/eid");
    let server = office.send(get("/.well-known/oauth-authorization-server/eid", "*/*")).await;
    assert_eq!(server.json()["token_endpoint"], "http://127.0.0.1:8480/eid/token");
}

#[tokio::test]
async fn revoking_a_person_shows_in_the_list_at_once_and_kills_open_offers() {
    let office = Office::new();
    let person = office.add_mari();
    let pid = TestWallet::new().enrol(&office, person).await;
    assert_eq!(status(&office, pid.status().unwrap()).await, Status::Valid);
    let offer = office.issuer.create_offer(person).unwrap();
    assert_eq!(office.issuer.valid_credentials(person).unwrap(), 1);
    assert_eq!(office.issuer.revoke_person(person).unwrap(), 1);
    assert_eq!(office.issuer.valid_credentials(person).unwrap(), 0);
    assert_eq!(status(&office, pid.status().unwrap()).await, Status::Invalid);
    let late = TestWallet::new().ask_token(&office, form(&office, &offer, offer.tx_code.expose())).await;
    assert_eq!(late.error(), "invalid_grant");
    let again = TestWallet::new().enrol(&office, person).await;
    assert_eq!(status(&office, again.status().unwrap()).await, Status::Valid);
    assert_eq!(office.issuer.revoke_person(person).unwrap(), 1);
    assert_eq!(office.issuer.revoke_person(person).unwrap(), 0);
}

#[tokio::test]
async fn an_index_is_revoked_once() {
    let office = Office::new();
    let pid = TestWallet::new().enrol(&office, office.add_mari()).await;
    let index = pid.status().unwrap().idx();
    office.issuer.revoke_index(index).unwrap();
    assert_eq!(status(&office, pid.status().unwrap()).await, Status::Invalid);
    assert!(matches!(office.issuer.revoke_index(index), Err(EidError::Unknown)));
}

#[tokio::test]
async fn a_lost_answer_is_fetched_again_and_the_lost_credential_is_revoked() {
    let office = Office::new();
    let wallet = TestWallet::new();
    let offer = office.issuer.create_offer(office.add_mari()).unwrap();
    let token = wallet.token(&office, &offer).await;
    let verified =
        |text: &str| UnverifiedSdJwt::parse(text).unwrap().verify(&office.anchors(), office.now()).unwrap();
    let lost = verified(&wallet.credential(&office, &token).await);
    let kept = verified(&wallet.credential(&office, &token).await);
    assert_eq!(status(&office, lost.status().unwrap()).await, Status::Invalid);
    assert_eq!(status(&office, kept.status().unwrap()).await, Status::Valid);
}

#[tokio::test]
async fn everything_survives_a_restart() {
    let office = Office::new();
    let person = office.add_mari();
    let offer = office.issuer.create_offer(person).unwrap();
    let nonce = office.issuer.nonce().c_nonce;
    let reopened = EidIssuer::open(&office.context).unwrap();
    assert!(reopened.nonces.spend(&reopened.db, &nonce, office.now()));
    assert_eq!(reopened.find_person("60602280001").unwrap().unwrap().1, mari());
    TestWallet::new().token(&office, &offer).await;
}

#[tokio::test]
async fn what_holds_secrets_is_not_cached() {
    let office = Office::new();
    let wallet = TestWallet::new();
    let offer = office.issuer.create_offer(office.add_mari()).unwrap();
    let token = wallet.ask_token(&office, form(&office, &offer, offer.tx_code.expose())).await;
    assert!(token.not_stored);
    assert!(office.send(Request::post("/eid/nonce").body(Body::empty()).unwrap()).await.not_stored);
}

// What is refused: offers and tokens.

#[tokio::test]
async fn a_code_works_once() {
    let office = Office::new();
    let offer = office.issuer.create_offer(office.add_mari()).unwrap();
    TestWallet::new().token(&office, &offer).await;
    let again = TestWallet::new().ask_token(&office, form(&office, &offer, offer.tx_code.expose())).await;
    assert_eq!((again.status, again.error().as_str()), (StatusCode::BAD_REQUEST, "invalid_grant"));
}

#[tokio::test]
async fn five_wrong_transaction_codes_are_the_end_of_an_offer() {
    let office = Office::new();
    let offer = office.issuer.create_offer(office.add_mari()).unwrap();
    let wrong = if offer.tx_code.expose() == "000000" { "000001" } else { "000000" };
    for _ in 0..5 {
        let answer = TestWallet::new().ask_token(&office, form(&office, &offer, wrong)).await;
        assert_eq!(answer.error(), "invalid_grant");
    }
    let right = TestWallet::new().ask_token(&office, form(&office, &offer, offer.tx_code.expose())).await;
    assert_eq!(right.error(), "invalid_grant");
    let other =
        office.issuer.create_offer(office.issuer.find_person("60602280001").unwrap().unwrap().0).unwrap();
    for _ in 0..4 {
        let digits = if other.tx_code.expose() == "000000" { "000001" } else { "000000" };
        TestWallet::new().ask_token(&office, form(&office, &other, digits)).await;
    }
    TestWallet::new().token(&office, &other).await;
}

#[tokio::test]
async fn an_offer_expires_and_needs_its_code() {
    let office = Office::new();
    let person = office.add_mari();
    let offer = office.issuer.create_offer(person).unwrap();
    let without = form(&office, &offer, "x").replace("&tx_code=x", "");
    assert_eq!(TestWallet::new().ask_token(&office, without).await.error(), "invalid_grant");
    office.wait(15 * 60);
    let late = TestWallet::new().ask_token(&office, form(&office, &offer, offer.tx_code.expose())).await;
    assert_eq!(late.error(), "invalid_grant");
    assert!(matches!(office.issuer.create_offer(PersonId(99)), Err(EidError::Unknown)));
}

#[tokio::test]
async fn a_token_request_needs_a_fresh_proof_for_this_endpoint() {
    let office = Office::new();
    let wallet = TestWallet::new();
    let offer = office.issuer.create_offer(office.add_mari()).unwrap();
    let form = || form(&office, &offer, offer.tx_code.expose());
    let ask = async |dpop: Option<&str>| office.send(token_request(dpop, form())).await.error();
    assert_eq!(ask(None).await, "invalid_dpop_proof");
    assert_eq!(ask(Some("nonsense")).await, "invalid_dpop_proof");
    assert_eq!(ask(Some(&wallet.dpop(&office, "credential", None))).await, "invalid_dpop_proof");
    let old = wallet.dpop(&office, "token", None);
    office.wait(600);
    assert_eq!(ask(Some(&old)).await, "invalid_dpop_proof");
    let used = wallet.dpop(&office, "token", None);
    assert_eq!(
        office.send(token_request(Some(&used), "grant_type=password".into())).await.error(),
        "unsupported_grant_type"
    );
    assert_eq!(ask(Some(&used)).await, "invalid_dpop_proof");
    let twice = Request::post("/eid/token").header("DPoP", &used).header("DPoP", &used);
    assert_eq!(office.send(twice.body(Body::from(form())).unwrap()).await.error(), "invalid_dpop_proof");
    wallet.token(&office, &offer).await;
}

// What is refused: credentials.

#[tokio::test]
async fn a_token_is_of_no_use_to_another_key_or_later() {
    let office = Office::new();
    let (wallet, thief) = (TestWallet::new(), TestWallet::new());
    let offer = office.issuer.create_offer(office.add_mari()).unwrap();
    let token = wallet.token(&office, &offer).await;
    let nonce = || office.issuer.nonce().c_nonce;
    let stolen = thief.ask_credential(&office, &token, &[thief.proof(&office, &nonce())]).await;
    assert_eq!((stolen.status, stolen.error().as_str()), (StatusCode::UNAUTHORIZED, "invalid_token"));
    let made_up = wallet.ask_credential(&office, "made-up", &[wallet.proof(&office, &nonce())]).await;
    assert_eq!(made_up.status, StatusCode::UNAUTHORIZED);
    office.wait(300);
    let late = wallet.ask_credential(&office, &token, &[wallet.proof(&office, &nonce())]).await;
    assert_eq!(late.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_bearer_token_is_refused() {
    let office = Office::new();
    let request =
        Request::post("/eid/credential").header(header::AUTHORIZATION, "Bearer x").header("DPoP", "x");
    let answer = office.send(request.body(Body::from("{}")).unwrap()).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn nonces_are_ours_fresh_and_used_once() {
    let office = Office::new();
    let wallet = TestWallet::new();
    let offer = office.issuer.create_offer(office.add_mari()).unwrap();
    let token = wallet.token(&office, &offer).await;
    let ask =
        async |nonce: &str| wallet.ask_credential(&office, &token, &[wallet.proof(&office, nonce)]).await;
    let foreign = Office::new().issuer.nonce().c_nonce;
    for nonce in [foreign.as_str(), "AAAA", &foreign[1..]] {
        assert_eq!(ask(nonce).await.error(), "invalid_nonce");
    }
    let nonce = office.issuer.nonce().c_nonce;
    assert_eq!(ask(&nonce).await.status, StatusCode::OK);
    assert_eq!(ask(&nonce).await.error(), "invalid_nonce");
    let old = office.issuer.nonce().c_nonce;
    assert!(office.issuer.nonces.spend(&office.issuer.db, &old, office.now().plus(299)));
    let old = office.issuer.nonce().c_nonce;
    assert!(!office.issuer.nonces.spend(&office.issuer.db, &old, office.now().plus(300)));
}

#[tokio::test]
async fn malformed_credential_requests_are_refused() {
    let office = Office::new();
    let wallet = TestWallet::new();
    let offer = office.issuer.create_offer(office.add_mari()).unwrap();
    let token = wallet.token(&office, &offer).await;
    let proof = || wallet.proof(&office, &office.issuer.nonce().c_nonce);
    for (body, error) in [
        (json!({}), "invalid_credential_request"),
        (json!({ "credential_configuration_id": "pid", "proofs": { "jwt": [] } }), "invalid_proof"),
        (json!({ "credential_configuration_id": "pid", "proofs": { "jwt": ["x"] } }), "invalid_proof"),
        (
            json!({ "credential_configuration_id": "car", "proofs": { "jwt": [proof()] } }),
            "unknown_credential_configuration",
        ),
        (
            json!({ "credential_identifier": "pid", "proofs": { "jwt": [proof()] } }),
            "unknown_credential_identifier",
        ),
    ] {
        let dpop = wallet.dpop(&office, "credential", Some(&token));
        assert_eq!(office.send(credential_request(&token, &dpop, &body)).await.error(), error, "{body}");
    }
    let nonce = office.issuer.nonce().c_nonce;
    let two = [wallet.proof(&office, &nonce), TestWallet::new().proof(&office, &nonce)];
    assert_eq!(wallet.ask_credential(&office, &token, &two).await.error(), "invalid_proof");
}

// What is refused: people.

#[test]
fn the_register_refuses_what_is_no_person() {
    let office = Office::new();
    office.add_mari();
    assert!(matches!(office.issuer.add_person(&mari()), Err(PersonError::Taken)));
    let other = || Person { personal_administrative_number: "2".into(), roll_number: "R-2".into(), ..mari() };
    let same_roll = Person { roll_number: "R-0001".into(), ..other() };
    assert!(matches!(office.issuer.add_person(&same_roll), Err(PersonError::Taken)));
    let bad = |change: fn(&mut Person)| {
        let mut person = other();
        change(&mut person);
        office.issuer.add_person(&person)
    };
    assert!(matches!(bad(|person| person.birthdate = "yesterday".into()), Err(PersonError::Birthdate)));
    assert!(matches!(bad(|person| person.given_name.clear()), Err(PersonError::Text)));
    assert!(matches!(bad(|person| person.nationality = "Estonia".into()), Err(PersonError::Text)));
    assert!(matches!(bad(|person| person.family_name = "x".repeat(201)), Err(PersonError::Text)));
    assert!(office.issuer.find_person("2").unwrap().is_none());
    office.issuer.add_person(&other()).unwrap();
}

#[test]
fn debug_shows_nobody() {
    let office = Office::new();
    let offer = office.issuer.create_offer(office.add_mari()).unwrap();
    let shown = format!("{:?} {:?} {offer:?}", mari(), office.issuer);
    for secret in ["Mari", "60602280001", offer.tx_code.expose()] {
        assert!(!shown.contains(secret));
    }
}
