//! From nothing to an open election, command by command.

use serde_json::{Value, json};

use crate::terminal::{Serving, Terminal, free_ports, text};

pub(crate) const ELECTION: &str = "city-2026";
pub(crate) const POLICY: &str = "gateway-data/trust/ledger.policy";
pub(crate) const TRUSTEES: [&str; 5] = ["1", "2", "3", "4", "5"];

/// A gateway that serves, and where.
pub(crate) struct World {
    pub(crate) terminal: Terminal,
    pub(crate) serving: Serving,
    pub(crate) identified: String,
    pub(crate) anonymous: String,
}

impl World {
    /// The authority's key and a running gateway.
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    /// With more options of `gateway init`.
    pub(crate) fn start_with(options: &[&str]) -> Self {
        let terminal = Terminal::open();
        let key = text(&terminal.json(&["authority", "init"])["authority_key"]);
        let port = free_ports().to_string();
        let init = ["gateway", "init", "--authority-key", &key, "--port", &port];
        let made = terminal.json(&[&init[..], options].concat());
        let (identified, anonymous) = (text(&made["identified"]), text(&made["anonymous"]));
        assert!(terminal.path(POLICY).exists());
        Self { serving: Serving::start(&terminal), terminal, identified, anonymous }
    }

    /// Puts a person on file; gives the offer for the wallet.
    pub(crate) fn enrol(&self, given_name: &str, number: &str) -> Value {
        let mut person = self.terminal.json(&["gateway", "enrol", "--example"]);
        person["given_name"] = json!(given_name);
        person["personal_administrative_number"] = json!(number);
        person["roll_number"] = json!(format!("R-{number}"));
        let file = format!("{given_name}.json");
        self.terminal.write(&file, &person);
        self.terminal.json(&["gateway", "enrol", "--person", &file])
    }

    /// Issuers' keys, trustees' cards, the manifest, the key ceremony, the opening.
    pub(crate) fn open_election(&self) {
        self.prepare(3);
        self.announce_and_open(&[]);
    }

    /// The issuers' keys and the definition, as files.
    pub(crate) fn prepare(&self, issuers: usize) {
        let terminal = &self.terminal;
        let cards = terminal.json(&["gateway", "prepare", ELECTION]);
        assert_eq!(cards.as_array().unwrap().len(), issuers);
        terminal.write("issuers.json", &cards);
        let mut definition = terminal.json(&["authority", "example"]);
        definition["min_cell"] = json!(1);
        terminal.write("city.json", &definition);
        for number in TRUSTEES {
            let name = format!("Trustee {number}");
            let card = terminal.json(&["trustee", "--home", number, "join", "--name", &name]);
            terminal.write(&format!("{number}.json"), &card);
        }
    }

    /// The manifest with more options, the key ceremony, the opening.
    pub(crate) fn announce_and_open(&self, options: &[&str]) {
        let terminal = &self.terminal;
        let manifest = self.announce(options);
        assert_eq!(terminal.refused(&self.of_authority("open")), "ceremony_unfinished");
        let keygen = |number| [self.of_trustee(number, "keygen"), vec!["--manifest", &manifest]].concat();
        let ceremony: Vec<_> = TRUSTEES.into_iter().map(keygen).collect();
        let ids = terminal.all_at_once(&ceremony);
        assert!(ids.iter().all(|id| *id == ids[0] && id["election"].is_string()), "{ids:?}");
        assert_eq!(terminal.json(&self.of_authority("open"))["index"], 22);
    }

    /// The command that publishes the manifest.
    pub(crate) fn manifest<'a>(&'a self, options: &[&'a str]) -> Vec<&'a str> {
        let mut manifest =
            vec!["authority", "manifest", "--yes", "--gateway", &self.anonymous, "--policy", POLICY];
        manifest.extend(["--definition", "city.json", "--issuers", "issuers.json"]);
        for card in ["1.json", "2.json", "3.json", "4.json", "5.json"] {
            manifest.extend(["--trustee", card]);
        }
        manifest.extend(options);
        manifest
    }

    /// Publishes the manifest; gives its digits.
    pub(crate) fn announce(&self, options: &[&str]) -> String {
        let published = self.terminal.json(&self.manifest(options));
        assert_eq!((&published["index"], &published["log_size"]), (&json!(1), &json!(2)));
        text(&published["manifest"])
    }

    pub(crate) fn of_authority<'a>(&'a self, what: &'a str) -> Vec<&'a str> {
        vec!["authority", what, "--gateway", &self.anonymous, "--policy", POLICY, ELECTION]
    }

    pub(crate) fn of_trustee<'a>(&'a self, home: &'a str, what: &'a str) -> Vec<&'a str> {
        vec!["trustee", "--home", home, what, "--gateway", &self.anonymous, "--policy", POLICY, ELECTION]
    }

    /// A phone whose trust is the gateway's folder.
    pub(crate) fn new_phone<'a>(&'a self, home: &'a str) -> Phone<'a> {
        let phone = Phone { terminal: &self.terminal, home };
        let trust = ["--trust", "gateway-data/trust", "--allow-loopback-http"];
        let made = phone.json(&[&["init", "--gateway", &self.identified], &trust[..]].concat());
        assert_eq!(made["trust"], "folder", "{made}");
        phone
    }

    /// What an audit of `source` says, and its exit code.
    pub(crate) fn audit(&self, source: &str, code: i32) -> Value {
        self.terminal.run(&["--json", "audit", source, "--policy", POLICY]).json(code)
    }
}

/// A wallet's folder.
pub(crate) struct Phone<'a> {
    pub(crate) terminal: &'a Terminal,
    pub(crate) home: &'a str,
}

impl Phone<'_> {
    fn of<'a>(&'a self, arguments: &[&'a str]) -> Vec<&'a str> {
        [&["wallet", "--home", self.home], arguments].concat()
    }

    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        self.terminal.json(&self.of(arguments))
    }

    pub(crate) fn refused(&self, arguments: &[&str]) -> String {
        self.terminal.refused(&self.of(arguments))
    }

    pub(crate) fn answers(&self, arguments: &[&str], lines: &str) -> Vec<Value> {
        self.terminal.answers(&self.of(arguments), lines)
    }

    /// As a person reads it.
    pub(crate) fn says(&self, arguments: &[&str]) -> String {
        self.terminal.run(&self.of(arguments)).text().to_owned()
    }

    pub(crate) fn take_offer(&self, offer: &Value) -> Value {
        let (link, code) = (text(&offer["offer"]), text(&offer["tx_code"]));
        self.json(&["id", "add", &link, "--tx-code", &code])
    }

    pub(crate) fn vote(&self, mayor: &str, projects: &str) -> Value {
        let choices = [format!("mayor={mayor}"), format!("projects={projects}")];
        self.json(&["vote", ELECTION, "--choose", &choices[0], "--choose", &choices[1]])
    }
}
