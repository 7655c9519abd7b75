use flate2::{Compress, Compression, FlushCompress};
use kodanik_crypto::encoding::{from_base64url, to_base64url};
use kodanik_crypto::time::UnixSeconds;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::testing::{Authority, Leaf, NOW};
use crate::trust::Purpose;

const URI: &str = "https://eid.example/status/1";

struct World {
    authority: Authority,
    signer: Leaf,
}

impl World {
    fn new() -> Self {
        let authority = Authority::new();
        let signer = authority.leaf(Purpose::Status);
        Self { authority, signer }
    }

    fn verify_at(&self, text: &str, now: UnixSeconds) -> Result<VerifiedStatusToken, StatusError> {
        UnverifiedStatusToken::parse(text)?.verify(&self.authority.anchors(), URI, now)
    }

    fn verify(&self, text: &str) -> Result<VerifiedStatusToken, StatusError> {
        self.verify_at(text, NOW)
    }

    /// A token that says what `change` says instead.
    fn odd(&self, change: Value) -> Result<VerifiedStatusToken, StatusError> {
        let mut payload = json!({"sub": URI, "iat": NOW, "exp": NOW.plus(600), "ttl": 300,
            "status_list": {"bits": 1, "lst": "eNrbuRgAAhcBXQ"}});
        for (name, value) in change.as_object().unwrap() {
            payload[name] = value.clone();
            if value.is_null() {
                payload.as_object_mut().unwrap().remove(name);
            }
        }
        self.verify(&self.signer.sign(STATUS_LIST_TYPE, &payload))
    }
}

fn reference(idx: u64) -> StatusReference {
    StatusReference::new(idx, URI).unwrap()
}

fn inflate(bits: Bits, text: &str) -> Result<StatusList, StatusError> {
    StatusList::inflate(bits, &from_base64url(text).unwrap())
}

/// The draft's section 4.1: bytes b9 a3.
#[test]
fn the_drafts_list_of_one_bit_reads_as_it_says() {
    let list = inflate(Bits::One, "eNrbuRgAAhcBXQ").unwrap();
    let expected = [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1];
    for (idx, bit) in expected.into_iter().enumerate() {
        let status = if bit == 1 { Status::Invalid } else { Status::Valid };
        assert_eq!(list.status(idx as u64), Ok(status), "{idx}");
    }
    assert_eq!(list.status(16), Err(StatusError::Index));
}

/// The draft's section 4.1: bytes c9 44 f9.
#[test]
fn the_drafts_list_of_two_bits_reads_as_it_says() {
    let list = inflate(Bits::Two, "eNo76fITAAPfAgc").unwrap();
    let expected = [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3];
    let statuses = [Status::Valid, Status::Invalid, Status::Suspended, Status::ApplicationSpecific];
    for (idx, value) in expected.into_iter().enumerate() {
        assert_eq!(list.status(idx as u64), Ok(statuses[value]), "{idx}");
    }
}

#[test]
fn a_revoked_entry_is_told_and_its_neighbours_are_not() {
    let world = World::new();
    let mut list = StatusList::new(Bits::Two, 1000).unwrap();
    list.set(41, Status::Suspended).unwrap();
    list.set(42, Status::Invalid).unwrap();
    let times = TokenTimes { issued: NOW, expires: NOW.plus(600), ttl: 120 };
    let text = list.token(world.signer.x5c.clone(), URI, times).unwrap().sign(&world.signer.key);
    let token = world.verify(&text).unwrap();
    assert_eq!(token.status(&reference(40)), Ok(Status::Valid));
    assert_eq!(token.status(&reference(41)), Ok(Status::Suspended));
    assert_eq!(token.status(&reference(42)), Ok(Status::Invalid));
    assert_eq!(token.status(&reference(43)), Ok(Status::Valid));
    assert_eq!(token.status(&reference(1000)), Err(StatusError::Index));
    assert_eq!(token.status(&reference(u64::MAX)), Err(StatusError::Index));
    let elsewhere = StatusReference::new(40, "https://eid.example/status/2").unwrap();
    assert_eq!(token.status(&elsewhere), Err(StatusError::OtherList));
}

#[test]
fn freshness_has_an_end() {
    let world = World::new();
    let token = world.odd(json!({"ttl": 120})).unwrap();
    assert_eq!(token.freshness(NOW, NOW.plus(119)), Freshness::Fresh);
    assert_eq!(token.freshness(NOW, NOW.plus(120)), Freshness::Stale { age: 120 });
    assert_eq!(token.freshness(NOW, NOW.plus(600)), Freshness::Expired);
    assert_eq!(token.freshness(NOW.plus(100), NOW), Freshness::Stale { age: 0 }, "the clock was set back");
    assert_eq!(world.odd(json!({"ttl": 86_400})).unwrap().ttl(), MAX_TTL);
    assert_eq!(world.odd(json!({"ttl": null})).unwrap().ttl(), MAX_TTL);
    let endless = world.odd(json!({"exp": null})).unwrap();
    assert_eq!(endless.freshness(NOW, NOW.plus(300)), Freshness::Stale { age: 300 });
}

#[test]
fn tokens_that_are_refused() {
    let world = World::new();
    assert!(world.odd(json!({})).is_ok());
    let shape = StatusError::Jose(JoseError::Json(crate::json::JsonError::Shape));
    for (change, error) in [
        (json!({"sub": "https://eid.example/status/2"}), StatusError::OtherList),
        (json!({"sub": null}), shape),
        (json!({"iat": NOW.plus(61)}), StatusError::NotYetValid),
        (json!({"iat": null}), shape),
        (json!({"exp": NOW}), StatusError::Expired),
        (json!({"exp": "never"}), shape),
        (json!({"ttl": -1}), shape),
        (json!({"status_list": {"bits": 8, "lst": "eNrbuRgAAhcBXQ"}}), StatusError::Bits),
        (json!({"status_list": {"bits": 0, "lst": "eNrbuRgAAhcBXQ"}}), StatusError::Bits),
        (json!({"status_list": {"bits": 1, "lst": "eNrbuRgAAhcBXQ=="}}), StatusError::Compression),
        (json!({"status_list": {"bits": 1, "lst": "AAAA"}}), StatusError::Compression),
        (json!({"status_list": {"bits": 1, "lst": "eNrbuRgA"}}), StatusError::Compression),
        (json!({"status_list": {"bits": 1}}), shape),
    ] {
        assert_eq!(world.odd(change.clone()).map(drop), Err(error), "{change}");
    }
}

#[test]
fn only_a_status_signer_of_ours_speaks() {
    let world = World::new();
    let payload = json!({"sub": URI, "iat": NOW, "status_list": {"bits": 1, "lst": "eNrbuRgAAhcBXQ"}});
    let issuer = world.authority.leaf(Purpose::PidIssuer);
    let verdict = world.verify(&issuer.sign(STATUS_LIST_TYPE, &payload)).map(drop);
    assert_eq!(verdict, Err(StatusError::Trust(TrustError::Purpose)));
    let stranger = Authority::new().leaf(Purpose::Status);
    let verdict = world.verify(&stranger.sign(STATUS_LIST_TYPE, &payload)).map(drop);
    assert_eq!(verdict, Err(StatusError::Trust(TrustError::Unknown)));
    let verdict = world.verify(&world.signer.sign("JWT", &payload)).map(drop);
    assert_eq!(verdict, Err(StatusError::Trust(TrustError::Jose(JoseError::Type))));
}

/// 512 MiB of zeros as zlib, put together from one compressed mebibyte that is repeated.
fn bomb() -> Vec<u8> {
    let mut compress = Compress::new(Compression::best(), true);
    let mut mebibyte = || {
        let mut out = Vec::with_capacity(1 << 16);
        compress.compress_vec(&[0; 1 << 20], &mut out, FlushCompress::Full).unwrap();
        assert_eq!(compress.total_in() % (1 << 20), 0);
        out
    };
    let (first, next) = (mebibyte(), mebibyte());
    [first, next.repeat(511)].concat()
}

/// Refused having produced 16 MiB and one byte of the 512 MiB.
#[test]
fn a_bomb_is_refused_in_bounded_memory() {
    let bomb = bomb();
    assert!(bomb.len() <= MAX_COMPRESSED);
    assert_eq!(StatusList::inflate(Bits::One, &bomb), Err(StatusError::TooLarge));
    let world = World::new();
    let lst = to_base64url(&bomb);
    assert_eq!(
        world.odd(json!({"status_list": {"bits": 1, "lst": lst}})).map(drop),
        Err(StatusError::TooLarge)
    );
}

#[test]
fn caps_hold() {
    assert_eq!(StatusList::inflate(Bits::One, &vec![0; MAX_COMPRESSED + 1]), Err(StatusError::TooLarge));
    let long = "A".repeat(MAX_TOKEN + 1);
    assert_eq!(UnverifiedStatusToken::parse(&long).map(drop), Err(StatusError::Jose(JoseError::TooLarge)));
    assert_eq!(StatusList::new(Bits::One, 8 * MAX_LIST as u64 + 1), Err(StatusError::TooLarge));
    assert_eq!(StatusList::new(Bits::Two, u64::MAX), Err(StatusError::TooLarge));
    assert_eq!(StatusList::new(Bits::One, 0), Err(StatusError::TooLarge));
    let mut list = StatusList::new(Bits::One, 8).unwrap();
    assert_eq!(list.set(0, Status::Suspended), Err(StatusError::Bits));
    assert_eq!(list.set(8, Status::Invalid), Err(StatusError::Index));
}

#[test]
fn references_read_as_they_were_written() {
    let claims = |value: Value| Map::from_iter([("status".to_owned(), value)]);
    let good = reference(7);
    assert_eq!(StatusReference::from_claims(&claims(good.to_claim())), Ok(Some(good)));
    assert_eq!(StatusReference::from_claims(&Map::new()), Ok(None));
    for bad in [
        json!(null),
        json!({}),
        json!({"identifier_list": {}}),
        json!({"status_list": {"idx": -1, "uri": URI}}),
        json!({"status_list": {"idx": "1", "uri": URI}}),
        json!({"status_list": {"idx": 1}}),
        json!({"status_list": {"idx": 1, "uri": "/status/1"}}),
        json!({"status_list": {"idx": 1, "uri": "file:///etc/passwd"}}),
        json!({"status_list": {"idx": 1, "uri": "https://user@eid.example/"}}),
        json!({"status_list": {"idx": 1, "uri": "https://:pass@eid.example/"}}),
        json!({"status_list": {"idx": 1, "uri": format!("{URI}/{}", "a".repeat(2048))}}),
    ] {
        assert_eq!(StatusReference::from_claims(&claims(bad.clone())), Err(StatusError::Shape), "{bad}");
    }
}

proptest! {
    #[test]
    fn what_is_set_is_read(entries in prop::collection::btree_map(0_u64..500, 0_u8..4, 0..40)) {
        let statuses = [Status::Valid, Status::Invalid, Status::Suspended, Status::ApplicationSpecific];
        let mut list = StatusList::new(Bits::Two, 500).unwrap();
        for (idx, value) in &entries {
            list.set(*idx, Status::ApplicationSpecific).unwrap();
            list.set(*idx, statuses[usize::from(*value)]).unwrap();
        }
        let list = StatusList::inflate(Bits::Two, &list.compress().unwrap()).unwrap();
        for idx in 0..500 {
            let value = entries.get(&idx).copied().unwrap_or(0);
            prop_assert_eq!(list.status(idx), Ok(statuses[usize::from(value)]));
        }
    }

    #[test]
    fn no_bytes_make_the_parsers_panic(bytes: Vec<u8>, text in r"[A-Za-z0-9_.-]{0,60}") {
        let _ = StatusList::inflate(Bits::One, &bytes);
        let _ = UnverifiedStatusToken::parse(&text);
        let _ = StatusReference::new(0, &text);
    }
}
