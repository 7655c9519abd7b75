//! One person plays every part by hand, each with its own commands.

use std::thread::sleep;
use std::time::Duration;

use serde_json::{Value, json};

use crate::terminal::text;
use crate::world::{ELECTION, POLICY, Phone, World};

const NUMBER: &str = "19900517-2000001";

#[test]
fn s02_everything_by_hand_from_the_first_key_to_the_audit() {
    let world = World::start();
    let offer = world.enrol("Mina", NUMBER);
    world.open_election();
    let phone = world.new_phone("phone");
    gets_the_eid(&phone, &offer);
    shows_it(&world, &phone);
    uses_a_service(&phone);
    let trackers = votes_and_checks(&world, &phone);
    let new_phone = recovers(&world, &phone);
    votes_once_more(&new_phone, &trackers);
    close_and_count(&world);
    audits(&world);
    remembers(&new_phone);
    stops(world, &offer, &trackers);
}

fn gets_the_eid(phone: &Phone<'_>, offer: &Value) {
    assert_eq!(phone.json(&["id", "list"]), json!([]));
    assert_eq!(
        phone.refused(&["vote", ELECTION, "--choose", "mayor=1", "--choose", "projects=1"]),
        "present.missing"
    );
    let link = text(&offer["offer"]);
    assert_eq!(phone.refused(&["id", "add", &link]), "enrol.tx_code");
    let added = phone.take_offer(offer);
    assert_eq!(added["credential"]["vct"], "urn:eudi:pid:1");
    assert_eq!(added["checked"].as_array().unwrap().len(), 6, "{added}");
    assert!(
        phone.refused(&["id", "add", &link, "--tx-code", &text(&offer["tx_code"])]).starts_with("refused.")
    );
    let listed = phone.json(&["id", "list"]);
    assert_eq!(listed[0]["status"]["status"], "valid");
}

fn shows_it(world: &World, phone: &Phone<'_>) {
    let asked = world.terminal.json(&["gateway", "ask", "--claim", "given_name"]);
    let (id, link) = (text(&asked["id"]), text(&asked["link"]));
    let verdict = || world.terminal.json(&["gateway", "ask", "--result", &id])["verdict"].clone();
    assert_eq!(verdict(), "pending");
    let unasked = world.terminal.run(&["--json", "wallet", "--home", phone.home, "present", &link]);
    assert_eq!(unasked.json(2)["error"], "usage", "nobody there to agree");
    let shown = phone.json(&["present", &link, "--yes"]);
    assert_eq!(shown["claims"], json!(["given_name"]));
    assert_eq!(verdict(), "accepted");
    assert_eq!(phone.refused(&["present", &link, "--yes"]), "refused.already_answered");
    let more = world.terminal.json(&["gateway", "ask", "--claim", "birthdate"]);
    assert_eq!(phone.refused(&["present", &text(&more["link"]), "--yes"]), "present.over_asked");
    assert_eq!(world.terminal.refused(&["gateway", "ask", "--result", "nothing"]), "refused.not_found");
}

fn uses_a_service(phone: &Phone<'_>) {
    let services = phone.json(&["services"]);
    assert_eq!(services["services"].as_array().unwrap().len(), 2);
    let name = "parental-allowance";
    assert_eq!(phone.json(&["call", name])["fields"].as_array().unwrap().len(), 3);
    assert_eq!(phone.refused(&["call", "pony"]), "unknown_service");
    assert_eq!(phone.refused(&["call", name, "--operation", "9"]), "unknown_operation");
    assert_eq!(phone.refused(&["call", name, "--set", "months=12", "--yes"]), "request.input");
    let form = ["--set", "child_name=Haneul Seo", "--set", "child_born=2026-10-02", "--set", "months=12"];
    let answered = phone.json(&[&["call", name, "--yes"], &form[..]].concat());
    assert_eq!((&answered["status"], &answered["case"]), (&json!(202), &json!("received")));
    gives_notice_of_a_move(phone);
    let evidence = wait_for_decision(phone);
    assert_eq!(evidence.len(), 5, "whatever was answered, a refusal too");
    for file in &evidence {
        let report = phone.json(&["evidence", file]);
        assert_eq!(report["provider"], "Office for Families");
        tampered_evidence_is_refused(phone, file);
    }
}

/// A service that answers at once; its "no" is an answer, and exit code 1.
fn gives_notice_of_a_move(phone: &Phone<'_>) {
    let certificate = ["--json", "wallet", "--home", phone.home, "call", "residence", "--yes"];
    assert_eq!(phone.terminal.run(&certificate).json(1)["status"], 404);
    let form = ["--set", "municipality=Busan", "--set", "since=2026-09-01", "--set", "street=Haeundae-ro 1"];
    phone.json(&[&["call", "residence", "--operation", "2", "--yes"], &form[..]].concat());
    let answered = phone.terminal.run(&certificate).json(0);
    assert!(answered["body"].to_string().contains("Busan"), "{answered}");
}

fn wait_for_decision(phone: &Phone<'_>) -> Vec<String> {
    for _ in 0..100 {
        let cases = phone.json(&["cases", "--save-evidence", "evidence"]);
        if cases["requests"].as_array().unwrap().len() == 5 {
            return cases["evidence"].as_array().unwrap().iter().map(text).collect();
        }
        sleep(Duration::from_millis(300));
    }
    panic!("the public body does not decide");
}

fn tampered_evidence_is_refused(phone: &Phone<'_>, file: &str) {
    let mut bytes = std::fs::read(phone.terminal.path(file)).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] = if bytes[middle] == b'A' { b'B' } else { b'A' };
    std::fs::write(phone.terminal.path("tampered.json"), bytes).unwrap();
    assert!(phone.refused(&["evidence", "tampered.json"]).starts_with("request."));
}

/// Gives the trackers of two ballots.
fn votes_and_checks(world: &World, phone: &Phone<'_>) -> [Value; 2] {
    let elections = phone.json(&["elections"]);
    assert_eq!((&elections[0]["phase"], &elections[0]["verified"]), (&json!("casting"), &json!(true)));
    assert!(phone.says(&["elections"]).contains("Riverside cycle path"));
    let refused = |choices: &[&str]| phone.refused(&[&["vote", ELECTION], choices].concat());
    assert_eq!(refused(&["--choose", "mayor=1"]), "vote.choice");
    assert_eq!(refused(&["--choose", "mayor=1,2", "--choose", "projects=1"]), "vote.choice");
    assert_eq!(refused(&["--choose", "mayor=99", "--choose", "projects=1"]), "vote.choice");
    assert_eq!(phone.refused(&["vote", "other", "--choose", "mayor=1"]), "vote.no_such_election");
    let other = world.new_phone("other-phone");
    let first = tests_then_casts(phone, &other);
    assert_eq!((&first["seq"], &first["replaces"]), (&json!(1), &json!(null)));
    let code = text(&first["check_code"]);
    let checked = other.json(&["check", &code]);
    assert_eq!(checked["contests"][0], json!({"contest": "mayor", "chosen": ["3"]}));
    assert_eq!(checked["contests"][1], json!({"contest": "projects", "chosen": ["1", "4"]}));
    assert_eq!(checked["tracker"], first["tracker"]);
    let second = phone.vote("7", "blank");
    assert_eq!((&second["seq"], &second["replaces"]), (&json!(2), &first["tracker"]));
    assert_eq!(other.refused(&["check", &code]), "vote.check_superseded");
    assert!(other.says(&["check", &text(&second["check_code"])]).contains("Cho Ha"));
    let ballots = phone.json(&["ballots"]);
    assert_eq!(ballots["ballots"][1]["state"]["on_board"]["index"], second["index"]);
    assert_eq!(ballots["not_by_this_wallet"], json!([]));
    [first["tracker"].clone(), second["tracker"].clone()]
}

/// The phone promises a ballot, is tested with it, and casts the next one.
fn tests_then_casts(phone: &Phone<'_>, other: &Phone<'_>) -> Value {
    let vote = ["vote", ELECTION, "--test", "--choose", "mayor=3", "--choose", "projects=4,1"];
    let told = phone.answers(&vote, "what?\ntest\ncast\n");
    let [promise, test, next, cast] = told.as_slice() else { panic!("{told:?}") };
    let (promise, test) = (text(&promise["promise"]), text(&test["test_code"]));
    let shown = other.json(&["check", &promise, &test]);
    assert_eq!(shown["contests"][1], json!({"contest": "projects", "chosen": ["1", "4"]}));
    assert_eq!(other.answers(&["check", &promise], &test), [shown]);
    assert!(other.says(&["check", &promise, &test]).contains("Riverside cycle path"));
    assert_eq!(other.refused(&["check", &text(&next["promise"]), &test]), "vote.test_other_ballot");
    assert_eq!(next["tracker"], cast["tracker"]);
    cast.clone()
}

fn recovers<'a>(world: &'a World, phone: &Phone<'_>) -> Phone<'a> {
    let backup = phone.json(&["backup"]);
    let codes: Vec<String> = backup["codes"].as_array().unwrap().iter().map(text).collect();
    assert_eq!(codes.len(), 8);
    std::fs::remove_dir_all(world.terminal.path(phone.home)).unwrap();
    assert_eq!(phone.refused(&["id", "list"]), "home.not_initialised");
    let new_phone = world.new_phone("new-phone");
    assert_eq!(new_phone.refused(&["recover", "--code", "0000"]), "recovery.code_length");
    let by_code_alone = new_phone.json(&["recover", "--code", &codes[2]]);
    assert!(by_code_alone["waiting"]["not_before"].is_u64(), "{by_code_alone}");
    let back = new_phone.json(&["recover", "--code", &codes[2], "--id-card", "Mina.id-card"]);
    assert_eq!(back["recovered"]["summary"]["evidence"], 5, "{back}");
    assert_eq!(back["recovered"]["e_id"]["credential"]["status"]["status"], "valid");
    assert!(
        new_phone.refused(&["recover", "--code", &codes[3], "--id-card", "Mina.id-card"]).starts_with("rec")
    );
    // One code brought everything back: the seven others of its set are dead.
    let third = world.new_phone("third-phone");
    assert_eq!(third.refused(&["recover", "--code", &codes[3]]), "refused.bad_proof");
    new_phone
}

fn votes_once_more(phone: &Phone<'_>, trackers: &[Value; 2]) {
    let third = phone.vote("5", "2");
    assert_eq!((&third["seq"], &third["replaces"]), (&json!(3), &trackers[1]), "the same pseudonym");
    // The old phone's ballots are on the board; this wallet did not cast them and says so.
    assert_eq!(third["not_by_this_wallet"], json!(trackers));
    assert!(phone.says(&["ballots"]).contains("did not cast"));
}

fn close_and_count(world: &World) {
    let terminal = &world.terminal;
    assert_eq!(terminal.refused(&world.of_authority("result")), "shares_missing");
    let counts = terminal.json(&["gateway", "counts", ELECTION]);
    terminal.write("counts.json", &counts);
    terminal.json(&[&world.of_authority("close")[..], &["--counts", "counts.json"]].concat());
    let decrypt: Vec<_> = ["1", "3", "4"].iter().map(|home| world.of_trustee(home, "decrypt")).collect();
    for shared in terminal.all_at_once(&decrypt) {
        assert_eq!(shared, json!({"state": "shared", "contests": 2}));
    }
    terminal.json(&world.of_authority("result"));
    assert_eq!(terminal.json(&decrypt[0])["state"], "tallied");
}

fn audits(world: &World) {
    let export = ["audit", &world.anonymous, "--policy", POLICY, "--export", "log.kodanik"];
    let report = world.terminal.json(&export);
    assert_eq!((&report["findings"], &report["keys_on_trust"]), (&json!([]), &json!(false)));
    let election = &report["elections"][0];
    assert_eq!(
        (&election["phase"], &election["ballots"], &election["counted"]),
        (&json!("tallied"), &json!(3), &json!(1))
    );
    for (contest, chosen) in [(0, "Jung Eun"), (1, "Night buses")] {
        let votes = election["contests"][contest]["votes"].as_array().unwrap();
        let won: Vec<_> = votes.iter().filter(|vote| vote[1] == 1).collect();
        assert_eq!(won, [&json!([chosen, 1])]);
    }
    assert_eq!(world.audit("log.kodanik", 0), report);
    assert_eq!(world.terminal.run(&["audit", "log.kodanik"]).code, 2, "whose signatures count?");
    one_changed_byte_is_named(world);
}

fn one_changed_byte_is_named(world: &World) {
    let mut log = std::fs::read(world.terminal.path("log.kodanik")).unwrap();
    let middle = log.len() / 2;
    log[middle] ^= 1;
    std::fs::write(world.terminal.path("changed.kodanik"), log).unwrap();
    let report = world.audit("changed.kodanik", 1);
    let first = &report["findings"][0];
    // The kind only where the change left it readable.
    assert!(
        first["entry"].is_u64() && (first["kind"].is_null() || first["kind"] == "ballot.cast"),
        "{report}"
    );
    let told = world.terminal.run(&["audit", "changed.kodanik", "--policy", POLICY]);
    assert_eq!(told.code, 1);
    assert!(told.out.contains(&format!("entry {}", first["entry"])), "{}", told.out);
}

/// History: with whom and which claims, never a value or a choice.
fn remembers(phone: &Phone<'_>) {
    let history = phone.json(&["history"]);
    let kinds: Vec<_> = history.as_array().unwrap().iter().map(|line| text(&line["kind"])).collect();
    for kind in
        ["credential_received", "presented", "service_requested", "ballot_right", "ballot_cast", "recovered"]
    {
        assert!(kinds.iter().any(|known| known == kind), "{kind}: {kinds:?}");
    }
    let told = history.to_string();
    assert!(
        !told.contains("Mina")
            && !told.contains(NUMBER)
            && !told.contains("Haneul")
            && !told.contains("Busan")
    );
}

/// SIGTERM ends the gateway in good order, and its log never said who did what.
fn stops(mut world: World, offer: &Value, trackers: &[Value; 2]) {
    let (status, log) = world.serving.signal("TERM");
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(log.contains("gateway stopped"), "{log}");
    let code = text(&offer["tx_code"]);
    for secret in ["Mina", NUMBER, "Haneul", &code, &text(&trackers[0]), &text(&trackers[1])] {
        assert!(!log.contains(secret), "the log holds {secret}");
    }
    assert!(
        log.contains("/eid/credential") && !log.contains("/ledger/"),
        "the anonymous plane leaves no lines"
    );
    assert!(!log.contains('\u{1b}'), "no colours where no terminal is");
}
