//! Five trustees, each a process with a folder of its own, through a gateway in another process: they join, are missing,
//! are killed, and come back.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::terminal::{Serving, Terminal, Told, text};
use crate::world::{ELECTION, POLICY, TRUSTEES, World};

/// A command in a terminal of its own.
struct Running(Child);

impl Running {
    fn start(terminal: &Terminal, arguments: &[&str]) -> Self {
        let mut command = terminal.command(arguments);
        Self(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
    }

    /// SIGKILL, unless it has ended by itself. Whether it was killed.
    fn kill_nine(mut self) -> bool {
        let ended = self.0.try_wait().unwrap();
        self.0.kill().unwrap();
        self.0.wait().unwrap();
        ended.is_none()
    }

    /// Ctrl-C, and what it says then.
    fn interrupt(self) -> Told {
        let kill = format!("kill -INT {}", self.0.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
        self.end()
    }

    fn end(self) -> Told {
        let output = self.0.wait_with_output().unwrap();
        Told {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl World {
    fn status(&self, home: &str) -> Value {
        self.terminal.json(&self.of_trustee(home, "status"))
    }

    fn keygen<'a>(&'a self, home: &'a str, digits: &'a str) -> Vec<&'a str> {
        [self.of_trustee(home, "keygen"), vec!["--manifest", digits]].concat()
    }

    /// Waits until those are missing in that round, and no others.
    fn until_missing(&self, round: &str, missing: &[u16]) {
        for _ in 0..300 {
            let status = self.status("1");
            if status["next"]["round"] == round && status["next"]["missing"] == json!(missing) {
                return;
            }
            sleep(Duration::from_millis(200));
        }
        panic!("{round}: {}", self.status("1"));
    }
}

/// What was wrapped, as it was before.
fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for item in std::fs::read_dir(from).unwrap() {
        let item = item.unwrap();
        match item.file_type().unwrap().is_dir() {
            true => copy(&item.path(), &to.join(item.file_name())),
            false => drop(std::fs::copy(item.path(), to.join(item.file_name())).unwrap()),
        }
    }
}

#[test]
fn s19_a_trustee_joins_with_a_card_and_digits_and_a_swapped_key_is_found() {
    let world = World::start();
    let terminal = &world.terminal;
    world.prepare(3);
    let join = |home: &str, name: &str| terminal.json(&["trustee", "--home", home, "join", "--name", name]);
    let card = join("1", "Trustee 1");
    assert_eq!(terminal.json(&["trustee", "--home", "1", "join"]), card, "the same again");
    assert_eq!(
        terminal.refused(&["trustee", "--home", "1", "join", "--name", "Other"]),
        "trustee.already_there"
    );
    assert_eq!(terminal.run(&["trustee", "--home", "new", "join"]).code, 2, "a name is needed");
    // What the trustee reads out is what the authority sees.
    let told = terminal.run(&["trustee", "--home", "1", "join"]);
    terminal.write("1.json", &card);
    let seen = terminal.json(&["authority", "cards", "1.json"]);
    let digits = text(&seen[0]["digits"]);
    assert_eq!((digits.len(), &seen[0]["name"]), (35, &json!("Trustee 1")));
    assert!(told.err.contains(&digits), "{}", told.err);
    assert!(!told.out.contains(&digits), "the card does not say what its own digits are");

    let mut changed = card.clone();
    changed["card"]["name"] = json!("Trustee X");
    terminal.write("changed.json", &changed);
    assert_eq!(terminal.refused(&["authority", "cards", "changed.json"]), "bad_card");

    // Somebody on the way puts a card of his own under the name of trustee 1.
    let read_out = world.announce(&[]);
    assert_eq!(terminal.refused(&world.keygen("1", &digits)), "trustee.other_manifest");
    assert_eq!(terminal.run(&world.of_trustee("1", "keygen")).code, 2, "nobody there to agree");
    assert_eq!(terminal.run(&world.keygen("1", "12345")).code, 2);
    join("thief", "Trustee 1");
    assert_eq!(terminal.refused(&world.keygen("thief", &read_out)), "trustee.swapped");
    join("stranger", "Somebody");
    assert_eq!(terminal.refused(&world.keygen("stranger", &read_out)), "trustee.not_in_manifest");
    let status = world.status("1");
    assert_eq!(status["next"]["missing"], json!([1, 2, 3, 4, 5]), "nobody has said anything");
    assert_eq!((text(&status["manifest"]), &status["you"]), (read_out, &json!(1)));
}

#[test]
fn s20_whoever_is_missing_is_named_and_the_others_wait_through_an_outage() {
    let mut world = World::start();
    world.prepare(3);
    let digits = world.announce(&[]);
    copy(&world.terminal.path("4"), &world.terminal.path("old"));
    let start = |home: &str| Running::start(&world.terminal, &world.keygen(home, &digits));
    let mut waiting: Vec<_> = TRUSTEES[..4].iter().map(|home| start(home)).collect();
    world.until_missing("commit", &[5]);
    let status = world.status("5");
    assert_eq!((&status["you"], &status["phase"]), (&json!(5), &json!("ceremony")));
    assert!(status["waited_minutes"].is_u64() && status["trustees"][0]["committed"].is_u64(), "{status}");
    let told = world.terminal.run(&world.of_trustee("5", "status"));
    let shown = in_one_line(told.text());
    for said in ["Trustee 5 (you)", "commitment of trustee 5", "It is your turn", "start again without"] {
        assert!(shown.contains(said), "{said}: {}", told.out);
    }
    let refused = world.terminal.run(&[&["--json"], &world.of_authority("open")[..]].concat()).json(1);
    assert!(text(&refused["message"]).contains("trustee 5 (Trustee 5)"), "{refused}");

    // Ctrl-C costs nothing, and neither does a gateway that is down for a while.
    let stopped = waiting.pop().unwrap().interrupt();
    assert_eq!(stopped.code, 1, "{}{}", stopped.out, stopped.err);
    assert!(
        stopped.err.contains("Nothing is lost") && stopped.err.contains("committed: entry"),
        "{}",
        stopped.err
    );
    world.serving.kill_nine();
    sleep(Duration::from_secs(3));
    world.serving = Serving::start(&world.terminal);
    let start = |home: &str| Running::start(&world.terminal, &world.keygen(home, &digits));
    waiting.extend([start("4"), start("5")]);
    let ends: Vec<_> = waiting.into_iter().map(Running::end).collect();
    let keys: BTreeSet<_> = ends.iter().map(|end| end.text().to_owned()).collect();
    assert_eq!(keys.len(), 1, "everybody has the same key: {keys:?}");
    assert!(ends[0].err.contains("the gateway does not answer"), "{}", ends[0].err);
    assert_eq!(world.status("1")["next"]["await"], "open");
    the_folder_is_sealed(&world, &digits);
}

/// S22, with the folders of a ceremony that has ended.
fn the_folder_is_sealed(world: &World, digits: &str) {
    let terminal = &world.terminal;
    let refused = |home: &str| terminal.run(&[&["--json"], &world.keygen(home, digits)[..]].concat()).json(1);
    let mut command = terminal.command(&[&["--json"], &world.keygen("4", digits)[..]].concat());
    command.env("KODANIK_PASSPHRASE", "four words and a number 8");
    let told = crate::terminal::told(command);
    assert_eq!(told.refused(), "trustee.passphrase");
    for (home, code) in [("old", "trustee.state_lost"), ("nowhere", "trustee.not_there")] {
        let failure = refused(home);
        assert_eq!((text(&failure["error"]).as_str(), failure["advice"] != ""), (code, true), "{failure}");
    }
    // Cut short, and taken from another trustee.
    let elections = std::fs::read_dir(terminal.path("4/elections")).unwrap();
    let hash = elections.map(|entry| entry.unwrap().file_name()).next().unwrap();
    let place = Path::new("elections").join(hash).join("key-share");
    let (own, other) = (terminal.path("4").join(&place), terminal.path("3").join(&place));
    let whole = std::fs::read(&own).unwrap();
    for bytes in [&whole[..whole.len() / 2], &std::fs::read(other).unwrap()] {
        std::fs::write(&own, bytes).unwrap();
        let failure = refused("4");
        assert_eq!(failure["error"], "trustee.sealed");
        assert!(text(&failure["message"]).contains("key-share"), "{failure}");
    }
    std::fs::write(&own, whole).unwrap();
    terminal.json(&world.keygen("4", digits));
}

/// A number below `limit` that differs from run to run.
fn random(seed: &mut u64, limit: u64) -> u64 {
    for shift in [13_i32, -7, 17] {
        *seed ^= if shift > 0 { *seed << shift } else { *seed >> -shift };
    }
    *seed % limit
}

/// Starts the command again and again, and kills it after a random time, until it ends by itself or was killed `most`
/// times; then lets it end. Gives what it said at last, the number of kills, and how far it had come at each.
fn kill_again_and_again(world: &World, arguments: &[&str], most: usize) -> (Value, Vec<usize>) {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let mut seed = since.as_nanos() as u64 | 1;
    let mut came_to = Vec::new();
    while came_to.len() < most {
        // At first before it can have done anything.
        let pause = if came_to.is_empty() { 100 } else { random(&mut seed, 1200) };
        let running = Running::start(&world.terminal, arguments);
        sleep(Duration::from_millis(pause));
        if !running.kill_nine() {
            break;
        }
        let done = &world.status("5")["trustees"][4];
        let said = ["committed", "revealed", "dealt", "confirmed", "stated"];
        let said = said.iter().filter(|what| !done[**what].is_null()).count();
        came_to.push(said + done["opened"].as_u64().unwrap() as usize);
    }
    (world.terminal.json(arguments), came_to)
}

#[test]
fn s21_a_trustee_that_is_killed_again_and_again_ends_the_ceremony_and_the_count() {
    let world = World::start();
    let offer = world.enrol("Mina", "19900517-2000001");
    world.prepare(3);
    let digits = world.announce(&[]);
    let began = Instant::now();
    let others: Vec<_> = TRUSTEES[..4]
        .iter()
        .map(|home| {
            Running::start(&world.terminal, &[&["--json"], &world.keygen(home, &digits)[..]].concat())
        })
        .collect();
    let (last, came_to) = kill_again_and_again(&world, &world.keygen("5", &digits), 12);
    assert!(came_to.len() > 2, "killed too seldom: {came_to:?}");
    assert!(came_to.iter().any(|said| (1..4).contains(said)), "never in the middle: {came_to:?}");
    for other in others {
        assert_eq!(other.end().json(0), last, "everybody has the same key");
    }
    println!("ceremony: killed {} times, after {came_to:?} messages, {:?}", came_to.len(), began.elapsed());

    world.terminal.json(&world.of_authority("open"));
    let phone = world.new_phone("phone");
    phone.take_offer(&offer);
    phone.vote("3", "1,4");
    world.terminal.write("counts.json", &world.terminal.json(&["gateway", "counts", ELECTION]));
    world.terminal.json(&[&world.of_authority("close")[..], &["--counts", "counts.json"]].concat());
    let others: Vec<_> = ["1", "3"]
        .iter()
        .map(|home| {
            Running::start(&world.terminal, &[&["--json"], &world.of_trustee(home, "decrypt")[..]].concat())
        })
        .collect();
    let (last, came_to) = kill_again_and_again(&world, &world.of_trustee("5", "decrypt"), 6);
    assert_eq!(last, json!({"state": "shared", "contests": 2}));
    assert!(!came_to.is_empty(), "never killed");
    for other in others {
        assert_eq!(other.end().json(0), last);
    }
    println!("count: killed {} times, after {came_to:?} messages", came_to.len());
    world.terminal.json(&world.of_authority("result"));
    assert_eq!(world.terminal.json(&world.of_trustee("5", "decrypt"))["state"], "tallied");
    let report = world.audit(&world.anonymous, 0);
    assert_eq!(report["elections"][0]["counted"], 1);
    assert_eq!(report["elections"][0]["trustees"]["absent"], json!([2, 4]), "two stayed at home");
    let told = world.terminal.run(&["audit", &world.anonymous, "--policy", POLICY]);
    assert!(told.text().contains("trustee 2 (Trustee 2), trustee 4 (Trustee 4)"), "{}", told.out);
    let status = world.terminal.run(&world.of_trustee("5", "status"));
    let shown = in_one_line(status.text());
    assert!(shown.contains("not there for the tally: trustee 2 (Trustee 2)"), "{shown}");
}
