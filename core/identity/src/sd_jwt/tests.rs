use kodanik_crypto::encoding::to_base64url;
use kodanik_crypto::signature::SigningKey;
use kodanik_crypto::time::UnixSeconds;
use kodanik_crypto::transcript::sha256;
use proptest::prelude::*;
use rand_core::OsRng;
use serde_json::{Map, Value, json};

use super::disclosure::Disclosure;
use super::*;
use crate::dcql::{ClaimPath, PathPart};
use crate::device_key;
use crate::jose::JwsHeader;
use crate::jose::{Jwk, JwsDraft};
use crate::status::StatusReference;
use crate::testing::{Authority, ISSUER, Leaf, NOW};
use crate::trust::Purpose;

const NONCE: &str = "nonce-of-the-request";
const AUDIENCE: &str = "x509_hash:verifier";

struct World {
    authority: Authority,
    issuer: Leaf,
    holder: SigningKey,
}

impl World {
    fn new() -> Self {
        let authority = Authority::new();
        let issuer = authority.leaf(Purpose::PidIssuer);
        Self { authority, issuer, holder: SigningKey::make(&mut OsRng) }
    }

    fn content(&self) -> CredentialContent {
        let Value::Object(claims) = claims() else { panic!("an object") };
        CredentialContent {
            issuer: ISSUER.into(),
            vct: "urn:eudi:pid:1".into(),
            issued: NOW,
            expires: NOW.plus(1000),
            holder: self.holder.verifying_key(),
            status: Some(StatusReference::new(7, "https://eid.example/status/1").unwrap()),
            claims,
            disclosable: disclosable(),
            decoys: 3,
        }
    }

    fn issue(&self) -> String {
        let draft = CredentialDraft::new(&mut OsRng, self.issuer.x5c.clone(), &self.content()).unwrap();
        draft.sign(&self.issuer.key)
    }

    fn verify(&self, text: &str) -> Result<VerifiedSdJwt, SdJwtError> {
        UnverifiedSdJwt::parse(text)?.verify(&self.authority.anchors(), NOW)
    }

    /// A credential whose payload and disclosures an issuer of bad software wrote.
    fn odd(&self, change: Value, disclosures: &[&str]) -> Result<VerifiedSdJwt, SdJwtError> {
        let mut payload = json!({
            "iss": ISSUER, "vct": "urn:eudi:pid:1", "iat": NOW, "exp": NOW.plus(9), "_sd_alg": "sha-256",
            "cnf": device_key::confirmation(&self.holder.verifying_key()),
        });
        for (name, value) in change.as_object().unwrap() {
            payload[name] = value.clone();
            if value.is_null() {
                payload.as_object_mut().unwrap().remove(name);
            }
        }
        let tail: String = disclosures.iter().map(|text| format!("{text}~")).collect();
        self.verify(&format!("{}~{tail}", self.issuer.sign(CREDENTIAL_TYPE, &payload)))
    }

    fn present(&self, paths: &[ClaimPath], binding: &KeyBinding<'_>) -> String {
        let credential = self.verify(&self.issue()).unwrap();
        let draft = credential.select(paths).unwrap().bind_key(binding).unwrap();
        let signature = self.holder.sign(draft.signing_input());
        draft.finish(signature)
    }

    fn accept(&self, text: &str, now: UnixSeconds) -> Result<VerifiedPresentation, SdJwtError> {
        let expected = Expected { nonce: NONCE, audience: AUDIENCE, now };
        UnverifiedPresentation::parse(text)?.verify(&self.authority.anchors(), &expected)
    }
}

fn claims() -> Value {
    json!({
        "given_name": "Mari",
        "family_name": "Maasikas",
        "address": { "locality": "Tartu", "country": "EE", "lines": ["Rüütli 1", "2nd floor"] },
        "nationalities": ["EE", "KR"],
        "degrees": [{ "type": "BSc", "year": 2019 }, { "type": "MSc", "year": 2021 }],
        "open": true,
    })
}

fn disclosable() -> Vec<ClaimPath> {
    let every = |name: &str| ClaimPath::new(vec![PathPart::Member(name.into()), PathPart::Every]).unwrap();
    let mut paths = vec![every("nationalities"), every("degrees")];
    paths.push(
        ClaimPath::new(vec![
            PathPart::Member("degrees".into()),
            PathPart::Every,
            PathPart::Member("year".into()),
        ])
        .unwrap(),
    );
    for path in [&["given_name"][..], &["family_name"], &["address"], &["address", "locality"], &["degrees"]]
    {
        paths.push(ClaimPath::of(path));
    }
    paths
}

fn binding() -> KeyBinding<'static> {
    KeyBinding { nonce: NONCE, audience: AUDIENCE, now: NOW, other: Map::new() }
}

fn member(name: &str, value: Value) -> Disclosure {
    Disclosure::make(&mut OsRng, Some(name), value)
}

/// RFC 9901 sections 4.2.1 to 4.2.4.
#[test]
fn digests_are_rfc_9901s() {
    let cases = [
        (
            "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0",
            "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0",
        ),
        ("WyJsa2x4RjVqTVlsR1RQVW92TU5JdkNBIiwgIkZSIl0", "w0I8EKcdCtUPkGCNUrfwVp2xEgNjtoIDlOxc9-PlOhs"),
    ];
    for (text, digest) in cases {
        assert_eq!(Disclosure::parse(text).unwrap().digest(), digest);
    }
    let family_name = Disclosure::parse(cases[0].0).unwrap();
    assert_eq!((family_name.name.as_deref(), family_name.value), (Some("family_name"), json!("Möbius")));
    assert_eq!(Disclosure::parse(cases[1].0).unwrap().name, None);
}

#[test]
fn everything_that_is_issued_comes_back() {
    let world = World::new();
    let text = world.issue();
    let credential = world.verify(&text).unwrap();
    for (name, value) in claims().as_object().unwrap() {
        assert_eq!(&credential.claims()[name], value, "{name}");
    }
    assert_eq!(credential.issuer(), ISSUER);
    assert_eq!(credential.vct(), "urn:eudi:pid:1");
    assert_eq!((credential.issued(), credential.expires()), (Some(NOW), Some(NOW.plus(1000))));
    assert_eq!(credential.status().unwrap().idx(), 7);
    assert_eq!(*credential.holder_key(), world.holder.verifying_key());
    assert_eq!(credential.disclosed().len(), 11);
    let names = ["_sd", "_sd_alg", "..."];
    assert!(names.iter().all(|name| credential.claims().get(name).is_none()));
}

#[test]
fn nothing_disclosable_is_in_the_signed_part() {
    let text = World::new().issue();
    let payload = text.split(['.', '~']).nth(1).unwrap();
    let payload = String::from_utf8(kodanik_crypto::encoding::from_base64url(payload).unwrap()).unwrap();
    for hidden in ["Mari", "Maasikas", "Tartu", "Rüütli", "given_name", "address", "degrees"] {
        assert!(!payload.contains(hidden), "{hidden}");
    }
    // given_name, family_name, address, degrees and three decoys.
    let payload: Value = serde_json::from_str(&payload).unwrap();
    assert_eq!(payload["_sd"].as_array().unwrap().len(), 7);
}

fn shown(paths: &[ClaimPath]) -> Value {
    let world = World::new();
    let presentation = world.accept(&world.present(paths, &binding()), NOW).unwrap();
    let mut claims = presentation.credential.claims().clone();
    for registered in ["iss", "iat", "exp", "vct", "cnf", "status"] {
        claims.as_object_mut().unwrap().remove(registered);
    }
    claims
}

#[test]
fn exactly_what_was_chosen_is_shown() {
    let open = json!({"open": true, "nationalities": []});
    let with = |name: &str, value: Value| {
        let mut claims = open.clone();
        claims[name] = value;
        claims
    };
    let path = |parts: Vec<PathPart>| vec![ClaimPath::new(parts).unwrap()];
    let member = |name: &str| PathPart::Member(name.into());
    assert_eq!(shown(&[]), open);
    assert_eq!(shown(&[ClaimPath::of(&["open"])]), open);
    assert_eq!(shown(&[ClaimPath::of(&["given_name"])]), with("given_name", json!("Mari")));
    assert_eq!(shown(&[ClaimPath::of(&["address"])]), with("address", claims()["address"].clone()));
    let without_locality = json!({"country": "EE", "lines": ["Rüütli 1", "2nd floor"]});
    assert_eq!(shown(&[ClaimPath::of(&["address", "country"])]), with("address", without_locality));
    assert_eq!(
        shown(&path(vec![member("nationalities"), PathPart::Index(1)])),
        with("nationalities", json!(["KR"]))
    );
    let types = json!([{"type": "BSc"}, {"type": "MSc"}]);
    let every_type = path(vec![member("degrees"), PathPart::Every, member("type")]);
    assert_eq!(shown(&every_type), with("degrees", types));
    let one_year = path(vec![member("degrees"), PathPart::Index(1), member("year")]);
    assert_eq!(shown(&one_year), with("degrees", json!([{"type": "MSc", "year": 2021}])));
}

#[test]
fn an_element_without_the_claim_asked_for_stays_hidden() {
    let world = World::new();
    let mut content = world.content();
    content.claims["degrees"][0] = json!({"school": "secret"});
    content.disclosable =
        vec![ClaimPath::new(vec![PathPart::Member("degrees".into()), PathPart::Every]).unwrap()];
    let text =
        CredentialDraft::new(&mut OsRng, world.issuer.x5c.clone(), &content).unwrap().sign(&world.issuer.key);
    let wanted = [PathPart::Member("degrees".into()), PathPart::Every, PathPart::Member("type".into())];
    let wanted = ClaimPath::new(wanted.to_vec()).unwrap();
    let draft = world.verify(&text).unwrap().select(&[wanted]).unwrap().bind_key(&binding()).unwrap();
    let signature = world.holder.sign(draft.signing_input());
    let presentation = world.accept(&draft.finish(signature), NOW).unwrap();
    assert_eq!(presentation.credential.claims()["degrees"], json!([{"type": "MSc", "year": 2021}]));
}

#[test]
fn a_claim_that_is_not_there_cannot_be_chosen_or_hidden() {
    let world = World::new();
    let credential = world.verify(&world.issue()).unwrap();
    for path in
        [&["age"][..], &["given_name", "first"], &["nationalities", "0"], &["address", "locality", "x"]]
    {
        assert_eq!(credential.select(&[ClaimPath::of(path)]).unwrap_err(), SdJwtError::NoSuchClaim);
    }
    let mut content = world.content();
    content.disclosable.push(ClaimPath::of(&["age"]));
    let draft = CredentialDraft::new(&mut OsRng, vec![], &content).map(drop);
    assert_eq!(draft, Err(SdJwtError::NoSuchClaim));
}

#[test]
fn reserved_names_are_not_issued() {
    let world = World::new();
    for claims in [
        json!({"_sd": []}),
        json!({"a": {"...": 1}}),
        json!({"a": [{"_sd": []}]}),
        json!({"iss": "x"}),
        json!({"cnf": {}}),
        json!({"exp": 1}),
        json!({"_sd_alg": "md5"}),
    ] {
        let Value::Object(claims) = claims else { panic!("an object") };
        let content = CredentialContent { claims, disclosable: vec![], ..world.content() };
        let draft = CredentialDraft::new(&mut OsRng, vec![], &content).map(drop);
        assert_eq!(draft, Err(SdJwtError::ReservedName));
    }
}

#[test]
fn what_section_7_forbids_is_refused() {
    let world = World::new();
    let name = member("given_name", json!("Mari"));
    let twice = member("given_name", json!("Kadri"));
    let element = Disclosure::make(&mut OsRng, None, json!("EE"));
    let raw = |value: Value| to_base64url(value.to_string());
    let digest_of = |text: &str| to_base64url(sha256(text.as_bytes()));
    let (sd, dots) = (raw(json!(["salt", "_sd", []])), raw(json!(["salt", "...", "x"])));
    let four = raw(json!(["salt", "a", "b", "c"]));
    let inner = raw(json!(["salt", "outer", {"_sd": [name.digest()]}]));
    let cases = [
        (json!({"_sd": [name.digest(), name.digest()]}), vec![&name.text], SdJwtError::DuplicateDigest),
        (json!({"_sd": ["decoy", "decoy"]}), vec![], SdJwtError::DuplicateDigest),
        (
            json!({"_sd": [name.digest()], "a": {"_sd": [name.digest()]}}),
            vec![&name.text],
            SdJwtError::DuplicateDigest,
        ),
        (json!({"_sd": [name.digest()]}), vec![&name.text, &name.text], SdJwtError::DuplicateDigest),
        (
            json!({"_sd": [name.digest(), digest_of(&inner)]}),
            vec![&name.text, &inner],
            SdJwtError::DuplicateDigest,
        ),
        (json!({}), vec![&name.text], SdJwtError::UnreferencedDisclosure),
        (json!({"_sd": [name.digest()]}), vec![&name.text, &twice.text], SdJwtError::UnreferencedDisclosure),
        (json!({"_sd": [name.digest()], "given_name": "open"}), vec![&name.text], SdJwtError::Overwrites),
        (
            json!({"_sd": [name.digest(), twice.digest()]}),
            vec![&name.text, &twice.text],
            SdJwtError::Overwrites,
        ),
        (json!({"_sd": [digest_of(&sd)]}), vec![&sd], SdJwtError::ReservedName),
        (json!({"_sd": [digest_of(&dots)]}), vec![&dots], SdJwtError::ReservedName),
        (json!({"_sd": "digest"}), vec![], SdJwtError::ReservedName),
        (json!({"_sd": [1]}), vec![], SdJwtError::ReservedName),
        (json!({"...": "digest"}), vec![], SdJwtError::ReservedName),
        (json!({"a": [{"...": "digest", "b": 1}]}), vec![], SdJwtError::ReservedName),
        (json!({"a": [{"...": 1}]}), vec![], SdJwtError::ReservedName),
        (json!({"_sd_alg": "sha-512"}), vec![], SdJwtError::HashAlgorithm),
        (json!({"_sd_alg": 256}), vec![], SdJwtError::HashAlgorithm),
        (json!({"_sd": [element.digest()]}), vec![&element.text], SdJwtError::Disclosure),
        (json!({"a": [{"...": name.digest()}]}), vec![&name.text], SdJwtError::Disclosure),
        (json!({"_sd": [digest_of(&four)]}), vec![&four], SdJwtError::Disclosure),
    ];
    for (change, disclosures, error) in cases {
        let disclosures: Vec<&str> = disclosures.into_iter().map(String::as_str).collect();
        assert_eq!(world.odd(change.clone(), &disclosures).map(drop), Err(error), "{change}");
    }
}

#[test]
fn disclosures_that_are_malformed_are_refused() {
    for text in [
        "".to_owned(),
        "!".to_owned(),
        to_base64url("[]"),
        to_base64url(r#"["salt"]"#),
        to_base64url(r#"[1,"name","value"]"#),
        to_base64url(r#"["salt",1,"value"]"#),
        to_base64url(r#"{"salt":"name"}"#),
        to_base64url(r#"["salt","name",{"a":1,"a":2}]"#),
        format!("{}=", to_base64url(r#"["salt","name","v"]"#)),
    ] {
        assert_eq!(Disclosure::parse(&text), Err(SdJwtError::Disclosure), "{text}");
    }
}

#[test]
fn registered_claims_are_open_and_sound() {
    let world = World::new();
    assert!(world.odd(json!({}), &[]).is_ok());
    assert!(world.odd(json!({"_sd_alg": null}), &[]).is_ok(), "SHA-256 is the default");
    for (name, value) in [
        ("exp", json!(NOW.plus(99))),
        ("nbf", json!(NOW)),
        ("vct", json!("other")),
        ("cnf", device_key::confirmation(&world.holder.verifying_key())),
        ("iss", json!(ISSUER)),
        ("status", json!({})),
    ] {
        let disclosure = member(name, value);
        let change = json!({ name: null, "_sd": [disclosure.digest()] });
        assert_eq!(world.odd(change, &[&disclosure.text]).map(drop), Err(SdJwtError::NotOpen), "{name}");
    }
    let shape = SdJwtError::from(JsonError::Shape);
    let no_key = SdJwtError::Holder(DeviceKeyError::Confirmation);
    for (change, error) in [
        (json!({"exp": NOW}), SdJwtError::Expired),
        (json!({"iat": NOW.plus(61)}), SdJwtError::NotYetValid),
        (json!({"nbf": NOW.plus(61)}), SdJwtError::NotYetValid),
        (json!({"exp": "soon"}), shape),
        (json!({"exp": -1}), shape),
        (json!({"iss": null}), shape),
        (json!({"vct": 1}), shape),
        (json!({"iss": "https://other.example"}), SdJwtError::Issuer),
        (json!({"iss": "https://eid.example.evil.example"}), SdJwtError::Issuer),
        (json!({"iss": "https://evil.example/eid.example"}), SdJwtError::Issuer),
        (json!({"cnf": null}), no_key),
        (json!({"cnf": {"kid": "somewhere"}}), no_key),
        (json!({"status": {"other": {}}}), SdJwtError::Status(StatusError::Shape)),
    ] {
        assert_eq!(world.odd(change.clone(), &[]).map(drop), Err(error), "{change}");
    }
}

#[test]
fn the_issuer_must_be_known_as_an_issuer() {
    let world = World::new();
    let text = world.issue();
    let strangers = Authority::new().anchors();
    let verdict = UnverifiedSdJwt::parse(&text).unwrap().verify(&strangers, NOW).map(drop);
    assert_eq!(verdict, Err(SdJwtError::Trust(TrustError::Unknown)));
    let asker = World { issuer: world.authority.leaf(Purpose::RelyingParty), ..world };
    assert_eq!(asker.verify(&asker.issue()).map(drop), Err(SdJwtError::Trust(TrustError::Purpose)));
}

#[test]
fn another_type_of_object_is_no_credential() {
    let world = World::new();
    for typ in ["JWT", "kb+jwt", "vc+sd-jwt", "dc+sd-jwt2"] {
        let text = format!("{}~", world.issuer.sign(typ, &json!({"iss": ISSUER})));
        let wrong = SdJwtError::Trust(TrustError::Jose(JoseError::Type));
        assert_eq!(world.verify(&text).map(drop), Err(wrong), "{typ}");
    }
}

#[test]
fn forms_that_are_refused() {
    let world = World::new();
    let (held, shown) = (world.issue(), world.present(&[], &binding()));
    assert_eq!(world.verify(&shown).map(drop), Err(SdJwtError::Shape), "key binding where none belongs");
    assert_eq!(world.accept(&held, NOW).map(drop), Err(SdJwtError::Shape), "no key binding");
    assert_eq!(world.verify(held.trim_end_matches('~')).map(drop), Err(SdJwtError::Shape));
    assert_eq!(world.verify(&format!("{held}~")).map(drop), Err(SdJwtError::Disclosure));
    assert_eq!(world.verify("").map(drop), Err(SdJwtError::Shape));
    let many = format!("{held}{}", "AA~".repeat(MAX_DISCLOSURES + 1));
    assert_eq!(world.verify(&many).map(drop), Err(SdJwtError::TooLarge));
    let large = format!("{held}{}~", "A".repeat(MAX_CREDENTIAL));
    assert_eq!(world.verify(&large).map(drop), Err(SdJwtError::TooLarge));
}

#[test]
fn a_key_binding_is_for_one_verifier_request_and_time() {
    let world = World::new();
    let try_with = |binding: KeyBinding<'_>, now| world.accept(&world.present(&[], &binding), now).map(drop);
    assert_eq!(try_with(binding(), NOW), Ok(()));
    assert_eq!(try_with(binding(), NOW.plus(KEY_BINDING_LIFE)), Ok(()));
    assert_eq!(try_with(binding(), NOW.plus(KEY_BINDING_LIFE + 1)), Err(SdJwtError::Stale));
    let other = KeyBinding { audience: "x509_hash:other", ..binding() };
    assert_eq!(try_with(other, NOW), Err(SdJwtError::Audience));
    assert_eq!(try_with(KeyBinding { nonce: "another", ..binding() }, NOW), Err(SdJwtError::Nonce));
    let early = KeyBinding { now: NOW.plus(CLOCK_SKEW + 1), ..binding() };
    assert_eq!(try_with(early, NOW), Err(SdJwtError::NotYetValid));
}

#[test]
fn more_or_fewer_disclosures_break_the_binding() {
    let world = World::new();
    let text = world.present(&[ClaimPath::of(&["given_name"]), ClaimPath::of(&["family_name"])], &binding());
    let parts: Vec<&str> = text.split('~').collect();
    let [jwt, first, second, kb] = parts[..] else { panic!("two disclosures") };
    for changed in
        [format!("{jwt}~{first}~{kb}"), format!("{jwt}~{second}~{first}~{kb}"), format!("{jwt}~{kb}")]
    {
        assert_eq!(world.accept(&changed, NOW).map(drop), Err(SdJwtError::SdHash));
    }
}

#[test]
fn only_the_holder_binds() {
    let world = World::new();
    let credential = world.verify(&world.issue()).unwrap();
    let draft = credential.select(&[]).unwrap().bind_key(&binding()).unwrap();
    let thief = SigningKey::make(&mut OsRng).sign(draft.signing_input());
    let wrong = SdJwtError::Jose(JoseError::Signature);
    assert_eq!(world.accept(&draft.finish(thief), NOW).map(drop), Err(wrong));
    // A thief's own key in the header of the key binding counts for nothing.
    let key = SigningKey::make(&mut OsRng);
    let held = world.issue();
    let header = JwsHeader::new(KEY_BINDING_TYPE).with_jwk(Jwk::new(key.verifying_key()));
    let hash = to_base64url(sha256(held.as_bytes()));
    let payload = json!({"aud": AUDIENCE, "nonce": NONCE, "iat": NOW, "sd_hash": hash});
    let kb = JwsDraft::new(&header, &payload).unwrap().sign(&key);
    assert_eq!(world.accept(&format!("{held}{kb}"), NOW).map(drop), Err(wrong));
}

#[test]
fn a_key_binding_needs_its_type_and_every_member() {
    let world = World::new();
    let held = world.issue();
    let hash = to_base64url(sha256(held.as_bytes()));
    let whole = json!({"aud": AUDIENCE, "nonce": NONCE, "iat": NOW, "sd_hash": hash});
    let bind = |typ: &str, payload: &Value| {
        let kb = JwsDraft::new(&JwsHeader::new(typ), payload).unwrap().sign(&world.holder);
        world.accept(&format!("{held}{kb}"), NOW).map(drop)
    };
    assert_eq!(bind(KEY_BINDING_TYPE, &whole), Ok(()));
    assert_eq!(bind("openid4vci-proof+jwt", &whole), Err(SdJwtError::Jose(JoseError::Type)));
    for name in ["aud", "nonce", "iat", "sd_hash"] {
        let mut without = whole.clone();
        without.as_object_mut().unwrap().remove(name);
        assert_eq!(bind(KEY_BINDING_TYPE, &without), Err(JsonError::Shape.into()), "{name}");
    }
    let mut list = whole.clone();
    list["aud"] = json!([AUDIENCE]);
    assert_eq!(bind(KEY_BINDING_TYPE, &list), Err(SdJwtError::Audience), "one verifier, not a list");
}

#[test]
fn further_members_travel_and_cannot_replace_ours() {
    let world = World::new();
    let other = |name: &str| Map::from_iter([(name.to_owned(), json!(["hash"]))]);
    let text = world.present(&[], &KeyBinding { other: other("transaction_data_hashes"), ..binding() });
    assert_eq!(world.accept(&text, NOW).unwrap().binding, other("transaction_data_hashes"));
    let credential = world.verify(&world.issue()).unwrap();
    for name in ["aud", "nonce", "iat", "sd_hash"] {
        let draft = credential.select(&[]).unwrap().bind_key(&KeyBinding { other: other(name), ..binding() });
        assert_eq!(draft.map(drop), Err(SdJwtError::ReservedName), "{name}");
    }
}

#[test]
fn digests_may_not_nest_without_end() {
    let world = World::new();
    let mut disclosures = vec![member("leaf", json!(1))];
    for _ in 0..40 {
        let inner = disclosures.last().unwrap().digest();
        disclosures.push(member("m", json!({"_sd": [inner]})));
    }
    let texts: Vec<&str> = disclosures.iter().map(|own| own.text.as_str()).collect();
    let outer = disclosures.last().unwrap().digest();
    assert_eq!(world.odd(json!({"_sd": [outer]}), &texts).map(drop), Err(SdJwtError::TooDeep));
}

#[test]
fn a_disclosure_deeper_than_any_query_is_still_told() {
    let world = World::new();
    let deep = member("secret", json!("x"));
    let mut value = json!({"_sd": [deep.digest()]});
    for _ in 0..9 {
        value = json!({"a": value});
    }
    let credential = world.odd(json!({"a": value}), &[&deep.text]).unwrap();
    assert_eq!(credential.disclosed(), [ClaimPath::of(&["a"; 8])]);
}

/// Any JSON object without the names that the format reserves.
fn any_claims() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<u32>().prop_map(Value::from),
        ".*".prop_map(Value::from)
    ];
    let value = leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-e]", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    });
    prop::collection::btree_map("[a-e]", value, 1..5).prop_map(|map| Value::Object(map.into_iter().collect()))
}

/// Every place of a value, in the order in which they are met.
fn all_paths(value: &Value, place: &[PathPart], out: &mut Vec<ClaimPath>) {
    let children: Vec<(PathPart, &Value)> = match value {
        Value::Object(members) => {
            members.iter().map(|(name, v)| (PathPart::Member(name.clone()), v)).collect()
        }
        Value::Array(items) => {
            items.iter().enumerate().map(|(i, v)| (PathPart::Index(i as u64), v)).collect()
        }
        _ => vec![],
    };
    for (part, child) in children {
        let place = [place, &[part]].concat();
        out.extend(ClaimPath::new(place.clone()));
        all_paths(child, &place, out);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_choice_of_what_to_hide_comes_back(claims in any_claims(), hide in prop::collection::vec(any::<bool>(), 64), decoys in 0_usize..4) {
        let world = World::new();
        let mut paths = vec![];
        all_paths(&claims, &[], &mut paths);
        let disclosable: Vec<_> = paths.iter().zip(hide).filter(|(_, hide)| *hide).map(|(path, _)| path.clone()).collect();
        let Value::Object(members) = claims.clone() else { unreachable!() };
        let content = CredentialContent { claims: members, disclosable: disclosable.clone(), decoys, ..world.content() };
        let text = CredentialDraft::new(&mut OsRng, world.issuer.x5c.clone(), &content).unwrap().sign(&world.issuer.key);
        let credential = world.verify(&text).unwrap();
        for (name, value) in claims.as_object().unwrap() {
            prop_assert_eq!(&credential.claims()[name], value);
        }
        prop_assert_eq!(credential.disclosed().len(), disclosable.len());
    }

    #[test]
    fn no_text_makes_the_parsers_panic(text in r"[A-Za-z0-9_=.-]{0,60}(~[A-Za-z0-9_=-]{0,40}){0,4}~?[A-Za-z0-9.]{0,20}") {
        let _ = UnverifiedSdJwt::parse(&text);
        let _ = UnverifiedPresentation::parse(&text);
        let _ = Disclosure::parse(&text);
    }

    #[test]
    fn no_payload_makes_the_processing_panic(payload in any_claims(), digests in prop::collection::vec("[a-z]{0,4}", 0..4)) {
        let world = World::new();
        let mut change = payload;
        change["_sd"] = json!(digests);
        let _ = world.odd(change, &[&member("x", json!(1)).text]);
    }
}
