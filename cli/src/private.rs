//! Files and folders that are nobody else's business: readable by their owner alone, and never overwritten.

use std::fs::{DirBuilder, OpenOptions};
use std::io::{Result, Write};
use std::path::Path;

/// Makes a folder, and those above it; one that exists stays as it is.
pub(crate) fn make_folder(dir: &Path) -> Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

/// Writes a file that must not exist yet, down to the disk.
pub(crate) fn write_new(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
