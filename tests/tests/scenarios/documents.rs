//! What the documents say of the code and the code of the documents: sections, labels, codes and tests that are named
//! exist.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Files that hold claims about tests.
const CLAIMS: [&str; 3] = ["ARCHITECTURE.md", "docs/scenarios.md", "docs/threat-model.md"];
/// Where our own code is.
const CODE: [&str; 7] = ["auditor", "bindings", "cli", "core", "gateway", "tests", "trustee"];
/// Other documents' sections, which have the same sign.
const FOREIGN: [&str; 2] = ["PR-REST 1.0.4 ", "PR-META "];

#[test]
fn every_section_that_code_cites_exists() {
    let protocol = read("docs/protocol.md");
    let sections: BTreeSet<&str> = protocol.lines().filter_map(section).collect();
    assert!(sections.len() > 90, "the scan found only {} sections", sections.len());
    for (file, text) in sources(|_| true).chain([(PathBuf::from("docs/protocol.md"), protocol.clone())]) {
        for cited in cited_sections(&text) {
            assert!(sections.contains(cited.as_str()), "{}: there is no §{cited}", file.display());
        }
    }
}

#[test]
fn every_label_is_in_the_document_and_in_the_code() {
    let protocol = read("docs/protocol.md");
    let in_document: BTreeSet<String> = labels(&protocol).collect();
    let in_code: BTreeSet<String> = sources(|path| !is_test(path))
        .flat_map(|(_, text)| labels(&without_comments(&text)).collect::<Vec<_>>())
        .collect();
    assert!(in_code.len() > 40, "the scan found only {} labels", in_code.len());
    let differences: Vec<_> = in_code.symmetric_difference(&in_document).collect();
    assert!(differences.is_empty(), "in one of the two only: {differences:?}");
}

#[test]
fn every_rejection_is_in_the_document() {
    let (protocol, code) = (read("docs/protocol.md"), read("core/contract/src/rejection.rs"));
    let codes: Vec<&str> =
        code.lines().filter_map(|line| line.split("=> \"").nth(1)?.split('"').next()).collect();
    assert!(codes.len() > 30, "the scan found only {} codes", codes.len());
    for code in codes {
        assert!(protocol.contains(&format!("| `{code}` |")), "{code} is not in protocol.md");
    }
}

#[test]
fn every_code_of_a_trustee_is_in_the_document() {
    let (errors, code) = (read("docs/errors.md"), read("trustee/src/error.rs"));
    let codes: Vec<&str> = code.split('"').filter(|text| text.starts_with("trustee.")).collect();
    assert!(codes.len() > 15, "the scan found only {} codes", codes.len());
    for code in codes {
        assert!(errors.contains(&format!("`{code}` |")), "{code} is not in errors.md");
    }
}

#[test]
fn every_route_is_in_the_document() {
    let protocol = read("docs/protocol.md");
    let mut seen = 0;
    for file in files(&root().join("gateway/src/routes"), "rs") {
        for route in std::fs::read_to_string(file).unwrap().split("utoipa::path(").skip(1) {
            let (method, rest) = route.split_once(", path = \"").unwrap();
            let path = rest.split('"').next().unwrap_or_default();
            let line = format!("| `{} {path}` |", method.to_uppercase());
            assert!(protocol.contains(&line), "{line} is not in protocol.md");
            seen += 1;
        }
    }
    assert!(seen > 30, "the scan found only {seen} routes");
}

#[test]
fn every_test_that_is_named_exists() {
    let mut seen = 0;
    for (document, text) in CLAIMS.map(|name| (name, read(name))) {
        for (file, test) in named_tests(&text) {
            let path = file.strip_prefix("scenarios/").map(|rest| format!("tests/tests/scenarios/{rest}"));
            let code = read(path.as_deref().unwrap_or(&file));
            assert!(code.contains(&format!("fn {test}(")), "{document}: {file} has no test {test}");
            seen += 1;
        }
    }
    assert!(seen > 150, "the scan found only {seen} tests");
}

#[test]
fn every_vector_that_is_named_exists() {
    let folder = root().join("tests/vectors/ballot");
    let files: Vec<String> = scenarios::vectors::paths(&folder).unwrap();
    let mut seen = 0;
    for (document, text) in CLAIMS.map(|name| (name, read(name))) {
        let named =
            text.split('`').filter_map(|part| part.strip_prefix("vectors/")).filter(|name| !name.is_empty());
        for name in named {
            let fits = |path: &String| match name.strip_suffix('*') {
                Some(front) => path.starts_with(front),
                None => *path == format!("{name}.json"),
            };
            assert!(files.iter().any(fits), "{document}: there is no vector {name}");
            seen += 1;
        }
    }
    assert!(seen > 30, "the scan found only {seen} vectors");
}

/// The number of a heading.
fn section(line: &str) -> Option<&str> {
    let number = line.strip_prefix("##")?.trim_start_matches('#').trim_start().split(' ').next()?;
    number.starts_with(|first: char| first.is_ascii_digit()).then_some(number)
}

fn cited_sections(text: &str) -> Vec<String> {
    let mut parts = text.split('§');
    let mut before = parts.next().unwrap_or_default();
    let mut cited = Vec::new();
    for part in parts {
        let end = part.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(part.len());
        let number = part[..end].trim_end_matches('.');
        // RFC 9421 §2.4 and the like stand in prose.
        let foreign = FOREIGN.iter().any(|name| before.ends_with(name)) || before.ends_with("RFC 9421 ");
        if !number.is_empty() && !foreign {
            cited.push(number.to_owned());
        }
        before = part;
    }
    cited
}

/// `KODANIK-V1-..` and `kodanik/../..` in quotes.
fn labels(text: &str) -> impl Iterator<Item = String> {
    let quoted =
        text.split('"').filter(|part| part.starts_with("KODANIK-V1-") || part.starts_with("kodanik/"));
    let label = |part: &&str| part.chars().all(|c| c.is_ascii_alphanumeric() || "-/".contains(c));
    quoted.filter(label).map(str::to_owned).collect::<Vec<_>>().into_iter()
}

/// `path.rs::test` in backticks.
fn named_tests(text: &str) -> Vec<(String, String)> {
    let quoted = text.split('`').filter_map(|part| part.split_once(".rs::"));
    quoted.map(|(file, test)| (format!("{file}.rs"), test.to_owned())).collect()
}

fn without_comments(text: &str) -> String {
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).map(|line| format!("{line}\n")).collect()
}

fn is_test(path: &Path) -> bool {
    let within = path.strip_prefix(root()).unwrap_or(path);
    let named = within.components().any(|part| part.as_os_str() == "tests");
    named || path.ends_with("tests.rs") || path.ends_with("testing.rs")
}

/// Every Rust file of ours that `wanted` wants.
fn sources(wanted: fn(&Path) -> bool) -> impl Iterator<Item = (PathBuf, String)> {
    let folders = CODE.iter().flat_map(|folder| files(&root().join(folder), "rs"));
    folders.filter(move |path| wanted(path)).map(|path| {
        let text = std::fs::read_to_string(&path).unwrap();
        (path, text)
    })
}

/// Every file below a folder whose name ends so.
pub(super) fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = entries.map(|entry| entry.unwrap().path());
    let below = paths.flat_map(|path| if path.is_dir() { files(&path, ending) } else { vec![path] });
    below.filter(|path| path.extension().is_some_and(|found| found == ending)).collect()
}

fn read(file: &str) -> String {
    std::fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The repository.
pub(super) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}
