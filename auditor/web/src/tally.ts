/** Sums, close statement, decryption shares and result: docs/protocol.md §3.2.4 to §3.2.6. */
import { base64url, sameBytes, u64be } from "./bytes.js";
import { type Election, isElection, lagrange } from "./election.js";
import { demand, refuse } from "./errors.js";
import { challenge, type Field, hash } from "./framing.js";
import { encodePoint, G, IDENTITY, parsePoint, parseScalar, type Point, sumOfProducts, timesVartime } from "./group.js";
import type { TreeHead } from "./ledger/checkpoint.js";
import { array, binary, type Json, natural, object, text } from "./json.js";
import type { Contest } from "./manifest.js";
import type { Ciphertext, ParsedBallot } from "./proofs.js";

/** The sum of the ballots that count, in one contest: options and blank. */
export interface ContestSum {
  readonly ballots: number;
  readonly contest: string;
  readonly options: readonly Ciphertext[];
}

/** A trustee's share of one contest; not verified. */
export interface DecryptionShare {
  readonly contest: string;
  readonly election: Uint8Array;
  readonly options: readonly { readonly d: Uint8Array; readonly u: Uint8Array; readonly v: Uint8Array; readonly z: bigint }[];
  readonly statement: Uint8Array;
  readonly trustee: number;
}

/** A share that verifies: the points x_j A. */
export interface VerifiedShare {
  readonly contest: string;
  readonly points: readonly Point[];
  readonly trustee: number;
  readonly verified: true;
}

/** What all honest trustees state after the close. */
export interface CloseStatement {
  readonly checkpoint: TreeHead;
  readonly election: Uint8Array;
  readonly sums: Uint8Array;
}

/** The numbers of a contest, the blank last; null where there are fewer ballots than the smallest cell. */
export interface ContestResult {
  readonly ballots: number;
  readonly contest: string;
  readonly options: readonly number[] | null;
}

/** The running sums of an election. */
export class Sums {
  private readonly sums: Map<string, { ballots: number; options: Ciphertext[] }>;

  constructor(election: Election) {
    this.sums = new Map(election.manifest.contests.map((contest) => [contest.id, {
      ballots: 0,
      options: Array.from({ length: contest.options.length + 1 }, () => ({ alpha: IDENTITY, beta: IDENTITY })),
    }]));
  }

  /** Adds a ballot that counts. */
  add(ballot: ParsedBallot): void {
    for (const { ciphertexts, contest } of ballot.parsed) {
      this.change(contest.id, 1, ciphertexts);
    }
  }

  /** Takes away a ballot that was added and counts no more; `options` are `alpha || beta`, options and blank. */
  subtract(contests: readonly { readonly contest: string; readonly options: readonly Uint8Array[] }[]): void {
    for (const { contest, options } of contests) {
      const negated = options.map((bytes) => ({
        alpha: parsePoint(bytes.subarray(0, 33)).negate(),
        beta: parsePoint(bytes.subarray(33, 66)).negate(),
      }));
      this.change(contest, -1, negated);
    }
  }

  private change(contest: string, by: number, ciphertexts: readonly Ciphertext[]): void {
    const sum = this.sums.get(contest);
    if (sum === undefined) throw new RangeError("a contest of another election");
    sum.ballots += by;
    sum.options = sum.options.map((option, i) => {
      const { alpha, beta } = ciphertexts[i] as Ciphertext;
      return { alpha: option.alpha.add(alpha), beta: option.beta.add(beta) };
    });
  }

  /** The sums in the manifest's order. */
  list(): ContestSum[] {
    return [...this.sums].map(([contest, { ballots, options }]) => ({ ballots, contest, options }));
  }
}

/** The hash of the sums: §3.2.4. */
export function hashSums(election: Election, sums: readonly ContestSum[]): Uint8Array {
  const fields: Field[] = [election.id, u64be(sums.length)];
  for (const { ballots, contest, options } of sums) {
    fields.push(contest, u64be(ballots), u64be(options.length));
    for (const { alpha, beta } of options) fields.push(pointField(alpha), pointField(beta));
  }
  return hash("KODANIK-V1-SUMS", ...fields);
}

function pointField(point: Point): Uint8Array {
  return point.is0() ? new Uint8Array(0) : encodePoint(point);
}

/** Reads `{checkpoint: {origin, root, size}, election, sums}`. */
export function readStatement(value: Json | undefined): CloseStatement {
  const json = object(value, "checkpoint", "election", "sums");
  const checkpoint = object(json["checkpoint"], "origin", "root", "size");
  return {
    checkpoint: { origin: text(checkpoint["origin"]), root: binary(checkpoint["root"], 32), size: natural(checkpoint["size"]) },
    election: binary(json["election"], 32),
    sums: binary(json["sums"], 32),
  };
}

/** The statement hash: §3.2.5. */
export function hashStatement({ checkpoint, election, sums }: CloseStatement): Uint8Array {
  return hash("KODANIK-V1-CLOSE", election, checkpoint.origin, u64be(checkpoint.size), checkpoint.root, sums);
}

/** Reads the body of a `tally.share`. */
export function readShare(value: Json | undefined): DecryptionShare {
  const json = object(value, "contest", "election", "options", "statement", "trustee");
  return {
    contest: text(json["contest"]),
    election: binary(json["election"], 32),
    options: array(json["options"]).map((item) => {
      const option = object(item, "d", "proof");
      const proof = object(option["proof"], "u", "v", "z");
      const [d, u, v] = [binary(option["d"]), binary(proof["u"]), binary(proof["v"])];
      for (const point of [d, u, v]) parsePoint(point);
      return { d, u, v, z: parseScalar(binary(proof["z"])) };
    }),
    statement: binary(json["statement"], 32),
    trustee: natural(json["trustee"]),
  };
}

/** Verifies a share against one's own sums and statement; refuses with a code of the kind `share`. */
export function verifyShare(election: Election, sums: readonly ContestSum[], statement: Uint8Array, share: DecryptionShare): VerifiedShare {
  demand(isElection(election, share.election), "other_election", "the share is for another election");
  demand(sameBytes(share.statement, statement), "other_statement", "the share is for another close statement");
  const sum = sums.find((candidate) => candidate.contest === share.contest);
  if (sum === undefined) return refuse("unknown_contest", "the election has no such contest");
  demand(sum.ballots >= election.manifest.minCell, "too_few_ballots", "too few ballots to be decrypted");
  const publicShare = election.shares[share.trustee - 1];
  if (publicShare === undefined) return refuse("unknown_trustee", "the election has no such trustee");
  demand(share.options.length === sum.options.length, "option_count", "not one share per option and the blank");
  const points = share.options.map(({ d, u, v, z }, i) => {
    const { alpha } = sum.options[i] as Ciphertext;
    demand(!alpha.is0(), "proof", "the sum cannot be decrypted");
    const c = challenge(
      "KODANIK-V1-SHARE-P256", election.id, statement, share.contest, u64be(i), u64be(share.trustee), encodePoint(alpha), encodePoint(publicShare),
      d, u, v,
    );
    const point = parsePoint(d);
    const inG = timesVartime(G, z).equals(parsePoint(u).add(timesVartime(publicShare, c)));
    const inA = timesVartime(alpha, z).equals(parsePoint(v).add(timesVartime(point, c)));
    demand(inG && inA, "proof", "the share does not verify");
    return point;
  });
  return { contest: share.contest, points, trustee: share.trustee, verified: true };
}

/**
 * The result from verified shares; bad ones are left out by the caller. Refuses with `too_few_shares`, or `not_a_sum` where the numbers
 * are none that the ballots can make.
 */
export function decrypt(election: Election, sums: readonly ContestSum[], shares: readonly VerifiedShare[]): ContestResult[] {
  const { contests, minCell, trustees } = election.manifest;
  return sums.map(({ ballots, contest: id, options }, i) => {
    if (ballots < minCell) return { ballots, contest: id, options: null };
    const own = new Map(shares.filter((share) => share.contest === id).map((share) => [share.trustee, share]));
    const used = [...own.values()].sort((a, b) => a.trustee - b.trustee).slice(0, trustees.threshold);
    demand(used.length === trustees.threshold, "too_few_shares", "fewer than t shares of a contest");
    const coefficients = lagrange(used.map(({ trustee }) => trustee), 0);
    const numbers = options.map(({ beta }, option) => {
      const mask = sumOfProducts(used.map(({ points }) => points[option] as Point), coefficients);
      return discreteLog(beta.subtract(mask), ballots) ?? refuse("not_a_sum", "not the sum of so many ballots");
    });
    demand(areNumbersOf(contests[i] as Contest, ballots, numbers), "not_a_sum", "the numbers do not add up");
    return { ballots, contest: id, options: numbers };
  });
}

/** Whether the numbers of a contest, the blank last, keep what the proofs of every ballot promise. */
function areNumbersOf(contest: Contest, ballots: number, numbers: readonly number[]): boolean {
  const blank = numbers[contest.options.length] ?? 0;
  const votes = contest.options.reduce((sum, _, i) => sum + (numbers[i] ?? 0), 0) + contest.max * blank;
  if (votes < contest.min * ballots || votes > contest.max * ballots) return false;
  if (contest.method === "selection") return true;
  const spent = contest.options.reduce((sum, option, i) => sum + BigInt(option.cost) * BigInt(numbers[i] ?? 0), 0n);
  return spent + BigInt(contest.budget) * BigInt(blank) <= BigInt(contest.budget) * BigInt(ballots);
}

/** m in 0..most with `m G = point`, by baby steps and giant steps; undefined if there is none. */
export function discreteLog(point: Point, most: number): number | undefined {
  const steps = Math.ceil(Math.sqrt(most + 1));
  const babies = new Map<string, number>();
  let baby = IDENTITY;
  for (let i = 0; i < steps; i++, baby = baby.add(G)) babies.set(name(baby), i);
  const giant = timesVartime(G, BigInt(steps)).negate();
  let rest = point;
  for (let i = 0; i <= steps; i++, rest = rest.add(giant)) {
    const found = babies.get(name(rest));
    if (found !== undefined && i * steps + found <= most) return i * steps + found;
  }
  return undefined;
}

function name(point: Point): string {
  return base64url(pointField(point));
}
