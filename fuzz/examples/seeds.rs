//! Writes the inputs to begin with into `<folder>/<target>/<name>`, always the same ones; by default into `corpus`.

use std::path::Path;
use std::{env, fs, io};

use kodanik_fuzz::TARGETS;

fn main() -> io::Result<()> {
    let folder =
        env::args().nth(1).unwrap_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/corpus").to_owned());
    for (target, seeds) in TARGETS {
        let folder = Path::new(&folder).join(target);
        fs::create_dir_all(&folder)?;
        for (name, bytes) in seeds() {
            fs::write(folder.join(name), bytes)?;
        }
    }
    Ok(())
}
