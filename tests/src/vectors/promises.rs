//! Test before casting: what a checking device makes again, and every lie that it finds.

use kodanik_ballot::ballot::{BallotBody, Position};
use kodanik_ballot::cast::BallotSeed;
use kodanik_ballot::check::CheckedContest;
use kodanik_ballot::ids::ElectionId;
use kodanik_ballot::promise::{Promise, TestCode};
use kodanik_ballot::testing::reference::Cheat;
use kodanik_crypto::encoding::to_base64url;
use serde_json::{Value, json};

use super::file::{Header, Vectors};
use super::world::{APPROVAL, BUDGET, Citizen, REFERENDUM, TOWN, World, ballot_seed, second};

pub(super) fn add(vectors: &mut Vectors) {
    valid(vectors);
    lies(vectors);
    choices(vectors);
    elsewhere(vectors);
    malformed(vectors);
}

fn header<'a>(name: &'a str, about: &'a str) -> Header<'a> {
    Header { kind: "test", name, section: "3.1.11", about }
}

fn input(world: &World, promise: &str, test: &str) -> Value {
    json!({ "election": world.name, "promise": promise, "test": test })
}

fn promise(body: &BallotBody) -> Promise {
    Promise { election: body.election, tracker: body.tracker() }
}

/// Contest and chosen options.
type Choice<'a> = (&'a str, &'a [&'a str]);

/// What opens a body that was made with this seed.
fn code(body: &BallotBody, choice: &[Choice<'_>], seed: BallotSeed) -> TestCode {
    let contest = |(contest, chosen): &Choice<'_>| CheckedContest {
        contest: (*contest).to_owned(),
        chosen: chosen.iter().map(|id| (*id).to_owned()).collect(),
    };
    TestCode {
        choice: choice.iter().map(contest).collect(),
        election: body.election,
        position: body.position(),
        seed,
        style: body.style.clone(),
        vk: body.vk,
    }
}

fn valid(vectors: &mut Vectors) {
    let mut accept =
        |name: &str, about: &str, citizen: &Citizen, body: &BallotBody, choice: &[Choice<'_>]| {
            let code = code(body, choice, ballot_seed(name)).to_text();
            let shown: Vec<Value> = choice
                .iter()
                .map(|(contest, chosen)| json!({ "chosen": chosen, "contest": contest }))
                .collect();
            let result = json!({ "choice": shown, "tracker": body.tracker() });
            vectors.accept(
                header(name, about),
                input(citizen.world, &promise(body).to_string(), &code),
                Some(result),
            );
        };
    let mut one = |name: &str, about: &str, world: &'static World, chosen: &[usize], choice: Choice<'_>| {
        let citizen = Citizen::new(world, "all", 1);
        accept(name, about, &citizen, &citizen.body(Position::FIRST, &[chosen], name), &[choice]);
    };
    one("choose-one", "the promised ballot is made again", &REFERENDUM, &[1], ("question", &["o1"]));
    one("blank", "a blank ballot is made again", &REFERENDUM, &[], ("question", &[]));
    one(
        "approval",
        "a ballot of several choices is made again",
        &APPROVAL,
        &[0, 2],
        ("board", &["o0", "o2"]),
    );
    one("budget", "a budget ballot, slack and all, is made again", &BUDGET, &[0, 2], ("park", &["o0", "o2"]));
    let city = Citizen::new(&TOWN, "city", 1);
    let first = city.body(Position::FIRST, &[&[0], &[]], "first");
    let name = "two-contests-second-ballot";
    let body = city.body(second(first.tracker()), &[&[2], &[0, 1]], name);
    let about = "a second ballot of two contests is made again";
    accept(name, about, &city, &body, &[("mayor", &["o2"]), ("council", &["o0", "o1"])]);
}

/// The phone would have cast something else than it says.
fn lies(vectors: &mut Vectors) {
    let citizen = Citizen::new(&REFERENDUM, "all", 1);
    let said = citizen.body(Position::FIRST, &[&[0]], "said");
    let mut refuse = |name: &str, about: &str, promised: &BallotBody, code: TestCode| {
        let input = input(&REFERENDUM, &promise(promised).to_string(), &code.to_text());
        vectors.refuse(header(name, about), "other_ballot", input);
    };
    let honest = || code(&said, &[("question", &["o0"])], ballot_seed("said"));
    let other = citizen.body(Position::FIRST, &[&[1]], "said");
    refuse("other-choice", "promised was a ballot for another choice, from the same seed", &other, honest());
    let other = citizen.body(Position::FIRST, &[&[0]], "other");
    refuse("other-seed", "promised was a ballot of the same choice from another seed", &other, honest());
    let other = Citizen::new(&REFERENDUM, "all", 2).body(Position::FIRST, &[&[0]], "said");
    refuse("other-pseudonym", "promised was the ballot of another pseudonym", &other, honest());
    let later = citizen.body(second(other.tracker()), &[&[0]], "said");
    refuse("other-place", "promised was a ballot in another place", &later, honest());

    let nonce_seed = ballot_seed("of the nonces");
    let cheat = Cheat { nonce_seed: Some(&nonce_seed), ..Cheat::default() };
    let smuggling = citizen.forge(&[&[1, 0, 0]], "said", cheat);
    refuse(
        "foreign-nonces",
        "the promised ballot's proofs are from nonces of the phone's own",
        &smuggling,
        honest(),
    );
    let overvote = citizen.forge(&[&[1, 1, 0]], "said", Cheat::default());
    refuse("promised-over-vote", "promised was a ballot that would not count", &overvote, honest());
}

fn choices(vectors: &mut Vectors) {
    let city = Citizen::new(&TOWN, "city", 1);
    let body = city.body(Position::FIRST, &[&[2], &[0, 1]], "choices");
    let mut refuse = |name: &str, about: &str, choice: &[Choice<'_>]| {
        let code = code(&body, choice, ballot_seed("choices")).to_text();
        vectors.refuse(header(name, about), "choice", input(&TOWN, &promise(&body).to_string(), &code));
    };
    let (mayor, council): (Choice<'_>, Choice<'_>) = (("mayor", &["o2"]), ("council", &["o0", "o1"]));
    refuse(
        "choice-out-of-order",
        "the options are not in the manifest's order",
        &[mayor, ("council", &["o1", "o0"])],
    );
    refuse("choice-twice", "an option is chosen twice", &[mayor, ("council", &["o0", "o0"])]);
    refuse("choice-of-an-unknown-option", "an option that there is not", &[("mayor", &["o3"]), council]);
    refuse("choice-of-too-many", "two where one may be chosen", &[("mayor", &["o0", "o2"]), council]);
    refuse("choice-lacks-a-contest", "a contest of the style is left out", &[mayor]);
    refuse("choice-of-swapped-contests", "the contests are not in the style's order", &[council, mayor]);
    refuse("choice-of-a-contest-too-many", "a contest is there twice", &[mayor, council, council]);

    let citizen = Citizen::new(&BUDGET, "all", 1);
    let body = citizen.body(Position::FIRST, &[&[2]], "spent");
    let spent = code(&body, &[("park", &["o0", "o1", "o2"])], ballot_seed("spent")).to_text();
    let input = input(&BUDGET, &promise(&body).to_string(), &spent);
    vectors.refuse(header("choice-beyond-the-budget", "7 of 6 are spent"), "choice", input);
}

fn elsewhere(vectors: &mut Vectors) {
    let citizen = Citizen::new(&REFERENDUM, "all", 1);
    let body = citizen.body(Position::FIRST, &[&[0]], "elsewhere");
    let mut refuse = |name: &str, about: &str, expect: &str, promise: &Promise, code: TestCode| {
        vectors.refuse(
            header(name, about),
            expect,
            input(&REFERENDUM, &promise.to_string(), &code.to_text()),
        );
    };
    let honest = || code(&body, &[("question", &["o0"])], ballot_seed("elsewhere"));
    let election = ElectionId::new([1; 32]);
    let about = "the promise names another election";
    refuse(
        "promise-of-another-election",
        about,
        "other_election",
        &Promise { election, ..promise(&body) },
        honest(),
    );
    let about = "the code names another election";
    refuse(
        "code-of-another-election",
        about,
        "other_election",
        &promise(&body),
        TestCode { election, ..honest() },
    );
    let style = "nowhere".to_owned();
    let about = "a style that the manifest does not have";
    refuse("unknown-style", about, "unknown_style", &promise(&body), TestCode { style, ..honest() });
}

fn malformed(vectors: &mut Vectors) {
    let citizen = Citizen::new(&REFERENDUM, "all", 1);
    let body = citizen.body(Position::FIRST, &[&[0]], "malformed");
    let promised = promise(&body).to_string();
    let right = code(&body, &[("question", &["o0"])], ballot_seed("malformed")).to_text();
    let mut refuse = |name: &str, about: &str, promise: &str, code: &str| {
        assert!(promise != promised || code != right, "{name}");
        vectors.refuse(header(name, about), "malformed", input(&REFERENDUM, promise, code));
    };
    let mut code = |name: &str, about: &str, from: &str, to: &str| {
        refuse(name, about, &promised, &right.replacen(from, to, 1));
    };
    code("code-of-another-scheme", "a checking code in its place", "kodanik:test", "kodanik:check");
    code("code-with-leading-zero", "seq is 01", "seq=1", "seq=01");
    code("code-with-seq-zero", "seq is 0", "seq=1", "seq=0");
    code("code-without-style", "the style is left out", "&style=all", "");
    let prev = to_base64url([0; 32]);
    code(
        "code-of-a-first-with-a-previous-one",
        "seq is 1 and prev is not zero",
        &prev,
        &to_base64url([1; 32]),
    );
    code("code-of-a-second-without-a-previous-one", "seq is 2 and prev is zero", "seq=1", "seq=2");
    let vk = to_base64url(body.vk.to_sec1());
    code("code-with-identity-as-vk", "vk is 33 zeros", &vk, &to_base64url([0; 33]));
    code("code-without-colon", "a choice without its contest's colon", "question:", "question");
    refuse("code-with-more", "a value that no code has", &promised, &format!("{right}&a=1"));
    refuse("promise-with-more", "a value that no promise has", &format!("{promised}&a=1"), &right);
    refuse("promise-of-another-scheme", "a test code in its place", &right, &right);
}
