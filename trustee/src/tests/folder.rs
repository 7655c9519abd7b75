//! The folder: passphrase, lock, files that were damaged, moved or are in the way.

use kodanik_ballot::ids::ManifestHash;
use kodanik_crypto::secret::SecretBytes;
use tempfile::TempDir;

use super::{Restarting, assert_refused, passphrase};
use crate::disk::Disk;
use crate::home::{Home, Record};
use crate::{Trustee, TrusteeError};

const ELECTION: ManifestHash = ManifestHash::new([1; 32]);
const OTHER: ManifestHash = ManifestHash::new([2; 32]);

fn home() -> (TempDir, Home) {
    let dir = TempDir::new().unwrap();
    let (home, _) = Home::init(dir.path(), "A", &passphrase(), Disk::default()).unwrap();
    (dir, home)
}

#[test]
fn one_trustee_per_folder() {
    let home = Restarting::init("A");
    assert_refused!(Trustee::init(home.0.path(), "B", &passphrase()), TrusteeError::AlreadyThere(_));
    assert_eq!(home.open().card().name, "A");
    assert_refused!(Trustee::open(TempDir::new().unwrap().path(), &passphrase()), TrusteeError::NotThere(_));
    for name in ["", "line\nbreak", &"a".repeat(201)] {
        assert_refused!(
            Trustee::init(TempDir::new().unwrap().path(), name, &passphrase()),
            TrusteeError::Name
        );
    }
}

#[test]
fn one_process_per_folder() {
    let home = Restarting::init("A");
    let first = home.open();
    assert_refused!(Trustee::open(home.0.path(), &passphrase()), TrusteeError::InUse(_));
    drop(first);
    home.open();
}

#[test]
fn a_wrong_passphrase_and_a_damaged_identity() {
    let home = Restarting::init("A");
    let wrong = SecretBytes::new(b"wrong horse".to_vec());
    assert_refused!(Trustee::open(home.0.path(), &wrong), TrusteeError::Passphrase(_));
    let file = home.0.path().join("identity");
    let mut bytes = std::fs::read(&file).unwrap();
    let at = bytes.len() / 2;
    bytes[at] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    assert_refused!(
        Trustee::open(home.0.path(), &passphrase()),
        TrusteeError::Passphrase(_) | TrusteeError::Sealed(_)
    );
}

#[test]
fn a_record_is_written_once() {
    let (_dir, home) = home();
    assert!(home.recall(&ELECTION, Record::Statement).unwrap().is_none());
    assert!(home.keep(&ELECTION, Record::Statement, b"first").unwrap());
    assert!(!home.keep(&ELECTION, Record::Statement, b"second").unwrap());
    assert_eq!(home.recall(&ELECTION, Record::Statement).unwrap().unwrap().expose(), b"first");
    assert!(home.recall(&OTHER, Record::Statement).unwrap().is_none());
    home.destroy(&ELECTION, Record::Statement).unwrap();
    home.destroy(&ELECTION, Record::Statement).unwrap();
    assert!(home.recall(&ELECTION, Record::Statement).unwrap().is_none());
}

/// What a crash in the middle of writing leaves behind is overwritten, and never read.
#[test]
fn a_half_written_record_does_not_count() {
    let (dir, home) = home();
    assert!(home.keep(&ELECTION, Record::KeyShare, b"share").unwrap());
    let folder = dir.path().join("elections").join(ELECTION.to_string());
    std::fs::write(folder.join("statement.new"), b"half").unwrap();
    assert!(home.recall(&ELECTION, Record::Statement).unwrap().is_none());
    assert!(home.keep(&ELECTION, Record::Statement, b"whole").unwrap());
    assert_eq!(home.recall(&ELECTION, Record::Statement).unwrap().unwrap().expose(), b"whole");
}

/// A crash after the record has its name and before the other name is gone leaves two names for one file. Writing
/// through the other name would change a record that is written once.
#[test]
fn a_record_with_a_second_name_is_not_written_through_it() {
    let (dir, home) = home();
    assert!(home.keep(&ELECTION, Record::Statement, b"first").unwrap());
    let folder = dir.path().join("elections").join(ELECTION.to_string());
    std::fs::hard_link(folder.join("statement"), folder.join("statement.new")).unwrap();
    assert!(!home.keep(&ELECTION, Record::Statement, b"second").unwrap());
    assert_eq!(home.recall(&ELECTION, Record::Statement).unwrap().unwrap().expose(), b"first");
}

#[test]
fn a_damaged_or_moved_record_is_refused() {
    let (dir, home) = home();
    for election in [&ELECTION, &OTHER] {
        assert!(home.keep(election, Record::KeyShare, b"share").unwrap());
    }
    let file = |election: &ManifestHash, name: &str| {
        dir.path().join("elections").join(election.to_string()).join(name)
    };
    std::fs::copy(file(&ELECTION, "key-share"), file(&ELECTION, "statement")).unwrap();
    assert_refused!(home.recall(&ELECTION, Record::Statement), TrusteeError::Sealed(_));
    std::fs::copy(file(&ELECTION, "key-share"), file(&OTHER, "key-share")).unwrap();
    assert_refused!(home.recall(&OTHER, Record::KeyShare), TrusteeError::Sealed(_));
    std::fs::write(file(&ELECTION, "key-share"), b"short").unwrap();
    assert_refused!(home.recall(&ELECTION, Record::KeyShare), TrusteeError::Sealed(_));
}

#[cfg(unix)]
#[test]
fn nobody_else_reads_the_folder() {
    use std::os::unix::fs::PermissionsExt;
    let (dir, home) = home();
    home.keep(&ELECTION, Record::KeyShare, b"share").unwrap();
    let mode = |path: std::path::PathBuf| std::fs::metadata(path).unwrap().permissions().mode() & 0o077;
    let folder = dir.path().join("elections").join(ELECTION.to_string());
    for path in [dir.path().join("identity"), folder.clone(), folder.join("key-share")] {
        assert_eq!(mode(path), 0);
    }
}

/// The plaintext of a secret is in no file.
#[test]
fn no_secret_lies_open() {
    let (dir, home) = home();
    let canary = b"canary-canary-canary-canary";
    home.keep(&ELECTION, Record::KeyShare, canary).unwrap();
    let folder = dir.path().join("elections").join(ELECTION.to_string());
    for entry in std::fs::read_dir(folder).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(!bytes.windows(canary.len()).any(|window| window == canary));
    }
}
