//! The files of `tests/vectors/ballot`, whose README has the format.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use serde_json::Value;

/// One file.
pub struct Vector {
    /// The folder.
    pub kind: String,
    /// The file's name without `.json`.
    pub name: String,
    /// The whole file.
    pub file: Value,
}

impl Vector {
    /// A text of the input; empty where there is none.
    pub fn text(&self, member: &str) -> &str {
        self.file["input"][member].as_str().unwrap_or_default()
    }

    /// Whether it must be accepted.
    pub fn is_valid(&self) -> bool {
        self.file["expect"] == "valid"
    }
}

/// All files, sorted.
pub static ALL: LazyLock<Vec<Vector>> = LazyLock::new(|| {
    let folder = folder();
    let paths = scenarios::vectors::paths(&folder).expect("tests/vectors/ballot is beside this package");
    let read = |path: String| {
        let (kind, name) = path.strip_suffix(".json")?.split_once('/')?;
        let bytes = fs::read(folder.join(&path)).expect("the file was just listed");
        let file = serde_json::from_slice(&bytes).expect("a vector is JSON");
        Some(Vector { kind: kind.to_owned(), name: name.to_owned(), file })
    };
    paths.into_iter().filter_map(read).collect()
});

/// The vectors of one kind.
pub fn of_kind(kind: &str) -> impl Iterator<Item = &'static Vector> {
    ALL.iter().filter(move |vector| vector.kind == kind)
}

/// Every text that stands somewhere in some file: ballots among them, entries, receipts.
pub fn texts() -> BTreeSet<&'static str> {
    let mut texts = BTreeSet::new();
    ALL.iter().for_each(|vector| collect(&vector.file, &mut texts));
    texts
}

fn collect(value: &'static Value, into: &mut BTreeSet<&'static str>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, into)),
        Value::Object(members) => members.values().for_each(|member| collect(member, into)),
        Value::String(text) => drop(into.insert(text)),
        Value::Bool(_) | Value::Null | Value::Number(_) => {}
    }
}

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/")).join(scenarios::vectors::FOLDER)
}
