//! Each rule of the manifest, broken alone.

use kodanik_ballot::manifest::{Issuer, Kind, Manifest, ManifestDraft, Method, TrusteeMember, Trustees};
use kodanik_ballot::testing::{budget_contest, contest, fixed_key};
use kodanik_crypto::encoding::to_canonical_json;
use kodanik_crypto::time::UnixMinute;
use serde_json::{Value, json};

use super::file::{Header, Vectors};
use super::world::{referendum, small, text, town};

mod forms;

/// Name, what it is, code, what is changed.
type Rule = (&'static str, &'static str, &'static str, fn(&mut ManifestDraft));

/// What is changed.
type Base = fn() -> ManifestDraft;

pub(super) fn add(vectors: &mut Vectors) {
    valid(vectors);
    let groups: [(Base, Vec<Rule>); 7] = [
        (referendum, heads()),
        (one_style, contests()),
        (one_style, budgets()),
        (two_styles, styles()),
        (referendum, trustees()),
        (two_issuers, issuers()),
        (two_styles, issuer_keys()),
    ];
    for (base, rules) in groups {
        for (name, about, code, change) in rules {
            let mut draft = base();
            change(&mut draft);
            vectors.refuse(header(name, about), code, input(&text(&to_canonical_json(&draft).unwrap())));
        }
    }
    forms::add(vectors);
}

/// Two contests, and as few keys as can be: keys make manifests long.
fn one_style() -> ManifestDraft {
    let ManifestDraft { contests, .. } = town();
    let mut draft = ManifestDraft { contests, ..referendum() };
    draft.styles[0].contests = vec!["mayor".to_owned(), "council".to_owned()];
    draft
}

/// [`town`] with one issuer.
fn two_styles() -> ManifestDraft {
    let mut draft = town();
    draft.issuers.members.truncate(1);
    draft.issuers.required = 1;
    draft
}

/// [`one_style`] with two issuers.
fn two_issuers() -> ManifestDraft {
    let mut draft = one_style();
    draft.issuers = town().issuers;
    draft.styles[0].id = "city".to_owned();
    draft.issuers.members.iter_mut().for_each(|issuer| issuer.keys.truncate(1));
    draft
}

fn header<'a>(name: &'a str, about: &'a str) -> Header<'a> {
    Header { kind: "manifest", name, section: "3.1.2", about }
}

fn input(manifest: &str) -> Value {
    json!({ "manifest": manifest })
}

fn valid(vectors: &mut Vectors) {
    let mut accept = |name: &str, about: &str, draft: ManifestDraft| {
        let manifest = Manifest::new(draft).unwrap();
        let result = json!({ "hash": manifest.hash() });
        vectors.accept(header(name, about), input(&text(&manifest.to_bytes())), Some(result));
    };
    accept(
        "town",
        "two styles, two issuers, three trustees; binding, with the smallest cell that this may have",
        town(),
    );
    accept("referendum", "one question, one issuer; a trial", referendum());
    let mut texts = town();
    texts.title = "Volikogu valimised \u{201e}2026\u{201d}, \u{d22c}\u{d45c} \u{1f5f3} \\ \"".to_owned();
    accept(
        "texts-outside-ascii",
        "a title with quotes, a backslash and characters of one to four bytes",
        texts,
    );
    accept(
        "widest-budget",
        "a budget of 2^32 - 1: 32 slack bits",
        small("park", budget_contest("park", (1 << 32) - 1, &[1, (1 << 32) - 1])),
    );
    accept(
        "none-may-be-chosen",
        "min is 0: nothing chosen and the blank are two answers",
        small("board", contest("board", 3, 0, 3)),
    );
}

fn heads() -> Vec<Rule> {
    vec![
        ("suite-unknown", "an unknown suite (Moscow 2019)", "suite", |m| {
            m.suite = "KODANIK-V2-P256".to_owned()
        }),
        ("suite-other-case", "the suite's name in small letters", "suite", |m| {
            m.suite = "kodanik-v1-p256".to_owned()
        }),
        ("id-with-a-capital", "the slug has a capital letter", "id", |m| m.election = "Town".to_owned()),
        ("id-empty", "the slug is empty", "id", |m| m.election.clear()),
        ("id-of-64-characters", "the slug has 64 characters", "id", |m| m.election = "a".repeat(64)),
        ("title-empty", "the title is empty", "text", |m| m.title.clear()),
        ("title-with-a-newline", "the title has a control character", "text", |m| {
            m.title = "a\nb".to_owned()
        }),
        ("title-with-a-c1-control", "the title has U+0085, a control character of two bytes", "text", |m| {
            m.title = "a\u{85}b".to_owned()
        }),
        ("title-of-501-bytes", "the title has 501 bytes in 251 characters", "text", |m| {
            m.title = format!("a{}", "\u{e4}".repeat(250))
        }),
        ("log-empty", "the log's origin is empty", "text", |m| m.log.clear()),
        ("closes-when-it-opens", "it closes in the minute in which it opens", "times", |m| {
            m.closes = m.opens
        }),
        ("closes-beyond-2-40", "it closes at 2^40 + 1", "times", |m| m.closes = UnixMinute((1 << 40) + 1)),
        ("check-of-0-minutes", "a ballot can be checked for 0 minutes", "check_policy", |m| {
            m.check.minutes = 0
        }),
        ("check-of-1441-minutes", "a ballot can be checked for more than a day", "check_policy", |m| {
            m.check.minutes = 1441
        }),
        ("check-with-11-tries", "the code is shown 11 times", "check_policy", |m| m.check.tries = 11),
        ("check-with-11-tests", "11 ballots may be tested", "check_policy", |m| m.check.tests = 11),
        ("min-cell-0", "the smallest cell is 0", "min_cell", |m| m.min_cell = 0),
        (
            "min-cell-1-in-a-binding-election",
            "the smallest cell of a binding election is 1",
            "min_cell",
            |m| m.kind = Kind::Binding,
        ),
    ]
}

fn contests() -> Vec<Rule> {
    vec![
        ("no-contests", "no contests", "contests", |m| m.contests.clear()),
        ("contest-without-options", "a contest without options", "contests", |m| {
            m.contests[0].options.clear()
        }),
        ("contest-of-150-options", "a contest of 150 options", "contests", |m| {
            m.contests[0] = contest("mayor", 150, 1, 1)
        }),
        ("contest-twice", "two contests of one id", "duplicate", |m| m.contests[1].id = "mayor".to_owned()),
        ("option-twice", "two options of one id", "duplicate", |m| {
            m.contests[0].options[1].id = "o0".to_owned()
        }),
        ("option-id-with-a-space", "an option's id has a space", "id", |m| {
            m.contests[0].options[1].id = "a b".to_owned()
        }),
        ("contest-id-empty", "a contest's id is empty", "id", |m| m.contests[0].id.clear()),
        ("option-title-empty", "an option's title is empty", "text", |m| {
            m.contests[0].options[2].title.clear()
        }),
        ("max-0", "none may be chosen", "selection_bounds", |m| {
            (m.contests[0].min, m.contests[0].max) = (0, 0)
        }),
        ("max-beyond-the-options", "more may be chosen than there are", "selection_bounds", |m| {
            m.contests[0].max = 4
        }),
        ("min-beyond-max", "more must be chosen than may be", "selection_bounds", |m| m.contests[1].min = 3),
        ("ranked", "a ranked contest, which cannot be counted by adding up", "method_ranked", |m| {
            m.contests[0].method = Method::Ranked
        }),
        ("write-in", "write-in answers, which cannot be counted by adding up", "method_write_in", |m| {
            m.contests[1].method = Method::WriteIn
        }),
    ]
}

fn budgets() -> Vec<Rule> {
    vec![
        ("budget-0", "a budget contest with a budget of 0", "budget", |m| {
            m.contests[0].options.iter_mut().for_each(|option| option.cost = 1);
            m.contests[0].method = Method::Budget;
        }),
        ("budget-of-33-bits", "a budget of 2^32", "budget", |m| {
            m.contests[0] = budget_contest("mayor", 1 << 32, &[1])
        }),
        ("cost-beyond-the-budget", "an option costs more than the budget", "budget", |m| {
            m.contests[0] = budget_contest("mayor", 10, &[1, 11])
        }),
        ("cost-0-in-a-budget", "an option of a budget contest costs nothing", "budget", |m| {
            m.contests[0] = budget_contest("mayor", 10, &[1, 0])
        }),
        ("budget-in-a-selection", "a selection with a budget", "budget", |m| m.contests[0].budget = 5),
        ("cost-in-a-selection", "a selection with a cost", "budget", |m| m.contests[0].options[1].cost = 1),
    ]
}

fn styles() -> Vec<Rule> {
    vec![
        ("no-styles", "no styles", "styles", |m| m.styles.clear()),
        ("style-without-contests", "a style without contests", "styles", |m| m.styles[0].contests.clear()),
        ("style-with-an-unknown-contest", "a style with a contest that is not there", "styles", |m| {
            m.styles[0].contests[1] = "nowhere".to_owned()
        }),
        ("style-with-a-contest-twice", "a style with a contest twice", "styles", |m| {
            m.styles[0].contests.push("mayor".to_owned())
        }),
        ("contest-in-no-style", "a contest that nobody is asked", "styles", |m| {
            m.contests.push(contest("unused", 2, 1, 1))
        }),
        ("style-twice", "two styles of one id", "duplicate", |m| m.styles[1].id = "city".to_owned()),
        ("style-id-with-a-dot", "a style's id has a dot", "id", |m| m.styles[0].id = "a.b".to_owned()),
        ("style-of-151-ciphertexts", "151 ciphertexts in a style", "style_size", |m| {
            m.contests[0] = contest("mayor", 146, 1, 1)
        }),
        ("style-of-151-with-slack", "151 ciphertexts in a style, slack bits among them", "style_size", |m| {
            m.contests[0] = budget_contest("mayor", 1 << 31, &[1; 114]);
        }),
        (
            "style-larger-than-an-entry",
            "150 ciphertexts and wide sum proofs: a ballot would not fit an entry",
            "style_size",
            |m| {
                m.contests[0] = contest("mayor", 145, 0, 80);
            },
        ),
    ]
}

fn trustees() -> Vec<Rule> {
    fn of(t: u16, n: u8) -> Trustees {
        let member = |index: u8| TrusteeMember {
            name: format!("Trustee {index}"),
            sealing_key: fixed_key(100 + index).verifying_key(),
            signing_key: fixed_key(150 + index).verifying_key(),
        };
        Trustees { members: (1..=n).map(member).collect(), threshold: t }
    }
    vec![
        ("threshold-1", "one trustee opens everything", "trustee_threshold", |m| m.trustees = of(1, 1)),
        (
            "threshold-of-half",
            "2 of 4: two sets of two trustees could sign different statements",
            "trustee_threshold",
            |m| m.trustees = of(2, 4),
        ),
        ("threshold-beyond-the-trustees", "4 of 3", "trustee_threshold", |m| m.trustees.threshold = 4),
        ("17-trustees", "9 of 17", "trustee_threshold", |m| m.trustees = of(9, 17)),
        ("trustee-key-twice", "two trustees with one signing key", "duplicate", |m| {
            m.trustees.members[1].signing_key = m.trustees.members[0].signing_key;
        }),
        ("sealing-key-is-signing-key", "a trustee's two keys are one", "duplicate", |m| {
            m.trustees.members[0].sealing_key = m.trustees.members[0].signing_key;
        }),
        ("trustee-name-empty", "a trustee without name", "text", |m| m.trustees.members[2].name.clear()),
    ]
}

fn issuers() -> Vec<Rule> {
    vec![
        ("no-issuers", "no issuers", "issuer_quorum", |m| m.issuers.members.clear()),
        ("issuers-required-0", "no token is required", "issuer_quorum", |m| m.issuers.required = 0),
        ("issuers-required-3-of-2", "more tokens than issuers", "issuer_quorum", |m| m.issuers.required = 3),
        (
            "issuers-1-of-2",
            "1 of 2: each issuer could give somebody a second pseudonym",
            "issuer_quorum",
            |m| m.issuers.required = 1,
        ),
        (
            "issuers-2-of-3",
            "2 of 3: an issuer that signs twice gives somebody two pseudonyms",
            "issuer_quorum",
            |m| {
                let third = Issuer {
                    id: "issuer-2".to_owned(),
                    signing_key: fixed_key(62).verifying_key(),
                    ..m.issuers.members[0].clone()
                };
                m.issuers.members.push(third);
            },
        ),
        ("issuer-twice", "two issuers of one id", "duplicate", |m| {
            m.issuers.members[1].id = "issuer-0".to_owned()
        }),
        ("issuer-signing-key-twice", "two issuers with one signing key", "duplicate", |m| {
            m.issuers.members[1].signing_key = m.issuers.members[0].signing_key;
        }),
        ("issuer-rsa-key-twice", "two issuers with one RSA key", "duplicate", |m| {
            m.issuers.members[1].keys[0].spki = m.issuers.members[0].keys[0].spki.clone();
        }),
        ("issuer-url-of-another-scheme", "an address that is not http or https", "issuer_url", |m| {
            m.issuers.members[0].url = "ftp://issuer.example".to_owned()
        }),
        ("issuer-url-with-a-space", "an address with a space", "issuer_url", |m| {
            m.issuers.members[0].url.push(' ')
        }),
        ("issuer-name-empty", "an issuer without name", "text", |m| m.issuers.members[0].name.clear()),
    ]
}

fn issuer_keys() -> Vec<Rule> {
    vec![
        ("rsa-key-for-two-styles", "an issuer with one RSA key for two styles", "duplicate", |m| {
            m.issuers.members[0].keys[1].spki = m.issuers.members[0].keys[0].spki.clone();
        }),
        ("issuer-lacks-a-style", "an issuer without key for the second style", "issuer_keys", |m| {
            m.issuers.members[0].keys.truncate(1)
        }),
        (
            "issuer-keys-out-of-order",
            "an issuer's keys are not in the order of the styles",
            "issuer_keys",
            |m| m.issuers.members[0].keys.swap(0, 1),
        ),
        ("rsa-key-cut-off", "an SPKI that lacks its last byte", "issuer_keys", |m| {
            m.issuers.members[0].keys[0].spki.0.truncate(421)
        }),
        ("rsa-key-with-more", "a byte follows an SPKI", "issuer_keys", |m| {
            m.issuers.members[0].keys[0].spki.0.push(0)
        }),
        ("rsa-modulus-even", "an even modulus", "issuer_keys", |m| {
            m.issuers.members[0].keys[0].spki.0[416] &= 0xfe
        }),
        ("rsa-modulus-of-3071-bits", "a modulus whose first bit is 0", "issuer_keys", |m| {
            m.issuers.members[0].keys[0].spki.0[33] &= 0x7f
        }),
        ("rsa-exponent-3-in-three-bytes", "e is 3, in as many bytes as 65537", "issuer_keys", |m| {
            let end = m.issuers.members[0].keys[0].spki.0.len();
            m.issuers.members[0].keys[0].spki.0[end - 3..].copy_from_slice(&[0, 0, 3]);
        }),
        ("rsa-exponent-65539", "e is 65539", "issuer_keys", |m| {
            let end = m.issuers.members[0].keys[0].spki.0.len();
            m.issuers.members[0].keys[0].spki.0[end - 1] = 3;
        }),
    ]
}
