use axum::Router;
use kodanik_identity::dcql::ClaimPath;
use kodanik_identity::presentation::{
    PresentationError, RequestContext, RequestLink, ResponseError, UnverifiedRequest, VerifiedRequest,
    VpToken,
};
use kodanik_identity::sd_jwt::VerifiedSdJwt;
use rand_core::OsRng;
use tokio::net::TcpListener;

use super::*;
use crate::roles::eid_issuer::testing::{Office, TestWallet};
use crate::routes;

/// An office, a relying party and a wallet with a PID, on a real socket, since the status is fetched over HTTP.
struct Stage {
    office: Office,
    party: Arc<RelyingParty>,
    wallet: TestWallet,
    pid: VerifiedSdJwt,
    base: String,
    http: reqwest::Client,
}

impl Stage {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let office = Office::at(&base);
        let party = RelyingParty::open(&office.context).unwrap();
        let router: Router = routes::issuance::router(office.issuer.clone())
            .merge(routes::presentation::router(party.clone()))
            .split_for_parts()
            .0;
        tokio::spawn(async move { axum::serve(listener, router).await });
        let wallet = TestWallet::new();
        let pid = wallet.enrol(&office, office.add_mari()).await;
        let http = office.context.http.clone();
        Self { office, party, wallet, pid, base, http }
    }

    async fn load(&self, link: &str, wallet_nonce: &str) -> Result<VerifiedRequest, PresentationError> {
        let policy = self.office.context.endpoint_policy();
        let link = RequestLink::parse(link, policy).unwrap();
        let form = [("wallet_nonce", wallet_nonce)];
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = self.http.post(link.request_uri.url().clone()).body(body);
        let text = request.send().await.unwrap().error_for_status().unwrap().text().await.unwrap();
        let context = RequestContext {
            link: &link,
            wallet_nonce: Some("the-wallets-nonce"),
            anchors: &self.office.anchors(),
            policy,
            transaction_types: &[],
            now: self.office.now(),
        };
        UnverifiedRequest::parse(&text)?.verify(&context)
    }

    async fn request(&self, claims: &[&str]) -> (CreatedRequest, VerifiedRequest) {
        let claims: Vec<_> = claims.iter().map(|claim| (*claim).to_owned()).collect();
        let created = self.party.create_request(&claims).unwrap();
        let request = self.load(&created.link, "the-wallets-nonce").await.unwrap();
        (created, request)
    }

    fn answer(&self, request: &VerifiedRequest, claims: &[&[&str]]) -> String {
        let paths: Vec<_> = claims.iter().map(|path| ClaimPath::of(path)).collect();
        let draft = request.bind(QUERY_ID, &self.pid, &paths, self.office.now()).unwrap();
        let signature = self.wallet.key.sign(draft.signing_input());
        let token = VpToken::from([(QUERY_ID.to_owned(), vec![draft.finish(signature)])]);
        request.encrypt(&mut OsRng, &token).unwrap()
    }

    async fn post(&self, id: &str, response: &str) -> (u16, String) {
        let body =
            url::form_urlencoded::Serializer::new(String::new()).append_pair("response", response).finish();
        let sent =
            self.http.post(format!("{}/rp/responses/{id}", self.base)).body(body).send().await.unwrap();
        (sent.status().as_u16(), sent.text().await.unwrap())
    }

    fn verdict(&self, id: &str) -> Verdict {
        self.party.result(id).unwrap().verdict
    }
}

#[tokio::test]
async fn a_presentation_is_accepted_and_only_names_are_kept() {
    let stage = Stage::new().await;
    let (created, request) = stage.request(&["given_name", "age_equal_or_over.18"]).await;
    assert_eq!(request.party().name(), "Kodanik library");
    assert_eq!(request.over_asked(), Some(vec![]));
    assert_eq!(stage.verdict(&created.id), Verdict::Pending);
    let answer = stage.answer(&request, &[&["given_name"], &["age_equal_or_over", "18"]]);
    assert_eq!(stage.post(&created.id, &answer).await, (200, "{}".to_owned()));
    let shown = stage.http.get(format!("{}/rp/requests/{}", stage.base, created.id)).send().await.unwrap();
    let shown = shown.text().await.unwrap();
    let result: RequestResult = serde_json::from_str(&shown).unwrap();
    assert_eq!(result.verdict, Verdict::Accepted);
    assert!(result.claims.contains(&"given_name".to_owned()), "{:?}", result.claims);
    assert!(!shown.contains("Mari"));
}

#[tokio::test]
async fn over_asking_can_be_seen() {
    let stage = Stage::new().await;
    let (_, request) = stage.request(&["given_name", "personal_administrative_number"]).await;
    let beyond = request.over_asked().unwrap();
    assert_eq!(beyond, [&ClaimPath::of(&["personal_administrative_number"])]);
}

#[tokio::test]
async fn a_revoked_pid_is_refused_at_once() {
    let stage = Stage::new().await;
    let (first, request) = stage.request(&["given_name"]).await;
    assert_eq!(stage.post(&first.id, &stage.answer(&request, &[&["given_name"]])).await.0, 200);
    stage.office.issuer.revoke_index(stage.pid.status().unwrap().idx()).unwrap();
    let (second, request) = stage.request(&["given_name"]).await;
    let (status, body) = stage.post(&second.id, &stage.answer(&request, &[&["given_name"]])).await;
    assert_eq!(status, 400);
    assert!(body.contains("invalid_presentation") && body.contains("revoked"), "{body}");
    assert_eq!(stage.verdict(&second.id), Verdict::Refused);
}

#[tokio::test]
async fn an_answer_counts_once() {
    let stage = Stage::new().await;
    let (created, request) = stage.request(&["given_name"]).await;
    let answer = stage.answer(&request, &[&["given_name"]]);
    assert_eq!(stage.post(&created.id, &answer).await.0, 200);
    let (status, body) = stage.post(&created.id, &answer).await;
    assert!(status == 400 && body.contains("already_answered"), "{body}");
    assert_eq!(stage.verdict(&created.id), Verdict::Accepted);
}

#[tokio::test]
async fn the_key_of_an_answered_request_is_gone() {
    let stage = Stage::new().await;
    let (created, request) = stage.request(&["given_name"]).await;
    let keys = || {
        let path = role_dir(&stage.office.context.dir, ROLE).join("rp-requests.sqlite");
        let connection = rusqlite::Connection::open(path).unwrap();
        let sql = "SELECT length(decryption_key) FROM requests WHERE id = ?1";
        connection.query_row(sql, [&created.id], |row| row.get::<_, i64>(0)).unwrap()
    };
    assert_eq!(keys(), 32);
    stage.post(&created.id, &stage.answer(&request, &[&["given_name"]])).await;
    assert_eq!(keys(), 0);
    assert!(matches!(stage.party.request_object(&created.id, None), Err(VerifierError::AlreadyAnswered)));
}

#[tokio::test]
async fn of_many_answers_at_once_one_counts() {
    let stage = Stage::new().await;
    let (created, request) = stage.request(&["given_name"]).await;
    let answer = stage.answer(&request, &[&["given_name"]]);
    let accept = || stage.party.verifier.accept(&created.id, &answer);
    let results = tokio::join!(accept(), accept(), accept(), accept());
    let accepted = [results.0.is_ok(), results.1.is_ok(), results.2.is_ok(), results.3.is_ok()];
    assert_eq!(accepted.iter().filter(|accepted| **accepted).count(), 1);
}

#[tokio::test]
async fn an_answer_to_another_request_does_not_close_this_one() {
    let stage = Stage::new().await;
    let (first, request) = stage.request(&["given_name"]).await;
    let (second, _) = stage.request(&["given_name"]).await;
    let answer = stage.answer(&request, &[&["given_name"]]);
    for response in [answer.as_str(), "nonsense", ""] {
        assert_eq!(stage.post(&second.id, response).await.0, 400);
        assert_eq!(stage.verdict(&second.id), Verdict::Pending);
    }
    assert_eq!(stage.post(&first.id, &answer).await.0, 200);
}

#[tokio::test]
async fn more_than_was_asked_is_refused() {
    let stage = Stage::new().await;
    let (created, request) = stage.request(&["given_name"]).await;
    let answer = stage.answer(&request, &[&["given_name"], &["family_name"]]);
    let refused = stage.party.accept(&created.id, &answer).await.unwrap_err();
    assert!(matches!(refused, VerifierError::Response(ResponseError::OverDisclosed)));
    assert!(stage.party.result(&created.id).unwrap().claims.is_empty());
}

#[tokio::test]
async fn requests_expire_and_unknown_ones_are_not_found() {
    let stage = Stage::new().await;
    let (created, request) = stage.request(&["given_name"]).await;
    let answer = stage.answer(&request, &[&["given_name"]]);
    stage.office.wait(300);
    assert_eq!(stage.post(&created.id, &answer).await.0, 404);
    assert!(matches!(stage.party.request_object(&created.id, None), Err(VerifierError::Unknown)));
    assert_eq!(stage.post("unknown", &answer).await.0, 404);
    assert!(matches!(stage.party.result("unknown"), Err(VerifierError::Unknown)));
}

#[tokio::test]
async fn a_request_object_repeats_the_wallets_nonce_and_no_other() {
    let stage = Stage::new().await;
    let created = stage.party.create_request(&[]).unwrap();
    let wrong = stage.load(&created.link, "another-nonce").await;
    assert_eq!(wrong.unwrap_err(), PresentationError::WalletNonce);
    let long = "x".repeat(513);
    assert!(matches!(stage.party.request_object(&created.id, Some(&long)), Err(VerifierError::WalletNonce)));
    let by_get =
        stage.http.get(format!("{}/rp/requests/{}/object", stage.base, created.id)).send().await.unwrap();
    assert_eq!(by_get.headers()["content-type"], "application/oauth-authz-req+jwt");
}

#[tokio::test]
async fn what_is_no_query_is_not_asked() {
    let stage = Stage::new().await;
    let deep = ["a.b.c.d.e.f.g.h.i".to_owned()];
    assert!(matches!(stage.party.create_request(&deep), Err(CreateError::Query(_))));
    let many = vec!["given_name".to_owned(); 65];
    assert!(matches!(stage.party.create_request(&many), Err(CreateError::Query(_))));
}

#[tokio::test]
async fn a_status_that_cannot_be_fetched_is_no_status() {
    let stage = Stage::new().await;
    let office = Office::at("http://127.0.0.1:1");
    let wallet = TestWallet::new();
    let pid = wallet.enrol(&office, office.add_mari()).await;
    let party = RelyingParty::open(&office.context).unwrap();
    let created = party.create_request(&["given_name".to_owned()]).unwrap();
    let text = party.request_object(&created.id, None).unwrap();
    let policy = office.context.endpoint_policy();
    let link = RequestLink::parse(&created.link, policy).unwrap();
    let context = RequestContext {
        link: &link,
        wallet_nonce: None,
        anchors: &office.anchors(),
        policy,
        transaction_types: &[],
        now: office.now(),
    };
    let request = UnverifiedRequest::parse(&text).unwrap().verify(&context).unwrap();
    let stage = Stage { wallet, pid, office, ..stage };
    let refused = party.accept(&created.id, &stage.answer(&request, &[&["given_name"]])).await.unwrap_err();
    assert!(matches!(refused, VerifierError::Response(ResponseError::StatusUnknown)));
}
