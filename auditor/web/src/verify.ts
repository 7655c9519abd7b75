/** Verification of single ballots and of many: docs/protocol.md §3.1.9. */
import { checkSigned, parseBallot, type UnverifiedBallot } from "./ballot.js";
import { verifyBatch } from "./batch.js";
import type { Election } from "./election.js";
import { demand, Refusal } from "./errors.js";
import { type ParsedBallot, parseProofs, proofsHold } from "./proofs.js";

/** A ballot that verifies by itself. Only this file makes one. */
export interface VerifiedBallot extends ParsedBallot {
  readonly verified: true;
}

/** A ballot or why it is refused. */
export type Verdict = VerifiedBallot | Refusal;

/** Verifies a ballot, `{body, signature, tokens}` as canonical JSON; refuses with a code of the vectors' README. */
export function verifyBallot(election: Election, bytes: Uint8Array): VerifiedBallot {
  const [verdict] = verifyBallots(election, [parseBallot(bytes)]);
  if (verdict === undefined || verdict instanceof Refusal) throw verdict ?? new Refusal("proof", "no verdict");
  return verdict;
}

/** The same, every equation by itself: slower, and what {@link verifyBallot} must agree with. */
export function verifyBallotOneByOne(election: Election, bytes: Uint8Array): VerifiedBallot {
  const ballot = parseProofs(election, checkSigned(election, parseBallot(bytes)));
  demand(proofsHold(election, ballot), "proof", "an equation of a proof does not hold");
  return { ...ballot, verified: true };
}

/** The verdict on each of `ballots`; equations are checked in one sum. The verdict on one never depends on the others. */
export function verifyBallots(election: Election, ballots: readonly UnverifiedBallot[]): Verdict[] {
  const parsed = ballots.map((ballot) => attempt(() => parseProofs(election, checkSigned(election, ballot))));
  const candidates = parsed.filter((ballot): ballot is ParsedBallot => !(ballot instanceof Refusal));
  const holds = verifyBatch(election, candidates);
  let next = 0;
  return parsed.map((ballot) => {
    if (ballot instanceof Refusal) return ballot;
    if (holds[next++] === true) return { ...ballot, verified: true };
    return new Refusal("proof", "an equation of a proof does not hold");
  });
}

/** What `work` gives, or the refusal that it ends with. */
export function attempt<T>(work: () => T): T | Refusal {
  try {
    return work();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}
