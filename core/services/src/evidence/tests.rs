use kodanik_crypto::signature::{SignatureError, SigningKey};
use rand_core::OsRng;
use serde_json::{Value, json};

use super::*;
use crate::signature::tests::{application, signed};

struct Parties {
    citizen: SigningKey,
    provider: SigningKey,
}

fn parties() -> Parties {
    Parties { citizen: SigningKey::make(&mut OsRng), provider: SigningKey::make(&mut OsRng) }
}

impl Parties {
    fn evidence(&self, answered: u64) -> UnverifiedEvidence {
        let request = signed(&self.citizen, application());
        let mut headers = Headers::new();
        headers.push("content-type", "application/json").unwrap();
        let mut response = RestResponse { status: 200, headers, body: b"{}".to_vec() };
        let view = HopInvariant::from(&request);
        let draft = answer::draft(&mut response, view, &[vec![0]], UnixSeconds(answered)).unwrap();
        let signature = self.provider.sign(draft.signing_input());
        draft.finish(signature, &mut response.headers).unwrap();
        for (name, value) in [
            ("date", "not kept"),
            ("x-road-id", "42"),
            ("x-road-client", "KR/GOV/1000/kodanik"),
            ("x-road-service", "KR/GOV/2000/tax/returns"),
            ("x-road-request-id", "r"),
            ("x-road-request-hash", &request.request_hash("r")),
        ] {
            response.headers.push(name, value).unwrap();
        }
        UnverifiedEvidence::new(request, response).unwrap()
    }

    fn verify(&self, evidence: UnverifiedEvidence) -> Result<VerifiedEvidence, EvidenceError> {
        evidence.verify(&self.citizen.verifying_key(), &self.provider.verifying_key())
    }
}

const ANSWERED: u64 = 1_800_000_005;

#[test]
fn evidence_survives_its_file() {
    let parties = parties();
    let file = parties.evidence(ANSWERED).to_bytes().unwrap();
    let evidence = UnverifiedEvidence::parse(&file).unwrap();
    assert_eq!(evidence.to_bytes().unwrap(), file);
    assert_eq!(evidence.provider_chain().unwrap(), [vec![0]]);
    let verified = parties.verify(evidence).unwrap();
    assert_eq!(verified.answered, UnixSeconds(ANSWERED));
    assert_eq!(verified.signed.x_road_id, "42");
}

#[test]
fn tampered_evidence_is_refused() {
    let parties = parties();
    let file = parties.evidence(ANSWERED).to_bytes().unwrap();
    let tampered = |change: &dyn Fn(&mut Value)| {
        let mut document: Value = serde_json::from_slice(&file).unwrap();
        change(&mut document);
        let bytes = to_canonical_json(&document).unwrap();
        UnverifiedEvidence::parse(&bytes).and_then(|evidence| parties.verify(evidence))
    };
    assert!(tampered(&|_| {}).is_ok());
    let set_header = |document: &mut Value, side: &str, name: &str, value: &str| {
        let fields = document[side]["headers"].as_array_mut().unwrap();
        let field = fields.iter_mut().find(|field| field[0] == name).unwrap();
        field[1] = value.into();
    };
    let hash = tampered(&|d| d["request"]["body"] = "e30K".into()).unwrap_err();
    assert!(matches!(hash, EvidenceError::Citizen(SignatureRefused::ContentDigest)));
    let query = tampered(&|d| d["request"]["query"] = "year=2025".into()).unwrap_err();
    assert_eq!(query, EvidenceError::Answer(AnswerError::RequestHash));
    let user = tampered(&|d| set_header(d, "request", "x-road-userid", "KR1")).unwrap_err();
    assert_eq!(user, EvidenceError::Answer(AnswerError::RequestHash));
    let path = tampered(&|d| d["request"]["path"] = "/r1/KR/GOV/2000/tax/returns/v2".into());
    assert_eq!(path.unwrap_err(), EvidenceError::Answer(AnswerError::RequestHash));
    let body = tampered(&|d| d["response"]["body"] = "e30K".into()).unwrap_err();
    assert_eq!(body, EvidenceError::Provider(SignatureRefused::ContentDigest));
    let status = tampered(&|d| d["response"]["status"] = 500.into()).unwrap_err();
    let mismatch = SignatureRefused::Signature(SignatureError::Mismatch);
    assert_eq!(status, EvidenceError::Provider(mismatch));
    let id = tampered(&|d| set_header(d, "response", "x-road-id", "43")).unwrap_err();
    assert_eq!(id, EvidenceError::Answer(AnswerError::OtherRequest));
    let added = tampered(&|d| {
        d["response"]["headers"].as_array_mut().unwrap().push(json!(["date", "today"]));
    });
    assert_eq!(added.unwrap_err(), EvidenceError::Unprotected);
    let extra = tampered(&|d| d["note"] = json!(1)).unwrap_err();
    assert_eq!(extra, EvidenceError::Encoding(EncodingError::Shape));
    let hop = tampered(&|d| set_header(d, "request", "accept", "x\r\ny")).unwrap_err();
    assert_eq!(hop, EvidenceError::Encoding(EncodingError::Shape));
}

#[test]
fn a_changed_path_is_found_even_where_the_hash_was_made_to_fit() {
    let parties = parties();
    let evidence = parties.evidence(ANSWERED);
    let mut document: Value = serde_json::from_slice(&evidence.to_bytes().unwrap()).unwrap();
    document["request"]["path"] = "/r1/KR/GOV/2000/tax/returns/v2".into();
    let forged = UnverifiedEvidence::parse(&to_canonical_json(&document).unwrap()).unwrap();
    let hash = forged.request.request_hash("r");
    for field in document["response"]["headers"].as_array_mut().unwrap() {
        if field[0] == "x-road-request-hash" {
            field[1] = hash.clone().into();
        }
    }
    let forged = UnverifiedEvidence::parse(&to_canonical_json(&document).unwrap()).unwrap();
    assert_eq!(parties.verify(forged).unwrap_err(), EvidenceError::Path);
}

#[test]
fn keys_and_times_must_fit() {
    let parties = parties();
    let other = SigningKey::make(&mut OsRng).verifying_key();
    let (citizen, provider) = (parties.citizen.verifying_key(), parties.provider.verifying_key());
    let mismatch = SignatureRefused::Signature(SignatureError::Mismatch);
    let evidence = || parties.evidence(ANSWERED);
    assert_eq!(evidence().verify(&other, &provider).unwrap_err(), EvidenceError::Citizen(mismatch));
    assert_eq!(evidence().verify(&citizen, &other).unwrap_err(), EvidenceError::Provider(mismatch));
    let at = |answered| parties.verify(parties.evidence(answered)).map(|_| ()).unwrap_err();
    assert_eq!(at(1_800_000_060 + 301), EvidenceError::Citizen(SignatureRefused::Expired));
    assert_eq!(at(1_799_999_000), EvidenceError::Citizen(SignatureRefused::Early));
}

#[test]
fn files_over_the_cap_are_not_looked_at() {
    let error = UnverifiedEvidence::parse(&vec![b' '; MAX_EVIDENCE + 1]).unwrap_err();
    assert_eq!(error, EvidenceError::Encoding(EncodingError::TooLarge));
}
