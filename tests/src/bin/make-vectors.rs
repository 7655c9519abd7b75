//! Writes `tests/vectors/ballot` anew: the same files every time.
#![expect(clippy::print_stdout, reason = "a program for a terminal")]

use std::error::Error;
use std::fs;
use std::path::Path;

use scenarios::vectors;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(vectors::FOLDER);
    let made = vectors::make();
    for (path, text) in made.files() {
        let path = folder.join(path);
        path.parent().map(fs::create_dir_all).transpose()?;
        fs::write(path, text)?;
    }
    for path in vectors::paths(&folder)? {
        if !made.files().contains_key(&path) && path != vectors::README {
            fs::remove_file(folder.join(path))?;
        }
    }
    let readme = folder.join(vectors::README);
    fs::write(&readme, made.in_readme(&fs::read_to_string(&readme)?)?)?;
    println!("{} files, {} of them vectors", made.files().len(), made.rows().len());
    Ok(())
}
