//! Vectors through the real code: an input's kind says which. Codes are those of the README; each arm names the error that it
//! stands for, so that a new error of ours does not pass as one of them.

use std::collections::BTreeMap;

use kodanik_auditor::audit::{AuditError, Outcome as Audited, audit_file};
use kodanik_auditor::source::SourceError;
use kodanik_ballot::ballot::UnverifiedBallot;
use kodanik_ballot::check::{CheckCode, CheckError, CheckedContest, check};
use kodanik_ballot::election::{Election, ElectionKey, ElectionKeyError};
use kodanik_ballot::elgamal::Ciphertext;
use kodanik_ballot::manifest::{Manifest, ManifestError};
use kodanik_ballot::promise::{Promise, TestCode, TestError, open_test};
use kodanik_ballot::tally::{ContestSums, Sums, Tally, TallyError};
use kodanik_ballot::trustee::decrypt::{
    CloseStatement, PartialDecryption, ShareError, VerifiedShare, verify_all,
};
use kodanik_ballot::verify::{BallotError, verify_batch};
use kodanik_contract::election::ElectionRecord;
use kodanik_contract::replay::replay_batch;
use kodanik_contract::state::State;
use kodanik_crypto::encoding::{Bytes, EncodingError, from_base64url, from_canonical_json};
use kodanik_crypto::group::Point;
use kodanik_crypto::time::UnixMinute;
use kodanik_ledger::evidence::{EvidenceError, EvidenceOfMisbehaviour};
use kodanik_ledger::key::KeyName;
use kodanik_ledger::leaf::Leaf;
use kodanik_ledger::policy::Policy;
use kodanik_ledger::receipt::{ReceiptError, UnverifiedReceipt};
use serde_json::{Value, json};

/// Larger than any document here.
const CAP: usize = 1 << 20;

/// What an input leads to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// A code, and what else is said of the refusal.
    Refused(String, Value),
    /// A result, `null` where there is none.
    Valid(Value),
}

impl Outcome {
    /// What a vector expects.
    pub(super) fn refused(code: &str, input: &Value) -> Self {
        let more = ["findings", "refused"].into_iter().find_map(|member| input.get(member));
        Self::Refused(code.to_owned(), more.cloned().unwrap_or(Value::Null))
    }
}

impl From<Result<Value, &'static str>> for Outcome {
    fn from(result: Result<Value, &'static str>) -> Self {
        match result {
            Ok(result) => Self::Valid(result),
            Err(code) => Self::Refused(code.to_owned(), Value::Null),
        }
    }
}

/// The files that vectors refer to, by name.
pub(super) struct Library {
    elections: BTreeMap<String, Election>,
    logs: BTreeMap<String, Value>,
}

impl Library {
    pub(super) fn new(files: &BTreeMap<String, String>) -> Self {
        let within = |folder: &str| -> Vec<(String, Value)> {
            let named = |(path, text): (&String, &String)| {
                let name = path.strip_prefix(folder)?.strip_suffix(".json")?;
                Some((name.to_owned(), serde_json::from_str(text).unwrap()))
            };
            files.iter().filter_map(named).collect()
        };
        let election = |(name, file): (String, Value)| {
            let key = serde_json::from_value(file["key"].clone()).unwrap();
            let manifest = Manifest::parse(text(&file["manifest"])).unwrap();
            (name, Election::new(manifest, key).unwrap())
        };
        Self {
            elections: within("elections/").into_iter().map(election).collect(),
            logs: within("logs/").into_iter().collect(),
        }
    }

    fn election(&self, input: &Value) -> &Election {
        &self.elections[input["election"].as_str().unwrap()]
    }
}

/// Runs one vector.
pub(super) fn run(library: &Library, kind: &str, input: &Value) -> Outcome {
    match kind {
        "ballot" => ballot(library.election(input), text(&input["ballot"])).into(),
        "batch" => batch(library.election(input), &input["ballots"]).into(),
        "check" => checked(library.election(input), input).into(),
        "election" => election(input).into(),
        "evidence" => evidence(input).into(),
        "export" => export(input),
        "manifest" => manifest(text(&input["manifest"])).into(),
        "receipt" => receipt(input).into(),
        "replay" => replay(library, input),
        "share" => share(library.election(input), input).into(),
        "tally" => tally(library.election(input), input).into(),
        "test" => tested(library.election(input), input).into(),
        _ => panic!("unknown kind {kind}"),
    }
}

fn text(value: &Value) -> &[u8] {
    value.as_str().unwrap().as_bytes()
}

fn ballot(election: &Election, ballot: &[u8]) -> Result<Value, &'static str> {
    let ballot = UnverifiedBallot::parse(ballot).map_err(|_| "malformed")?;
    let verified = ballot.verify(election).map_err(ballot_code)?;
    Ok(json!({ "tracker": verified.tracker() }))
}

fn ballot_code(error: BallotError) -> &'static str {
    match error {
        BallotError::Encoding => "encoding",
        BallotError::Layout => "layout",
        BallotError::OtherElection => "other_election",
        BallotError::Position => "position",
        BallotError::Proof => "proof",
        BallotError::Signature(_) => "signature",
        BallotError::Token(_) => "token",
        BallotError::TokenCount => "token_count",
        BallotError::UnknownStyle => "unknown_style",
        other => panic!("no code for {other:?}"),
    }
}

fn batch(election: &Election, ballots: &Value) -> Result<Value, &'static str> {
    let parsed: Vec<_> =
        ballots.as_array().unwrap().iter().map(|b| UnverifiedBallot::parse(text(b))).collect();
    let good = parsed.iter().filter_map(|ballot| ballot.as_ref().ok().cloned()).collect();
    let mut verdicts = verify_batch(election, good).into_iter();
    let verdict = |ballot: Result<UnverifiedBallot, _>| match ballot {
        Ok(_) => verdicts.next().unwrap().map_or_else(ballot_code, |_| "valid"),
        Err(_) => "malformed",
    };
    Ok(json!({ "verdicts": parsed.into_iter().map(verdict).collect::<Vec<_>>() }))
}

fn checked(election: &Election, input: &Value) -> Result<Value, &'static str> {
    let code = CheckCode::parse(input["code"].as_str().unwrap()).map_err(|_| "malformed")?;
    let last = UnverifiedBallot::parse(text(&input["ballot"])).map_err(|_| "ballot")?;
    let last = last.verify(election).map_err(ballot_code)?;
    let choice = check(&code, election, &last).map_err(|error| match error {
        CheckError::NotYetOnBoard => "not_yet_on_board",
        CheckError::OtherBallot => "other_ballot",
        CheckError::OtherElection => "other_election",
        CheckError::OtherProofs => "other_proofs",
        CheckError::OtherPseudonym => "other_pseudonym",
        CheckError::SeedMismatch => "seed_mismatch",
        CheckError::Superseded => "superseded",
        other => panic!("no code for {other:?}"),
    })?;
    Ok(json!({ "choice": shown(&choice) }))
}

fn shown(choice: &[CheckedContest]) -> Vec<Value> {
    let contest = |checked: &CheckedContest| json!({ "chosen": checked.chosen, "contest": checked.contest });
    choice.iter().map(contest).collect()
}

fn tested(election: &Election, input: &Value) -> Result<Value, &'static str> {
    let promise = Promise::parse(input["promise"].as_str().unwrap()).map_err(|_| "malformed")?;
    let code = TestCode::parse(input["test"].as_str().unwrap()).map_err(|_| "malformed")?;
    let choice = open_test(&promise, &code, election).map_err(|error| match error {
        TestError::Choice => "choice",
        TestError::OtherBallot => "other_ballot",
        TestError::OtherElection => "other_election",
        TestError::UnknownStyle => "unknown_style",
        other => panic!("no code for {other:?}"),
    })?;
    Ok(json!({ "choice": shown(choice), "tracker": promise.tracker }))
}

fn manifest(manifest: &[u8]) -> Result<Value, &'static str> {
    Ok(json!({ "hash": Manifest::parse(manifest).map_err(manifest_code)?.hash() }))
}

fn manifest_code(error: ManifestError) -> &'static str {
    match error {
        ManifestError::Budget => "budget",
        ManifestError::CheckPolicy => "check_policy",
        ManifestError::Contests => "contests",
        ManifestError::Duplicate => "duplicate",
        ManifestError::Encoding(EncodingError::TooLarge) => "too_large",
        ManifestError::Encoding(_) => "encoding",
        ManifestError::Id => "id",
        ManifestError::IssuerKeys => "issuer_keys",
        ManifestError::IssuerQuorum => "issuer_quorum",
        ManifestError::IssuerUrl => "issuer_url",
        ManifestError::MethodRanked => "method_ranked",
        ManifestError::MethodWriteIn => "method_write_in",
        ManifestError::MinCell => "min_cell",
        ManifestError::SelectionBounds => "selection_bounds",
        ManifestError::StyleSize => "style_size",
        ManifestError::Styles => "styles",
        ManifestError::Suite => "suite",
        ManifestError::Text => "text",
        ManifestError::Times => "times",
        ManifestError::TooLarge => "too_large",
        ManifestError::TrusteeThreshold => "trustee_threshold",
        other => panic!("no code for {other:?}"),
    }
}

fn election(input: &Value) -> Result<Value, &'static str> {
    let manifest = Manifest::parse(text(&input["manifest"])).map_err(manifest_code)?;
    let key: ElectionKey = from_canonical_json(text(&input["key"]), CAP).map_err(|_| "malformed_key")?;
    let election = Election::new(manifest, key).map_err(|error| match error {
        ElectionKeyError::Inconsistent => "inconsistent",
        ElectionKeyError::ShareCount => "share_count",
        other => panic!("no code for {other:?}"),
    })?;
    Ok(json!({ "id": election.id }))
}

fn receipt(input: &Value) -> Result<Value, &'static str> {
    let code = |error: ReceiptError| match error {
        ReceiptError::Checkpoint(_) => "checkpoint",
        ReceiptError::Malformed | ReceiptError::TooLarge => "malformed",
        ReceiptError::Leaf(_) | ReceiptError::Proof(_) => "proof",
        other => panic!("no code for {other:?}"),
    };
    let receipt = UnverifiedReceipt::parse(text(&input["receipt"])).map_err(code)?;
    let receipt = receipt.verify(text(&input["entry"]), &policy(input)).map_err(code)?;
    Ok(json!({ "index": receipt.index(), "minute": receipt.minute() }))
}

fn evidence(input: &Value) -> Result<Value, &'static str> {
    let code = |error: EvidenceError| match error {
        EvidenceError::Checkpoint(_) => "checkpoint",
        EvidenceError::Encoding(_) => "malformed",
        EvidenceError::NoContradiction => "no_contradiction",
        EvidenceError::OtherLog => "other_log",
        other => panic!("no code for {other:?}"),
    };
    let evidence = EvidenceOfMisbehaviour::parse(text(&input["evidence"])).map_err(code)?;
    Ok(json!({ "misbehaviour": evidence.verify(&policy(input)).map_err(code)? }))
}

fn policy(input: &Value) -> Policy {
    Policy::parse(input["policy"].as_str().unwrap()).unwrap()
}

/// Sums as a vector has them: an identity is an empty text.
fn sums(election: &Election, sums: &Value) -> Sums {
    let point = |point: &Value| match point.as_str().unwrap() {
        "" => Point::IDENTITY,
        text => Point::from_slice(&Bytes::<33>::parse(text).unwrap().0).unwrap(),
    };
    let ciphertext = |sum: &Value| Ciphertext { alpha: point(&sum["alpha"]), beta: point(&sum["beta"]) };
    let contest = |sums: &Value| ContestSums {
        ballots: sums["ballots"].as_u64().unwrap(),
        contest: sums["contest"].as_str().unwrap().to_owned(),
        options: sums["options"].as_array().unwrap().iter().map(ciphertext).collect(),
    };
    Sums::dangerous_from_parts(election.id, sums.as_array().unwrap().iter().map(contest).collect())
}

fn share(election: &Election, input: &Value) -> Result<Value, &'static str> {
    let statement: CloseStatement =
        from_canonical_json(text(&input["statement"]), CAP).map_err(|_| "malformed")?;
    let share: PartialDecryption =
        from_canonical_json(text(&input["share"]), CAP).map_err(|_| "malformed")?;
    let verdict = share.verify(election, &sums(election, &input["sums"]), &statement);
    verdict.map(|_: VerifiedShare| Value::Null).map_err(|error| match error {
        ShareError::OptionCount => "option_count",
        ShareError::OtherElection => "other_election",
        ShareError::OtherStatement => "other_statement",
        ShareError::Proof => "proof",
        ShareError::TooFewBallots => "too_few_ballots",
        ShareError::UnknownContest => "unknown_contest",
        ShareError::UnknownTrustee => "unknown_trustee",
        other => panic!("no code for {other:?}"),
    })
}

fn tally(election: &Election, input: &Value) -> Result<Value, &'static str> {
    let statement: CloseStatement = from_canonical_json(text(&input["statement"]), CAP).unwrap();
    let sums = sums(election, &input["sums"]);
    let shares = input["shares"].as_array().unwrap().iter();
    let shares: Vec<PartialDecryption> =
        shares.filter_map(|share| from_canonical_json(text(share), CAP).ok()).collect();
    let (good, _) = verify_all(election, &sums, &statement, &shares);
    let tally = Tally::combine(election, &sums, &good).map_err(|error| match error {
        TallyError::NotASum => "not_a_sum",
        TallyError::TooFewShares => "too_few_shares",
        other => panic!("no code for {other:?}"),
    })?;
    Ok(json!({ "contests": tally.contests }))
}

fn replay(library: &Library, input: &Value) -> Outcome {
    let base = &library.logs[input["base"].as_str().unwrap()];
    let prefix = base["leaves"].as_array().unwrap().iter().take(input["prefix"].as_u64().unwrap() as usize);
    let mut state = State::new(&KeyName::parse(base["origin"].as_str().unwrap()).unwrap());
    for (index, leaf) in prefix.chain(input["leaves"].as_array().unwrap()).enumerate() {
        let minute = UnixMinute(leaf["minute"].as_u64().unwrap());
        let refused = match Leaf::new(minute, text(&leaf["entry"]).to_vec()) {
            Ok(leaf) => replay_batch(&mut state, &[leaf], 1).pop().unwrap().map_err(|error| error.code()),
            Err(_) => Err("too_large"),
        };
        if let Err(code) = refused {
            return Outcome::Refused(code.to_owned(), index.into());
        }
    }
    Outcome::Valid(state_json(&state))
}

fn state_json(state: &State) -> Value {
    let elections: Vec<Value> = state.elections().map(election_json).collect();
    json!({ "elections": elections, "root": state.root(), "size": state.size() })
}

fn election_json(record: &ElectionRecord) -> Value {
    json!({
        "ballots": record.ballot_count(),
        "contests": record.result(),
        "counted": record.pseudonym_count(),
        "election": record.manifest().election,
        "phase": record.phase(),
    })
}

fn export(input: &Value) -> Outcome {
    let (policy, dir) = (policy(input), tempfile::tempdir().unwrap());
    let path = dir.path().join("export");
    std::fs::write(&path, from_base64url(text(&input["export"])).unwrap()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let Audited { report, state, .. } = match runtime.block_on(audit_file(&path, &policy, |_, _| {})) {
        Ok(audited) => audited,
        Err(AuditError::Checkpoint(_)) => return Outcome::Refused("checkpoint".to_owned(), Value::Null),
        Err(AuditError::Source(SourceError::Export)) => {
            return Outcome::Refused("export".to_owned(), Value::Null);
        }
        Err(error) => panic!("no code for {error:?}"),
    };
    if report.is_clean() {
        return Outcome::Valid(state_json(&state));
    }
    let mut codes: Vec<&str> = report.findings.iter().map(|finding| finding.code).collect();
    codes.sort_unstable();
    codes.dedup();
    let all = if codes.len() > 1 { json!(codes) } else { Value::Null };
    Outcome::Refused(codes[0].to_owned(), all)
}
