//! Writes what both shells take from `bindings/design`: tokens and words, in Kotlin, Swift and their catalogues.
#![expect(clippy::print_stdout, reason = "a program for a terminal")]

use std::error::Error;
use std::fs;
use std::path::Path;

use scenarios::shells::Shells;

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let files = Shells::read(&root)?.files();
    for (path, text) in &files {
        let path = root.join(path);
        path.parent().map(fs::create_dir_all).transpose()?;
        fs::write(path, text)?;
    }
    println!("{} files", files.len());
    Ok(())
}
