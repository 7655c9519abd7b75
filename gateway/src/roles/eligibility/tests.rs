//! What an eligibility issuer signs, once, and what it refuses.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use kodanik_ballot::election::ElectionKey;
use kodanik_ballot::manifest::{
    CheckPolicy, Contest, ContestOption, Issuer, IssuerKey, Issuers, Kind, Manifest, ManifestDraft, Method,
    SUITE, Style, TrusteeMember, Trustees,
};
use kodanik_ballot::token::{TokenRequest, verify_token};
use kodanik_crypto::encoding::{Binary, Bytes};
use kodanik_crypto::group::{Point, Scalar};
use kodanik_crypto::time::UnixMinute;

use super::*;

const NUMBER: &str = "EE-4711";

fn public(fill: u64) -> VerifyingKey {
    SigningKey::from_scalar(&Scalar::from(fill)).unwrap().verifying_key()
}

fn manifest(issuer: &Eligibility, slug: &str) -> ManifestDraft {
    let option = |id: &str| ContestOption { cost: 0, id: id.to_owned(), title: id.to_owned() };
    let trustee =
        |i: u64| TrusteeMember { name: format!("T{i}"), sealing_key: public(i), signing_key: public(i + 10) };
    let key = |style: &str| {
        let spki = Binary(issuer.prepare(slug, style).unwrap().to_spki().to_vec());
        IssuerKey { spki, style: style.to_owned() }
    };
    let style = |id: &str| Style { contests: vec!["c".to_owned()], id: id.to_owned() };
    ManifestDraft {
        check: CheckPolicy { minutes: 30, tests: 3, tries: 3 },
        closes: UnixMinute(200),
        contests: vec![Contest {
            budget: 0,
            id: "c".to_owned(),
            max: 1,
            method: Method::Selection,
            min: 1,
            options: vec![option("a"), option("b")],
            title: "C".to_owned(),
        }],
        election: slug.to_owned(),
        issuers: Issuers {
            members: vec![Issuer {
                id: issuer.id().to_owned(),
                keys: vec![key("all"), key("other")],
                name: "Issuer".to_owned(),
                signing_key: issuer.verifying_key(),
                url: "https://issuer.example".to_owned(),
            }],
            required: 1,
        },
        kind: Kind::Trial,
        log: "kodanik.example/log".to_owned(),
        min_cell: 1,
        opens: UnixMinute(100),
        styles: vec![style("all"), style("other")],
        suite: SUITE.to_owned(),
        title: "Test".to_owned(),
        trustees: Trustees { members: vec![trustee(1), trustee(2)], threshold: 2 },
    }
}

fn open(draft: ManifestDraft) -> Election {
    let share = |x: u64| Point::generate(&Scalar::from(11 + 12 * x));
    let key = ElectionKey { joint: share(0), shares: vec![share(1), share(2)] };
    Election::new(Manifest::new(draft).unwrap(), key).unwrap()
}

/// An issuer whose clock a test turns, and an election that it serves.
struct Office {
    _dir: tempfile::TempDir,
    issuer: Arc<Eligibility>,
    minute: Arc<AtomicU64>,
    election: Election,
}

fn issuer_in(dir: &Path, minute: &Arc<AtomicU64>) -> Arc<Eligibility> {
    Eligibility::init(dir, "north").unwrap();
    let minute = minute.clone();
    let clock = Clock::from_fn(move || UnixSeconds(60 * minute.load(Ordering::Relaxed)));
    Eligibility::open(dir, "north", clock).unwrap()
}

fn office() -> Office {
    let dir = tempfile::tempdir().unwrap();
    let minute = Arc::new(AtomicU64::new(150));
    let issuer = issuer_in(dir.path(), &minute);
    let election = open(manifest(&issuer, "mayor"));
    let roll = RollEntry { number: NUMBER.to_owned(), style: "all".to_owned() };
    issuer.admit("mayor", &[roll]).unwrap();
    Office { _dir: dir, issuer, minute, election }
}

impl Office {
    fn request(&self, seed: u8) -> TokenRequest {
        self.request_in("all", seed)
    }

    /// Below the modulus of the style's key; of another style's key it may not be.
    fn request_in(&self, style: &str, seed: u8) -> TokenRequest {
        let seed = Secret::init_with(|bytes| bytes.fill(seed));
        TokenRequest::derive(&self.election, 0, style, &seed, &public(77)).unwrap()
    }

    fn ask(&self, number: &str, style: &str, request: &TokenRequest) -> Result<BlindSignature, IssueError> {
        self.issuer.issue(&VerifiedAsk {
            election: &self.election,
            style,
            number,
            blinded: request.blinded(),
            citizen_signature: "kb-jwt",
        })
    }

    fn counts(&self) -> Vec<Signed<Counts>> {
        let counts = |entry| match entry {
            Entry::EligibilityCounts(counts) => counts,
            other => panic!("not counts: {other:?}"),
        };
        self.issuer.counts(&self.election).unwrap().into_iter().map(counts).collect()
    }

    fn issued(&self) -> i64 {
        let count = |tx: &Transaction<'_>| tx.query_row("SELECT count(*) FROM issued", [], |row| row.get(0));
        self.issuer.db.transaction(count).unwrap()
    }
}

#[test]
fn somebody_on_the_roll_gets_a_token_that_everybody_verifies() {
    let office = office();
    let request = office.request(1);
    let token = request.finish(&office.ask(NUMBER, "all", &request).unwrap()).unwrap();
    assert_eq!(verify_token(&office.election, 0, "all", &public(77), &token.signature), Ok(()));
}

#[test]
fn the_same_request_gets_the_same_answer_and_one_line() {
    let office = office();
    let first = office.ask(NUMBER, "all", &office.request(1)).unwrap();
    assert_eq!(office.ask(NUMBER, "all", &office.request(1)).unwrap(), first);
    assert_eq!(office.issued(), 1);
}

#[test]
fn what_cannot_be_signed_leaves_no_line_and_costs_the_person_nothing() {
    let office = office();
    let beyond_the_modulus = BlindedMessage(Bytes([0xff; 384]));
    let refused = office.issuer.issue(&VerifiedAsk {
        election: &office.election,
        style: "all",
        number: NUMBER,
        blinded: &beyond_the_modulus,
        citizen_signature: "kb-jwt",
    });
    assert!(matches!(refused, Err(IssueError::Key(_))));
    assert_eq!(office.issued(), 0);
    assert!(office.ask(NUMBER, "all", &office.request(1)).is_ok());
}

#[test]
fn a_second_pseudonym_of_one_person_is_refused() {
    let office = office();
    office.ask(NUMBER, "all", &office.request(1)).unwrap();
    let second = office.ask(NUMBER, "all", &office.request(2));
    assert!(matches!(second, Err(IssueError::AlreadyIssued)));
    assert_eq!(office.issued(), 1);
}

#[test]
fn strangers_and_other_styles_are_refused_and_leave_no_line() {
    let office = office();
    let request = office.request(1);
    assert!(matches!(office.ask("EE-0815", "all", &request), Err(IssueError::NotOnRoll)));
    let other = office.request_in("other", 1);
    assert!(matches!(office.ask(NUMBER, "other", &other), Err(IssueError::WrongStyle)));
    assert!(matches!(office.ask(NUMBER, "none", &request), Err(IssueError::NotOurs)));
    assert_eq!(office.issued(), 0);
}

#[test]
fn an_election_that_names_another_key_or_issuer_is_not_served() {
    let mut office = office();
    let request = office.request(1);
    let mut swapped = manifest(&office.issuer, "mayor");
    let keys = &mut swapped.issuers.members[0].keys;
    (keys[0].spki, keys[1].spki) = (keys[1].spki.clone(), keys[0].spki.clone());
    let mut renamed = manifest(&office.issuer, "mayor");
    renamed.issuers.members[0].id = "south".to_owned();
    for draft in [swapped, renamed] {
        office.election = open(draft);
        assert!(matches!(office.ask(NUMBER, "all", &request), Err(IssueError::NotOurs)));
    }
}

#[test]
fn nothing_is_signed_after_the_counts_or_after_the_election() {
    let office = office();
    office.ask(NUMBER, "all", &office.request(1)).unwrap();
    office.minute.store(200, Ordering::Relaxed);
    assert!(matches!(office.ask(NUMBER, "all", &office.request(1)), Err(IssueError::IssuingClosed)));
    office.minute.store(150, Ordering::Relaxed);
    let counts = office.counts();
    assert!(matches!(office.ask(NUMBER, "all", &office.request(1)), Err(IssueError::IssuingClosed)));
    assert_eq!(office.counts(), counts);
}

#[test]
fn counts_are_per_style_and_signed_for_this_log() {
    let office = office();
    office.ask(NUMBER, "all", &office.request(1)).unwrap();
    let counts = office.counts();
    let said: Vec<(&str, u64)> = counts.iter().map(|c| (c.body.style.as_str(), c.body.issued)).collect();
    assert_eq!(said, [("all", 1), ("other", 0)]);
    for count in &counts {
        let input = Signed::signing_input(&count.body, "kodanik.example/log").unwrap();
        assert_eq!(office.issuer.verifying_key().verify_low_s(&input, &count.signature), Ok(()));
        assert_eq!(count.body.election, office.election.id);
        assert_eq!(count.body.issuer, "north");
    }
}

#[test]
fn the_list_is_what_the_counts_commit_to_and_names_nobody() {
    let office = office();
    let late = RollEntry { number: "EE-0815".to_owned(), style: "all".to_owned() };
    office.issuer.admit("mayor", &[late]).unwrap();
    office.ask(NUMBER, "all", &office.request(1)).unwrap();
    office.ask("EE-0815", "all", &office.request(2)).unwrap();
    let (counts, list) = (office.counts(), office.issuer.list(&office.election).unwrap());
    assert_eq!((list.issuer.as_str(), list.election), ("north", office.election.id));
    for (style, counts) in list.styles.iter().zip(&counts) {
        let found = style.count(&list.election);
        assert_eq!(
            (&style.style, found.issued, found.root),
            (&counts.body.style, counts.body.issued, counts.body.root)
        );
    }
    assert_eq!(list.styles[0].lines.len(), 2);
    let text = serde_json::to_string(&list).unwrap();
    assert!(!text.contains(NUMBER) && !text.contains("kb-jwt"));
}

#[test]
fn who_disputes_having_asked_is_shown_the_signature_or_that_there_is_none() {
    let office = office();
    let asked = |number: &str| office.issuer.asked(&office.election, number).unwrap();
    assert_eq!(asked(NUMBER), None);
    let request = office.request(1);
    office.ask(NUMBER, "all", &request).unwrap();
    let kept = asked(NUMBER).unwrap();
    assert_eq!(
        (kept.citizen_signature.as_str(), kept.style.as_str(), kept.at),
        ("kb-jwt", "all", UnixSeconds(60 * 150))
    );
    assert_eq!(kept.blinded_hash, Bytes(sha256(request.blinded().0.as_ref())));
    assert_eq!(asked("EE-0815"), None);
}

#[test]
fn the_log_root_depends_on_who_got_what() {
    let (one, two) = (office(), office());
    one.ask(NUMBER, "all", &one.request(1)).unwrap();
    two.ask(NUMBER, "all", &two.request(2)).unwrap();
    let roots = |office: &Office| -> Vec<_> { office.counts().iter().map(|count| count.body.root).collect() };
    let (one, two) = (roots(&one), roots(&two));
    assert!(one[0] != two[0] && one[0] != one[1]);
    assert_eq!(one[1], two[1], "two empty logs");
}

#[test]
fn keys_and_log_survive_a_restart() {
    let office = office();
    let request = office.request(1);
    let answer = office.ask(NUMBER, "all", &request).unwrap();
    let again = issuer_in(office._dir.path(), &office.minute);
    assert_eq!(again.verifying_key(), office.issuer.verifying_key());
    assert_eq!(again.prepare("mayor", "all").unwrap(), office.issuer.prepare("mayor", "all").unwrap());
    let other = Office { _dir: tempfile::tempdir().unwrap(), issuer: again, ..office };
    assert_eq!(other.ask(NUMBER, "all", &request).unwrap(), answer);
    assert!(matches!(other.ask(NUMBER, "all", &other.request(2)), Err(IssueError::AlreadyIssued)));
}

/// The database holds nothing that names a person.
#[test]
fn the_number_is_in_no_file() {
    let office = office();
    office.ask(NUMBER, "all", &office.request(1)).unwrap();
    let folder = folder(office._dir.path(), "north");
    for entry in std::fs::read_dir(folder).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(!bytes.windows(NUMBER.len()).any(|window| window == NUMBER.as_bytes()));
    }
}
