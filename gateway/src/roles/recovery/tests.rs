use std::sync::atomic::{AtomicBool, Ordering};

use kodanik_crypto::encoding::Binary;
use kodanik_crypto::signature::SigningKey;
use kodanik_identity::rebinding::{BlobHeader, CodeEntry, RevocationEntry};

use super::*;
use crate::roles::eid_issuer::testing::{Office, TestWallet, mari};

const WAIT: u64 = 72 * 3600;

/// The real recovery office beside the real e-ID issuer.
struct World {
    office: Office,
    recovery: Arc<Recovery>,
    card: SigningKey,
    person: PersonId,
    election_open: Arc<AtomicBool>,
}

impl World {
    fn new() -> Self {
        let office = Office::new();
        let card = SigningKey::make(&mut OsRng);
        let person = Person { id_card_key: Some(card.verifying_key()), ..mari() };
        let person = office.issuer.add_person(&person).unwrap();
        let election_open = Arc::new(AtomicBool::new(false));
        Recovery::init(&office.context.dir).unwrap();
        let recovery = open(&office, &election_open);
        Self { office, recovery, card, person, election_open }
    }

    /// The same office after a restart.
    fn restart(&mut self) {
        self.recovery = open(&self.office, &self.election_open);
    }

    fn number(&self) -> String {
        mari().personal_administrative_number
    }

    /// A phone that has shown its e-ID and stored a set.
    fn phone_with_codes(&self) -> Phone {
        let mut phone = Phone::new();
        phone.show_eid(self).unwrap();
        self.recovery.store_set(&phone.set_request()).unwrap();
        phone
    }

    fn tap(&self, rebinding: Bytes<16>, device_key: &VerifyingKey) -> Result<(), RecoveryRefused> {
        self.tap_with(&self.card, rebinding, device_key)
    }

    fn tap_with(
        &self,
        card: &SigningKey,
        rebinding: Bytes<16>,
        device_key: &VerifyingKey,
    ) -> Result<(), RecoveryRefused> {
        let challenge = self.recovery.resume(&rebinding)?.challenge;
        let statement = Statement::SecondFactor { challenge: &challenge, rebinding: &rebinding, device_key };
        let signature = card.sign(&statement.signing_input());
        self.recovery.second_factor(&StepRequest { rebinding, challenge, signature })
    }
}

fn open(office: &Office, election_open: &Arc<AtomicBool>) -> Arc<Recovery> {
    let told = election_open.clone();
    let rules =
        Rules { code_alone_wait: WAIT, binding_election_open: Arc::new(move || told.load(Ordering::SeqCst)) };
    let context = &office.context;
    Recovery::open(&context.dir, rules, office.issuer.clone(), context.clock.clone()).unwrap()
}

/// A double of a code: its id and key, without Argon2.
struct Code {
    id: Bytes<16>,
    slot: u8,
    auth: SigningKey,
}

/// A double of a phone, which can misbehave.
struct Phone {
    device: SigningKey,
    account: Bytes<16>,
    challenge: Challenge,
    set: Bytes<16>,
    codes: Vec<Code>,
}

impl Phone {
    fn new() -> Self {
        let code = |slot| Code { id: random(), slot, auth: SigningKey::make(&mut OsRng) };
        Self {
            device: SigningKey::make(&mut OsRng),
            account: random(),
            challenge: random(),
            set: random(),
            codes: (0..8).chain([REVOCATION_SLOT]).map(code).collect(),
        }
    }

    fn key(&self) -> VerifyingKey {
        self.device.verifying_key()
    }

    fn show_eid(&mut self, world: &World) -> Result<(), RecoveryRefused> {
        let challenge = world.recovery.challenge()?;
        let answer = world.recovery.account(&challenge, &world.number(), &self.key())?;
        (self.account, self.challenge) = (answer.account, answer.challenge);
        Ok(())
    }

    fn blob(&self, counter: u64) -> Vec<u8> {
        let ephemeral = SigningKey::make(&mut OsRng).verifying_key();
        let created = kodanik_crypto::time::UnixSeconds(1);
        let header = BlobHeader { account: self.account.0, set: self.set.0, counter, created };
        let sealed = [counter as u8; 64];
        let draft =
            kodanik_identity::rebinding::BlobDraft::new(header.context(sealed.len(), &ephemeral), &sealed);
        draft.unwrap().sign(&self.device)
    }

    fn code_set(&self) -> CodeSet {
        let entry = |code: &Code| CodeEntry {
            slot: code.slot,
            id_hash: Bytes(sha256(&code.id.0)),
            auth_key: code.auth.verifying_key(),
            share: Bytes([code.slot; 32]),
            wrap: Binary(vec![code.slot; 125]),
        };
        let revocation = &self.codes[8];
        CodeSet {
            account: self.account,
            set: self.set,
            created: kodanik_crypto::time::UnixSeconds(1),
            device_key: self.key(),
            salt: Bytes([7; 16]),
            cost: Argon2Cost::STANDARD,
            codes: self.codes[..8].iter().map(entry).collect(),
            revocation: RevocationEntry {
                id_hash: Bytes(sha256(&revocation.id.0)),
                auth_key: revocation.auth.verifying_key(),
            },
        }
    }

    fn set_request(&self) -> StoreSetRequest {
        self.set_request_signed_by(&self.device)
    }

    fn set_request_signed_by(&self, key: &SigningKey) -> StoreSetRequest {
        let (document, blob) = (self.code_set().to_bytes().unwrap(), self.blob(1));
        let challenge = self.challenge;
        let statement = Statement::StoreSet { challenge: &challenge, document: &document, blob: &blob };
        let signature = key.sign(&statement.signing_input());
        StoreSetRequest { challenge, document: Binary(document), blob: Binary(blob), signature }
    }

    fn prove_request(&self, world: &World, code: usize, device: &SigningKey) -> ProveRequest {
        let code = &self.codes[code];
        let purpose = if code.slot == REVOCATION_SLOT { Purpose::Revoke } else { Purpose::Recover };
        let start = world.recovery.start(&code.id).unwrap();
        sign_proof(code, &start, device, purpose)
    }

    fn prove(
        &self,
        world: &World,
        code: usize,
        device: &SigningKey,
    ) -> Result<ProveResponse, RecoveryRefused> {
        world.recovery.prove(&self.prove_request(world, code, device))
    }

    fn cancel(&self, world: &World, rebinding: Bytes<16>) -> Result<(), RecoveryRefused> {
        let challenge = world.recovery.challenge()?;
        let statement = Statement::Cancel { challenge: &challenge, rebinding: &rebinding };
        let signature = self.device.sign(&statement.signing_input());
        world.recovery.cancel(&StepRequest { rebinding, challenge, signature })
    }

    fn notices(&self, world: &World) -> Result<NoticesResponse, RecoveryRefused> {
        let challenge = world.recovery.challenge()?;
        let statement = Statement::Notices { challenge: &challenge, account: &self.account };
        let signature = self.device.sign(&statement.signing_input());
        world.recovery.notices(&NoticesRequest { account: self.account, challenge, signature })
    }
}

fn sign_proof(code: &Code, start: &StartResponse, device: &SigningKey, purpose: Purpose) -> ProveRequest {
    let device_key = device.verifying_key();
    let statement = Statement::Prove {
        challenge: &start.challenge,
        account: &start.account,
        set: &start.set,
        slot: code.slot,
        device_key: &device_key,
        purpose,
    };
    let proof = code.auth.sign(&statement.signing_input());
    ProveRequest { id: code.id, challenge: start.challenge, slot: code.slot, device_key, purpose, proof }
}

fn activate_request(world: &World, rebinding: Bytes<16>, device: &SigningKey) -> StepRequest {
    let challenge = world.recovery.resume(&rebinding).unwrap().challenge;
    let statement = Statement::Activate { challenge: &challenge, rebinding: &rebinding };
    StepRequest { rebinding, challenge, signature: device.sign(&statement.signing_input()) }
}

fn activate(world: &World, rebinding: Bytes<16>, device: &SigningKey) -> Result<Release, RecoveryRefused> {
    world.recovery.activate(&activate_request(world, rebinding, device))
}

fn acknowledge(world: &World, rebinding: Bytes<16>, device: &SigningKey) -> Result<(), RecoveryRefused> {
    let challenge = world.recovery.resume(&rebinding)?.challenge;
    let statement = Statement::Acknowledge { challenge: &challenge, rebinding: &rebinding };
    let signature = device.sign(&statement.signing_input());
    world.recovery.acknowledge(&StepRequest { rebinding, challenge, signature })
}

macro_rules! assert_refused {
    ($result:expr, $pattern:pat) => {
        match $result {
            Err($pattern) => {}
            other => panic!("expected {}, got {other:?}", stringify!($pattern)),
        }
    };
}

#[tokio::test]
async fn a_code_and_a_card_bring_the_e_id_to_a_new_phone_and_the_old_one_is_dead_first() {
    let world = World::new();
    TestWallet::new().enrol(&world.office, world.person).await;
    let old = world.phone_with_codes();
    let new = SigningKey::make(&mut OsRng);
    let proved = old.prove(&world, 2, &new).unwrap();
    assert_eq!(proved.state, RebindingState::Waiting);
    assert_refused!(activate(&world, proved.rebinding, &new), RecoveryRefused::Waiting);
    assert_eq!(world.office.issuer.valid_credentials(world.person).unwrap(), 1);
    world.tap(proved.rebinding, &new.verifying_key()).unwrap();
    let release = activate(&world, proved.rebinding, &new).unwrap();
    assert_eq!(world.office.issuer.valid_credentials(world.person).unwrap(), 0);
    assert_eq!((release.share, release.wrap.0[0], release.counter), (Bytes([2; 32]), 2, 1));
    assert!(release.offer.starts_with("openid-credential-offer://"));
    let again = activate(&world, proved.rebinding, &new).unwrap();
    assert_eq!(again.share, release.share, "until it is acknowledged");
    acknowledge(&world, proved.rebinding, &new).unwrap();
    acknowledge(&world, proved.rebinding, &new).unwrap();
    assert_refused!(activate(&world, proved.rebinding, &new), RecoveryRefused::Unknown);
    assert_refused!(old.prove(&world, 3, &new), RecoveryRefused::BadProof);
}

#[tokio::test]
async fn repeating_an_activation_does_not_revoke_the_new_e_id() {
    let world = World::new();
    let old = world.phone_with_codes();
    let new = SigningKey::make(&mut OsRng);
    let rebinding = old.prove(&world, 0, &new).unwrap().rebinding;
    world.tap(rebinding, &new.verifying_key()).unwrap();
    let late = activate_request(&world, rebinding, &new);
    activate(&world, rebinding, &new).unwrap();
    TestWallet::new().enrol(&world.office, world.person).await;
    world.recovery.activate(&late).unwrap();
    assert_eq!(world.office.issuer.valid_credentials(world.person).unwrap(), 1);
}

#[test]
fn of_a_hundred_phones_with_one_code_exactly_one_wins() {
    let world = World::new();
    let old = world.phone_with_codes();
    let code = &old.codes[0];
    // A hundred challenges, as if the day's limit were not there: the race itself is tested.
    let start = world.recovery.start(&code.id).unwrap();
    let requests: Vec<_> = (0..100)
        .map(|_| {
            let challenge = world
                .recovery
                .verdict(|tx| world.recovery.make_challenge(tx, Subject::Code(&Bytes(sha256(&code.id.0)))));
            let start = StartResponse { challenge: challenge.unwrap(), ..start.clone() };
            sign_proof(code, &start, &SigningKey::make(&mut OsRng), Purpose::Recover)
        })
        .collect();
    let results: Vec<_> = std::thread::scope(|scope| {
        let racers: Vec<_> =
            requests.iter().map(|request| scope.spawn(|| world.recovery.prove(request))).collect();
        racers.into_iter().map(|racer| racer.join().unwrap()).collect()
    });
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    for result in results.iter().filter(|result| result.is_err()) {
        assert!(matches!(result, Err(RecoveryRefused::CodeUsed)), "{result:?}");
    }
}

#[test]
fn the_same_phone_may_ask_again_and_restarts_lose_nothing() {
    let mut world = World::new();
    let old = world.phone_with_codes();
    let new = SigningKey::make(&mut OsRng);
    let first = old.prove(&world, 1, &new).unwrap();
    world.restart();
    let second = old.prove(&world, 1, &new).unwrap();
    assert_eq!(first, second);
    world.tap(first.rebinding, &new.verifying_key()).unwrap();
    world.restart();
    assert_eq!(world.recovery.resume(&first.rebinding).unwrap().state, RebindingState::Ready);
    let release = activate(&world, first.rebinding, &new).unwrap();
    world.restart();
    assert_eq!(activate(&world, first.rebinding, &new).unwrap().share, release.share);
    acknowledge(&world, first.rebinding, &new).unwrap();
    world.restart();
    assert_eq!(world.recovery.resume(&first.rebinding).unwrap().state, RebindingState::Done);
}

#[test]
fn a_code_alone_waits_and_never_works_while_a_binding_election_is_open() {
    let world = World::new();
    let old = world.phone_with_codes();
    let new = SigningKey::make(&mut OsRng);
    let rebinding = old.prove(&world, 1, &new).unwrap().rebinding;
    world.office.wait(WAIT - 1);
    assert_refused!(activate(&world, rebinding, &new), RecoveryRefused::Waiting);
    world.office.wait(1);
    world.election_open.store(true, Ordering::SeqCst);
    assert_refused!(activate(&world, rebinding, &new), RecoveryRefused::ElectionOpen);
    world.election_open.store(false, Ordering::SeqCst);
    assert!(activate(&world, rebinding, &new).is_ok());
}

#[test]
fn the_old_phone_sees_it_and_stops_it() {
    let world = World::new();
    let old = world.phone_with_codes();
    let thief = SigningKey::make(&mut OsRng);
    assert_eq!(old.notices(&world).unwrap().pending, []);
    let rebinding = old.prove(&world, 4, &thief).unwrap().rebinding;
    assert_eq!(old.notices(&world).unwrap().pending[0].rebinding, rebinding);
    let stranger = Phone { account: old.account, ..Phone::new() };
    assert_refused!(stranger.notices(&world), RecoveryRefused::WrongPhone);
    assert_refused!(stranger.cancel(&world, rebinding), RecoveryRefused::WrongPhone);
    old.cancel(&world, rebinding).unwrap();
    world.office.wait(WAIT);
    assert_refused!(activate(&world, rebinding, &thief), RecoveryRefused::Suspended);
    assert_refused!(world.tap(rebinding, &thief.verifying_key()), RecoveryRefused::Suspended);
}

#[test]
fn wrong_cards_phones_and_steps_are_refused() {
    let world = World::new();
    let old = world.phone_with_codes();
    let (new, other) = (SigningKey::make(&mut OsRng), SigningKey::make(&mut OsRng));
    let rebinding = old.prove(&world, 5, &new).unwrap().rebinding;
    let key = new.verifying_key();
    assert_refused!(world.tap_with(&other, rebinding, &key), RecoveryRefused::BadProof);
    assert_refused!(world.tap(rebinding, &other.verifying_key()), RecoveryRefused::BadProof);
    assert_refused!(acknowledge(&world, rebinding, &new), RecoveryRefused::Waiting);
    world.tap(rebinding, &key).unwrap();
    assert_refused!(activate(&world, rebinding, &other), RecoveryRefused::WrongPhone);
    let step = activate_request(&world, rebinding, &new);
    world.recovery.activate(&step).unwrap();
    assert_refused!(world.recovery.activate(&step), RecoveryRefused::ChallengeSpent);
    assert_refused!(world.recovery.resume(&random()), RecoveryRefused::Unknown);
}

#[test]
fn a_persons_register_entry_without_a_card_has_no_second_factor() {
    let office = Office::new();
    let person = office.add_mari();
    let election_open = Arc::new(AtomicBool::new(false));
    Recovery::init(&office.context.dir).unwrap();
    let recovery = open(&office, &election_open);
    let card = SigningKey::make(&mut OsRng);
    let world = World { office, recovery, card, person, election_open };
    let old = world.phone_with_codes();
    let new = SigningKey::make(&mut OsRng);
    let rebinding = old.prove(&world, 5, &new).unwrap().rebinding;
    assert_refused!(world.tap(rebinding, &new.verifying_key()), RecoveryRefused::NoIdCard);
}

#[test]
fn unknown_codes_are_answered_like_known_ones() {
    let world = World::new();
    let old = world.phone_with_codes();
    let unknown = Code { id: random(), slot: 3, auth: SigningKey::make(&mut OsRng) };
    let (first, second) =
        (world.recovery.start(&unknown.id).unwrap(), world.recovery.start(&unknown.id).unwrap());
    let stable = |answer: &StartResponse| (answer.account, answer.set, answer.salt, answer.cost);
    assert_eq!(stable(&first), stable(&second));
    assert_ne!(first.challenge, second.challenge);
    assert_eq!(first.cost, world.recovery.start(&old.codes[0].id).unwrap().cost);
    let new = SigningKey::make(&mut OsRng);
    let guess = sign_proof(&unknown, &second, &new, Purpose::Recover);
    assert_refused!(world.recovery.prove(&guess), RecoveryRefused::BadProof);
    let wrong = Code { auth: SigningKey::make(&mut OsRng), id: old.codes[0].id, slot: 0 };
    let start = world.recovery.start(&wrong.id).unwrap();
    let guess = sign_proof(&wrong, &start, &new, Purpose::Recover);
    assert_refused!(world.recovery.prove(&guess), RecoveryRefused::BadProof);
}

#[test]
fn attempts_are_limited_by_the_day_for_known_and_unknown_codes() {
    let world = World::new();
    let old = world.phone_with_codes();
    for id in [old.codes[0].id, random()] {
        for _ in 0..ATTEMPTS_PER_DAY {
            world.recovery.start(&id).unwrap();
        }
        assert_refused!(world.recovery.start(&id), RecoveryRefused::AttemptsExhausted);
    }
    world.office.wait(86_400);
    assert!(world.recovery.start(&old.codes[0].id).is_ok());
}

#[test]
fn proofs_for_another_slot_purpose_phone_or_challenge_are_refused() {
    let world = World::new();
    let old = world.phone_with_codes();
    let new = SigningKey::make(&mut OsRng);
    let changes: [fn(&mut ProveRequest); 4] = [
        |request| request.slot = 1,
        |request| request.purpose = Purpose::Revoke,
        |request| request.device_key = SigningKey::make(&mut OsRng).verifying_key(),
        |request| request.challenge = random(),
    ];
    for change in changes {
        let mut request = old.prove_request(&world, 0, &new);
        change(&mut request);
        let refused = world.recovery.prove(&request);
        assert!(
            matches!(refused, Err(RecoveryRefused::BadProof | RecoveryRefused::ChallengeSpent)),
            "{refused:?}"
        );
    }
    let request = old.prove_request(&world, 0, &new);
    world.office.wait(301);
    assert_refused!(world.recovery.prove(&request), RecoveryRefused::ChallengeSpent);
}

#[tokio::test]
async fn the_revocation_code_kills_and_does_nothing_else() {
    let world = World::new();
    TestWallet::new().enrol(&world.office, world.person).await;
    let old = world.phone_with_codes();
    let anybody = SigningKey::make(&mut OsRng);
    let mut disguised = old.prove_request(&world, 8, &anybody);
    disguised.purpose = Purpose::Recover;
    assert_refused!(world.recovery.prove(&disguised), RecoveryRefused::BadProof);
    assert_eq!(world.office.issuer.valid_credentials(world.person).unwrap(), 1);
    assert_eq!(old.prove(&world, 8, &anybody).unwrap().state, RebindingState::Done);
    assert_eq!(world.office.issuer.valid_credentials(world.person).unwrap(), 0);
    assert_refused!(old.prove(&world, 0, &anybody), RecoveryRefused::BadProof);
}

#[test]
fn sets_are_stored_only_by_the_phone_that_showed_the_e_id() {
    let world = World::new();
    let mut phone = Phone::new();
    assert_refused!(world.recovery.store_set(&phone.set_request()), RecoveryRefused::ChallengeSpent);
    phone.show_eid(&world).unwrap();
    let forged = phone.set_request_signed_by(&SigningKey::make(&mut OsRng));
    assert_refused!(world.recovery.store_set(&forged), RecoveryRefused::WrongPhone);
    phone.show_eid(&world).unwrap();
    let request = phone.set_request();
    world.recovery.store_set(&request).unwrap();
    assert_refused!(world.recovery.store_set(&request), RecoveryRefused::ChallengeSpent);
    let mut other_account = Phone { account: random(), ..Phone::new() };
    other_account.challenge = world.recovery.challenge().unwrap();
    let elsewhere = other_account.set_request();
    assert_refused!(world.recovery.store_set(&elsewhere), RecoveryRefused::ChallengeSpent);
}

#[test]
fn a_new_set_kills_the_old_one_but_not_while_a_recovery_is_pending() {
    let world = World::new();
    let first = world.phone_with_codes();
    let mut second =
        Phone { device: SigningKey::from_bytes(&first.device.to_bytes()).unwrap(), ..Phone::new() };
    second.show_eid(&world).unwrap();
    world.recovery.store_set(&second.set_request()).unwrap();
    let new = SigningKey::make(&mut OsRng);
    assert_refused!(first.prove(&world, 0, &new), RecoveryRefused::BadProof);
    second.prove(&world, 0, &new).unwrap();
    second.show_eid(&world).unwrap();
    assert_refused!(world.recovery.store_set(&second.set_request()), RecoveryRefused::RebindingPending);
}

#[test]
fn blobs_only_get_newer() {
    let world = World::new();
    let phone = world.phone_with_codes();
    let send = |phone: &Phone, counter| {
        world.recovery.refresh(&RefreshRequest { blob: Binary(phone.blob(counter)) })
    };
    send(&phone, 2).unwrap();
    send(&phone, 7).unwrap();
    for stale in [1, 2, 7] {
        assert_refused!(send(&phone, stale), RecoveryRefused::Blob(BlobError::RolledBack));
    }
    let thief = Phone { account: phone.account, set: phone.set, ..Phone::new() };
    assert_refused!(send(&thief, 8), RecoveryRefused::Blob(BlobError::WrongSigner));
    let other_set = Phone { set: random(), device: SigningKey::make(&mut OsRng), ..Phone::new() };
    assert_refused!(send(&other_set, 8), RecoveryRefused::Unknown);
    let new = SigningKey::make(&mut OsRng);
    let rebinding = phone.prove(&world, 0, &new).unwrap().rebinding;
    world.tap(rebinding, &new.verifying_key()).unwrap();
    assert_eq!(activate(&world, rebinding, &new).unwrap().counter, 7);
    assert_refused!(send(&phone, 8), RecoveryRefused::WrongPhone);
}

#[test]
fn a_phone_that_was_put_out_of_force_never_speaks_for_the_account_again() {
    let world = World::new();
    let mut old = world.phone_with_codes();
    let new = SigningKey::make(&mut OsRng);
    let rebinding = old.prove(&world, 0, &new).unwrap().rebinding;
    world.tap(rebinding, &new.verifying_key()).unwrap();
    activate(&world, rebinding, &new).unwrap();
    assert_refused!(old.show_eid(&world), RecoveryRefused::WrongPhone);
    assert_refused!(old.cancel(&world, rebinding), RecoveryRefused::WrongPhone);
    acknowledge(&world, rebinding, &new).unwrap();
    let mut fresh = Phone { device: new, ..Phone::new() };
    fresh.show_eid(&world).unwrap();
    world.recovery.store_set(&fresh.set_request()).unwrap();
}
