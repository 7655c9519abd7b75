//! What holder, issuer and relying party say to one another.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use kodanik_identity::dcql::{DC_SD_JWT, HeldCredential, Query, select};
use kodanik_identity::device_key::{KeyProofDraft, UnverifiedKeyProof};
use kodanik_identity::dpop::{DpopDraft, Request, UnverifiedDpop};
use kodanik_identity::endpoint::{Endpoint, EndpointPolicy};
use kodanik_identity::issuance::{
    CredentialOffer, CredentialRequest, CredentialResponse, OfferLink, TokenRequest, TokenResponse,
};
use kodanik_identity::oauth::OAuthError;
use kodanik_identity::presentation::{
    REQUEST_OBJECT_TYPE, RequestContext, RequestLink, RequestObject, RequestUriMethod, UnverifiedRequest,
    UnverifiedResponse,
};
use serde::Serialize;
use serde_json::{Value, json};

use super::Made;
use super::parties::{HOST, ISSUER, NOW, PARTIES, rng};

const HTTPS: EndpointPolicy = EndpointPolicy::HttpsOnly;
const QUERY: &str = r#"{"credentials":[{"id":"pid","format":"dc+sd-jwt","meta":{"vct_values":["urn:eudi:pid:1"]},"claims":[{"id":"g","path":["given_name"]},{"id":"c","path":["address","city"],"values":["Tartu"]},{"id":"n","path":["nationalities",null]}],"claim_sets":[["g","c"],["n"]]}],"credential_sets":[{"options":[["pid"]],"required":false}]}"#;

fn json_of(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("it was parsed")
}

/// A query means the same once it is written again, and nothing is disclosed that it does not ask for.
pub fn check_query(bytes: &[u8]) {
    let Ok(query) = Query::parse(bytes) else { return };
    let text = json_of(&query);
    // serde_json rounds what it reads of a fraction.
    if !has_fraction(&serde_json::from_slice(&text).unwrap_or_default()) {
        assert_eq!(Query::parse(&text).as_ref(), Ok(&query), "another query");
    }
    assert!(query.is_satisfied_by(|_| true), "a query that nothing satisfies");
    let claims = json!({ "given_name": "Aino", "address": { "city": "Tartu" }, "nationalities": ["EE", "FI"], "vct": "urn:eudi:pid:1" });
    let held = HeldCredential {
        id: "own",
        format: DC_SD_JWT,
        vct: "urn:eudi:pid:1",
        claims: &claims,
        authorities: &[vec![1]],
    };
    let matches = select(&query, &[held]);
    for found in &matches.credentials {
        let asked = query.credential(&found.query_id).expect("an answer to no query");
        let paths: Vec<_> = asked.claims.iter().flatten().map(|claim| &claim.path).collect();
        let asked_for = |path| paths.contains(&path);
        assert!(
            found.candidates.iter().flat_map(|own| &own.claims).all(asked_for),
            "more than was asked for"
        );
    }
    if let Some(picks) = matches.default_picks() {
        assert!(matches.choose(&picks).is_ok(), "the least that satisfies does not");
    }
}

fn has_fraction(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(has_fraction),
        Value::Number(number) => number.is_f64(),
        Value::Object(members) => members.values().any(has_fraction),
        _ => false,
    }
}

fn link() -> RequestLink {
    RequestLink {
        client_id: PARTIES.relying_party.client_id(),
        request_uri: Endpoint::parse("https://library.example/requests/1", HTTPS).expect("an address"),
        method: RequestUriMethod::Post,
    }
}

/// A request object's claims, signed by the relying party: an answer goes to nobody else, and is read there.
pub fn check_request(bytes: &[u8]) {
    let Ok(claims) = serde_json::from_slice::<Value>(bytes) else { return };
    let text = PARTIES.relying_party.sign(REQUEST_OBJECT_TYPE, &claims);
    let context = RequestContext {
        link: &link(),
        wallet_nonce: Some("a-wallet-nonce"),
        anchors: &PARTIES.anchors,
        policy: HTTPS,
        transaction_types: &["a-known-type"],
        now: NOW,
    };
    let Ok(unverified) = UnverifiedRequest::parse(&text) else { return };
    let Ok(request) = unverified.verify(&context) else { return };
    assert_eq!(
        (request.client_id(), request.response_uri().host().as_str()),
        (context.link.client_id, HOST),
        "to somebody else"
    );
    assert_eq!(request.response_uri().url().scheme(), "https", "in the open");
    assert!(request.transaction_data().iter().all(|item| item.kind() == "a-known-type"), "an unknown type");
    let answer = request.encrypt(&mut rng("answer"), &BTreeMap::default()).expect("an answer");
    let own = json!(PARTIES.decryption.public_jwk("k1"));
    if claims["client_metadata"]["jwks"]["keys"] == json!([own]) {
        assert!(
            UnverifiedResponse::decrypt(&answer, &PARTIES.decryption).is_ok(),
            "an answer that cannot be read"
        );
    }
}

/// A link leads to the same place once it is written again, and never to one in the open.
pub fn check_request_link(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(endpoint) = Endpoint::parse(text, HTTPS) {
        let url = endpoint.url();
        assert_eq!((endpoint.as_str(), url.scheme()), (text, "https"), "another address");
        assert!(
            url.username().is_empty() && url.password().is_none() && url.fragment().is_none(),
            "more than an address"
        );
        assert!(endpoint.same_origin(&endpoint.well_known("name")), "a document of another server");
    }
    let Ok(link) = RequestLink::parse(text, HTTPS) else { return };
    assert_eq!(RequestLink::parse(&link.to_string(), HTTPS), Ok(link), "another link");
}

/// An offer says the same as a link and as JSON.
pub fn check_offer(bytes: &[u8]) {
    let parsed = CredentialOffer::parse(bytes, HTTPS).ok();
    let linked = std::str::from_utf8(bytes).ok().and_then(|text| OfferLink::parse(text, HTTPS).ok());
    let linked = linked.and_then(|link| match link {
        OfferLink::ByReference(endpoint) => {
            let again = OfferLink::parse(&OfferLink::to_reference(&endpoint), HTTPS);
            assert!(matches!(again, Ok(OfferLink::ByReference(same)) if same == endpoint), "another address");
            None
        }
        OfferLink::ByValue(offer) => Some(*offer),
    });
    for offer in parsed.into_iter().chain(linked) {
        let json = json_of(&offer);
        // Written as a link, what was short may be too long.
        if let Ok(OfferLink::ByValue(again)) = OfferLink::parse(&offer.to_link(), HTTPS) {
            assert_eq!(json_of(&*again), json, "another offer");
        }
        let again = CredentialOffer::parse(&json, HTTPS).map(|again| json_of(&again));
        assert!(again.is_err() || again.ok() == Some(json), "another offer");
    }
}

/// Documents of the token and credential endpoints say the same once they are written again.
pub fn check_issuance(bytes: &[u8]) {
    if let Ok(request) = TokenRequest::parse(bytes) {
        let form = request.to_form();
        // Written as a form, what was short may be too long.
        if let Ok(again) = TokenRequest::parse(form.as_bytes()) {
            assert_eq!(again.to_form(), form, "another request");
        }
    }
    if let Ok(response) = TokenResponse::parse(bytes) {
        let json = json_of(&response);
        assert_eq!(
            TokenResponse::parse(&json).map(|again| json_of(&again)).ok(),
            Some(json),
            "another answer"
        );
    }
    if let Ok(request) = CredentialRequest::parse(bytes) {
        assert_eq!(CredentialRequest::parse(&json_of(&request)).as_ref(), Ok(&request), "another request");
    }
    if let Ok(response) = CredentialResponse::parse(bytes) {
        assert_eq!(
            CredentialResponse::parse(&json_of(&response)).ok().as_ref(),
            Some(&response),
            "another answer"
        );
    }
    let error = OAuthError::parse(bytes);
    assert_eq!(OAuthError::parse(&json_of(&error)), error, "another error");
}

static PROOFS: LazyLock<[String; 2]> = LazyLock::new(|| {
    let key = PARTIES.holder.verifying_key();
    let dpop = DpopDraft::new(&mut rng("dpop"), &key, &dpop_request(), NOW).expect("a proof");
    let proof = KeyProofDraft::new(&key, ISSUER, Some("a-nonce"), None, NOW).expect("a proof");
    let [dpop_signature, proof_signature] =
        [dpop.signing_input(), proof.signing_input()].map(|input| PARTIES.holder.sign(input));
    [dpop.finish(dpop_signature), proof.finish(proof_signature)]
});

fn dpop_request() -> Request<'static> {
    Request {
        method: "POST",
        url: "https://eid.example/token",
        access_token: Some("a-token"),
        nonce: Some("a-nonce"),
    }
}

/// A DPoP proof or a key proof is good for its own request and key only.
pub fn check_proof(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let signed = |text: &str| text.rsplit_once('.').map(|(signed, _)| signed.to_owned());
    let holder = PARTIES.holder.verifying_key();
    if let Ok(verified) = UnverifiedDpop::parse(text).and_then(|proof| proof.verify(&dpop_request(), NOW)) {
        assert!(*verified.key() != holder || signed(text) == signed(&PROOFS[0]), "a forged proof");
    }
    if let Ok(key) =
        UnverifiedKeyProof::parse(text).and_then(|proof| proof.verify(ISSUER, Some("a-nonce"), NOW))
    {
        assert!(key != holder || signed(text) == signed(&PROOFS[1]), "a forged proof");
    }
}

pub fn seeds() -> Vec<Made> {
    let query = Query::parse(QUERY.as_bytes()).expect("a query");
    let (key, response_uri) =
        (PARTIES.decryption.public_jwk("k1"), Endpoint::parse("https://library.example/responses/1", HTTPS));
    let transaction = kodanik_identity::presentation::TransactionData::new(
        "a-known-type",
        &["pid"],
        &serde_json::Map::new(),
    );
    let object = RequestObject {
        client_id: PARTIES.relying_party.client_id(),
        response_uri: &response_uri.expect("an address"),
        nonce: "a-nonce-of-enough-length",
        state: "a-state",
        query: &query,
        encryption_key: &key,
        transaction_data: &[transaction],
        wallet_nonce: Some("a-wallet-nonce"),
        registration: None,
        issued: NOW,
        expires: NOW.plus(300),
    };
    let draft = object.draft(PARTIES.relying_party.x5c.clone()).expect("a request");
    let input = std::str::from_utf8(draft.signing_input()).ok().and_then(|input| input.split_once('.'));
    let claims = kodanik_crypto::encoding::from_base64url(input.expect("two parts").1).expect("base64url");
    let grant = json!({ "urn:ietf:params:oauth:grant-type:pre-authorized_code": {
        "pre-authorized_code": "a-code", "tx_code": { "input_mode": "numeric", "length": 4, "description": "on paper" } } });
    let offer =
        json!({ "credential_issuer": ISSUER, "credential_configuration_ids": ["pid"], "grants": grant });
    let parsed = CredentialOffer::parse(offer.to_string().as_bytes(), HTTPS).expect("an offer");
    let reference =
        OfferLink::to_reference(&Endpoint::parse("https://eid.example/offers/1", HTTPS).expect("an address"));
    let response = json!({ "access_token": "a-token", "token_type": "DPoP", "expires_in": 60, "authorization_details": [
        { "type": "openid_credential", "credential_configuration_id": "pid", "credential_identifiers": ["pid-1"] }] });
    let request = json!({ "credential_configuration_id": "pid", "proofs": { "jwt": [&PROOFS[1]] } });
    vec![
        ("query", "", QUERY.into()),
        ("request", "", claims),
        ("request-link", "", link().to_string().into()),
        ("request-link", "-address", b"https://library.example:8443/a/b?c=d".to_vec()),
        ("offer", "", offer.to_string().into()),
        ("offer", "-link", parsed.to_link().into()),
        ("offer", "-reference", reference.into()),
        ("issuance", "-token-request", b"grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Apre-authorized_code&pre-authorized_code=a&tx_code=1234".to_vec()),
        ("issuance", "-token-response", response.to_string().into()),
        ("issuance", "-credential-request", request.to_string().into()),
        ("issuance", "-credential-response", json!({ "credentials": [{ "credential": "a~" }] }).to_string().into()),
        ("issuance", "-deferred", json!({ "transaction_id": "t" }).to_string().into()),
        ("issuance", "-error", json!({ "error": "invalid_nonce", "error_description": "old" }).to_string().into()),
        ("proof", "-dpop", PROOFS[0].as_bytes().to_vec()),
        ("proof", "-key", PROOFS[1].as_bytes().to_vec()),
    ]
}
