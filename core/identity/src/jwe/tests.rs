use kodanik_crypto::encoding::Bytes;
use proptest::prelude::*;
use rand_core::OsRng;

use super::*;

fn key(scalar: &str) -> SigningKey {
    let bytes = Bytes::<32>::parse(scalar).unwrap();
    SigningKey::from_bytes(&Secret::from_slice(&bytes.0).unwrap()).unwrap()
}

/// RFC 7518 appendix C.
#[test]
fn the_key_is_rfc_7518s() {
    let alice = key("0_NxaRPUMQoAJt50Gz8YiTr8gRTwyEaCumd-MToTmIo");
    let bob = key("VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw");
    let info = PartyInfo { apu: b"Alice", apv: b"Bob" };
    let shared = alice.agree(&bob.verifying_key());
    assert_eq!(
        *shared.expose(),
        [
            158, 86, 217, 29, 129, 113, 53, 211, 114, 131, 66, 131, 191, 132, 38, 156, 251, 49, 110, 163,
            218, 128, 106, 72, 246, 218, 167, 121, 140, 254, 144, 196
        ]
    );
    let content_key = derive_content_key(&shared, ContentEncryption::A128Gcm, info);
    assert_eq!(to_base64url(&content_key.expose()[..16]), "VqqN6vgjbSBcIijNcacQGg");
    let other = derive_content_key(&shared, ContentEncryption::A256Gcm, info);
    assert_ne!(other.expose()[..16], content_key.expose()[..16]);
}

fn sealed(encryption: ContentEncryption, info: PartyInfo<'_>, plaintext: &[u8]) -> (DecryptionKey, String) {
    let key = DecryptionKey::make(&mut OsRng);
    let text = encrypt(&mut OsRng, &key.public_jwk("k1"), encryption, info, plaintext).unwrap();
    (key, text)
}

/// The same JWE under another protected header.
fn with_header(text: &str, change: impl FnOnce(&mut Map<String, Value>)) -> String {
    let (header, rest) = text.split_once('.').unwrap();
    let mut header = json::parse_object(&from_base64url(header).unwrap(), 4096).unwrap();
    change(&mut header);
    format!("{}.{rest}", to_base64url(Value::Object(header).to_string()))
}

#[test]
fn headers_that_are_refused() {
    let (_, text) = sealed(ContentEncryption::A128Gcm, PartyInfo::default(), b"answer");
    let set = |name: &'static str, value: Value| {
        with_header(&text, |header| {
            header.insert(name.into(), value);
        })
    };
    let off_curve =
        json!({"kty": "EC", "crv": "P-256", "x": to_base64url([1; 32]), "y": to_base64url([1; 32])});
    let cases = [
        (set("alg", json!("ECDH-ES+A128KW")), JweError::Algorithm),
        (set("alg", json!("dir")), JweError::Algorithm),
        (set("alg", json!("RSA1_5")), JweError::Algorithm),
        (set("enc", json!("A128CBC-HS256")), JweError::Algorithm),
        (set("enc", json!("A192GCM")), JweError::Algorithm),
        (set("enc", Value::Null), JweError::Algorithm),
        (set("zip", json!("DEF")), JweError::Compressed),
        (set("crit", json!([])), JweError::Critical),
        (set("epk", off_curve), JweError::Key),
        (set("epk", Value::Null), JweError::Key),
        (set("apu", json!("not base64url")), JweError::Encoding(EncodingError::Base64)),
        (set("kid", json!(1)), JweError::Json(JsonError::Shape)),
    ];
    for (text, error) in cases {
        assert_eq!(CompactJwe::parse(&text, 4096).unwrap_err(), error);
    }
    assert_eq!(CompactJwe::parse(&text, text.len() - 1).unwrap_err(), JweError::TooLarge);
}

#[test]
fn shapes_that_are_refused() {
    let (_, text) = sealed(ContentEncryption::A128Gcm, PartyInfo::default(), b"answer");
    let parts: Vec<&str> = text.split('.').collect();
    let [header, _, nonce, content, tag] = parts[..] else { panic!("five parts") };
    for text in [
        format!("{header}.AAAA.{nonce}.{content}.{tag}"),
        format!("{header}..{nonce}.{content}"),
        format!("{header}..{nonce}.{content}.{tag}.AA"),
        format!("{header}..AAAA.{content}.{tag}"),
        format!("{header}..{nonce}.{content}.AAAA"),
        format!("{header}...."),
        String::new(),
    ] {
        assert_eq!(CompactJwe::parse(&text, 4096).unwrap_err(), JweError::Shape, "{text}");
    }
}

#[test]
fn it_opens_for_its_recipient_alone_and_unchanged() {
    let (key, text) = sealed(ContentEncryption::A256Gcm, PartyInfo { apu: b"u", apv: b"v" }, b"answer");
    let open = |text: &str| CompactJwe::parse(text, 4096).unwrap().decrypt(&key).map(drop);
    assert_eq!(open(&text), Ok(()));
    let other = DecryptionKey::make(&mut OsRng);
    let parsed = CompactJwe::parse(&text, 4096).unwrap();
    assert_eq!(parsed.decrypt(&other).unwrap_err(), JweError::DoesNotOpen);
    for change in ["apu", "apv", "kid", "typ"] {
        let changed = with_header(&text, |header| {
            header.insert(change.into(), "AAAA".into());
        });
        assert_eq!(open(&changed), Err(JweError::DoesNotOpen), "{change}");
    }
    let other_key = with_header(&text, |header| {
        header.insert("epk".into(), json!(other.public_jwk("x")));
    });
    assert_eq!(open(&other_key), Err(JweError::DoesNotOpen));
}

#[test]
fn keys_for_something_else_are_not_encrypted_to() {
    let good = DecryptionKey::make(&mut OsRng).public_jwk("k");
    for change in [
        |jwk: &mut Jwk| jwk.usage = Some("sig".into()),
        |jwk: &mut Jwk| jwk.algorithm = Some("ES256".into()),
        |jwk: &mut Jwk| jwk.algorithm = Some("ECDH-ES+A128KW".into()),
    ] {
        let mut jwk = good.clone();
        change(&mut jwk);
        let sealed = encrypt(&mut OsRng, &jwk, ContentEncryption::A128Gcm, PartyInfo::default(), b"");
        assert_eq!(sealed, Err(JweError::Key));
    }
}

proptest! {
    #[test]
    fn what_is_sealed_opens(plaintext: Vec<u8>, apu: Vec<u8>, apv: Vec<u8>, strong: bool) {
        let encryption = if strong { ContentEncryption::A256Gcm } else { ContentEncryption::A128Gcm };
        let (key, text) = sealed(encryption, PartyInfo { apu: &apu, apv: &apv }, &plaintext);
        let jwe = CompactJwe::parse(&text, 1 << 20).unwrap();
        prop_assert_eq!((jwe.apu(), jwe.apv(), jwe.kid(), jwe.encryption()), (&apu[..], &apv[..], Some("k1"), encryption));
        let opened = jwe.decrypt(&key).unwrap();
        prop_assert_eq!(opened.expose(), &plaintext[..]);
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in r"[A-Za-z0-9_=-]{0,40}(\.[A-Za-z0-9_=-]{0,20}){0,5}") {
        let _ = CompactJwe::parse(&text, 1024);
    }

    #[test]
    fn no_flipped_character_opens(at: prop::sample::Index) {
        let (key, text) = sealed(ContentEncryption::A128Gcm, PartyInfo::default(), b"some answer");
        let mut bytes = text.clone().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(bytes).unwrap();
        let opened = CompactJwe::parse(&changed, 4096).and_then(|jwe| jwe.decrypt(&key).map(drop));
        prop_assert!(opened.is_err());
    }
}
