//! The arrows of ARCHITECTURE.md: fails when one appears that is not in the drawing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Every package and what it may import of ours. Down, never sideways.
const ARROWS: &[(&str, &[&str])] = &[
    ("kodanik-crypto", &[]),
    ("kodanik-ballot", &["kodanik-crypto"]),
    ("kodanik-ledger", &["kodanik-crypto"]),
    ("kodanik-identity", &["kodanik-crypto"]),
    ("kodanik-services", &["kodanik-crypto"]),
    ("kodanik-participation", &["kodanik-crypto"]),
    ("kodanik-contract", &["kodanik-crypto", "kodanik-ballot", "kodanik-identity", "kodanik-ledger"]),
    ("kodanik-wallet", PARTY),
    ("kodanik-gateway", PARTY),
    ("kodanik-trustee", PARTY),
    ("kodanik-auditor", PARTY),
    ("kodanik-ffi", &["kodanik-crypto", "kodanik-wallet"]),
    ("kodanik", HANDS),
    ("scenarios", HANDS),
];

const PARTY: &[&str] = &[
    "kodanik-crypto",
    "kodanik-ballot",
    "kodanik-ledger",
    "kodanik-identity",
    "kodanik-services",
    "kodanik-participation",
    "kodanik-contract",
];

const HANDS: &[&str] = &[
    "kodanik-crypto",
    "kodanik-ballot",
    "kodanik-ledger",
    "kodanik-identity",
    "kodanik-services",
    "kodanik-participation",
    "kodanik-contract",
    "kodanik-ffi",
    "kodanik-wallet",
    "kodanik-gateway",
    "kodanik-trustee",
    "kodanik-auditor",
];

/// Packages that only these of ours may import.
const CONFINED: &[(&str, &[&str])] = &[
    ("uniffi", &["kodanik-ffi"]),
    ("rusqlite", &["kodanik-wallet", "kodanik-gateway", "scenarios"]),
    (
        "reqwest",
        &["kodanik-wallet", "kodanik-gateway", "kodanik-auditor", "kodanik-trustee", "kodanik", "scenarios"],
    ),
    ("axum", &["kodanik-gateway", "scenarios"]),
    (
        "tokio",
        &["kodanik-wallet", "kodanik-gateway", "kodanik-auditor", "kodanik-trustee", "kodanik", "scenarios"],
    ),
];

/// Crates that do no I/O, read no clock and make no randomness.
const PROTOCOLS: &[&str] =
    &["crypto", "ballot", "ledger", "identity", "services", "participation", "contract"];

/// What a protocol crate must not name outside its tests.
const FORBIDDEN: &[&str] = &[
    "OsRng",
    "thread_rng",
    "SystemTime",
    "Instant::now",
    "std::fs",
    "std::net",
    "std::env",
    "HashMap",
    "HashSet",
];

#[test]
fn arrows_point_down_and_never_sideways() {
    let imports = imports();
    for (package, names) in &imports {
        let (_, allowed) = ARROWS.iter().find(|(name, _)| name == package).unwrap_or_else(|| {
            panic!("{package} is not in the drawing: add it to ARCHITECTURE.md and here");
        });
        for name in names.iter().filter(|name| imports.contains_key(*name)) {
            assert!(allowed.contains(&name.as_str()), "{package} -> {name} is not in the drawing");
        }
    }
}

#[test]
fn confined_packages_stay_where_they_belong() {
    for (package, names) in imports() {
        for (confined, allowed) in CONFINED {
            let imported = names.iter().any(|name| name == confined);
            assert!(!imported || allowed.contains(&package.as_str()), "{package} must not import {confined}");
        }
    }
}

#[test]
fn protocol_crates_have_no_clock_no_randomness_and_no_io() {
    let mut seen = 0;
    for name in PROTOCOLS {
        for file in rust_files(&root().join("core").join(name).join("src")) {
            let text = std::fs::read_to_string(&file).unwrap();
            for (number, line) in code_lines(&text) {
                let found = FORBIDDEN.iter().find(|word| line.contains(*word));
                assert!(found.is_none(), "{}:{number} names {}", file.display(), found.unwrap());
            }
            seen += 1;
        }
    }
    assert!(seen > 20, "the scan found only {seen} files");
}

/// Numbered lines without comments, and without top-level items that only tests see.
fn code_lines(text: &str) -> Vec<(usize, &str)> {
    let mut lines = Vec::new();
    let mut numbered = (1..).zip(text.lines());
    while let Some((number, line)) = numbered.next() {
        if line == "#[cfg(test)]" {
            // An item at the left margin ends with its brace there, or at once with a semicolon.
            let _ = numbered
                .find(|(_, line)| line.starts_with('}') || line.ends_with(';') && !line.starts_with(' '));
        } else if !line.trim_start().starts_with("//") {
            lines.push((number, line));
        }
    }
    lines
}

#[test]
fn the_scan_sees_what_stands_behind_test_code() {
    let text = "use a;\n#[cfg(test)]\nmod tests;\nlet x = OsRng;\n#[cfg(test)]\nfn f() {\n    OsRng;\n}\n// OsRng\nlast";
    let seen: Vec<usize> = code_lines(text).into_iter().map(|(number, _)| number).collect();
    assert_eq!(seen, [1, 4, 10]);
}

/// For each package of the workspace, the names that its normal (not dev) dependencies have.
fn imports() -> BTreeMap<String, Vec<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    packages.iter().map(|package| (text(&package["name"]), normal_dependencies(package))).collect()
}

fn normal_dependencies(package: &Value) -> Vec<String> {
    let dependencies = package["dependencies"].as_array().unwrap();
    dependencies.iter().filter(|d| d["kind"].is_null()).map(|d| text(&d["name"])).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Every `.rs` file below `dir` that is not a test.
fn rust_files(dir: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(dir) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .flat_map(|path| if path.is_dir() { rust_files(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|e| e == "rs"))
        .filter(|path| !path.components().any(|c| c.as_os_str() == "tests") && !path.ends_with("tests.rs"))
        // Behind the feature `testing`, which only dev-dependencies and this package turn on.
        .filter(|path| !path.ends_with("testing.rs"))
        .collect()
}
