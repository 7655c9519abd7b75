use kodanik_crypto::time::UnixSeconds;
use kodanik_identity::rebinding::UnverifiedBlob;
use rand_core::OsRng;

use super::*;

const HEADER: usize = 60;
const SIGNATURE: usize = 64;

const COST: Argon2Cost = Argon2Cost::STANDARD;

fn context() -> WrapContext {
    WrapContext { account: [1; 16], set: [2; 16], slot: Slot::parse(3).unwrap(), cost: COST }
}

fn header() -> BlobHeader {
    BlobHeader { account: [1; 16], set: [2; 16], counter: 7, created: UnixSeconds(1_800_000_000) }
}

struct Phone {
    backup: SigningKey,
    device: SigningKey,
}

impl Phone {
    fn new() -> Self {
        Self { backup: SigningKey::make(&mut OsRng), device: SigningKey::make(&mut OsRng) }
    }

    fn blob(&self, content: &[u8]) -> Vec<u8> {
        let public = BackupKey(self.backup.verifying_key());
        let draft = public.seal_blob(&mut OsRng, &header(), content).unwrap();
        draft.sign(&self.device)
    }

    fn open(&self, bytes: &[u8]) -> Result<Vec<u8>, RecoveryError> {
        let place = (&[1; 16], &[2; 16]);
        let blob = UnverifiedBlob::parse(bytes)?.verify(place, 7, &self.device.verifying_key())?;
        Ok(open_blob(&blob, &self.backup)?.expose().to_vec())
    }

    /// Signs changed bytes again, as a thief of the device key would: the seal must find the change by itself.
    fn sign_again(&self, blob: &[u8], change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
        let mut signed = blob[..blob.len() - SIGNATURE].to_vec();
        change(&mut signed);
        let signature = self.device.sign(&frame("kodanik/bc1/blob-signature", &[&signed]));
        [signed.as_slice(), &signature.to_bytes()].concat()
    }
}

#[test]
fn a_wrap_opens_only_in_its_place() {
    let kek = SealKey::make(&mut OsRng);
    let content = WrapContent {
        backup_key: SigningKey::make(&mut OsRng),
        participation_seed: Secret::make(&mut OsRng),
        device_key: SigningKey::make(&mut OsRng).verifying_key(),
    };
    let sealed = content.wrap(&mut OsRng, &kek, &context());
    let opened = WrapContent::unwrap(&sealed, &kek, &context()).unwrap();
    assert_eq!(opened.backup_key.verifying_key(), content.backup_key.verifying_key());
    assert_eq!(opened.participation_seed.expose(), content.participation_seed.expose());
    assert_eq!(opened.device_key, content.device_key);
    let right = context();
    let elsewhere = [
        WrapContext { account: [9; 16], ..right },
        WrapContext { set: [9; 16], ..right },
        WrapContext { slot: Slot::parse(4).unwrap(), ..right },
        WrapContext { cost: Argon2Cost { memory_kib: 19 * 1024, ..COST }, ..right },
        WrapContext { cost: Argon2Cost { passes: 1, ..COST }, ..right },
        WrapContext { cost: Argon2Cost { lanes: 2, ..COST }, ..right },
    ];
    for context in elsewhere {
        assert_eq!(WrapContent::unwrap(&sealed, &kek, &context).err(), Some(RecoveryError::DoesNotOpen));
    }
    let other = SealKey::make(&mut OsRng);
    assert_eq!(WrapContent::unwrap(&sealed, &other, &right).err(), Some(RecoveryError::DoesNotOpen));
    assert!(WrapContent::unwrap(&[], &kek, &right).is_err());
}

#[test]
fn a_blob_opens_and_its_size_tells_little() {
    let phone = Phone::new();
    for length in [0, 1, 4091, 4092] {
        assert_eq!(phone.open(&phone.blob(&vec![5; length])).unwrap(), vec![5; length]);
        assert_eq!(phone.blob(&vec![5; length]).len(), phone.blob(&[]).len());
    }
    assert_eq!(phone.blob(&[5; 4093]).len(), phone.blob(&[]).len() + PADDING);
}

#[test]
fn every_changed_byte_is_found() {
    let phone = Phone::new();
    let blob = phone.blob(b"content");
    for at in (0..HEADER + POINT + 40).chain(blob.len() - 100..blob.len()) {
        let mut bad = blob.clone();
        bad[at] ^= 1;
        assert!(phone.open(&bad).is_err(), "byte {at}");
    }
    for length in [0, 10, HEADER, HEADER + POINT + SIGNATURE, blob.len() - 1] {
        assert!(phone.open(&blob[..length]).is_err(), "length {length}");
    }
}

#[test]
fn a_header_changed_and_signed_again_does_not_open() {
    let phone = Phone::new();
    let blob = phone.blob(b"content");
    let opened = |bytes: &[u8]| phone.open(bytes).err();
    for (field, at, error) in [
        ("magic", 0, BlobError::Malformed.into()),
        ("account", 8, BlobError::WrongPlace.into()),
        ("set", 24, BlobError::WrongPlace.into()),
        ("counter", 40, RecoveryError::DoesNotOpen),
        ("created", 55, RecoveryError::DoesNotOpen),
        ("length", 59, BlobError::Malformed.into()),
        ("sealed", HEADER + POINT, RecoveryError::DoesNotOpen),
    ] {
        let bad = phone.sign_again(&blob, |bytes| bytes[at] ^= 1);
        assert_eq!(opened(&bad), Some(error), "{field}");
    }
    let other = Phone::new().blob(b"other");
    let swapped = phone.sign_again(&blob, |bytes| {
        bytes[HEADER..HEADER + POINT].copy_from_slice(&other[HEADER..HEADER + POINT]);
    });
    assert_eq!(opened(&swapped), Some(RecoveryError::DoesNotOpen));
}

#[test]
fn older_foreign_and_oversized_blobs_are_refused() {
    let phone = Phone::new();
    let blob = phone.blob(b"content");
    let key = phone.device.verifying_key();
    let verify = |account: u8, set: u8, newest, key| {
        let blob = UnverifiedBlob::parse(&blob).unwrap();
        blob.verify((&[account; 16], &[set; 16]), newest, key).err()
    };
    assert_eq!(verify(1, 2, 7, &key), None);
    assert_eq!(verify(1, 2, 8, &key), Some(BlobError::RolledBack));
    assert_eq!(verify(9, 2, 7, &key), Some(BlobError::WrongPlace));
    assert_eq!(verify(1, 9, 7, &key), Some(BlobError::WrongPlace));
    let other = Phone::new().device.verifying_key();
    assert_eq!(verify(1, 2, 7, &other), Some(BlobError::WrongSigner));
    assert_eq!(phone.open(&vec![0; MAX_BLOB + 1]), Err(BlobError::TooLarge.into()));
    let public = BackupKey(phone.backup.verifying_key());
    let too_large = public.seal_blob(&mut OsRng, &header(), &vec![0; MAX_BLOB]);
    assert_eq!(too_large.err(), Some(BlobError::TooLarge.into()));
    let thief = Phone { backup: SigningKey::make(&mut OsRng), ..phone };
    assert_eq!(thief.open(&blob), Err(RecoveryError::DoesNotOpen));
}
