//! The folder: passphrase, lock, files that were damaged, moved or are in the way.

use kodanik_ballot::ids::ManifestHash;
use kodanik_crypto::secret::SecretBytes;
use tempfile::TempDir;

use super::ceremony::Announced;
use super::{Restarting, assert_refused, passphrase};
use crate::disk::Disk;
use crate::home::{Home, Record};
use crate::keygen::Keygen;
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

/// A thief of the folder has the sealed share and the identity under Argon2id, and neither the passphrase nor the share.
#[tokio::test(flavor = "multi_thread")]
async fn s22_a_key_share_is_unreadable_without_the_passphrase() {
    let announced = Announced::start().await;
    announced.make_key().await;
    let (hash, folder) = (announced.manifest.hash(), announced.trustees[0].0.path());
    let (home, identity) = Home::open(folder, &passphrase()).unwrap();
    let share = home.recall(&hash, Record::KeyShare).unwrap().unwrap();
    drop(home);
    let (scalar, signing) = (&share.expose()[34..], identity.signing_key.to_bytes());
    for file in files(folder) {
        let bytes = std::fs::read(&file).unwrap();
        for secret in [scalar, &signing.expose()[..], b"correct horse"] {
            assert!(!bytes.windows(secret.len()).any(|window| window == secret), "{}", file.display());
        }
    }
    // The identity says how dear a guess is: 64 MiB and three passes at least.
    let sealed = std::fs::read_to_string(folder.join("identity")).unwrap();
    assert!(sealed.contains(r#""memory_kib":65536"#) && sealed.contains(r#""passes":3"#), "{sealed}");
    for guess in ["", "correct hors", "correct horse ", "Correct horse"] {
        let guess = SecretBytes::new(guess.as_bytes().to_vec());
        assert_refused!(Trustee::open(folder, &guess), TrusteeError::Passphrase(_));
    }
    // Nor does it open in another trustee's folder, whose passphrase the thief knows.
    let other = Restarting::init("Thief");
    std::fs::create_dir_all(other.file(&hash.to_string(), "")).unwrap();
    std::fs::copy(announced.file(0, "key-share"), other.file(&hash.to_string(), "key-share")).unwrap();
    let (thief, _) = Home::open(other.0.path(), &passphrase()).unwrap();
    assert_refused!(thief.recall(&hash, Record::KeyShare), TrusteeError::Sealed(_));
}

fn files(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn s22_a_file_that_was_cut_short_is_named() {
    let announced = Announced::start().await;
    announced.make_key().await;
    let folder = announced.trustees[0].0.path();
    let sealed: Vec<_> = files(folder).into_iter().filter(|file| !file.ends_with("lock")).collect();
    assert_eq!(sealed.len(), 3, "identity, head, share of the key: {sealed:?}");
    for file in sealed {
        let whole = std::fs::read(&file).unwrap();
        for length in [0, 1, whole.len() / 2, whole.len() - 1] {
            std::fs::write(&file, &whole[..length]).unwrap();
            let outcome = match Trustee::open(folder, &passphrase()) {
                Ok(trustee) => trustee.keygen(&mut announced.gateway.board(), super::SLUG).await.map(|_| ()),
                Err(error) => Err(error),
            };
            let Err(TrusteeError::Sealed(named)) = outcome else { panic!("{outcome:?}") };
            assert_eq!(named, file);
        }
        std::fs::write(&file, whole).unwrap();
    }
    assert!(matches!(announced.keygen(0).await, Ok(Keygen::Done { .. })));
}

/// An old copy of the folder, put back after each step: it never speaks a second time, and never looks complete.
#[tokio::test(flavor = "multi_thread")]
async fn s22_a_folder_that_was_rolled_back_is_found_out() {
    let announced = Announced::start().await;
    let (folder, copies) = (announced.trustees[0].0.path(), TempDir::new().unwrap());
    let mut taken = 0;
    for round in 0..6 {
        copy(folder, &copies.path().join(round.to_string()));
        taken = round;
        let done = announced.keygen(0).await.unwrap();
        if matches!(done, Keygen::Done { .. }) {
            break;
        }
        announced.keygen(1).await.unwrap();
        announced.keygen(2).await.unwrap();
    }
    assert!(taken > 2, "{taken}");
    let size = announced.gateway.with(|served| served.log.leaves.len());
    // The newest copy is the folder as it was when all was done.
    for old in 0..taken - 1 {
        let copy = copies.path().join(old.to_string());
        let trustee = Trustee::open(&copy, &passphrase()).unwrap();
        let outcome = trustee.keygen(&mut announced.gateway.board(), super::SLUG).await;
        assert_refused!(outcome, TrusteeError::StateLost);
    }
    assert_eq!(announced.gateway.with(|served| served.log.leaves.len()), size, "nothing was said");
}

/// Copies all files.
pub(super) fn copy(from: &std::path::Path, to: &std::path::Path) {
    for file in files(from) {
        let target = to.join(file.strip_prefix(from).unwrap());
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        std::fs::copy(&file, target).unwrap();
    }
}
