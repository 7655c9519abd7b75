//! An issuer's list against what it logged.

use kodanik_ballot::manifest::Kind;
use kodanik_crypto::encoding::Bytes;

use crate::issued::{IssuedLine, IssuedList, IssuedStyle, ListError};
use crate::testing::{TestElection, TestLog};

fn line(person: u8) -> IssuedLine {
    IssuedLine { blinded_hash: Bytes([person; 32]), person: Bytes([person; 32]) }
}

/// An issuer that issued to persons 1 to 3 and has logged so.
fn counted() -> (TestLog, TestElection, IssuedList) {
    let (mut log, election) = TestElection::opened(Kind::Trial);
    let style = IssuedStyle { lines: (1..=3).map(line).collect(), style: "all".to_owned() };
    log.append(&election.sign_counts(1, "all", style.count(&election.election().id)));
    let issuer = "issuer-1".to_owned();
    let list = IssuedList { election: election.election().id, issuer, styles: vec![style] };
    (log, election, list)
}

#[test]
fn the_list_that_was_committed_to_is_the_right_one() {
    let (log, election, list) = counted();
    assert_eq!(list.check(election.record(&log)), Ok(()));
}

#[test]
fn every_other_list_is_found_out() {
    let (log, election, right) = counted();
    let style = || "all".to_owned();
    let check = |change: &dyn Fn(&mut IssuedList)| {
        let mut list = right.clone();
        change(&mut list);
        list.check(election.record(&log)).unwrap_err()
    };
    let fewer = check(&|list| list.styles[0].lines.truncate(2));
    assert_eq!(fewer, ListError::OtherNumber { listed: 2, logged: 3, style: style() });
    let more = check(&|list| list.styles[0].lines.push(line(4)));
    assert_eq!(more, ListError::OtherNumber { listed: 4, logged: 3, style: style() });
    let other = ListError::OtherRoot { style: style() };
    assert_eq!(check(&|list| list.styles[0].lines[1].blinded_hash = Bytes([9; 32])), other);
    assert_eq!(check(&|list| list.styles[0].lines[2].person = Bytes([9; 32])), other);
    assert_eq!(check(&|list| list.styles[0].lines.swap(0, 1)), ListError::Unsorted { style: style() });
    assert_eq!(check(&|list| list.styles[0].style = "none".to_owned()), ListError::OtherStyles);
    assert_eq!(check(&|list| list.styles.clear()), ListError::OtherStyles);
    let unknown = ListError::UnknownIssuer("issuer-9".to_owned());
    assert_eq!(check(&|list| list.issuer = "issuer-9".to_owned()), unknown);
    let not_counted = ListError::NotCounted { issuer: "issuer-0".to_owned(), style: style() };
    assert_eq!(check(&|list| list.issuer = "issuer-0".to_owned()), not_counted);
}

#[test]
fn a_list_of_another_election_is_not_this_one_s() {
    let (log, election, mut list) = counted();
    let (_, other) = TestElection::opened(Kind::Trial);
    list.election = other.election().id;
    assert_eq!(list.check(election.record(&log)), Err(ListError::OtherRoot { style: "all".to_owned() }));
}

/// An issuer that signed two pseudonyms for one person, on the books: its own list gives it away, whatever the numbers say.
#[test]
fn a_person_who_is_listed_twice_is_found() {
    let (mut log, election, mut list) = counted();
    list.issuer = "issuer-2".to_owned();
    let second = IssuedLine { blinded_hash: Bytes([77; 32]), ..line(2) };
    list.styles[0].lines.insert(2, second);
    log.append(&election.sign_counts(2, "all", list.styles[0].count(&list.election)));
    let twice = ListError::PersonTwice { style: "all".to_owned() };
    assert_eq!(list.check(election.record(&log)), Err(twice));
}
