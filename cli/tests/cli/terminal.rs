//! A terminal in a folder of its own.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread::JoinHandle;

use serde_json::Value;
use tempfile::TempDir;

pub(crate) const PIN: &str = "271905";
pub(crate) const PASSPHRASE: &str = "four words and a number 7";

/// A folder in which commands run, with PIN and passphrase in the environment.
pub(crate) struct Terminal {
    folder: TempDir,
}

/// How a command ended.
pub(crate) struct Told {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Told {
    /// The one JSON document of a command that must end with `code`.
    pub(crate) fn json(&self, code: i32) -> Value {
        assert_eq!(self.code, code, "{}{}", self.out, self.err);
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }

    /// The output of a command that must succeed.
    pub(crate) fn text(&self) -> &str {
        assert_eq!(self.code, 0, "{}{}", self.out, self.err);
        &self.out
    }

    /// The stable code of a refusal.
    pub(crate) fn refused(&self) -> String {
        text(&self.json(1)["error"])
    }
}

impl Terminal {
    pub(crate) fn open() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: &Value) {
        std::fs::write(self.path(name), content.to_string()).unwrap();
    }

    /// A command that has not run yet; never with a terminal to ask at.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kodanik"));
        command.current_dir(self.folder.path()).args(arguments).stdin(Stdio::null());
        command.env("KODANIK_PIN", PIN).env("KODANIK_PASSPHRASE", PASSPHRASE);
        command.env_remove("KODANIK_CODE").env_remove("RUST_LOG");
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Told {
        told(self.command(arguments))
    }

    /// Runs with `--json` to the end; gives what was printed.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        self.run(&[&["--json"], arguments].concat()).json(0)
    }

    /// Runs with `--json` something that must be refused; gives the error's code.
    pub(crate) fn refused(&self, arguments: &[&str]) -> String {
        self.run(&[&["--json"], arguments].concat()).refused()
    }

    /// Runs with `--json` to the end, with these lines to read; gives every document that was printed.
    pub(crate) fn answers(&self, arguments: &[&str], lines: &str) -> Vec<Value> {
        std::fs::write(self.path("answers"), lines).unwrap();
        let mut command = self.command(&[&["--json"], arguments].concat());
        command.stdin(std::fs::File::open(self.path("answers")).unwrap());
        let told = told(command);
        assert_eq!(told.code, 0, "{}{}", told.out, told.err);
        serde_json::Deserializer::from_str(&told.out).into_iter().collect::<Result<_, _>>().unwrap()
    }

    /// Runs several commands with `--json` at the same time.
    pub(crate) fn all_at_once(&self, commands: &[Vec<&str>]) -> Vec<Value> {
        std::thread::scope(|scope| {
            let running: Vec<_> =
                commands.iter().map(|arguments| scope.spawn(|| self.json(arguments))).collect();
            running.into_iter().map(|command| command.join().unwrap()).collect()
        })
    }
}

pub(crate) fn told(mut command: Command) -> Told {
    let output = command.output().unwrap();
    Told {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

/// A command that serves in another terminal; killed when dropped.
pub(crate) struct Serving {
    child: Child,
    log: Option<JoinHandle<String>>,
}

impl Serving {
    /// `gateway serve`; returns when both planes listen.
    pub(crate) fn start(terminal: &Terminal) -> Self {
        let (serving, line) = Self::start_with(terminal, &["gateway", "serve"]);
        assert!(line.starts_with("Serving http://127.0.0.1:"), "{line}");
        serving
    }

    /// Another command; returns when it has told its first line, with that line.
    pub(crate) fn start_with(terminal: &Terminal, arguments: &[&str]) -> (Self, String) {
        let mut command = terminal.command(arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let log = child.stderr.take().unwrap();
        // Read all the time: a full pipe would stop the gateway.
        let log = std::thread::spawn(move || std::io::read_to_string(log).unwrap());
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        (Self { child, log: Some(log) }, line)
    }

    /// SIGKILL: nothing is flushed, nobody is told.
    pub(crate) fn kill_nine(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Sends a signal by name and waits; gives how the process ended, and its whole log.
    pub(crate) fn signal(&mut self, name: &str) -> (ExitStatus, String) {
        let kill = format!("kill -{name} {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
        let status = self.child.wait().unwrap();
        (status, self.log.take().unwrap().join().unwrap())
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // Both fail where the process has ended already, which is fine.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Two neighbouring ports that nobody listens on, below those that systems give out by themselves.
pub(crate) fn free_ports() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = (std::process::id() % 4000) as u16;
    loop {
        let port = 20_000 + 2 * ((start + 7 * NEXT.fetch_add(1, Ordering::Relaxed)) % 5000);
        if [port, port + 1].into_iter().all(|port| TcpListener::bind(("127.0.0.1", port)).is_ok()) {
            return port;
        }
    }
}
