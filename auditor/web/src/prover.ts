/**
 * The deterministic prover of docs/protocol.md §3.1.6. A verifier needs it to make a tested or checked ballot again (§3.1.10, §3.1.11).
 * It runs in variable time on a choice that is about to be shown: never cast a real ballot with it.
 */
import { challengeHead, trackerOf } from "./ballot.js";
import { base64url, concat, u64be } from "./bytes.js";
import type { Election } from "./election.js";
import { demand, refuse } from "./errors.js";
import { challenge, type Field, hashToField, hkdf } from "./framing.js";
import { encodePoint, encodeScalar, invert, type Point, reduce, timesG, timesVartime } from "./group.js";
import type { Json } from "./json.js";
import { type Contest, contestsOf, slackBits, SUITE } from "./manifest.js";
import { type Claim, claimsOf } from "./proofs.js";

/** What is chosen in one contest, in the manifest's order; nothing: blank. */
export interface ContestChoice {
  readonly chosen: readonly string[];
  readonly contest: string;
}

/** What a body is made of. */
export interface Recipe {
  readonly choice: readonly ContestChoice[];
  /** The document's prover draws the nonces from the ballot seed; a test double of one that hides something draws them from here. */
  readonly nonceSeed?: Uint8Array;
  readonly prev: Uint8Array;
  readonly seed: Uint8Array;
  readonly seq: number;
  /** The id of the style. */
  readonly style: string;
  readonly vk: Uint8Array;
}

/** The body of the ballot, and its tracker. Refuses with `unknown_style` or `choice`. */
export function makeBody(election: Election, recipe: Recipe): { body: Json; tracker: Uint8Array } {
  const style = election.manifest.styles.find((candidate) => candidate.id === recipe.style);
  if (style === undefined) return refuse("unknown_style", "the election has no such ballot style");
  const contests = contestsOf(election.manifest, style);
  demand(recipe.choice.length === contests.length, "choice", "not a choice for each contest of the style");
  const body = {
    contests: contests.map((contest, i) => makeContest(election, recipe, contest, recipe.choice[i] as ContestChoice)),
    election: base64url(election.id),
    prev: base64url(recipe.prev),
    seq: recipe.seq,
    style: recipe.style,
    vk: base64url(recipe.vk),
  };
  return { body, tracker: trackerOf(body) };
}

/** The 0 or 1 of each ciphertext of a contest; refuses, with `choice`, what the contest does not allow. */
export function votesOf(contest: Contest, choice: ContestChoice): number[] {
  const positions = choice.chosen.map((id) => contest.options.findIndex((option) => option.id === id));
  const inOrder = positions.every((position, i) => position > (positions[i - 1] ?? -1));
  demand(choice.contest === contest.id && inOrder, "choice", "a choice that is not of the contest's options, in their order");
  const chosen = new Set(positions);
  const blank = chosen.size === 0;
  demand(blank || (chosen.size >= contest.min && chosen.size <= contest.max), "choice", "too few or too many options chosen");
  const cost = contest.options.reduce((sum, option, i) => sum + (chosen.has(i) ? option.cost : 0), 0);
  demand(cost <= contest.budget, "choice", "the choice costs more than the budget");
  const left = blank ? 0n : BigInt(contest.budget - cost);
  const slack = Array.from({ length: slackBits(contest) }, (_, j) => Number((left >> BigInt(j)) & 1n));
  return [...contest.options.map((_, i) => (chosen.has(i) ? 1 : 0)), blank ? 1 : 0, ...slack];
}

/** r_i, the randomness of ciphertext `i` of a contest. */
export function randomnessOf(election: Election, seed: Uint8Array, contest: string, i: number): bigint {
  const okm = hkdf(seed, new Uint8Array(0), 48, "KODANIK-V1-RANDOMNESS", election.id, contest, u64be(i));
  return hashToField(okm, "KODANIK-V1-RANDOMNESS-P256");
}

interface Branch {
  readonly a: Point;
  readonly b: Point;
  /** Undefined in the true branch, until the challenge is known. */
  readonly c: bigint | undefined;
  readonly w: bigint;
}

function makeContest(election: Election, recipe: Recipe, contest: Contest, choice: ContestChoice): Json {
  const votes = votesOf(contest, choice);
  const randomness = votes.map((_, i) => randomnessOf(election, recipe.seed, contest.id, i));
  const ciphertexts = votes.map((vote, i) => {
    const r = randomness[i] ?? 0n;
    return { alpha: timesG(r), beta: timesVartime(election.joint, r).add(timesG(BigInt(vote))) };
  });
  const claims = claimsOf(contest);
  const committed = claims.map((claim, p) => commit(election, recipe, contest, claim, p, votes));
  const fields: Field[] = [...challengeHead(SUITE, election, recipe, contest.id), u64be(ciphertexts.length)];
  ciphertexts.forEach(({ alpha, beta }, i) => fields.push(u64be(i), encodePoint(alpha), encodePoint(beta)));
  for (const branches of committed) for (const { a, b } of branches) fields.push(encodePoint(a), encodePoint(b));
  const c = challenge("KODANIK-V1-CONTEST-P256", ...fields);
  const proofs = committed.map((branches, p) => answer(branches, c, linear(claims[p] as Claim, randomness)));
  const single = ciphertexts.map(({ alpha, beta }, i) => base64url(concat(encodePoint(alpha), encodePoint(beta), proofs[i] as Uint8Array)));
  const many = contest.options.length + 1;
  return {
    contest: contest.id,
    options: single.slice(0, many),
    slack: single.slice(many),
    spending: contest.method === "budget" ? base64url(proofs[proofs.length - 1] as Uint8Array) : "",
    sum: base64url(proofs[single.length] as Uint8Array),
  };
}

function commit(election: Election, recipe: Recipe, contest: Contest, claim: Claim, p: number, votes: readonly number[]): Branch[] {
  const { many, first, terms } = claim;
  const value = terms.reduce((sum, [i, factor]) => sum + factor * BigInt(votes[i] ?? 0), 0n);
  const truth = Number(value - first);
  demand(truth >= 0 && truth < many, "choice", "the contest does not allow this choice");
  const nonce = (j: number): bigint => {
    const okm = hkdf(
      recipe.nonceSeed ?? recipe.seed, new Uint8Array(0), 48, "KODANIK-V1-NONCE", election.id, recipe.style, recipe.vk, u64be(recipe.seq), recipe.prev, contest.id,
      u64be(p), u64be(j),
    );
    return hashToField(okm, "KODANIK-V1-NONCE-P256");
  };
  return Array.from({ length: many }, (_, k) => {
    const w = nonce(k);
    const a = timesG(w);
    const b = timesVartime(election.joint, w);
    if (k === truth) return { a, b, c: undefined, w };
    const s = nonce(many + (k < truth ? k : k - 1));
    return { a, b: b.add(timesG(s)), c: reduce(s * invert(BigInt(k - truth))), w };
  });
}

function answer(branches: readonly Branch[], c: bigint, r: bigint): Uint8Array {
  const others = branches.reduce((sum, branch) => sum + (branch.c ?? 0n), 0n);
  const challenges = branches.map((branch) => branch.c ?? reduce(c - others));
  const responses = branches.map(({ w }, k) => reduce(w + (challenges[k] ?? 0n) * r));
  return concat(
    ...branches.flatMap(({ a, b }) => [encodePoint(a), encodePoint(b)]),
    ...challenges.slice(0, -1).map(encodeScalar),
    ...responses.map(encodeScalar),
  );
}

function linear({ terms }: Claim, values: readonly bigint[]): bigint {
  return reduce(terms.reduce((sum, [i, factor]) => sum + factor * (values[i] ?? 0n), 0n));
}
