//! The vectors of `tests/vectors/ballot`: what must be accepted and what must be refused, one fault a file. The README there
//! has the format.
//!
//! Everything here is deterministic: keys are fixed, randomness is [`rng::TestRng`]'s, and the files are the same every time.
//! What a cheat would do is done as well as a cheat could do it: signatures, tokens and proofs are made anew where only
//! the fault shall be found.
//!
//! Where to start: `file`, what a vector is; `world`, the elections; then one module per kind of fault.
#![expect(clippy::unwrap_used, reason = "a generator of test data: a failure must stop it where it happens")]

use std::fs;
use std::io;
use std::path::Path;

mod ballots;
mod batches;
pub mod challenges;
mod checks;
mod copies;
mod elections;
mod encodings;
mod exports;
pub mod file;
mod ledger;
mod logs;
mod manifests;
mod promises;
mod replays;
pub mod rng;
mod shares;
mod tokens;
mod votes;
pub mod world;

use file::Vectors;

/// Where the files are, below this package.
pub const FOLDER: &str = "vectors/ballot";
/// The one file in the folder that is written by hand, but for its list.
pub const README: &str = "README.md";

/// Makes all files in memory.
pub fn make() -> Vectors {
    let mut vectors = Vectors::default();
    manifests::add(&mut vectors);
    elections::add(&mut vectors);
    ballots::add(&mut vectors);
    encodings::add(&mut vectors);
    challenges::add(&mut vectors);
    votes::add(&mut vectors);
    copies::add(&mut vectors);
    tokens::add(&mut vectors);
    batches::add(&mut vectors);
    checks::add(&mut vectors);
    promises::add(&mut vectors);
    shares::add(&mut vectors);
    ledger::add(&mut vectors);
    logs::add(&mut vectors);
    replays::add(&mut vectors);
    exports::add(&mut vectors);
    for world in world::all() {
        vectors.add_file(format!("elections/{}.json", world.name), &world.to_json());
    }
    vectors
}

/// Every file below `folder`, by its path in it.
pub fn paths(folder: &Path) -> io::Result<Vec<String>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder)? {
        let (entry, name) = entry.map(|entry| (entry.path(), entry.file_name()))?;
        let name = name.to_string_lossy();
        if entry.is_dir() {
            paths.extend(self::paths(&entry)?.into_iter().map(|path| format!("{name}/{path}")));
        } else {
            paths.push(name.into_owned());
        }
    }
    paths.sort();
    Ok(paths)
}
