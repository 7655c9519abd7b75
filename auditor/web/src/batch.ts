/** The equations of many ballots as one sum, with the document's weights: docs/protocol.md §3.1.9. */
import { bytesToBig, u64be } from "./bytes.js";
import type { Election } from "./election.js";
import { hash } from "./framing.js";
import { G, type Point, reduce, sumOfProducts } from "./group.js";
import type { ParsedBallot, ParsedContest } from "./proofs.js";

/** For each ballot, whether every equation of its proofs holds; a batch that does not add up is halved until the bad ones are named. */
export function verifyBatch(election: Election, ballots: readonly ParsedBallot[]): boolean[] {
  if (ballots.length === 0) return [];
  if (weightedSum(election, ballots).is0()) return ballots.map(() => true);
  if (ballots.length === 1) return [false];
  const middle = ballots.length >> 1;
  return [...verifyBatch(election, ballots.slice(0, middle)), ...verifyBatch(election, ballots.slice(middle))];
}

/** The sum of all equations times their weights: the identity exactly if all hold, but for a chance of 2^-127. */
function weightedSum(election: Election, ballots: readonly ParsedBallot[]): Point {
  const seed = hash("KODANIK-V1-BATCH", election.id, ...ballots.map((ballot) => ballot.tracker));
  const sum = new WeightedSum(seed);
  for (const ballot of ballots) for (const contest of ballot.parsed) sum.addContest(contest);
  return sum.total(election.joint);
}

class WeightedSum {
  private readonly seed: Uint8Array;
  private branch = 0;
  private ofG = 0n;
  private ofK = 0n;
  private readonly points: Point[] = [];
  private readonly scalars: bigint[] = [];
  private readonly short: Point[] = [];
  private readonly weights: bigint[] = [];

  constructor(seed: Uint8Array) {
    this.seed = seed;
  }

  /** Adds `w (a + c alpha - z G)` and `w' (b + c (beta - value G) - z K)` of every branch of every proof. */
  addContest(contest: ParsedContest): void {
    const ofAlpha = contest.ciphertexts.map(() => 0n);
    const ofBeta = contest.ciphertexts.map(() => 0n);
    for (const proof of contest.proofs) {
      let alphas = 0n;
      let betas = 0n;
      for (const { a, b, c, value, z } of proof.branches) {
        const [inG, inK] = this.nextWeights();
        this.short.push(a, b);
        this.weights.push(inG, inK);
        alphas += inG * c;
        betas += inK * c;
        this.ofG -= inG * z + inK * c * value;
        this.ofK -= inK * z;
      }
      for (const [i, factor] of proof.terms) {
        ofAlpha[i] = (ofAlpha[i] ?? 0n) + factor * alphas;
        ofBeta[i] = (ofBeta[i] ?? 0n) + factor * betas;
      }
    }
    contest.ciphertexts.forEach(({ alpha, beta }, i) => {
      this.points.push(alpha, beta);
      this.scalars.push(reduce(ofAlpha[i] ?? 0n), reduce(ofBeta[i] ?? 0n));
    });
  }

  private nextWeights(): [bigint, bigint] {
    const d = hash("KODANIK-V1-WEIGHT", this.seed, u64be(this.branch++));
    return [bytesToBig(d.subarray(0, 16)) | 1n, bytesToBig(d.subarray(16)) | 1n];
  }

  total(joint: Point): Point {
    const long = sumOfProducts([...this.points, G, joint], [...this.scalars, reduce(this.ofG), reduce(this.ofK)]);
    return long.add(sumOfProducts(this.short, this.weights));
  }
}
