//! Files that are there whole or not at all, and that are still there after the power failed.
//!
//! Before every change that a later process could see stands [`Disk::step`], where a test can end the process's life.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::error::TrusteeError;

/// The disk, or, in a test, one that stops working at a given step.
#[derive(Default)]
pub(crate) struct Disk {
    #[cfg(test)]
    dies_at: Option<FaultyDisk>,
}

impl Disk {
    /// A file's content, if there is one.
    pub(crate) fn read(&self, path: &Path) -> Result<Option<Vec<u8>>, TrusteeError> {
        match fs::read(path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(source) => Err(TrusteeError::File { path: path.to_owned(), source }),
        }
    }

    /// Writes a file that must not exist yet; `false` where it does. A hard link, unlike a rename, never replaces.
    pub(crate) fn write_once(&self, path: &Path, bytes: &[u8]) -> Result<bool, TrusteeError> {
        let temporary = self.write_temporary(path, bytes)?;
        let link = || -> io::Result<bool> {
            self.step()?;
            let linked = match fs::hard_link(&temporary, path) {
                Ok(()) => true,
                Err(error) if error.kind() == ErrorKind::AlreadyExists => false,
                Err(error) => return Err(error),
            };
            self.step()?;
            fs::remove_file(&temporary)?;
            sync_parent(path)?;
            Ok(linked)
        };
        link().map_err(|source| TrusteeError::File { path: path.to_owned(), source })
    }

    /// Writes a file in the place of the one that may be there.
    pub(crate) fn replace(&self, path: &Path, bytes: &[u8]) -> Result<(), TrusteeError> {
        let temporary = self.write_temporary(path, bytes)?;
        let replace = || -> io::Result<()> {
            self.step()?;
            fs::rename(&temporary, path)?;
            sync_parent(path)
        };
        replace().map_err(|source| TrusteeError::File { path: path.to_owned(), source })
    }

    /// Removes a file, if there is one, and what a crash may have left of the writing of it.
    pub(crate) fn remove(&self, path: &Path) -> Result<(), TrusteeError> {
        let remove = || -> io::Result<()> {
            let mut was_there = false;
            for name in [path.with_extension("new"), path.to_owned()] {
                if name.exists() {
                    self.step()?;
                    was_there |= unlink(&name)?;
                }
            }
            if was_there { sync_parent(path) } else { Ok(()) }
        };
        remove().map_err(|source| TrusteeError::File { path: path.to_owned(), source })
    }

    /// Makes a folder for its owner alone; one that exists stays as it is.
    pub(crate) fn make_dir(&self, path: &Path) -> Result<(), TrusteeError> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        let make = || -> io::Result<()> {
            if !path.is_dir() {
                self.step()?;
                builder.create(path)?;
            }
            sync_parent(path)
        };
        make().map_err(|source| TrusteeError::File { path: path.to_owned(), source })
    }

    fn write_temporary(&self, path: &Path, bytes: &[u8]) -> Result<PathBuf, TrusteeError> {
        let temporary = path.with_extension("new");
        let write = || -> io::Result<()> {
            // What a crash left behind may be a second name of the file itself: it is unlinked, never written through.
            unlink(&temporary)?;
            self.step()?;
            let mut file = options().create_new(true).open(&temporary)?;
            for half in [&bytes[..bytes.len() / 2], &bytes[bytes.len() / 2..]] {
                self.step()?;
                file.write_all(half)?;
            }
            file.sync_all()
        };
        write().map_err(|source| TrusteeError::File { path: temporary.clone(), source })?;
        Ok(temporary)
    }

    #[cfg(not(test))]
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "in tests it counts, and fails")]
    fn step(&self) -> io::Result<()> {
        Ok(())
    }

    #[cfg(test)]
    fn step(&self) -> io::Result<()> {
        self.dies_at.as_ref().map_or(Ok(()), FaultyDisk::step)
    }
}

/// A file is on the disk when its directory says so.
fn sync_parent(path: &Path) -> io::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if cfg!(unix) { File::open(parent).and_then(|dir| dir.sync_all()) } else { Ok(()) }
}

/// `false` where there was no file.
fn unlink(path: &Path) -> io::Result<bool> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Readable by the owner alone, where the system knows owners.
pub(crate) fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// A test double: a disk on which the process dies. After the given number of steps nothing more reaches it.
#[cfg(test)]
pub(crate) struct FaultyDisk(std::sync::atomic::AtomicI64);

#[cfg(test)]
impl FaultyDisk {
    fn step(&self) -> io::Result<()> {
        match self.0.fetch_sub(1, std::sync::atomic::Ordering::SeqCst) {
            left if left > 0 => Ok(()),
            _ => Err(io::Error::other("the process is dead: this disk is a test double")),
        }
    }
}

#[cfg(test)]
impl Disk {
    /// Lets `steps` steps pass and none after.
    pub(crate) fn dying_after(steps: i64) -> Self {
        Self { dies_at: Some(FaultyDisk(steps.into())) }
    }
}
