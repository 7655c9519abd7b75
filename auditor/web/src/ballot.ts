/** A ballot and what can be said of it without arithmetic: docs/protocol.md §3.1.7, §3.1.8 and steps 1 to 4 of §3.1.9. */
import { bytesToBig, u64be } from "./bytes.js";
import { type Election, isElection } from "./election.js";
import { demand, recoded, refuse } from "./errors.js";
import { verifyEs256 } from "./es256.js";
import { frame, hash } from "./framing.js";
import { ORDER, parsePoint } from "./group.js";
import { array, binary, encodeCanonical, type Json, natural, object, parseCanonical, text } from "./json.js";
import { type Contest, contestsOf, LARGEST_ENTRY, slackBits, type Style } from "./manifest.js";
import { verifyRsa } from "./rsa.js";

/** Bytes of one option, blank or slack bit: ciphertext and proof. */
export const OPTION_BYTES = 294;

/** Bytes of the proof that a ciphertext holds one of `m` consecutive numbers. */
export function proofBytes(m: number): number {
  return 130 * m - 32;
}

/** What a ballot says about one contest; nothing of it is parsed yet. */
export interface ContestVotes {
  readonly contest: string;
  readonly options: readonly Uint8Array[];
  readonly slack: readonly Uint8Array[];
  readonly spending: Uint8Array;
  readonly sum: Uint8Array;
}

/** The body of a ballot. */
export interface Body {
  readonly contests: readonly ContestVotes[];
  /** H_E. */
  readonly election: Uint8Array;
  readonly prev: Uint8Array;
  readonly seq: number;
  readonly style: string;
  readonly vk: Uint8Array;
}

/** A ballot whose form is right. It has not been verified. */
export interface UnverifiedBallot {
  readonly body: Body;
  readonly signature: Uint8Array;
  readonly tokens: readonly { readonly issuer: number; readonly signature: Uint8Array }[];
  readonly tracker: Uint8Array;
}

/** A ballot whose layout is its style's and whose signature and tokens verify; its proofs have not been looked at. */
export interface SignedBallot extends UnverifiedBallot {
  readonly layout: Style;
}

/** Parses `{body, signature, tokens}`, canonical JSON; refuses with `malformed`. */
export function parseBallot(bytes: Uint8Array): UnverifiedBallot {
  return recoded({ too_large: "malformed" }, () => readBallot(object(parseCanonical(bytes, LARGEST_ENTRY), "body", "signature", "tokens")));
}

/** Reads the members `body`, `signature` and `tokens` of a ballot or of its ledger entry. */
export function readBallot(json: { readonly [member: string]: Json }): UnverifiedBallot {
  return {
    body: readBody(json["body"]),
    signature: readSignature(json["signature"]),
    tokens: array(json["tokens"]).map((value) => {
      const token = object(value, "issuer", "signature");
      return { issuer: natural(token["issuer"]), signature: binary(token["signature"], 384) };
    }),
    tracker: trackerOf(json["body"] ?? null),
  };
}

/** The tracker of a body: §3.1.7. */
export function trackerOf(body: Json): Uint8Array {
  return hash("KODANIK-V1-TRACKER", encodeCanonical(body));
}

function readSignature(value: Json | undefined): Uint8Array {
  const signature = binary(value, 64);
  const inRange = [signature.subarray(0, 32), signature.subarray(32)].map(bytesToBig).every((part) => part >= 1n && part < ORDER);
  demand(inRange, "malformed", "r or s of the signature is out of range");
  return signature;
}

function readBody(value: Json | undefined): Body {
  const json = object(value, "contests", "election", "prev", "seq", "style", "vk");
  const seq = natural(json["seq"]);
  demand(seq < 2 ** 32, "malformed", "the sequence number is not below 2^32");
  const vk = binary(json["vk"], 33);
  recoded({ encoding: "malformed" }, () => parsePoint(vk));
  return {
    contests: array(json["contests"]).map(readContest),
    election: binary(json["election"], 32),
    prev: binary(json["prev"], 32),
    seq,
    style: text(json["style"]),
    vk,
  };
}

function readContest(value: Json): ContestVotes {
  const json = object(value, "contest", "options", "slack", "spending", "sum");
  return {
    contest: text(json["contest"]),
    options: array(json["options"]).map((item) => binary(item, OPTION_BYTES)),
    slack: array(json["slack"]).map((item) => binary(item, OPTION_BYTES)),
    spending: binary(json["spending"]),
    sum: binary(json["sum"]),
  };
}

/** Steps 1 to 4 of §3.1.9 for a ballot whose form is right. */
export function checkSigned(election: Election, ballot: UnverifiedBallot): SignedBallot {
  const { body } = ballot;
  demand(isElection(election, body.election), "other_election", "the ballot is for another election");
  demand(isPosition(body.seq, body.prev), "position", "sequence number and previous tracker do not fit each other");
  const style = election.manifest.styles.find((candidate) => candidate.id === body.style);
  if (style === undefined) return refuse("unknown_style", "the election has no such ballot style");
  checkLayout(contestsOf(election.manifest, style), body.contests);
  const message = frame("KODANIK-V1-CAST", ballot.tracker);
  demand(verifyEs256(body.vk, message, ballot.signature), "signature", "the signature is not the pseudonym's");
  checkTokens(election, style, ballot);
  return { ...ballot, layout: style };
}

/** Whether `prev` is zero exactly in the first ballot. */
export function isPosition(seq: number, prev: Uint8Array): boolean {
  return seq >= 1 && prev.every((byte) => byte === 0) === (seq === 1);
}

function checkLayout(contests: readonly Contest[], votes: readonly ContestVotes[]): void {
  demand(votes.length === contests.length, "layout", "not the contests of the style");
  contests.forEach((contest, i) => {
    const found = votes[i];
    demand(found !== undefined && found.contest === contest.id, "layout", "not the contests of the style, in its order");
    demand(found.options.length === contest.options.length + 1, "layout", "not one ciphertext per option and one for the blank");
    demand(found.slack.length === slackBits(contest), "layout", "not the slack bits of the budget");
    demand(found.sum.length === proofBytes(contest.max - contest.min + 1), "layout", "the proof of the sum has another size");
    demand(found.spending.length === (contest.method === "budget" ? proofBytes(1) : 0), "layout", "the proof of the spending has another size");
  });
}

function checkTokens(election: Election, style: Style, ballot: UnverifiedBallot): void {
  const { members, required } = election.manifest.issuers;
  demand(ballot.tokens.length === required, "token_count", "not as many tokens as the manifest requires");
  const inOrder = ballot.tokens.every(({ issuer }, i) => issuer > (ballot.tokens[i - 1]?.issuer ?? -1));
  demand(inOrder, "token_count", "the issuers are not distinct and in the manifest's order");
  const message = tokenMessage(election.id, style.id, ballot.body.vk);
  for (const token of ballot.tokens) {
    const key = members[token.issuer]?.keys.find((candidate) => candidate.style === style.id);
    demand(key !== undefined && verifyRsa(key.key, message, token.signature), "token", "a token is not its issuer's");
  }
}

/** What an issuer signs: §3.3.2. */
export function tokenMessage(electionId: Uint8Array, style: string, vk: Uint8Array): Uint8Array {
  return frame("KODANIK-V1-TOKEN", electionId, style, vk);
}

/** The fingerprint of a pseudonym: §3.1.5. */
export function fingerprint(vk: Uint8Array): Uint8Array {
  return hash("KODANIK-V1-FINGERPRINT", vk);
}

/** The data of a leaf of the list of last ballots: §3.2.7. */
export function lastBallotLeaf(electionId: Uint8Array, vk: Uint8Array, tracker: Uint8Array): Uint8Array {
  return frame("KODANIK-V1-LAST-BALLOT", electionId, vk, tracker);
}

/** The fields of a contest's challenge up to K: §3.1.6. */
export function challengeHead(suite: string, election: Election, body: Pick<Body, "prev" | "seq" | "style" | "vk">, contest: string): (Uint8Array | string)[] {
  return [suite, election.id, body.style, contest, body.vk, u64be(body.seq), body.prev, election.jointBytes];
}
