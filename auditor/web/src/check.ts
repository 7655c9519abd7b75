/** Check with another phone and test before casting: docs/protocol.md §3.1.10, §3.1.11. */
import { fingerprint, isPosition } from "./ballot.js";
import { fromBase64url, sameBytes } from "./bytes.js";
import { type Election, isElection } from "./election.js";
import { demand, recoded, refuse } from "./errors.js";
import { G, parsePoint, timesG, timesVartime } from "./group.js";
import { isId } from "./manifest.js";
import type { ParsedContest } from "./proofs.js";
import { type ContestChoice, makeBody, randomnessOf } from "./prover.js";
import { verifyBallot } from "./verify.js";

/** What a checking code says: §3.1.10. The seed opens this ballot for whoever has it. */
export interface CheckingCode {
  readonly election: Uint8Array;
  readonly pseudonym: Uint8Array;
  readonly seed: Uint8Array;
  readonly seq: number;
  readonly tracker: Uint8Array;
}

/** Reads `kodanik:check?..`; refuses another form with `malformed`. */
export function parseCheckingCode(code: string): CheckingCode {
  const [election, pseudonym, seed, seq, tracker] = parameters(code, "check", ["election", "pseudonym", "seed", "seq", "tracker"]);
  return { election: bytes32(election), pseudonym: bytes32(pseudonym), seed: bytes32(seed), seq: sequence(seq), tracker: bytes32(tracker) };
}

/**
 * Opens the last ballot of a pseudonym with a checking code, and says what was chosen. `ballot` must come from a source of one's own:
 * the last one of its pseudonym on the board.
 */
export function checkBallot(election: Election, ballot: Uint8Array, code: string): ContestChoice[] {
  const wanted = parseCheckingCode(code);
  demand(isElection(election, wanted.election), "other_election", "the code is for another election");
  const found = verifyBallot(election, ballot);
  const { body } = found;
  demand(sameBytes(fingerprint(body.vk), wanted.pseudonym), "other_pseudonym", "the ballot is another pseudonym's");
  demand(body.seq >= wanted.seq, "not_yet_on_board", "the board does not have this ballot yet");
  demand(body.seq <= wanted.seq, "superseded", "a later ballot counts instead");
  demand(sameBytes(found.tracker, wanted.tracker), "other_ballot", "the board has another ballot in this place");
  const choice = found.parsed.map((contest) => open(election, wanted.seed, contest));
  const again = makeBody(election, { ...body, choice, seed: wanted.seed });
  demand(sameBytes(again.tracker, wanted.tracker), "other_proofs", "the proofs are not the ones that the seed makes");
  return choice;
}

function open(election: Election, seed: Uint8Array, { ciphertexts, contest }: ParsedContest): ContestChoice {
  const votes = ciphertexts.map(({ alpha, beta }, i) => {
    const r = randomnessOf(election, seed, contest.id, i);
    demand(timesG(r).equals(alpha), "seed_mismatch", "the seed does not make this ciphertext");
    const vote = beta.subtract(timesVartime(election.joint, r));
    if (vote.is0()) return 0;
    return vote.equals(G) ? 1 : refuse("seed_mismatch", "the seed does not open this ciphertext");
  });
  return { chosen: contest.options.filter((_, i) => votes[i] === 1).map((option) => option.id), contest: contest.id };
}

/** A promised ballot: §3.1.11. */
export interface BallotPromise {
  readonly election: Uint8Array;
  readonly tracker: Uint8Array;
}

/** Reads `kodanik:promise?..`; refuses another form with `malformed`. */
export function parsePromise(code: string): BallotPromise {
  const [election, tracker] = parameters(code, "promise", ["election", "tracker"]);
  return { election: bytes32(election), tracker: bytes32(tracker) };
}

/** What a tested ballot was made of: §3.1.11. */
export interface TestedBallot {
  readonly choice: readonly ContestChoice[];
  readonly election: Uint8Array;
  readonly prev: Uint8Array;
  readonly seed: Uint8Array;
  readonly seq: number;
  readonly style: string;
  readonly vk: Uint8Array;
}

/** Reads `kodanik:test?..`; refuses another form with `malformed`. */
export function parseTest(code: string): TestedBallot {
  const [choice, election, prev, seed, seq, style, vk] = parameters(code, "test", ["choice", "election", "prev", "seed", "seq", "style", "vk"]);
  const test = {
    choice: readChoice(choice),
    election: bytes32(election),
    prev: bytes32(prev),
    seed: bytes32(seed),
    seq: sequence(seq),
    style,
    vk: recoded({ encoding: "malformed" }, () => {
      const bytes = fromBase64url(vk);
      parsePoint(bytes);
      return bytes;
    }),
  };
  demand(isId(style), "malformed", "the style is no id");
  demand(isPosition(test.seq, test.prev), "malformed", "sequence number and previous tracker do not fit each other");
  return test;
}

/** Makes a tested ballot again and demands the promised tracker; says what was chosen. */
export function testBallot(election: Election, promise: string, test: string): { choice: readonly ContestChoice[]; tracker: Uint8Array } {
  const promised = parsePromise(promise);
  const tested = parseTest(test);
  demand(isElection(election, promised.election), "other_election", "the promise is for another election");
  demand(isElection(election, tested.election), "other_election", "the test is for another election");
  const { tracker } = makeBody(election, tested);
  demand(sameBytes(tracker, promised.tracker), "other_ballot", "the tested ballot is not the one that was promised");
  return { choice: tested.choice, tracker };
}

function readChoice(text: string): ContestChoice[] {
  return text.split(";").map((part) => {
    const [contest, options, ...more] = part.split(":");
    if (contest === undefined || options === undefined || more.length > 0) return refuse("malformed", "not a choice");
    const chosen = options === "" ? [] : options.split(",");
    demand([contest, ...chosen].every(isId), "malformed", "a choice with what is no id");
    return { chosen, contest };
  });
}

/** The values of a code in exactly the given form; the caller names as many as it takes apart. */
function parameters<const N extends readonly string[]>(code: string, kind: string, names: N): { [K in keyof N]: string } {
  const prefix = `kodanik:${kind}?`;
  demand(code.startsWith(prefix), "malformed", `not a code of the kind ${kind}`);
  const parts = code.slice(prefix.length).split("&");
  demand(parts.length === names.length, "malformed", "not the members of this code");
  const values = names.map((name, i) => {
    const part = parts[i] ?? "";
    demand(part.startsWith(`${name}=`), "malformed", `member ${name} is not in its place`);
    return part.slice(name.length + 1);
  });
  return values as { [K in keyof N]: string };
}

function bytes32(text: string): Uint8Array {
  const bytes = fromBase64url(text);
  demand(bytes.length === 32, "malformed", "not 32 bytes");
  return bytes;
}

function sequence(text: string): number {
  demand(/^[1-9][0-9]{0,9}$/.test(text), "malformed", "not a sequence number");
  demand(Number(text) < 2 ** 32, "malformed", "the sequence number is not below 2^32");
  return Number(text);
}
