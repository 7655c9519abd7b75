//! Command lines that are wrong, files that are not there, and what errors must not say.

use crate::terminal::{Terminal, Told, told};
use crate::world::World;

/// Subcommands with their own, as `--help` lists them.
fn subcommands(help: &str) -> Vec<String> {
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let listed = lines
        .take_while(|line| !line.is_empty())
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names = listed.filter_map(|line| line.split_whitespace().next()).map(str::to_owned);
    names.filter(|name| name != "help").collect()
}

#[test]
fn s02_every_help_text_shows_how_the_command_is_used() {
    let terminal = Terminal::open();
    let mut open = vec![Vec::<String>::new()];
    let mut seen = 0;
    while let Some(path) = open.pop() {
        let mut arguments: Vec<&str> = path.iter().map(String::as_str).collect();
        arguments.push("--help");
        let told = terminal.run(&arguments);
        let help = told.text();
        let last = path.last().map_or("demo", String::as_str);
        let shown = help.lines().any(|line| line.starts_with("  kodanik ") && line.contains(last));
        assert!(shown, "no example in the help of {path:?}:\n{help}");
        open.extend(subcommands(help).into_iter().map(|name| [path.clone(), vec![name]].concat()));
        seen += 1;
    }
    assert!(seen > 35, "the search works: {seen}");
}

#[test]
fn s02_a_wrong_command_line_ends_with_2_and_says_why() {
    let terminal = Terminal::open();
    let wrong: [&[&str]; 9] = [
        &["dance"],
        &["demo", "--voters", "0"],
        &["demo", "--dance"],
        &["audit"],
        &["wallet", "id", "list"],
        &["wallet", "--home", "phone", "vote", "city-2026"],
        &["wallet", "--home", "phone", "recover", "--code", "a", "--code-file", "b"],
        &["gateway", "init", "--authority-key", "no-key"],
        &["audit", "log.kodanik"],
    ];
    for arguments in wrong {
        let told = terminal.run(arguments);
        assert!(told.code == 2 && told.out.is_empty() && !told.err.is_empty(), "{arguments:?}: {}", told.out);
        let told = terminal.run(&[arguments, &["--json"]].concat());
        assert_eq!(told.json(2)["error"], "usage", "{arguments:?}");
    }
    assert_eq!(terminal.run(&["--version"]).code, 0);
}

#[test]
fn s02_files_and_folders_that_are_missing_are_named() {
    let terminal = Terminal::open();
    let named = |told: Told, code: i32, name: &str| {
        let failure = told.json(code);
        let message = failure["message"].as_str().unwrap();
        assert!(message.contains(name), "{message}");
        assert_ne!(failure["advice"], "", "{message}");
    };
    named(terminal.run(&["--json", "gateway", "serve"]), 1, "gateway-data");
    named(terminal.run(&["--json", "gateway", "enrol", "--person", "who.json"]), 2, "who.json");
    named(terminal.run(&["--json", "wallet", "--home", "phone", "history"]), 1, "phone");
    named(terminal.run(&["--json", "audit", "log.kodanik", "--policy", "p.policy"]), 2, "p.policy");
    assert!(!terminal.path("phone").exists(), "a mistyped --home leaves nothing behind");
    let board = ["--gateway", "http://127.0.0.1:1", "--policy", "p.policy", "city-2026"];
    let open = [&["--json", "authority", "open"], &board[..]].concat();
    named(terminal.run(&open), 1, "authority");
    terminal.json(&["authority", "init"]);
    named(terminal.run(&open), 2, "p.policy");
    assert_eq!(terminal.refused(&["authority", "init"]), "exists", "a key is never overwritten");
}

#[test]
fn s02_an_election_that_nobody_announced_is_refused() {
    let mut world = World::start();
    world.enrol("Mina", "19900517-2000001");
    let mut of_board = world.of_authority("open");
    assert_eq!(world.terminal.refused(&of_board), "unknown_election");
    of_board = vec!["gateway", "counts", "city-2026"];
    assert_eq!(world.terminal.refused(&of_board), "unknown_election");
    let phone = world.new_phone("phone");
    assert_eq!(phone.json(&["elections"]), serde_json::json!([]));
    assert_eq!(phone.refused(&["vote", "city-2026", "--choose", "mayor=1"]), "vote.no_such_election");
    let (status, log) = world.serving.signal("INT");
    assert_eq!(status.code(), Some(0), "Ctrl-C is a good end: {log}");
}

/// Whatever is secret goes in, and never comes out in an error.
#[test]
fn s02_errors_say_no_secret() {
    let world = World::start();
    let offer = world.enrol("Mina", "19900517-2000001");
    let link = offer["offer"].as_str().unwrap();
    let phone = world.new_phone("phone");
    phone.take_offer(&offer);
    let code = "0ZZ1-CANA-RYCA-NARY-CANA-RYXX";
    let wallet = |arguments: &[&'static str]| [&["wallet", "--home", "phone"], arguments].concat();
    let cases: [(&str, &str, Vec<&str>); 7] = [
        ("KODANIK_PIN", "918273645", wallet(&["history"])),
        ("KODANIK_PIN", "canary-pin", wallet(&["history"])),
        ("KODANIK_PASSPHRASE", "canary of a passphrase", world.of_authority("open")),
        ("KODANIK_PASSPHRASE", "canary", vec!["authority", "--home", "new", "init"]),
        ("KODANIK_CODE", code, wallet(&["recover"])),
        ("NOTHING", code, [wallet(&["recover", "--code"]), vec![code]].concat()),
        ("NOTHING", "482716", [wallet(&["id", "add"]), vec![link, "--tx-code", "482716"]].concat()),
    ];
    for (variable, secret, arguments) in cases {
        for json in [&["--json"][..], &[]] {
            let mut command = world.terminal.command(&[json, &arguments].concat());
            command.env(variable, secret).env("RUST_LOG", "trace");
            let told = told(command);
            assert!(matches!(told.code, 1 | 2), "{arguments:?}: {}{}", told.out, told.err);
            assert!(!told.out.contains(secret) && !told.err.contains(secret), "{arguments:?} tells a secret");
        }
    }
}

/// Keys, PINs and codes at rest: readable by their owner alone.
#[cfg(unix)]
#[test]
fn s02_what_is_secret_on_disk_is_nobody_else_s_business() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::start();
    world.enrol("Mina", "19900517-2000001");
    world.new_phone("phone");
    let terminal = &world.terminal;
    terminal.json(&["trustee", "--home", "1", "join", "--name", "One"]);
    let open = |name: &str| std::fs::metadata(terminal.path(name)).unwrap().permissions().mode() & 0o077 != 0;
    for name in ["authority", "authority/authority.key", "Mina.id-card", "phone", "1"] {
        assert!(!open(name), "{name} is open to others");
    }
}

/// As `| head` does once it has seen enough.
#[test]
fn s02_nobody_who_reads_is_no_failure() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_kodanik"));
    let told = command.args(["authority", "example"]).stdout(writer).output().unwrap();
    let err = String::from_utf8_lossy(&told.stderr);
    assert!(told.status.success() && !err.contains("panicked"), "{}: {err}", told.status);
}
