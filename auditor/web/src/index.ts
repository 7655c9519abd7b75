/**
 * The second verifier of Kodanik, written from docs/protocol.md alone. Whole logs: {@link verifyLog}. Single pieces: the functions below.
 * Everything throws a {@link Refusal} with a stable code, and fails closed.
 */
export { auditIssuerLists, type AuditReport, type Finding, type Progress, reportJson, verifyLog } from "./audit.js";
export { parseBallot, type UnverifiedBallot } from "./ballot.js";
export { verifyBatch } from "./batch.js";
export { base64url, fromBase64url, utf8 } from "./bytes.js";
export { type BallotPromise, checkBallot, type CheckingCode, parseCheckingCode, parsePromise, parseTest, testBallot, type TestedBallot } from "./check.js";
export { Contract } from "./contract.js";
export { type Election, type ElectionKey, makeElection, parseElectionKey } from "./election.js";
export type { ElectionSummary, Phase } from "./election-state.js";
export { type Alarm, type Eligibility, parseIssuerLists, type StyleCounts, verifyIssuerList } from "./eligibility.js";
export { type Entry, type Message, readEntry } from "./entry.js";
export { Refusal } from "./errors.js";
export {
  type Checkpoint, type Misbehaviour, moveTo, type TreeHead, verifyCheckpoint, type VerifiedReceipt, verifyEvidence, verifyReceipt,
} from "./ledger/checkpoint.js";
export { parsePolicy, type Policy } from "./ledger/policy.js";
export { consistencyHolds, inclusionHolds, leafHash, makeLeaf } from "./ledger/tree.js";
export { type Manifest, parseManifest } from "./manifest.js";
export type { ContestChoice } from "./prover.js";
export {
  type CloseStatement, type ContestResult, type ContestSum, decrypt, type DecryptionShare, hashStatement, hashSums, readShare, readStatement,
  type VerifiedShare, verifyShare,
} from "./tally.js";
export { type VerifiedBallot, verifyBallot, verifyBallotOneByOne, verifyBallots } from "./verify.js";
