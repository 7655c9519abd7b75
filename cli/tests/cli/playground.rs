//! A playground as an app team uses it: started by a script, its gateway's desks in other processes.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use kodanik_crypto::time::UnixSeconds;
use kodanik_wallet::platform::{Clock, SoftwarePlatform};
use kodanik_wallet::{PinEntry, Wallet};
use serde_json::{Value, json};

use crate::terminal::{Serving, Terminal, text};
use crate::world::Phone;

/// A playground that serves, and the line that it told.
struct Playground {
    terminal: Terminal,
    serving: Serving,
    ready: Value,
}

impl Playground {
    fn start(options: &[&str]) -> Self {
        Self::start_in(Terminal::open(), options)
    }

    fn start_in(terminal: Terminal, options: &[&str]) -> Self {
        let (serving, line) = Serving::start_with(&terminal, &[&["--json", "playground"], options].concat());
        let ready = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        Self { terminal, serving, ready }
    }

    fn told(&self, name: &str) -> String {
        text(&self.ready[name])
    }

    fn gateway(&self, arguments: &[&str]) -> Value {
        self.terminal.json(&[&["gateway", "--dir", &self.told("dir")], arguments].concat())
    }

    fn new_phone<'a>(&'a self, home: &'a str) -> Phone<'a> {
        let phone = Phone { terminal: &self.terminal, home };
        let (identified, trust) = (self.told("identified"), self.told("trust"));
        phone.json(&["init", "--gateway", &identified, "--trust", &trust, "--allow-loopback-http"]);
        phone
    }

    /// Stops it in good order; gives back the terminal.
    fn stop(mut self) -> Terminal {
        let (status, log) = self.serving.signal("TERM");
        assert_eq!(status.code(), Some(0), "{log}");
        self.terminal
    }
}

#[test]
fn s30_a_phone_goes_the_whole_way_on_a_playground_that_leaves_nothing_behind() {
    let playground = Playground::start(&[]);
    let dir = PathBuf::from(playground.told("dir"));
    let phone = playground.new_phone("phone");
    phone.take_offer(&playground.ready);
    shows_it(&playground, &phone);
    let answered =
        phone.terminal.run(&["--json", "wallet", "--home", phone.home, "call", "residence", "--yes"]);
    assert_eq!(answered.json(1)["status"], 404, "the public body answers: nobody gave notice of a move");
    votes_and_checks(&playground, &phone);
    somebody_else_comes(&playground);
    let back = recovers(&playground, &phone);
    assert_eq!(back.vote("5", "2")["seq"], 3, "the same pseudonym");
    begins_anew(&playground, &phone);
    assert!(dir.join("gateway.toml").exists());
    playground.stop();
    assert!(!dir.parent().unwrap().exists(), "the temporary folder is gone");
}

fn shows_it(playground: &Playground, phone: &Phone<'_>) {
    let asked = playground.gateway(&["ask", "--claim", "given_name", "--optional", "family_name"]);
    let shown = phone.json(&["present", &text(&asked["link"]), "--yes"]);
    assert_eq!(shown["claims"], json!(["given_name"]));
    assert_eq!(playground.gateway(&["ask", "--result", &text(&asked["id"])])["verdict"], "accepted");
    let hyphen = ["gateway", "--dir", &playground.told("dir"), "ask", "--result", "-nothing"];
    assert_eq!(playground.terminal.refused(&hyphen), "refused.not_found", "one id in 64 begins so");
}

fn votes_and_checks(playground: &Playground, phone: &Phone<'_>) {
    let elections = phone.json(&["elections"]);
    let election = &elections[0];
    assert_eq!(
        (&election["election"], &election["phase"]),
        (&playground.ready["election"], &json!("casting"))
    );
    let other = playground.new_phone("other-phone");
    let vote =
        ["vote", &playground.told("election"), "--test", "--choose", "mayor=3", "--choose", "projects=4,1"];
    let told = phone.answers(&vote, "test\ncast\n");
    let [promise, test, _, first] = told.as_slice() else { panic!("{told:?}") };
    let tested = other.json(&["check", &text(&promise["promise"]), &text(&test["test_code"])]);
    assert_eq!(tested["contests"][1], json!({"contest": "projects", "chosen": ["1", "4"]}));
    let code = text(&first["check_code"]);
    assert_eq!(other.json(&["check", &code])["tracker"], first["tracker"]);
    assert_eq!(phone.vote("7", "blank")["replaces"], first["tracker"]);
    assert_eq!(other.refused(&["check", &code]), "vote.check_superseded");
}

/// Nobody has to be put on the roll by hand.
fn somebody_else_comes(playground: &Playground) {
    let person = playground.terminal.json(&["gateway", "enrol", "--example"]);
    playground.terminal.write("mina.json", &person);
    let offer = playground.gateway(&["enrol", "--person", "mina.json"]);
    let phone = playground.new_phone("phone-of-mina");
    phone.take_offer(&offer);
    assert_eq!(phone.vote("1", "1")["seq"], 1);
}

fn recovers<'a>(playground: &'a Playground, phone: &Phone<'_>) -> Phone<'a> {
    let code = text(&phone.json(&["backup"])["codes"][0]);
    let back = playground.new_phone("new-phone");
    let recovered = back.json(&["recover", "--code", &code, "--id-card", &playground.told("id_card")]);
    assert_eq!(recovered["recovered"]["e_id"]["credential"]["status"]["status"], "valid");
    back
}

/// After ten wrong PINs, in the same folder. The waits between them are the clock's affair here.
fn begins_anew(playground: &Playground, phone: &Phone<'_>) {
    let (identified, home) = (playground.told("identified"), playground.terminal.path(phone.home));
    let init = ["init", "--gateway", &identified, "--allow-loopback-http"];
    assert_eq!(phone.refused(&init), "home.already_initialised");
    let hours = AtomicU64::new(500_000);
    let clock = Clock::new(move || UnixSeconds(hours.fetch_add(1, Ordering::SeqCst) * 3600));
    let platform = SoftwarePlatform::platform_with_clock(&home, clock).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for _ in 0..10 {
        let wrong = PinEntry::from_text("271828").unwrap();
        assert!(runtime.block_on(Wallet::open(&home, wrong, platform.clone())).is_err());
    }
    assert_eq!(phone.refused(&["history"]), "pin.wiped");
    phone.json(&init);
    assert_eq!(phone.json(&["id", "list"]), json!([]));
}

#[test]
fn s30_a_playground_that_is_kept_goes_on_where_it_was() {
    let playground = Playground::start(&["--dir", "pg"]);
    let ready = playground.ready.clone();
    let phone = playground.new_phone("phone");
    phone.take_offer(&ready);
    assert_eq!(phone.vote("3", "1")["seq"], 1);
    let terminal = playground.stop();
    let other_port = terminal.run(&["--json", "playground", "--dir", "pg", "--port", "1"]);
    assert_eq!(other_port.json(2)["error"], "usage", "the election names its gateway");
    let playground = Playground::start_in(terminal, &["--dir", "pg"]);
    for same in ["identified", "anonymous", "dir", "trust", "election", "id_card"] {
        assert_eq!(playground.ready[same], ready[same], "{same}");
    }
    let phone = Phone { terminal: &playground.terminal, home: "phone" };
    assert_eq!(phone.vote("4", "2")["seq"], 2);
    let terminal = playground.stop();
    assert!(terminal.path("pg/gateway/gateway.toml").exists());
    std::fs::remove_dir_all(terminal.path("pg/gateway")).unwrap();
    assert_eq!(terminal.refused(&["playground", "--dir", "pg"]), "not_now", "half of one is none");
}
