use proptest::prelude::*;
use rand_core::{OsRng, RngCore};

use super::*;

fn values(code: &BackupCode) -> [u8; SYMBOLS] {
    code.expose().map(|symbol| value(symbol.into()).unwrap())
}

fn is_code_word(values: &[u8; SYMBOLS]) -> bool {
    syndromes(values) == [0; CHECKS]
}

fn any_code() -> BackupCode {
    BackupCode::make(Slot((OsRng.next_u32() % 8) as u8), &mut OsRng)
}

#[test]
fn the_field_and_the_generator_are_the_documented_ones() {
    assert_eq!((0..31).map(power).collect::<std::collections::BTreeSet<_>>().len(), 31);
    assert_eq!(power(5), 0b00101, "a^5 = a^2 + 1");
    assert!((1..32).all(|a| mul(a, inverse(a)) == 1));
    for root in 1..=CHECKS {
        let at = |x| GENERATOR.iter().fold(1, |value, c| mul(value, x) ^ c);
        assert_eq!(at(power(root)), 0);
    }
}

#[test]
fn the_printed_example_is_a_code() {
    let code = BackupCode::parse("DB96-NHFH-0GBV-90BC-18DE-DFGQ").unwrap();
    assert_eq!(code.slot().number(), 6);
}

#[test]
fn what_is_printed_is_read_again_however_it_is_typed() {
    for slot in Slot::recovery_slots().chain([Slot::REVOCATION]) {
        let code = BackupCode::make(slot, &mut OsRng);
        let text = code.to_text();
        assert_eq!(text.len(), 29);
        for typed in [
            text.to_string(),
            text.to_lowercase(),
            text.replace('-', " "),
            text.replace('-', ""),
            text.replace('1', "l").replace('0', "o"),
            text.replace('1', "I").replace('0', "O"),
        ] {
            let read = BackupCode::parse(&typed).unwrap();
            assert_eq!((read.expose(), read.slot()), (code.expose(), slot));
        }
    }
}

#[test]
fn what_is_no_code_is_refused_with_the_reason() {
    let text = any_code().to_text();
    let with = |at: usize, c: &str| [&text[..at], c, &text[at + 1..]].concat();
    assert_eq!(BackupCode::parse("").err(), Some(CodeError::Length { symbols: 0 }));
    assert_eq!(BackupCode::parse(&text[..28]).err(), Some(CodeError::Length { symbols: 23 }));
    assert_eq!(BackupCode::parse(&format!("{}0", *text)).err(), Some(CodeError::Length { symbols: 25 }));
    for bad in ["U", "u", "!", "é", "Ａ"] {
        assert_eq!(BackupCode::parse(&with(0, bad)).err(), Some(CodeError::Character { group: 1 }));
        assert_eq!(BackupCode::parse(&with(26, bad)).err(), Some(CodeError::Character { group: 6 }));
    }
    let foreign_slot = BackupCode::make(Slot(9), &mut OsRng).to_text();
    assert_eq!(BackupCode::parse(&foreign_slot).err(), Some(CodeError::Slot));
}

#[test]
fn every_change_of_one_symbol_is_found_and_its_group_is_named() {
    let word = values(&any_code());
    for p in 0..SYMBOLS {
        for error in 1..32 {
            let mut bad = word;
            bad[p] ^= error;
            assert_eq!(locate(&syndromes(&bad)), WrongGroups::default().mark(p));
        }
    }
}

#[test]
fn two_wrong_symbols_are_found_and_their_groups_are_named() {
    let word = values(&any_code());
    for p in 0..SYMBOLS {
        for q in p + 1..SYMBOLS {
            let mut bad = word;
            bad[p] ^= 1 + (OsRng.next_u32() % 31) as u8;
            bad[q] ^= 1 + (OsRng.next_u32() % 31) as u8;
            assert_eq!(locate(&syndromes(&bad)), WrongGroups::default().mark(p).mark(q));
        }
    }
}

/// Distance 5 is proved by weights: no combination of up to four symbol errors at any positions gives zero syndromes.
/// Linear, so checked on errors alone, with the first error normed to 1: for each choice of up to four positions the
/// 4 x 4 Vandermonde determinant of their places is not zero.
#[test]
fn no_error_of_up_to_four_symbols_passes() {
    let places: Vec<u8> = (0..SYMBOLS).map(place).collect();
    for a in 0..SYMBOLS {
        for b in a + 1..SYMBOLS {
            for c in b + 1..SYMBOLS {
                for d in c + 1..SYMBOLS {
                    let x = [places[a], places[b], places[c], places[d]];
                    let pairs = (0..4).flat_map(|i| (i + 1..4).map(move |j| (i, j)));
                    let determinant =
                        pairs.fold(x.into_iter().fold(1, mul), |det, (i, j)| mul(det, x[i] ^ x[j]));
                    assert_ne!(determinant, 0);
                }
            }
        }
    }
}

#[test]
fn every_exchange_of_two_symbols_or_two_groups_is_found() {
    for _ in 0..200 {
        let word = values(&any_code());
        for p in 0..SYMBOLS {
            for q in p + 1..SYMBOLS {
                let mut bad = word;
                bad.swap(p, q);
                assert!(bad == word || !is_code_word(&bad));
            }
        }
        for g in 0..6 {
            for h in g + 1..6 {
                let mut bad = word;
                (0..GROUP).for_each(|at| bad.swap(g * GROUP + at, h * GROUP + at));
                assert!(bad == word || !is_code_word(&bad));
            }
        }
    }
}

#[test]
fn a_code_never_prints() {
    let code = any_code();
    assert!(!format!("{code:?}").contains(&code.to_text()[..4]));
}

proptest! {
    #[test]
    fn random_errors_of_three_or_four_symbols_are_found(
        errors in prop::collection::btree_map(0..SYMBOLS, 1u8..32, 3..=4),
    ) {
        let mut word = values(&any_code());
        errors.iter().for_each(|(&at, &error)| word[at] ^= error);
        prop_assert!(!is_code_word(&word));
    }

    #[test]
    fn any_text_parses_or_is_refused(text in "\\PC{0,40}") {
        let _ = BackupCode::parse(&text);
    }
}
