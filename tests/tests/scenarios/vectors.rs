//! The vectors of `tests/vectors/ballot` (its README has the format): they are what the generator makes, and our own code does
//! what each of them says. The verifier in TypeScript runs the same files.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use kodanik_ballot::testing::reference::Hashed;
use kodanik_ballot::testing::second_opinion::{accepts, accepts_weakly};
use scenarios::vectors::challenges::{Forgery, forgeries};
use scenarios::vectors::{self, file::Vectors};
use serde_json::Value;

/// Which vectors there must be.
mod coverage;
/// What the input of each kind leads to.
mod run;

use run::{Library, Outcome};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(vectors::FOLDER)
}

fn stored() -> BTreeMap<String, String> {
    let read = |path: String| {
        let text = std::fs::read_to_string(folder().join(&path)).unwrap();
        (path, text)
    };
    vectors::paths(&folder()).unwrap().into_iter().map(read).collect()
}

#[test]
fn vectors_are_what_the_generator_makes() {
    let (made, mut stored): (Vectors, _) = (vectors::make(), stored());
    let readme = stored.remove(vectors::README).unwrap();
    assert!(made.in_readme(&readme).unwrap() == readme, "the README's list is an old one: run make-vectors");
    let differs = |path: &&String| made.files().get(*path) != stored.get(*path);
    let paths: BTreeSet<&String> = made.files().keys().chain(stored.keys()).collect();
    let different: Vec<_> = paths.iter().filter(|path| differs(path)).collect();
    assert!(different.is_empty(), "missing, left over or changed, run make-vectors: {different:?}");
}

#[test]
fn vectors_lead_to_what_they_say() {
    let files = stored();
    let library = Library::new(&files);
    let vectors: Vec<(&str, Value)> = vectors(&files).collect();
    let work = |share: &[(&str, Value)]| -> Vec<String> {
        share.iter().filter_map(|(path, vector)| fault(&library, path, vector)).collect()
    };
    let faults: Vec<String> = std::thread::scope(|scope| {
        let shares = vectors.chunks(vectors.len().div_ceil(2));
        let threads: Vec<_> = shares.map(|share| scope.spawn(move || work(share))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert!(faults.is_empty(), "{} of {}:\n{}", faults.len(), vectors.len(), faults.join("\n"));
}

/// What is wrong with a vector, or nothing.
fn fault(library: &Library, path: &str, vector: &Value) -> Option<String> {
    let members: Vec<&str> = vector.as_object().unwrap().keys().map(String::as_str).collect();
    let known = ["about", "expect", "input", "kind", "result", "section"];
    if !members.iter().all(|member| known.contains(member)) {
        return Some(format!("{path}: a member that vectors do not have"));
    }
    let (kind, input) = (vector["kind"].as_str().unwrap(), &vector["input"]);
    let expected = match (vector["expect"].as_str().unwrap(), vector.get("result")) {
        ("valid", result) => Outcome::Valid(result.cloned().unwrap_or(Value::Null)),
        (code, None) => Outcome::refused(code, input),
        (_, Some(_)) => return Some(format!("{path}: a refusal has no result")),
    };
    let outcome = run::run(library, kind, input);
    (outcome != expected).then(|| format!("{path}: {outcome:?} instead of {expected:?}"))
}

fn vectors(files: &BTreeMap<String, String>) -> impl Iterator<Item = (&str, Value)> {
    let is_vector =
        |path: &str| !path.starts_with("elections/") && !path.starts_with("logs/") && path != vectors::README;
    let files = files.iter().filter(move |(path, _)| is_vector(path));
    files.map(|(path, text)| (path.as_str(), serde_json::from_str(text).unwrap()))
}

/// What weak challenges are good for: each forged ballot deceives the verifier that hashes the same, and only that one.
#[test]
fn vectors_of_weak_challenges_deceive_weak_verifiers() {
    for Forgery { name, world, weakness, body, .. } in forgeries() {
        let rewrite = |field: Hashed, bytes: &[u8]| weakness.rewrite(field, bytes);
        assert!(accepts_weakly(&world.election, &body, Some(&rewrite)), "{name}");
        assert!(!accepts(&world.election, &body), "{name}");
    }
}
