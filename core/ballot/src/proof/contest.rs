//! The one challenge of a contest (protocol.md §3.1.6): it hashes everything that its proofs speak of, and every
//! commitment, in order. Leaving one out is how proofs were forged elsewhere.

use kodanik_crypto::group::{Point, Scalar};
use kodanik_crypto::signature::VerifyingKey;
use kodanik_crypto::transcript::Transcript;

use crate::ballot::Position;
use crate::elgamal::CIPHERTEXT_BYTES;
use crate::ids::ElectionId;
use crate::manifest::SUITE;

/// What all contests of one ballot have in common.
pub(crate) struct BallotContext<'a> {
    pub(crate) election: &'a ElectionId,
    pub(crate) key: &'a Point,
    pub(crate) style: &'a str,
    pub(crate) vk: &'a VerifyingKey,
    pub(crate) position: Position,
}

/// Hashes `options` (alpha || beta each, the blank last) and `commitments` (those of the options in order, then
/// those of the sum), all as they are encoded.
pub(crate) fn challenge<'a>(
    context: &BallotContext<'_>,
    contest: &str,
    options: impl ExactSizeIterator<Item = &'a [u8]>,
    commitments: impl Iterator<Item = &'a [u8]>,
) -> Scalar {
    let mut transcript = Transcript::new("KODANIK-V1-CONTEST-P256");
    transcript.append(SUITE.as_bytes());
    transcript.append(context.election.as_bytes());
    transcript.append(context.style.as_bytes());
    transcript.append(contest.as_bytes());
    transcript.append(&context.vk.to_sec1());
    transcript.append_u64(context.position.seq.into());
    transcript.append(context.position.prev.as_bytes());
    transcript.append(context.key.to_bytes().as_ref().map_or(&[], |bytes| bytes.as_slice()));
    transcript.append_u64(options.len() as u64);
    for (index, option) in options.enumerate() {
        debug_assert_eq!(option.len(), CIPHERTEXT_BYTES);
        let (alpha, beta) = option.split_at(33);
        transcript.append_u64(index as u64);
        transcript.append(alpha);
        transcript.append(beta);
    }
    for commitment in commitments {
        for point in commitment.chunks_exact(33) {
            transcript.append(point);
        }
    }
    transcript.challenge()
}
