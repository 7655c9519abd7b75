//! What a vector is, and the folder of them.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Value, json};

const LIST_BEGINS: &str = "<!-- made by make-vectors: -->\n";
const LIST_ENDS: &str = "<!-- end -->\n";

/// One line of the list of all vectors.
#[derive(Clone, Debug)]
pub struct Row {
    /// One sentence.
    pub about: String,
    /// `valid`, or the code of the refusal.
    pub expect: String,
    /// `<kind>/<name>`.
    pub path: String,
}

/// The files, by their path in the folder.
#[derive(Debug, Default)]
pub struct Vectors {
    files: BTreeMap<String, String>,
    rows: BTreeMap<String, Row>,
}

/// What a vector says of itself beside its input.
#[derive(Clone, Copy, Debug)]
pub struct Header<'a> {
    /// What the input is.
    pub kind: &'a str,
    /// The fault.
    pub name: &'a str,
    /// Of docs/protocol.md.
    pub section: &'a str,
    /// One sentence: what was done, and, for a fault known from elsewhere, where.
    pub about: &'a str,
}

impl Vectors {
    /// All files.
    pub fn files(&self) -> &BTreeMap<String, String> {
        &self.files
    }

    /// One line for each vector, by its path.
    pub fn rows(&self) -> &BTreeMap<String, Row> {
        &self.rows
    }

    /// Adds what must be accepted, and what it leads to.
    pub fn accept(&mut self, header: Header<'_>, input: Value, result: Option<Value>) {
        self.add(header, "valid", input, result);
    }

    /// Adds what must be refused with this code.
    pub fn refuse(&mut self, header: Header<'_>, expect: &str, input: Value) {
        self.add(header, expect, input, None);
    }

    /// Adds a file that vectors refer to.
    pub fn add_file(&mut self, path: String, content: &Value) {
        let previous = self.files.insert(path.clone(), to_text(content));
        assert!(previous.is_none(), "two files {path}");
    }

    /// The README with the list of all vectors in its place.
    ///
    /// # Errors
    /// Where the README has no such place.
    pub fn in_readme(&self, readme: &str) -> Result<String, &'static str> {
        let (before, rest) = readme.split_once(LIST_BEGINS).ok_or("the README has no place for the list")?;
        let (_, after) = rest.split_once(LIST_ENDS).ok_or("the README's list has no end")?;
        let mut list = String::from("| vector | expect | about |\n| --- | --- | --- |\n");
        for Row { about, expect, path } in self.rows.values() {
            writeln!(list, "| `{path}` | `{expect}` | {about} |").unwrap();
        }
        Ok([before, LIST_BEGINS, &list, LIST_ENDS, after].concat())
    }

    fn add(&mut self, header: Header<'_>, expect: &str, input: Value, result: Option<Value>) {
        let Header { kind, name, section, about } = header;
        let mut vector = json!({
            "about": about, "expect": expect, "input": input, "kind": kind, "section": section
        });
        if let Some(result) = result {
            vector["result"] = result;
        }
        let path = format!("{kind}/{name}");
        self.add_file(format!("{path}.json"), &vector);
        let row = Row { about: about.to_owned(), expect: expect.to_owned(), path: path.clone() };
        self.rows.insert(path, row);
    }
}

/// Sorted members, indented, one newline at the end.
fn to_text(value: &Value) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap();
    text.push('\n');
    text
}
