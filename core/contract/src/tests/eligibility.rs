//! What the counts catch, what they hint at, and what they cannot catch.

use kodanik_ballot::ballot::Position;
use kodanik_ballot::manifest::Kind;
use kodanik_crypto::encoding::Bytes;
use kodanik_crypto::time::UnixMinute;

use super::assert_refused;
use crate::election::Phase;
use crate::eligibility::{Alarm, Bearers, Eligibility, Issued, IssuerEligibility, LoggedCounts};
use crate::entry::Entry;
use crate::rejection::Rejection;
use crate::testing::{OPENS, TestElection, TestLog, TestVoter};

const FIRST: &[usize] = &[0, 1, 2];

/// An open election with three of four issuers.
fn three_of_four() -> (TestLog, TestElection) {
    let mut log = TestLog::begin();
    let mut election = TestElection::make_with_issuers(4, "mayor", Kind::Trial, |_| {});
    election.open_on(&mut log);
    (log, election)
}

/// A first ballot with the signatures of these issuers, of the pseudonym with this number.
fn cast(log: &mut TestLog, election: &TestElection, pseudonym: u64, issuers: &[usize]) {
    let voter = TestVoter::new(pseudonym);
    log.append(&Entry::BallotCast(election.ballot_by(
        issuers,
        "all",
        &voter,
        Position::FIRST,
        &[&[0], &[1]],
    )));
}

fn count(log: &mut TestLog, election: &TestElection, issued: &[u64]) {
    for (issuer, issued) in issued.iter().enumerate() {
        log.append(&election.counts(issuer, *issued));
    }
}

fn eligibility(log: &TestLog, election: &TestElection) -> Eligibility {
    election.record(log).eligibility()
}

fn codes(eligibility: &Eligibility) -> Vec<String> {
    let code = |alarm: &Alarm| serde_json::to_value(alarm).unwrap()["code"].as_str().unwrap().to_owned();
    eligibility.alarms().map(|(_, alarm)| code(alarm)).collect()
}

fn numbers(style: &[IssuerEligibility]) -> Vec<(Option<u64>, u64)> {
    style.iter().map(|issuer| (issuer.issued, issuer.used)).collect()
}

/// After the close: whether the trustees may open this box.
fn verdict(log: &mut TestLog, election: &TestElection) -> Result<(), Rejection> {
    log.append(&election.closing(log));
    let statement = election.statement(log, 1);
    log.submit(&statement).map(drop)
}

#[test]
fn numbers_are_per_issuer_and_style_and_add_up() {
    let mut log = TestLog::begin();
    let mut election = TestElection::with_two_styles();
    election.open_on(&mut log);
    cast(&mut log, &election, 1, &[0]);
    cast(&mut log, &election, 2, &[0]);
    let short = election.ballot_of("short", &TestVoter::new(3), Position::FIRST, &[&[0]]);
    log.append(&Entry::BallotCast(short));
    assert_eq!(eligibility(&log, &election).unused, None, "nobody has told yet");
    log.append(&election.counts(0, 7));
    let half = eligibility(&log, &election);
    assert_eq!((half.styles[0].unused, half.styles[1].unused, half.unused), (Some(5), None, None));
    log.append(&election.counts_of("short", 0, 4));
    let told = eligibility(&log, &election);
    assert_eq!((told.required, told.tolerated, told.unused), (1, 0, Some(8)));
    assert_eq!(numbers(&told.styles[0].issuers), [(Some(7), 2)]);
    assert_eq!(numbers(&told.styles[1].issuers), [(Some(4), 1)]);
    assert_eq!(told.styles[0].issuers[0].root, Some(Bytes([7; 32])));
    assert!(codes(&told).is_empty());
    let text = serde_json::to_string(&told).unwrap();
    assert_eq!(serde_json::from_str::<Eligibility>(&text).unwrap(), told);
}

/// An issuer that signs a second pseudonym for somebody, alone: where all must sign, it is worth nothing.
#[test]
fn where_all_must_sign_an_issuer_alone_makes_no_pseudonym() {
    let (mut log, election) = TestElection::opened(Kind::Trial);
    for issuers in [&[0][..], &[0, 0, 0], &[0, 0, 1], &[0, 1], &[]] {
        let second = election.ballot_by(issuers, "all", &TestVoter::new(2), Position::FIRST, &[&[0], &[1]]);
        assert_refused(&mut log, &Entry::BallotCast(second), Rejection::BadToken);
    }
    assert_eq!(eligibility(&log, &election).tolerated, 2);
}

/// Issuers 0 and 1 of four sign twice for person 5, off the books; 2 and 3 sign once each and see nothing wrong. That is
/// one corrupt issuer more than three of four can bear, and the numbers say which ones.
#[test]
fn issuers_that_sign_off_the_books_are_caught_and_named() {
    let (mut log, election) = three_of_four();
    assert_eq!(eligibility(&log, &election).tolerated, 1);
    (1..=5).for_each(|person| cast(&mut log, &election, person, FIRST));
    cast(&mut log, &election, 105, &[0, 1, 3]);
    count(&mut log, &election, &[5, 5, 5, 1]);
    let found = eligibility(&log, &election);
    assert_eq!(numbers(&found.styles[0].issuers), [(Some(5), 6), (Some(5), 6), (Some(5), 5), (Some(1), 1)]);
    let named: Vec<_> = found.alarms().filter(|(_, alarm)| alarm.is_proof()).collect();
    let beyond =
        |issuer: &str| Alarm::MorePseudonymsThanIssued { issued: 5, issuer: issuer.to_owned(), used: 6 };
    assert_eq!(named, [("all", &beyond("issuer-0")), ("all", &beyond("issuer-1"))]);
    assert_eq!(verdict(&mut log, &election), Err(Rejection::MorePseudonymsThanIssued));
    assert_eq!(election.record(&log).phase(), Phase::Closed);
}

/// On the books nothing is beyond what was issued; but whoever asked 0 and 1 must have asked a third issuer too.
#[test]
fn an_issuer_that_signs_twice_on_the_books_stands_out() {
    let (mut log, election) = TestElection::opened(Kind::Trial);
    (1..=3).for_each(|person| cast(&mut log, &election, person, FIRST));
    count(&mut log, &election, &[10, 14, 10]);
    let found = eligibility(&log, &election);
    let alarm = Alarm::IssuedDiffers { issued: 14, issuers: vec!["issuer-1".to_owned()], unfinished: 4 };
    assert_eq!(found.alarms().collect::<Vec<_>>(), [("all", &alarm)]);
    assert!(!alarm.is_proof(), "people may have given up, or somebody asks one issuer only to raise it");
    assert_eq!(verdict(&mut log, &election), Ok(()));
}

#[test]
fn people_on_their_way_from_one_issuer_to_the_next_raise_no_alarm() {
    for issued in [[13, 11, 10], [13, 13, 10], [10, 10, 10], [700, 696, 693]] {
        let (mut log, election) = TestElection::opened(Kind::Trial);
        count(&mut log, &election, &issued);
        assert!(codes(&eligibility(&log, &election)).is_empty(), "{issued:?}");
    }
    for issued in [[14, 10, 10], [10, 10, 18], [700, 692, 692], [u64::MAX >> 11, 0, 0]] {
        let (mut log, election) = TestElection::opened(Kind::Trial);
        count(&mut log, &election, &issued);
        assert_eq!(codes(&eligibility(&log, &election)), ["issued_differs"], "{issued:?}");
    }
    // Who has not told yet may still have signed for everybody.
    let (mut log, election) = TestElection::opened(Kind::Trial);
    log.append(&election.counts(1, 500));
    assert!(codes(&eligibility(&log, &election)).is_empty());
}

/// What is not caught: three issuers in league vote for people who got a credential and stayed at home. Before they begin,
/// the log says to the ballot how many they can; one more and there is no tally. Afterwards it no longer says how many
/// they were.
#[test]
fn what_is_not_caught_is_bounded_by_what_was_not_used() {
    for (stuffed, left, outcome) in
        [(0, 2, Ok(())), (1, 1, Ok(())), (2, 0, Ok(())), (3, 0, Err(Rejection::MorePseudonymsThanIssued))]
    {
        let (mut log, election) = TestElection::opened(Kind::Trial);
        // Five people got a credential, three of them vote; the counts are logged at once.
        count(&mut log, &election, &[5, 5, 5]);
        (1..=3).for_each(|person| cast(&mut log, &election, person, FIRST));
        assert_eq!(eligibility(&log, &election).unused, Some(2));
        (101..101 + stuffed).for_each(|pseudonym| cast(&mut log, &election, pseudonym, FIRST));
        let found = eligibility(&log, &election);
        assert_eq!(found.unused, Some(left), "{stuffed} stuffed");
        assert_eq!(codes(&found).is_empty(), outcome.is_ok(), "{stuffed} stuffed");
        assert_eq!(verdict(&mut log, &election), outcome, "{stuffed} stuffed");
    }
}

/// Three of four: no issuer can be in more sets of three than it has credentials left.
#[test]
fn what_was_not_used_is_the_most_sets_of_q_that_fit() {
    let election = TestElection::make_with_issuers(4, "mayor", Kind::Trial, |_| {});
    let unused = |left: &[u64]| {
        let mut counts = LoggedCounts::default();
        for (issuer, issued) in left.iter().enumerate() {
            assert!(counts.add(issuer, "all", Issued { issued: *issued, root: Bytes([0; 32]) }));
        }
        Eligibility::compute(&election.manifest, &Bearers::default(), &counts).unused
    };
    for (left, sets) in [
        ([5, 5, 5, 0], 5),
        ([5, 5, 5, 5], 6),
        ([9, 9, 0, 0], 0),
        ([9, 9, 1, 1], 2),
        ([1, 2, 3, 4], 3),
        ([0, 0, 0, 0], 0),
        ([u64::MAX; 4], u64::MAX),
    ] {
        assert_eq!(unused(&left), Some(sets), "{left:?}");
    }
    assert_eq!(unused(&[5, 5]), None, "two issuers alone sign nothing that counts");
}

#[test]
fn a_small_set_of_issuers_is_published_and_warned_of() {
    let (mut log, election) = three_of_four();
    (1..=2).for_each(|person| cast(&mut log, &election, person, FIRST));
    let alone = eligibility(&log, &election);
    assert!(codes(&alone).is_empty(), "one set tells nobody apart");
    cast(&mut log, &election, 3, &[0, 1, 3]);
    let found = eligibility(&log, &election);
    let sets: Vec<_> =
        found.styles[0].subsets.iter().map(|set| (set.issuers.join(" "), set.pseudonyms)).collect();
    assert_eq!(
        sets,
        [("issuer-0 issuer-1 issuer-2".to_owned(), 2), ("issuer-0 issuer-1 issuer-3".to_owned(), 1)]
    );
    let small = Alarm::SmallSubset {
        issuers: ["issuer-0", "issuer-1", "issuer-3"].map(str::to_owned).to_vec(),
        min_cell: 2,
        pseudonyms: 1,
    };
    assert_eq!(found.alarms().collect::<Vec<_>>(), [("all", &small)]);
    cast(&mut log, &election, 4, &[0, 1, 3]);
    assert!(codes(&eligibility(&log, &election)).is_empty(), "two are min_cell");
}

/// Whoever changes issuers between two ballots shows the signatures of all of them.
#[test]
fn a_pseudonym_that_changes_issuers_is_counted_once_with_all_of_them() {
    let (mut log, election) = three_of_four();
    (1..=2).for_each(|person| cast(&mut log, &election, person, FIRST));
    let change = |log: &mut TestLog, person: u64| {
        let voter = TestVoter::new(person);
        let last = election.record(log).ballots_of(&voter.key(&election).verifying_key())[0].tracker;
        let second = Position::FIRST.next(last);
        let again = election.ballot_by(&[1, 2, 3], "all", &voter, second, &[&[1], &[1]]);
        log.append(&Entry::BallotCast(again));
    };
    change(&mut log, 2);
    let style = &eligibility(&log, &election).styles[0];
    assert_eq!(style.pseudonyms, 2);
    assert_eq!(style.issuers.iter().map(|issuer| issuer.used).collect::<Vec<_>>(), [2, 2, 2, 1]);
    assert_eq!(style.subsets.iter().map(|set| set.pseudonyms).collect::<Vec<_>>(), [1, 1]);
    assert_eq!(style.subsets[1].issuers.len(), 4);
    assert_eq!(codes(&eligibility(&log, &election)), ["small_subset"; 2]);
    // A set that nobody is left in is none.
    change(&mut log, 1);
    let style = &eligibility(&log, &election).styles[0];
    assert_eq!(style.subsets.iter().map(|set| set.pseudonyms).collect::<Vec<_>>(), [2]);
}

/// With three of four, one issuer may be gone: it signed nothing, and has nothing to account for.
#[test]
fn an_issuer_that_signed_nothing_does_not_stop_the_tally() {
    let (mut log, election) = three_of_four();
    (1..=3).for_each(|person| cast(&mut log, &election, person, FIRST));
    count(&mut log, &election, &[3, 3]);
    log.append(&election.closing(&log));
    let statement = election.statement(&log, 1);
    assert_refused(&mut log, &statement, Rejection::CountsMissing);
    log.append(&election.counts(2, 3));
    assert_eq!(eligibility(&log, &election).unused, Some(0));
    log.append(&statement);
}

#[test]
fn issuing_may_end_before_casting_begins() {
    let mut log = TestLog::begin();
    let mut election = TestElection::make("mayor", Kind::Binding);
    log.append(&election.announcement(&log));
    let ceremony = election.ceremony();
    let early = election.counts(0, 3);
    assert_refused(&mut log, &early, Rejection::OtherElection);
    [ceremony.commits, ceremony.reveals].iter().flatten().for_each(|entry| {
        log.append(entry);
    });
    log.append(&early);
    [ceremony.shares, ceremony.confirms].iter().flatten().for_each(|entry| {
        log.append(entry);
    });
    log.append(&election.opening(&log));
    log.minute = UnixMinute(OPENS.0 - 1);
    (1..3).for_each(|issuer| {
        log.append(&election.counts(issuer, 3));
    });
    let told = eligibility(&log, &election);
    assert_eq!((told.unused, told.styles[0].pseudonyms), (Some(3), 0), "nobody can have voted yet");
    log.minute = OPENS;
    (1..=2).for_each(|person| cast(&mut log, &election, person, FIRST));
    assert_eq!(eligibility(&log, &election).unused, Some(1));
    log.minute = election.manifest.closes;
    log.append(&election.closing(&log));
    election.tally_on(&mut log);
    assert_eq!(election.record(&log).phase(), Phase::Tallied);
}

#[test]
fn people_read_the_same_numbers() {
    let (mut log, election) = three_of_four();
    (1..=2).for_each(|person| cast(&mut log, &election, person, FIRST));
    cast(&mut log, &election, 3, &[0, 1, 3]);
    count(&mut log, &election, &[3, 2, 19]);
    let text = eligibility(&log, &election).to_string();
    for said in [
        "3 of 4 issuers sign each pseudonym; 1 corrupt could give nobody two",
        "issuer-0             issued 3, used 3",
        "issuer-3             issued not yet told, used 1",
        "signed by issuer-0, issuer-1, issuer-2: 2",
        "not used: 0 (the most ballots",
        "! issuer-1 says it issued 2, and its signature is on 3 pseudonyms",
        "! signed by issuer-0, issuer-1, issuer-3: only 1, fewer than 2;",
        "! issuer-2 issued 19, more than the others explain",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
}
