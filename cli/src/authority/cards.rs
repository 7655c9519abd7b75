//! The trustees' cards: checked, shown with their digits, and taken only once those were compared by voice.

use std::path::PathBuf;

use kodanik_ballot::manifest::TrusteeMember;
use kodanik_ballot::trustee::card::{Fingerprint, SignedCard};
use serde::Serialize;

use super::read_json;
use crate::failure::Failure;
use crate::ui::{self, Ui};

/// Reads cards, each of which must hold under its own key.
pub(super) fn read(paths: &[PathBuf]) -> Result<Vec<TrusteeMember>, Failure> {
    let read = |path: &PathBuf| {
        let bad = |_| {
            Failure::refused(
                "bad_card",
                format!("{}: the card was changed since its trustee signed it.", path.display()),
                "Ask the trustee to send it again (`trustee join` prints the same card).",
            )
        };
        read_json::<SignedCard>(path)?.verify().map_err(bad)
    };
    paths.iter().map(read).collect()
}

/// Prints the digits.
pub(super) fn show(cards: &[TrusteeMember], ui: &Ui) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Shown<'a> {
        name: &'a str,
        digits: Fingerprint,
    }
    let shown = cards.iter().map(|card| Shown { name: &card.name, digits: Fingerprint::of_card(card) });
    let json: Vec<_> = shown.collect();
    ui.result(&json, table(cards));
    Ok(())
}

/// Asks whether every trustee read out these digits, unless that was said beforehand.
pub(super) fn compare(cards: &[TrusteeMember], yes: bool, ui: &Ui) -> Result<(), Failure> {
    ui.note(table(cards));
    let compared = yes
        || ui::agrees(
            "Did every trustee read out these digits to you, on a number that you knew before?",
            "Compare them (`authority cards`), then add --yes.",
        )?;
    if compared {
        return Ok(());
    }
    Err(Failure::refused("not_compared", "Nothing was published.", "Call the trustees first."))
}

fn table(cards: &[TrusteeMember]) -> String {
    let line = |(number, card): (usize, &TrusteeMember)| {
        format!("  {number:>2}  {:<30} {}", card.name, Fingerprint::of_card(card))
    };
    (1..).zip(cards).map(line).collect::<Vec<_>>().join("\n")
}
