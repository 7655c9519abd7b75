//! Ballots of every type that count, and those whose form, layout, place or signature is wrong.

use kodanik_ballot::ballot::{BallotBody, Position, UnverifiedBallot, signing_input};
use kodanik_ballot::ids::Tracker;
use kodanik_crypto::encoding::Binary;
use kodanik_crypto::group::Scalar;
use kodanik_crypto::signature::Signature;
use serde_json::{Value, json};

use super::file::{Header, Vectors};
use super::world::{APPROVAL, BUDGET, Citizen, FOUR_ISSUERS, LATER, REFERENDUM, TOWN, World, second, text};

pub(super) fn add(vectors: &mut Vectors) {
    valid(vectors);
    form(vectors);
    layout(vectors);
    budget_layout(vectors);
    place(vectors);
    signature(vectors);
}

/// The input of kind `ballot`.
pub(super) fn input(world: &World, ballot: &UnverifiedBallot) -> Value {
    json!({ "ballot": text(&ballot.to_bytes()), "election": world.name })
}

/// A header of kind `ballot`.
pub(super) fn header<'a>(name: &'a str, section: &'a str, about: &'a str) -> Header<'a> {
    Header { kind: "ballot", name, section, about }
}

fn valid(vectors: &mut Vectors) {
    let mut accept = |name: &str, about: &str, world: &World, ballot: &UnverifiedBallot| {
        let result = json!({ "tracker": ballot.tracker() });
        vectors.accept(header(name, "3.1.9", about), input(world, ballot), Some(result));
    };
    let [referendum, approval, budget, four] =
        [&*REFERENDUM, &APPROVAL, &BUDGET, &FOUR_ISSUERS].map(|world| Citizen::new(world, "all", 1));
    let [city, village] = ["city", "village"].map(|style| Citizen::new(&TOWN, style, 1));
    let mut one = |name: &str, about: &str, citizen: &Citizen, choices: &[&[usize]]| {
        accept(name, about, citizen.world, &citizen.ballot(choices, name));
    };
    one("choose-one", "one of two is chosen", &referendum, &[&[1]]);
    one("choose-one-blank", "a blank vote", &referendum, &[&[]]);
    one("k-of-n-least", "one where one or two may be chosen", &village, &[&[2]]);
    one("k-of-n-most", "two where one or two may be chosen", &village, &[&[0, 2]]);
    one("k-of-n-blank", "a blank vote where one or two may be chosen", &village, &[&[]]);
    one("styles-city", "a style with two contests", &city, &[&[0], &[1, 2]]);
    one("styles-city-blank-in-one", "one contest blank, the other one not", &city, &[&[], &[1]]);
    one("styles-city-blank-in-all", "all contests blank", &city, &[&[], &[]]);
    one("approval-one", "one of three is approved", &approval, &[&[1]]);
    one("approval-all", "all of three are approved", &approval, &[&[0, 1, 2]]);
    one("approval-blank", "a blank vote where all may be approved", &approval, &[&[]]);
    one("budget-part", "3 of 6 are spent", &budget, &[&[0, 1]]);
    one("budget-all", "6 of 6 are spent", &budget, &[&[1, 2]]);
    one("budget-blank", "a blank vote in a budget contest", &budget, &[&[]]);
    one("three-of-four-issuers", "tokens of the first three of four issuers", &four, &[&[0]]);

    let mut others = Citizen::new(&FOUR_ISSUERS, "all", 2);
    others.tokens = [0, 2, 3].map(|issuer| others.token(issuer)).to_vec();
    let ballot = others.ballot(&[&[0]], "others");
    accept("other-three-of-four-issuers", "tokens of issuers 0, 2 and 3", others.world, &ballot);

    let first = referendum.ballot(&[&[0]], "first");
    let later = referendum.cast(referendum.body(second(first.tracker()), &[&[1]], "later"));
    accept("second-of-a-pseudonym", "seq 2 after a first ballot", referendum.world, &later);
}

/// What is no ballot at all, because it is not in its one form.
fn form(vectors: &mut Vectors) {
    let citizen = Citizen::new(&REFERENDUM, "all", 1);
    let ballot = citizen.ballot(&[&[1]], "form");
    let right = text(&ballot.to_bytes());
    let mut refuse = |name: &str, about: &str, ballot: &str| {
        assert_ne!(ballot, right, "{name}");
        let input = json!({ "ballot": ballot, "election": REFERENDUM.name });
        vectors.refuse(header(name, "1.6", about), "malformed", input);
    };
    refuse("form-newline-at-the-end", "canonical JSON has no newline", &format!("{right}\n"));
    refuse("form-space", "canonical JSON has no spaces", &right.replacen(':', ": ", 1));
    refuse(
        "form-repeated-member",
        "`seq` stands twice",
        &right.replacen(r#""seq":1"#, r#""seq":1,"seq":1"#, 1),
    );
    let unsorted = right.replacen(r#""seq":1,"style":"all""#, r#""style":"all","seq":1"#, 1);
    refuse("form-members-out-of-order", "`style` stands before `seq`", &unsorted);
    refuse("form-unknown-member", "a member that no ballot has", &right.replacen('{', r#"{"a":1,"#, 1));
    refuse(
        "form-missing-member",
        "`slack` is left out, though it is empty",
        &right.replacen(r#""slack":[],"#, "", 1),
    );
    refuse("form-fraction", "`seq` is 1.0", &right.replacen(r#""seq":1"#, r#""seq":1.0"#, 1));
    refuse("form-negative-seq", "`seq` is -1", &right.replacen(r#""seq":1"#, r#""seq":-1"#, 1));
    refuse("form-seq-of-33-bits", "`seq` is 2^32", &right.replacen(r#""seq":1"#, r#""seq":4294967296"#, 1));
    let prev = Tracker::NONE.to_string();
    refuse("form-base64-padding", "base64url with padding", &right.replacen(&prev, &format!("{prev}="), 1));
    let stray = format!("{}B", &prev[..42]);
    refuse(
        "form-base64-stray-bits",
        "base64url whose last character has stray bits",
        &right.replacen(&prev, &stray, 1),
    );
    refuse("form-hash-of-31-bytes", "`prev` is 31 bytes", &right.replacen(&prev, &prev[..42], 1));
}

/// Lengths and order are those of the style, whatever is chosen: nothing about a ballot's size tells anything.
fn layout(vectors: &mut Vectors) {
    let citizen = Citizen::new(&TOWN, "city", 1);
    let body = citizen.body(Position::FIRST, &[&[1], &[0, 2]], "layout");
    let mut refuse = |name: &str, about: &str, code: &str, change: &dyn Fn(&mut BallotBody)| {
        let mut body = body.clone();
        change(&mut body);
        vectors.refuse(header(name, "3.1.9", about), code, input(&TOWN, &citizen.cast(body)));
    };
    let mut layout =
        |name: &str, about: &str, change: &dyn Fn(&mut BallotBody)| refuse(name, about, "layout", change);
    layout("missing-option", "an option of the first contest is left out", &|body| {
        body.contests[0].options.remove(1);
    });
    layout("missing-blank", "the blank is left out", &|body| body.contests[0].options.truncate(3));
    layout("extra-option", "an option is there twice", &|body| {
        let option = body.contests[0].options[1];
        body.contests[0].options.insert(1, option);
    });
    layout("missing-contest", "a contest of the style is left out", &|body| drop(body.contests.pop()));
    layout("extra-contest", "a contest is there twice", &|body| {
        let again = body.contests[0].clone();
        body.contests.push(again);
    });
    layout("no-contests", "a ballot without contests", &|body| body.contests.clear());
    layout("swapped-contests", "the style's contests in another order", &|body| body.contests.swap(0, 1));
    layout("relabelled-contests", "two contests have each other's ids", &|body| {
        let first = std::mem::take(&mut body.contests[0].contest);
        body.contests[0].contest = std::mem::replace(&mut body.contests[1].contest, first);
    });
    layout("swapped-style", "the ballot of a city, called one of a village", &|body| {
        body.style = "village".to_owned()
    });
    layout(
        "longer-sum",
        "a byte follows the sum proof: its length could tell a choice (Voatz 2020)",
        &|body| {
            body.contests[0].sum.0.push(0);
        },
    );
    layout("shorter-sum", "the sum proof lacks a byte", &|body| body.contests[0].sum.0.truncate(97));
    layout("sum-of-another-contest", "a sum proof with a branch more than the contest has", &|body| {
        body.contests[0].sum = body.contests[1].sum.clone();
    });
    layout("no-sum", "without sum proof", &|body| body.contests[0].sum.0.clear());
    layout("slack-in-a-selection", "a slack bit where there is no budget", &|body| {
        let bit = body.contests[0].options[0];
        body.contests[0].slack.push(bit);
    });
    layout("spending-in-a-selection", "a spending proof where there is no budget", &|body| {
        body.contests[0].spending = Binary(body.contests[0].sum.0.clone());
    });
    refuse("unknown-style", "a style that the manifest does not have", "unknown_style", &|body| {
        body.style = "nowhere".to_owned();
    });
    refuse("style-that-is-no-id", "an empty style", "unknown_style", &|body| body.style.clear());
    for (name, bytes) in [("shorter-option", 293), ("longer-option", 295)] {
        let mut value = serde_json::to_value(citizen.cast(body.clone())).unwrap();
        let mut option = body.contests[0].options[0].0.to_vec();
        option.resize(bytes, 0);
        value["body"]["contests"][0]["options"][0] = json!(Binary(option));
        let about = format!("an option of {bytes} bytes instead of 294 (Voatz 2020)");
        let input = json!({ "ballot": value.to_string(), "election": TOWN.name });
        vectors.refuse(header(name, "3.1.7", &about), "malformed", input);
    }
}

fn budget_layout(vectors: &mut Vectors) {
    let citizen = Citizen::new(&BUDGET, "all", 1);
    let body = citizen.body(Position::FIRST, &[&[0, 1]], "budget layout");
    let mut refuse = |name: &str, about: &str, code: &str, change: &dyn Fn(&mut BallotBody)| {
        let mut body = body.clone();
        change(&mut body);
        vectors.refuse(header(name, "3.1.6", about), code, input(&BUDGET, &citizen.cast(body)));
    };
    refuse("missing-slack", "a slack bit is left out", "layout", &|body| body.contests[0].slack.truncate(2));
    refuse("extra-slack", "a slack bit more than the budget has digits", "layout", &|body| {
        let bit = body.contests[0].slack[0];
        body.contests[0].slack.push(bit);
    });
    refuse("missing-spending", "without spending proof", "layout", &|body| {
        body.contests[0].spending.0.clear()
    });
    refuse("longer-spending", "a byte follows the spending proof", "layout", &|body| {
        body.contests[0].spending.0.push(0)
    });
    refuse("option-as-slack", "an option in the place of a slack bit", "proof", &|body| {
        let contest = &mut body.contests[0];
        std::mem::swap(&mut contest.slack[0], &mut contest.options[0]);
    });
    refuse("swapped-slack", "two slack bits in each other's place", "proof", &|body| {
        body.contests[0].slack.swap(0, 1)
    });
    refuse("sum-as-spending", "the sum proof in the place of the spending proof", "layout", &|body| {
        let contest = &mut body.contests[0];
        std::mem::swap(&mut contest.sum, &mut contest.spending);
    });
    let other = citizen.body(Position::FIRST, &[&[0, 1]], "another budget ballot");
    refuse(
        "spending-of-another-ballot",
        "the spending proof of another ballot of the same choice",
        "proof",
        &|body| {
            body.contests[0].spending = other.contests[0].spending.clone();
        },
    );
    refuse(
        "slack-of-another-ballot",
        "the slack bits of another ballot of the same choice",
        "proof",
        &|body| {
            body.contests[0].slack = other.contests[0].slack.clone();
        },
    );
}

fn place(vectors: &mut Vectors) {
    let citizen = Citizen::new(&REFERENDUM, "all", 1);
    let mut refuse = |name: &str, about: &str, seq: u32, prev: Tracker| {
        let body = citizen.body(Position { seq, prev }, &[&[1]], name);
        vectors.refuse(header(name, "3.1.9", about), "position", input(&REFERENDUM, &citizen.cast(body)));
    };
    refuse("seq-zero", "seq is 0", 0, Tracker::NONE);
    refuse("first-with-a-previous-one", "seq is 1 and prev is not zero", 1, Tracker::new([9; 32]));
    refuse("second-without-a-previous-one", "seq is 2 and prev is zero", 2, Tracker::NONE);

    let elsewhere = Citizen::new(&LATER, "all", 1).ballot(&[&[1]], "elsewhere");
    let header = header("ballot-of-another-election", "3.1.9", "a good ballot of another election");
    vectors.refuse(header, "other_election", input(&REFERENDUM, &elsewhere));
}

fn signature(vectors: &mut Vectors) {
    let [citizen, other] = [1, 2].map(|number| Citizen::new(&REFERENDUM, "all", number));
    let ballot = citizen.ballot(&[&[1]], "signature");
    let mut refuse = |name: &str, about: &str, signature: Signature| {
        let ballot = UnverifiedBallot { signature, ..ballot.clone() };
        vectors.refuse(header(name, "3.1.8", about), "signature", input(&REFERENDUM, &ballot));
    };
    let signed = signing_input(&ballot.tracker());
    refuse("signature-of-another-key", "signed by another pseudonym", other.key.sign(&signed));
    let another = citizen.ballot(&[&[0]], "another").signature;
    refuse("signature-on-another-ballot", "the same pseudonym's signature on another ballot", another);
    refuse(
        "signature-without-label",
        "signed is the tracker alone",
        citizen.key.sign(ballot.tracker().as_bytes()),
    );
    let bytes = ballot.signature.to_bytes();
    let high = (-Scalar::from_slice(&bytes[32..]).unwrap()).to_bytes();
    let high = Signature::from_bytes(&[&bytes[..32], &high].concat()).unwrap();
    refuse("signature-high-s", "n - s in place of s: the same signature in another form", high);

    let order = {
        let mut order = (-Scalar::ONE).to_bytes();
        order[31] += 1;
        order
    };
    for (name, about, r, s) in [
        ("signature-r-zero", "r is 0", &[0; 32], &bytes[32..]),
        ("signature-s-is-the-order", "s is n", bytes[..32].try_into().unwrap(), &order[..]),
    ] {
        let mut value = serde_json::to_value(&ballot).unwrap();
        value["signature"] = json!(Binary([r, s].concat()));
        let input = json!({ "ballot": value.to_string(), "election": REFERENDUM.name });
        vectors.refuse(header(name, "1.5", about), "malformed", input);
    }
}
