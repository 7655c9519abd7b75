/**
 * Sums of many products, in variable time: Pippenger's buckets with signed digits, filled by affine additions that share one inversion
 * (Bernstein, Doumen, Lange, Oosterwijk 2012). An affine addition then costs six multiplications modulo p where the complete
 * projective ones of the library cost twelve and more, which is what a batch of ballots spends its time on.
 */
import { p256 } from "@noble/curves/nist.js";

const Curve = p256.Point;
const Fp = Curve.Fp;
const P = Fp.ORDER;

type Point = InstanceType<typeof Curve>;

/** A point in affine coordinates. The identity has none: it is left out, or undefined. */
interface Affine {
  readonly x: bigint;
  readonly y: bigint;
}

/** The sum of `scalars[i] * points[i]`; scalars are from 0 up to below 2^256. */
export function pippengerAffine(points: readonly Point[], scalars: readonly bigint[]): Point {
  const width = windowWidth(points.length);
  const affine = points.map((point) => (point.is0() ? undefined : point.toAffine()));
  const windows = sortIntoWindows(affine, scalars, width);
  addUp(windows.flat());
  return windows.reduceRight((sum, buckets) => {
    let shifted = sum;
    for (let i = 0; i < width; i++) shifted = shifted.double();
    return shifted.add(weigh(buckets));
  }, Curve.ZERO);
}

function windowWidth(count: number): number {
  // An addition into a bucket costs about a quarter of one of the 2^width that weigh the buckets.
  if (count < 100) return 4;
  if (count < 400) return 5;
  if (count < 1500) return 6;
  if (count < 5000) return 8;
  return 9;
}

/** For each window, from the lowest, and each digit from 1 to 2^(width-1), the points (or their opposites) that it takes. */
function sortIntoWindows(points: readonly (Affine | undefined)[], scalars: readonly bigint[], width: number): Affine[][][] {
  const half = 1 << (width - 1);
  const mask = (1n << BigInt(width)) - 1n;
  const windows: Affine[][][] = [];
  points.forEach((point, i) => {
    if (point === undefined) return;
    let rest = scalars[i] ?? 0n;
    for (let window = 0; rest > 0n; window++) {
      let digit = Number(rest & mask);
      rest >>= BigInt(width);
      if (digit > half) {
        digit -= 2 * half;
        rest += 1n;
      }
      if (digit === 0) continue;
      while (windows.length <= window) windows.push(Array.from({ length: half }, () => []));
      windows[window]?.[Math.abs(digit) - 1]?.push(digit > 0 ? point : { x: point.x, y: P - point.y });
    }
  });
  return windows;
}

/** Adds up each bucket, until none holds more than one point: all additions of a round share one inversion. */
function addUp(buckets: readonly Affine[][]): void {
  let full = buckets.filter((bucket) => bucket.length > 1);
  while (full.length > 0) {
    const pairs = full.flatMap((bucket) => Array.from({ length: bucket.length >> 1 }, (_, i) => [bucket[2 * i] as Affine, bucket[2 * i + 1] as Affine] as const));
    const sums = addPairs(pairs);
    let next = 0;
    for (const bucket of full) {
      const count = bucket.length >> 1;
      const odd = bucket.length % 2 === 1 ? [bucket[bucket.length - 1] as Affine] : [];
      const found = sums.slice(next, next + count).filter((sum) => sum !== undefined);
      next += count;
      bucket.splice(0, bucket.length, ...found, ...odd);
    }
    full = full.filter((bucket) => bucket.length > 1);
  }
}

/** The sum of each pair; undefined where it is the identity. */
function addPairs(pairs: readonly (readonly [Affine, Affine])[]): (Affine | undefined)[] {
  // Below the slope's fraction: x2 - x1, or 2 y where a point meets itself (y is never 0: the order is odd), or 1 where it meets its opposite.
  const below = pairs.map(([a, b]) => {
    if (a.x !== b.x) return b.x > a.x ? b.x - a.x : b.x - a.x + P;
    return a.y === b.y ? (2n * a.y) % P : 1n;
  });
  const inverses = invertAll(below);
  return pairs.map(([a, b], i) => {
    const same = a.x === b.x;
    if (same && a.y !== b.y) return undefined;
    const above = same ? 3n * (a.x * a.x - 1n) : b.y - a.y;
    const slope = (above * (inverses[i] ?? 0n)) % P;
    const x = modulo((slope * slope - a.x - b.x) % P);
    return { x, y: modulo((slope * (a.x - x) - a.y) % P) };
  });
}

function modulo(value: bigint): bigint {
  return value < 0n ? value + P : value;
}

/** Montgomery's trick: one inversion and three multiplications each; none of the values is 0. */
function invertAll(values: readonly bigint[]): bigint[] {
  const products: bigint[] = [];
  let product = 1n;
  for (const value of values) {
    products.push(product);
    product = (product * value) % P;
  }
  let inverse = Fp.inv(product);
  const inverses = new Array<bigint>(values.length);
  for (let i = values.length - 1; i >= 0; i--) {
    inverses[i] = (inverse * (products[i] ?? 1n)) % P;
    inverse = (inverse * (values[i] ?? 1n)) % P;
  }
  return inverses;
}

/** `sum of digit * bucket`, by the sums of the sums from the top. */
function weigh(buckets: readonly Affine[][]): Point {
  let running = Curve.ZERO;
  let total = Curve.ZERO;
  for (let i = buckets.length - 1; i >= 0; i--) {
    const point = buckets[i]?.[0];
    if (point !== undefined) running = running.add(Curve.fromAffine(point));
    total = total.add(running);
  }
  return total;
}
