//! Three of four eligibility issuers, by hand: who is asked, what they count, what auditors and doubters are shown.

use serde_json::{Value, json};

use crate::terminal::{Told, text};
use crate::world::{ELECTION, POLICY, Phone, World};

const MINA: &str = "19900517-2000001";
const JUNHO: &str = "19880101-1000002";
const FOUR: [&str; 8] = ["--issuer", "north", "--issuer", "south", "--issuer", "west", "--issuer", "east"];

#[test]
fn s23_three_of_four_issuers_by_hand() {
    let world = World::start_with(&FOUR);
    let offers = [world.enrol("Mina", MINA), world.enrol("Junho", JUNHO)];
    world.prepare(4);
    too_few_are_refused(&world);
    world.announce_and_open(&["--required", "3"]);
    let (mina, junho) = (world.new_phone("mina"), world.new_phone("junho"));
    mina.take_offer(&offers[0]);
    junho.take_offer(&offers[1]);
    three_are_asked(&mina);
    leaving_out_is_explained(&junho);
    counts_are_published_and_end_issuing(&world, &junho);
    closes_and_tallies(&world);
    lists_are_compared(&world);
    who_never_asked_is_told(&world);
    assert!(
        mina.says(&["ballots"])
            .contains("not used: 0 (the most ballots that issuers in league could add unnoticed)")
    );
}

fn run(world: &World, arguments: &[&str]) -> Told {
    world.terminal.run(arguments)
}

/// Two of four: one corrupt issuer would do.
fn too_few_are_refused(world: &World) {
    for required in ["2", "5", "0"] {
        let told = run(world, &world.manifest(&["--required", required]));
        assert_eq!(told.code, 2, "{required}: {}", told.out);
        assert!(told.err.contains("number of required issuers"), "{}", told.err);
        assert!(told.err.contains("3 of 4"), "{}", told.err);
    }
}

fn three_are_asked(mina: &Phone<'_>) {
    let listed = mina.json(&["elections"]);
    assert_eq!(
        (&listed[0]["has_credential"], &listed[0]["credential_refused"]),
        (&json!(true), &json!(null))
    );
    mina.vote("3", "1");
}

fn leaving_out_is_explained(junho: &Phone<'_>) {
    let vote = ["vote", ELECTION, "--choose", "mayor=1", "--choose", "projects=1"];
    let without = |ids: &[&'static str]| -> Vec<&'static str> {
        [&vote[..], &ids.iter().flat_map(|id| ["--without", id]).collect::<Vec<_>>()].concat()
    };
    assert_eq!(junho.refused(&without(&["north", "east"])), "vote.too_few_issuers");
    assert_eq!(junho.refused(&without(&["nord"])), "vote.no_such_issuer");
}

fn counts_are_published_and_end_issuing(world: &World, junho: &Phone<'_>) {
    let counts = ["gateway", "counts", ELECTION];
    let shown = run(world, &counts);
    assert_eq!(shown.code, 0);
    assert!(shown.err.contains("north                issued 1, used 1"), "{}", shown.err);
    assert_eq!(serde_json::from_str::<Value>(&shown.out).unwrap().as_array().unwrap().len(), 4);
    let published = world.terminal.json(&[&counts[..], &["--publish"]].concat());
    assert_eq!(published["entries"].as_array().unwrap().len(), 4);
    assert_eq!(numbers(&published["eligibility"]), [1, 1, 1, 0]);
    let listed = junho.json(&["elections"]);
    assert_eq!(listed[0]["credential_refused"]["error"], "vote.issuing_closed");
    let told = junho.terminal.run(&["wallet", "--home", junho.home, "elections"]);
    assert!(told.err.contains("north no longer issues voting credentials"), "{}", told.err);
}

fn closes_and_tallies(world: &World) {
    let closed = run(world, &world.of_authority("close"));
    assert!(closed.text().contains("The trustees can open the sums."), "{}", closed.out);
    assert!(closed.text().contains("3 of 4 issuers sign each pseudonym; 1 corrupt could give nobody two"));
    let decrypt: Vec<_> = ["1", "2", "3"].iter().map(|home| world.of_trustee(home, "decrypt")).collect();
    world.terminal.all_at_once(&decrypt);
    world.terminal.json(&world.of_authority("result"));
}

fn lists_are_compared(world: &World) {
    let mut lists = world.terminal.json(&["gateway", "issued", ELECTION]);
    world.terminal.write("issued.json", &lists);
    let audit = ["audit", &world.anonymous, "--policy", POLICY, "--issuer-list"];
    let told = run(world, &[&audit[..], &["issued.json"]].concat());
    for said in
        ["List      east of city-2026: 0 lines", "List      north of city-2026: 1 line, ", "Nothing is wrong"]
    {
        assert!(told.text().contains(said), "{said}: {}", told.out);
    }
    lists[2]["styles"][0]["lines"] = json!([]);
    world.terminal.write("shorter.json", &lists);
    let told = run(world, &[&["--json"], &audit[..], &["shorter.json"]].concat()).json(1);
    assert_eq!(told["findings"][0]["code"], "other_issuer_list", "{told}");
    assert_eq!(numbers(&told["elections"][0]["eligibility"]), [1, 1, 1, 0]);
}

fn who_never_asked_is_told(world: &World) {
    let asked = |number: &str| world.terminal.json(&["gateway", "issued", ELECTION, "--number", number]);
    let of_mina = asked(MINA);
    let signed: Vec<bool> =
        of_mina.as_array().unwrap().iter().map(|kept| kept["asked"].is_object()).collect();
    assert_eq!(signed, [true, true, true, false]);
    assert_eq!(text(&of_mina[0]["asked"]["citizen_signature"]).split('.').count(), 3);
    assert!(asked(JUNHO).as_array().unwrap().iter().all(|kept| kept["asked"].is_null()));
    let told = run(world, &["gateway", "issued", ELECTION, "--number", JUNHO]);
    assert!(told.text().contains("west: signed nothing for this person."), "{}", told.out);
}

fn numbers(eligibility: &Value) -> Vec<u64> {
    let issuers = eligibility["styles"][0]["issuers"].as_array().unwrap().iter();
    issuers.map(|issuer| issuer["issued"].as_u64().unwrap()).collect()
}
