//! Nothing that has gone wrong elsewhere is without a vector, and no code without one that leads to it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{stored, vectors};

/// What went wrong elsewhere with ballots, in thirteen groups, and the vectors that must be refused for it. A star at the
/// end stands for any rest, of which there must be at least as many.
const ELSEWHERE: [(&str, &[(&str, usize)]); 13] = [
    (
        "1 weak Fiat-Shamir; the forgery of Bernhard, Pereira and Warinschi; a statement chosen after the challenge",
        &[
            ("ballot/challenge-without-*", 24),
            ("ballot/challenge-with-another-*", 18),
            ("ballot/bernhard-pereira-warinschi", 1),
            ("ballot/moved-to-another-style", 1),
            ("share/statement-chosen-after-the-challenge", 1),
            ("share/challenge-without-sum-and-key", 1),
            ("replay/complaint-statement-chosen-after-the-challenge", 1),
        ],
    ),
    (
        "2 a foreign generator, curve or suite",
        &[
            ("manifest/foreign-*", 2),
            ("manifest/suite-*", 2),
            ("election/foreign-generator", 1),
            ("share/foreign-generator", 1),
            ("replay/manifest-of-an-unknown-suite", 1),
        ],
    ),
    (
        "3 membership checks",
        &[
            ("ballot/point-*-as-alpha", 8),
            ("ballot/point-*-as-vk", 10),
            ("ballot/scalar-*", 8),
            ("manifest/point-*", 9),
            ("election/point-*", 17),
            ("share/point-*-as-d", 9),
            ("share/scalar-*", 2),
            ("replay/point-*-as-commitment", 9),
            ("replay/scalar-*", 3),
            ("test/code-with-identity-as-vk", 1),
            ("ballot/token-beyond-the-modulus", 1),
        ],
    ),
    (
        "4 the key ceremony: another package than was committed to; a key that its proof does not hash",
        &[
            ("replay/reveal-*", 3),
            ("replay/package-whose-proof-does-not-hash-the-key", 1),
            ("replay/package-of-a-rogue-key", 1),
            ("replay/package-*", 7),
            ("replay/key-is-the-identity", 1),
            ("replay/complaint-*", 8),
        ],
    ),
    (
        "5 copied ballots",
        &[
            ("ballot/copy-of-the-body", 1),
            ("ballot/copy-under-another-pseudonym", 1),
            ("ballot/copy-re-randomised", 1),
            ("ballot/copy-of-*", 4),
            ("ballot/copy-to-another-election", 1),
            ("replay/ballot-copied", 1),
        ],
    ),
    ("6 clash", &[("check/clash", 1), ("check/ballot-of-another-pseudonym", 1)]),
    (
        "7 swaps of options, contests and styles",
        &[
            ("ballot/swapped-*", 7),
            ("ballot/relabelled-contests", 1),
            ("ballot/contests-of-each-other", 1),
            ("share/swapped-options", 1),
            ("test/choice-of-swapped-contests", 1),
        ],
    ),
    (
        "8 a seed that matches beta and not alpha; a superseded ballot shown as current",
        &[
            ("check/seed-matches-beta-only", 1),
            ("check/superseded", 1),
            ("replay/close-of-superseded-ballots", 1),
        ],
    ),
    (
        "9 over-vote, negative, weight 2, blank and choice, missing or extra option",
        &[
            ("ballot/vote-over-vote", 1),
            ("ballot/vote-negative", 1),
            ("ballot/vote-weight-2", 1),
            ("ballot/vote-blank-and-choice", 1),
            ("ballot/vote-overspent*", 4),
            ("ballot/vote-slack-*", 4),
            ("ballot/vote-*", 25),
            ("ballot/missing-option", 1),
            ("ballot/extra-option", 1),
        ],
    ),
    (
        "10 length that depends on the choice",
        &[
            ("ballot/longer-*", 3),
            ("ballot/shorter-*", 2),
            ("ballot/missing-slack", 1),
            ("ballot/extra-slack", 1),
        ],
    ),
    (
        "11 what a verifier does not look at",
        &[("export/changed-*", 25), ("export/signed-*", 10), ("export/cut-*", 4)],
    ),
    (
        "12 a receipt that is bound to nothing; two heads of one size",
        &[
            ("receipt/of-another-ballot", 1),
            ("receipt/of-another-log", 1),
            ("receipt/another-minute", 1),
            ("receipt/another-index", 1),
            ("receipt/checkpoint-of-a-fork", 1),
            ("evidence/one-head-*", 2),
        ],
    ),
    (
        "13 tokens: a second blinded message, a product, a key that is not in the manifest, tagging",
        &[
            ("replay/more-pseudonyms-than-issued", 1),
            ("export/signed-more-pseudonyms-than-issued", 1),
            ("ballot/token-product", 1),
            ("ballot/token-key-not-in-the-manifest", 1),
            ("ballot/token-tagged-by-*", 2),
            ("ballot/tokens-*", 5),
        ],
    ),
];

/// What must be accepted, of every ballot type.
const TYPES: [&str; 12] = [
    "ballot/choose-one",
    "ballot/choose-one-blank",
    "ballot/k-of-n-least",
    "ballot/k-of-n-most",
    "ballot/k-of-n-blank",
    "ballot/approval-one",
    "ballot/approval-all",
    "ballot/approval-blank",
    "ballot/budget-part",
    "ballot/budget-all",
    "ballot/budget-blank",
    "ballot/styles-city",
];

#[test]
fn vectors_cover_what_went_wrong_elsewhere() {
    let files = stored();
    let refused: BTreeSet<&str> = vectors(&files)
        .filter(|(_, vector)| vector["expect"] != "valid")
        .map(|(path, _)| path.strip_suffix(".json").unwrap())
        .collect();
    assert!(refused.len() >= 80, "only {} faults", refused.len());
    for (group, names) in ELSEWHERE {
        for (name, least) in names {
            let (front, back) = name.split_once('*').unwrap_or((name, ""));
            let fits = |path: &&&str| {
                let fits = path.starts_with(front) && path.ends_with(back);
                if name.contains('*') { fits } else { **path == *name }
            };
            let found = refused.iter().filter(fits).count();
            assert!(found >= *least, "{group}: {found} of {least} vectors {name}");
        }
    }
}

#[test]
fn vectors_cover_every_ballot_type_and_length_tells_nothing() {
    let files = stored();
    let all: BTreeMap<&str, Value> = vectors(&files).collect();
    let valid = |path: &str| {
        let vector = &all[format!("{path}.json").as_str()];
        assert_eq!(vector["expect"], "valid", "{path}");
        vector["input"]["ballot"].as_str().unwrap().len()
    };
    assert!(TYPES.iter().all(|path| valid(path) > 0));
    for group in [
        &["choose-one", "choose-one-blank"][..],
        &["k-of-n-least", "k-of-n-most", "k-of-n-blank"],
        &["styles-city", "styles-city-blank-in-one", "styles-city-blank-in-all"],
        &["approval-one", "approval-all", "approval-blank"],
        &["budget-part", "budget-all", "budget-blank"],
    ] {
        let lengths: BTreeSet<usize> = group.iter().map(|name| valid(&format!("ballot/{name}"))).collect();
        assert_eq!(lengths.len(), 1, "{group:?}");
    }
}

/// The README says which codes each kind has; each of them has a vector, and there are no others.
#[test]
fn vectors_cover_every_kind_and_code() {
    let files = stored();
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (_, vector) in vectors(&files) {
        let codes = found.entry(vector["kind"].as_str().unwrap().to_owned()).or_default();
        let several = [&vector["input"]["findings"], &vector["result"]["verdicts"]];
        let several = several.into_iter().filter_map(Value::as_array).flatten();
        codes.extend(several.chain([&vector["expect"]]).map(|code| code.as_str().unwrap().to_owned()));
    }
    let codes = codes_of_kinds(&files["README.md"]);
    assert_eq!(codes.len(), 12);
    for (kind, codes) in codes {
        let mut found = found.remove(&kind).unwrap_or_default();
        assert!(found.remove("valid"), "{kind}: nothing that is accepted");
        assert!(!found.is_empty(), "{kind}: nothing that is refused");
        let without: Vec<_> = codes.difference(&found).collect();
        assert!(without.is_empty(), "{kind}: no vector leads to {without:?}");
        // A batch has the codes of ballots; an export most of a replay's.
        if !["batch", "export"].contains(&kind.as_str()) {
            let unknown: Vec<_> = found.difference(&codes).collect();
            assert!(unknown.is_empty(), "{kind}: the README does not know {unknown:?}");
        }
    }
    assert!(found.is_empty(), "the README does not know {found:?}");
}

/// The last column of the README's table of kinds.
fn codes_of_kinds(readme: &str) -> BTreeMap<String, BTreeSet<String>> {
    let rows = readme.lines().filter_map(|line| {
        let cells: Vec<&str> = line.strip_prefix("| `")?.strip_suffix(" |")?.split(" | ").collect();
        let [kind, _, _, codes] = cells.as_slice() else { return None };
        Some((kind.trim_end_matches('`').to_owned(), codes.split('`').skip(1).step_by(2)))
    });
    let mut codes: BTreeMap<String, BTreeSet<String>> =
        rows.map(|(kind, codes)| (kind, codes.map(str::to_owned).collect())).collect();
    let of_replay = rejections();
    for (kind, own) in &mut codes {
        own.retain(|code| !code.starts_with("input.") && code != "manifest" && code != "replay");
        if kind == "replay" {
            own.extend(of_replay.iter().cloned());
        }
    }
    codes
}

/// The codes of protocol.md §5.2.8.
fn rejections() -> BTreeSet<String> {
    let protocol = super::folder().join("../../../docs/protocol.md");
    let protocol = std::fs::read_to_string(protocol).unwrap();
    let section = protocol.split("\n#### 5.2.8 ").nth(1).unwrap().split("\n## ").next().unwrap();
    let codes = section.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    codes.map(str::to_owned).collect()
}
