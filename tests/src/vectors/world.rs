//! The elections of the vectors, and the people in them. Small, so that the files are.

use std::sync::LazyLock;

use kodanik_ballot::ballot::{BallotBody, Position, UnverifiedBallot};
use kodanik_ballot::cast::{BallotSeed, Encrypter, Selection};
use kodanik_ballot::election::Election;
use kodanik_ballot::ids::Tracker;
use kodanik_ballot::manifest::{Contest, Issuer, IssuerKey, Issuers, Kind, Manifest, ManifestDraft, Style};
use kodanik_ballot::pseudonym::PseudonymKey;
use kodanik_ballot::testing::reference::{Cheat, dangerous_forge_with};
use kodanik_ballot::testing::{Ceremony, budget_contest, contest, draft, fixed_key};
use kodanik_ballot::token::{Token, TokenRequest};
use kodanik_ballot::trustee::secret::KeyShare;
use kodanik_crypto::blind_rsa::{BlindSecretKey, dangerous_test_key};
use kodanik_crypto::encoding::Binary;
use kodanik_crypto::group::Scalar;
use kodanik_crypto::secret::Secret;
use kodanik_crypto::signature::VerifyingKey;
use serde_json::{Value, json};

use super::rng::TestRng;

/// An election, and everything secret about it.
pub struct World {
    /// Name of its file.
    pub name: &'static str,
    /// Manifest and key.
    pub election: Election,
    /// The trustees' messages.
    pub ceremony: Ceremony,
    /// The trustees' shares of the key.
    pub shares: Vec<KeyShare>,
}

/// "mayor": one of three; "council": one or two of three; style "city" has both, "village" the council alone; two issuers,
/// trustees 2 of 3; contests of fewer than two ballots are not decrypted.
pub static TOWN: LazyLock<World> = LazyLock::new(|| World::make("town", town()));
/// Yes or no; one issuer, trustees 2 of 3.
pub static REFERENDUM: LazyLock<World> = LazyLock::new(|| World::make("referendum", referendum()));
/// The same under another name.
pub static LATER: LazyLock<World> =
    LazyLock::new(|| World::make("later", small("later", contest("question", 2, 1, 1))));
/// Any of three; one issuer, trustees 2 of 2.
pub static APPROVAL: LazyLock<World> =
    LazyLock::new(|| World::make("approval", small("approval", contest("board", 3, 1, 3))));
/// Options of 1, 2 and 4 within 6; one issuer, trustees 2 of 2.
pub static BUDGET: LazyLock<World> =
    LazyLock::new(|| World::make("budget", small("budget", budget_contest("park", 6, &[1, 2, 4]))));
/// Yes or no; three of four issuers, trustees 2 of 2.
pub static FOUR_ISSUERS: LazyLock<World> = LazyLock::new(|| {
    let mut draft = small("four-issuers", contest("question", 2, 1, 1));
    draft.issuers =
        Issuers { members: (0..4).map(|issuer| one_style_issuer(issuer, "all")).collect(), required: 3 };
    World::make("four-issuers", draft)
});

/// Those whose manifest and key are in files.
pub fn all() -> [&'static World; 6] {
    [&TOWN, &REFERENDUM, &LATER, &APPROVAL, &BUDGET, &FOUR_ISSUERS]
}

/// The manifest of [`TOWN`].
pub fn town() -> ManifestDraft {
    let mut draft = draft(2, 3);
    draft.contests = vec![contest("mayor", 3, 1, 1), contest("council", 3, 1, 2)];
    draft.election = "town".to_owned();
    (draft.kind, draft.min_cell) = (Kind::Binding, 2);
    draft
}

/// The manifest of [`REFERENDUM`].
pub fn referendum() -> ManifestDraft {
    let trustees = draft(2, 3).trustees;
    ManifestDraft { trustees, ..small("referendum", contest("question", 2, 1, 1)) }
}

/// An election of one contest, one style "all", one issuer and two trustees.
pub fn small(slug: &str, contest: Contest) -> ManifestDraft {
    let mut draft = draft(2, 2);
    draft.styles = vec![Style { contests: vec![contest.id.clone()], id: "all".to_owned() }];
    draft.contests = vec![contest];
    draft.election = slug.to_owned();
    draft.issuers = Issuers { members: vec![one_style_issuer(0, "all")], required: 1 };
    draft
}

fn one_style_issuer(position: usize, style: &str) -> Issuer {
    let spki = Binary(dangerous_test_key(position).public_key().to_spki().to_vec());
    Issuer {
        id: format!("issuer-{position}"),
        keys: vec![IssuerKey { spki, style: style.to_owned() }],
        name: format!("Issuer {position}"),
        signing_key: fixed_key(60 + position as u8).verifying_key(),
        url: format!("https://issuer-{position}.example"),
    }
}

impl World {
    /// Runs the ceremony for a manifest.
    pub fn make(name: &'static str, draft: ManifestDraft) -> Self {
        let manifest = Manifest::new(draft).unwrap();
        let ceremony = Ceremony::run_with(manifest, &mut TestRng::new(&format!("ceremony of {name}")));
        let (election, shares) = ceremony.finish();
        Self { name, election, ceremony, shares }
    }

    /// The file of this election.
    pub fn to_json(&self) -> Value {
        json!({ "key": self.election.key, "manifest": text(&self.election.manifest.to_bytes()) })
    }

    /// The secret behind K, which nobody has unless t trustees conspire.
    pub fn dangerous_secret(&self) -> Scalar {
        let t = usize::from(self.election.manifest.trustees.threshold);
        let indexes: Vec<u64> = self.shares[..t].iter().map(|share| u64::from(share.index())).collect();
        let share = |j: usize| {
            let own = Scalar::from(indexes[j]);
            let others =
                indexes.iter().filter(|index| **index != indexes[j]).map(|index| Scalar::from(*index));
            let factor = others.fold(Scalar::ONE, |product, m| product * m * (m - own).invert().unwrap());
            // Index (2 bytes), H_E (32), x_j (32).
            factor * Scalar::from_slice(&self.shares[j].to_bytes().expose()[34..]).unwrap()
        };
        (0..t).map(share).sum()
    }

    /// The key with which an issuer signs blindly.
    pub fn issuer_key(&self, issuer: usize, style: &str) -> BlindSecretKey {
        let keys = &self.election.manifest.issuers.members[issuer].keys;
        let spki = &keys.iter().find(|key| key.style == style).unwrap().spki;
        (0..4).map(dangerous_test_key).find(|key| key.public_key().to_spki() == spki.0).unwrap()
    }
}

/// Somebody who is entitled to a ballot of one style.
pub struct Citizen {
    /// Where.
    pub world: &'static World,
    /// The style's id.
    pub style: &'static str,
    /// The pseudonym's key.
    pub key: PseudonymKey,
    /// Of the first q issuers.
    pub tokens: Vec<Token>,
    number: u8,
}

impl Citizen {
    /// The citizen with this number.
    pub fn new(world: &'static World, style: &'static str, number: u8) -> Self {
        let seed = participation_seed(number);
        let key = PseudonymKey::derive(&seed, &world.election.id).unwrap();
        let required = world.election.manifest.issuers.required as usize;
        let mut citizen = Self { world, style, key, tokens: Vec::new(), number };
        citizen.tokens = (0..required).map(|issuer| citizen.token(issuer)).collect();
        citizen
    }

    /// One issuer's token.
    pub fn token(&self, issuer: usize) -> Token {
        let seed = participation_seed(self.number);
        let request =
            TokenRequest::derive(&self.world.election, issuer, self.style, &seed, &self.vk()).unwrap();
        let key = self.world.issuer_key(issuer, self.style);
        request
            .finish(&key.sign(&mut TestRng::new("blinding of the exponent"), request.blinded()).unwrap())
            .unwrap()
    }

    /// The pseudonym.
    pub fn vk(&self) -> VerifyingKey {
        self.key.verifying_key()
    }

    /// An honest body; `name` names its seed.
    pub fn body(&self, position: Position, choices: &[&[usize]], name: &str) -> BallotBody {
        let selections: Vec<Selection> = self
            .contests()
            .zip(choices)
            .map(|(contest, chosen)| Selection::new(contest, chosen).unwrap())
            .collect();
        let encrypter = Encrypter::new(&self.world.election);
        encrypter.encrypt(self.style, &self.vk(), position, &selections, &ballot_seed(name)).unwrap()
    }

    /// A first body by a prover that departs from the protocol, or has numbers that no choice has.
    pub fn forge(&self, numbers: &[&[i64]], name: &str, cheat: Cheat<'_>) -> BallotBody {
        let numbers: Vec<Vec<i64>> = numbers.iter().map(|numbers| numbers.to_vec()).collect();
        let (election, seed) = (&self.world.election, ballot_seed(name));
        dangerous_forge_with(election, self.style, &self.vk(), Position::FIRST, &numbers, &seed, cheat)
    }

    /// Signs a body and adds the tokens.
    pub fn cast(&self, body: BallotBody) -> UnverifiedBallot {
        body.cast(&self.key, self.tokens.clone())
    }

    /// An honest first ballot.
    pub fn ballot(&self, choices: &[&[usize]], name: &str) -> UnverifiedBallot {
        self.cast(self.body(Position::FIRST, choices, name))
    }

    fn contests(&self) -> impl Iterator<Item = &Contest> {
        let manifest = &self.world.election.manifest;
        manifest.contests_of(manifest.style(self.style).unwrap())
    }
}

/// The seed of a ballot.
pub fn ballot_seed(name: &str) -> BallotSeed {
    BallotSeed::make(&mut TestRng::new(name))
}

/// The place after a ballot with this tracker.
pub fn second(tracker: Tracker) -> Position {
    Position::FIRST.next(tracker)
}

/// Text of bytes that are UTF-8.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn participation_seed(number: u8) -> Secret<32> {
    Secret::init_with(|seed| seed.fill(number))
}
