//! The equations of ballots' proofs, as they are parsed once and combined as often as it takes to find a bad one.

use kodanik_crypto::group::{Affine, GroupError, Scalar};
use kodanik_crypto::transcript::Transcript;

use super::BallotError;
use crate::ballot::{BallotBody, EncryptedContest};
use crate::election::Election;
use crate::elgamal::Ciphertext;
use crate::ids::Tracker;
use crate::manifest::Contest;
use crate::proof::combination::Combination;
use crate::proof::contest::{BallotContext, Statement, challenge, statements};
use crate::proof::membership::{MembershipProof, commitment_bytes};

/// A body whose layout was checked and whose every point and scalar has parsed.
pub(super) struct ParsedBody {
    tracker: Tracker,
    contests: Vec<ParsedContest>,
}

struct ParsedContest {
    challenge: Scalar,
    ciphertexts: Vec<(Affine, Affine)>,
    /// How many of the ciphertexts are added up; slack is not.
    answers: usize,
    proofs: Vec<(Statement, MembershipProof)>,
}

impl ParsedBody {
    pub(super) fn parse(
        election: &Election,
        body: &BallotBody,
        tracker: Tracker,
    ) -> Result<Self, BallotError> {
        let context = BallotContext {
            election: &election.id,
            key: &election.key.joint,
            style: &body.style,
            vk: &body.vk,
            position: body.position(),
        };
        let parse = |encrypted: &EncryptedContest| {
            let contest = election.manifest.contest(&encrypted.contest).ok_or(BallotError::Layout)?;
            ParsedContest::parse(&context, contest, encrypted).map_err(|_| BallotError::Encoding)
        };
        Ok(Self { tracker, contests: body.contests.iter().map(parse).collect::<Result<_, _>>()? })
    }

    pub(super) fn into_parts(self) -> (Tracker, Vec<Vec<Ciphertext>>) {
        let ciphertexts = |contest: ParsedContest| {
            let added_up = contest.ciphertexts.into_iter().take(contest.answers);
            added_up.map(|(alpha, beta)| Ciphertext { alpha: alpha.into(), beta: beta.into() }).collect()
        };
        (self.tracker, self.contests.into_iter().map(ciphertexts).collect())
    }
}

impl ParsedContest {
    fn parse(
        context: &BallotContext<'_>,
        contest: &Contest,
        encrypted: &EncryptedContest,
    ) -> Result<Self, GroupError> {
        let statements = statements(contest);
        let pair = |bytes: &[u8]| Ok((Affine::from_slice(&bytes[..33])?, Affine::from_slice(&bytes[33..])?));
        let ciphertexts = encrypted.ciphertexts().map(pair).collect::<Result<Vec<_>, GroupError>>()?;
        let commitments = statements.iter().zip(encrypted.proofs());
        let commitments =
            commitments.map(|(statement, proof)| &proof[..commitment_bytes(statement.branches)]);
        let count = ciphertexts.len();
        let challenge = challenge(context, &contest.id, encrypted.ciphertexts(), count, commitments);
        let proofs = statements.into_iter().zip(encrypted.proofs()).map(|(statement, proof)| {
            let proof = MembershipProof::from_slice(proof, statement.branches)?;
            Ok((statement, proof))
        });
        let proofs = proofs.collect::<Result<_, GroupError>>()?;
        Ok(Self { challenge, ciphertexts, answers: contest.answers(), proofs })
    }

    /// Adds the equations of all proofs. Factors of a ciphertext that stands in several are added up first.
    fn collect(&self, into: &mut Combination) {
        let mut factors = vec![(Scalar::ZERO, Scalar::ZERO); self.ciphertexts.len()];
        for (statement, proof) in &self.proofs {
            let (alpha, beta) = proof.collect(statement.first, &self.challenge, into);
            for (index, factor) in &statement.terms {
                let (factor, (a, b)) = (Scalar::from(*factor), &mut factors[*index]);
                (*a, *b) = (*a + alpha * factor, *b + beta * factor);
            }
        }
        for ((a, b), (alpha, beta)) in factors.into_iter().zip(&self.ciphertexts) {
            into.add(a, *alpha);
            into.add(b, *beta);
        }
    }
}

/// Whether each body's proofs hold. Variable time: ballots are public.
pub(super) fn hold(election: &Election, bodies: &[&ParsedBody]) -> Vec<bool> {
    if combination_holds(election, bodies) {
        return vec![true; bodies.len()];
    }
    match bodies.len() {
        1 => vec![false],
        n => {
            let (left, right) = bodies.split_at(n / 2);
            [hold(election, left), hold(election, right)].concat()
        }
    }
}

fn combination_holds(election: &Election, bodies: &[&ParsedBody]) -> bool {
    let mut seed = Transcript::new("KODANIK-V1-BATCH");
    seed.append(election.id.as_bytes());
    bodies.iter().for_each(|body| seed.append(body.tracker.as_bytes()));
    let mut combination = Combination::new(seed.digest());
    bodies.iter().flat_map(|body| &body.contests).for_each(|contest| contest.collect(&mut combination));
    combination.holds_vartime(&election.key.joint)
}
