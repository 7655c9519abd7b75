/** The ciphertexts and proofs of a contest: docs/protocol.md §3.1.6 and step 5 of §3.1.9. */
import { type Body, challengeHead, type ContestVotes, type SignedBallot } from "./ballot.js";
import { u64be } from "./bytes.js";
import type { Election } from "./election.js";
import { challenge, type Field } from "./framing.js";
import { G, parsePoint, parseScalar, type Point, reduce, sumOfProducts, timesVartime } from "./group.js";
import { type Contest, contestsOf, slackBits, SUITE } from "./manifest.js";

/** An ElGamal ciphertext. */
export interface Ciphertext {
  readonly alpha: Point;
  readonly beta: Point;
}

/** One branch of a membership proof: "the ciphertext holds `value`". */
export interface Branch {
  readonly a: Point;
  readonly b: Point;
  readonly c: bigint;
  readonly value: bigint;
  readonly z: bigint;
}

/** A membership proof about a combination of ciphertexts: `terms` are pairs of a number of a ciphertext of the contest and its factor. */
export interface Proof {
  readonly branches: readonly Branch[];
  readonly terms: readonly (readonly [number, bigint])[];
}

/** A contest's ciphertexts (options, blank, slack bits) and its proofs in the document's order, parsed. */
export interface ParsedContest {
  readonly ciphertexts: readonly Ciphertext[];
  readonly contest: Contest;
  readonly proofs: readonly Proof[];
}

/** A ballot of which every point and scalar is parsed; its equations have not been looked at. */
export interface ParsedBallot extends SignedBallot {
  readonly parsed: readonly ParsedContest[];
}

/** What a proof of a contest is about: the first number f, how many (m), and the combination of ciphertexts. */
export interface Claim {
  readonly first: bigint;
  readonly many: number;
  readonly terms: readonly (readonly [number, bigint])[];
}

/** The claims of a contest, in order: each ciphertext is 0 or 1; the sum; in a budget contest the spending. */
export function claimsOf(contest: Contest): Claim[] {
  const blank = contest.options.length;
  const slack = slackBits(contest);
  const single = Array.from({ length: blank + 1 + slack }, (_, i): Claim => ({ first: 0n, many: 2, terms: [[i, 1n]] }));
  const options = contest.options.map((_, i): readonly [number, bigint] => [i, 1n]);
  const sum: Claim = {
    first: BigInt(contest.min),
    many: contest.max - contest.min + 1,
    terms: [...options, [blank, BigInt(contest.max)]],
  };
  if (contest.method === "selection") return [...single, sum];
  const costs = contest.options.map((option, i): readonly [number, bigint] => [i, BigInt(option.cost)]);
  const bits = Array.from({ length: slack }, (_, j): readonly [number, bigint] => [blank + 1 + j, 1n << BigInt(j)]);
  return [...single, sum, { first: BigInt(contest.budget), many: 1, terms: [...costs, ...bits, [blank, BigInt(contest.budget)]] }];
}

/** Parses every point and scalar of a ballot; refuses with `encoding`. */
export function parseProofs(election: Election, ballot: SignedBallot): ParsedBallot {
  const contests = contestsOf(election.manifest, ballot.layout);
  const parsed = ballot.body.contests.map((votes, i) => parseContest(election, ballot.body, contests[i] as Contest, votes));
  return { ...ballot, parsed };
}

function parseContest(election: Election, body: Body, contest: Contest, votes: ContestVotes): ParsedContest {
  const single = [...votes.options, ...votes.slack];
  const encodings = [...single.map((bytes) => bytes.subarray(66)), votes.sum, ...(contest.method === "budget" ? [votes.spending] : [])];
  const claims = claimsOf(contest);
  const ciphertexts = single.map((bytes) => ({ alpha: parsePoint(bytes.subarray(0, 33)), beta: parsePoint(bytes.subarray(33, 66)) }));
  const raw = claims.map((claim, i) => splitProof(encodings[i] as Uint8Array, claim));
  const fields: Field[] = [...challengeHead(SUITE, election, body, contest.id), u64be(single.length)];
  single.forEach((bytes, i) => fields.push(u64be(i), bytes.subarray(0, 33), bytes.subarray(33, 66)));
  for (const proof of raw) for (const { a, b } of proof) fields.push(a, b);
  const c = challenge("KODANIK-V1-CONTEST-P256", ...fields);
  return { ciphertexts, contest, proofs: claims.map((claim, i) => readProof(raw[i] ?? [], claim, c)) };
}

interface RawBranch {
  readonly a: Uint8Array;
  readonly b: Uint8Array;
  /** Absent in the last branch, whose challenge follows from the others. */
  readonly c: Uint8Array | undefined;
  readonly z: Uint8Array;
}

/** `a_0 || b_0 || .. || c_0 || .. || c_{m-2} || z_0 || .. || z_{m-1}`; the size was checked with the layout. */
function splitProof(bytes: Uint8Array, { many }: Claim): RawBranch[] {
  const scalars = 66 * many;
  const responses = scalars + 32 * (many - 1);
  return Array.from({ length: many }, (_, k) => ({
    a: bytes.subarray(66 * k, 66 * k + 33),
    b: bytes.subarray(66 * k + 33, 66 * k + 66),
    c: k < many - 1 ? bytes.subarray(scalars + 32 * k, scalars + 32 * (k + 1)) : undefined,
    z: bytes.subarray(responses + 32 * k, responses + 32 * (k + 1)),
  }));
}

function readProof(raw: readonly RawBranch[], claim: Claim, c: bigint): Proof {
  let rest = c;
  const branches = raw.map((branch, k) => {
    const own = branch.c === undefined ? reduce(rest) : parseScalar(branch.c);
    rest -= own;
    return { a: parsePoint(branch.a), b: parsePoint(branch.b), c: own, value: claim.first + BigInt(k), z: parseScalar(branch.z) };
  });
  return { branches, terms: claim.terms };
}

/** Whether every equation of every proof of a ballot holds, one by one. */
export function proofsHold(election: Election, ballot: ParsedBallot): boolean {
  return ballot.parsed.every((contest) => contest.proofs.every((proof) => proofHolds(election, contest, proof)));
}

function proofHolds(election: Election, contest: ParsedContest, proof: Proof): boolean {
  const { alpha, beta } = combine(contest.ciphertexts, proof.terms);
  return proof.branches.every(({ a, b, c, value, z }) => {
    const left = timesVartime(G, z).equals(a.add(timesVartime(alpha, c)));
    const shifted = beta.subtract(timesVartime(G, value));
    return left && timesVartime(election.joint, z).equals(b.add(timesVartime(shifted, c)));
  });
}

/** The combination of ciphertexts that a proof is about. */
export function combine(ciphertexts: readonly Ciphertext[], terms: Proof["terms"]): Ciphertext {
  const chosen = terms.map(([i]) => ciphertexts[i] as Ciphertext);
  const factors = terms.map(([, factor]) => factor);
  return { alpha: sumOfProducts(chosen.map(({ alpha }) => alpha), factors), beta: sumOfProducts(chosen.map(({ beta }) => beta), factors) };
}
