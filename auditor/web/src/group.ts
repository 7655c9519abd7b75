/** Points and scalars of P-256 with the one strict parser: docs/protocol.md §1.5. */
import { mulAddUnsafe } from "@noble/curves/abstract/curve.js";
import { p256 } from "@noble/curves/nist.js";
import { bigToBytes, bytesToBig, fromBase64url } from "./bytes.js";
import { demand, refuse } from "./errors.js";
import { pippengerAffine } from "./msm.js";

const Curve = p256.Point;

/** A point of P-256. Parsed ones are never the identity; sums may be. */
export type Point = InstanceType<typeof Curve>;

/** The order n of the group. */
export const ORDER: bigint = Curve.Fn.ORDER;

/** The standard generator G. */
export const G: Point = Curve.BASE;

/** The identity. It has no encoding. */
export const IDENTITY: Point = Curve.ZERO;

/** 33 bytes SEC 1, tag 02 or 03, a point of the curve; everything else is refused with the code `encoding`. */
export function parsePoint(bytes: Uint8Array): Point {
  demand(bytes.length === 33, "encoding", "a point has 33 bytes");
  demand(bytes[0] === 2 || bytes[0] === 3, "encoding", "a point begins with 02 or 03");
  demand(bytesToBig(bytes.subarray(1)) < Curve.Fp.ORDER, "encoding", "the x coordinate is not reduced");
  try {
    return Curve.fromBytes(bytes);
  } catch {
    return refuse("encoding", "no point of the curve has this x coordinate");
  }
}

/** A point in base64url. */
export function parsePointText(text: string): Point {
  return parsePoint(fromBase64url(text));
}

/** 32 bytes big-endian below the order; everything else is refused with the code `encoding`. */
export function parseScalar(bytes: Uint8Array): bigint {
  demand(bytes.length === 32, "encoding", "a scalar has 32 bytes");
  const value = bytesToBig(bytes);
  demand(value < ORDER, "encoding", "the scalar is not reduced");
  return value;
}

/** The 33 bytes of a point that is not the identity. */
export function encodePoint(point: Point): Uint8Array {
  if (point.is0()) throw new RangeError("the identity has no encoding");
  return point.toBytes();
}

/** The 32 bytes of a scalar. */
export function encodeScalar(value: bigint): Uint8Array {
  return bigToBytes(value, 32);
}

/** The number modulo n, from 0. */
export function reduce(value: bigint): bigint {
  const rest = value % ORDER;
  return rest < 0n ? rest + ORDER : rest;
}

/** The inverse modulo n of a number that is not 0 modulo n. */
export function invert(value: bigint): bigint {
  return Curve.Fn.inv(reduce(value));
}

/** `scalar * point`, in variable time: public data only. */
export function timesVartime(point: Point, scalar: bigint): Point {
  return point.multiplyUnsafe(reduce(scalar));
}

/** `scalar * G`; keeps a table of G and does not branch on the scalar's value but for 0. */
export function timesG(scalar: bigint): Point {
  const reduced = reduce(scalar);
  return reduced === 0n ? IDENTITY : G.multiply(reduced);
}

/** The sum of `scalars[i] * points[i]`, in variable time: public data only. Scalars are reduced, and as many as points. */
export function sumOfProducts(points: readonly Point[], scalars: readonly bigint[]): Point {
  if (points.length < 16) return mulAddUnsafe(Curve, [...points], [...scalars]);
  return pippengerAffine(points, scalars);
}

/** The sum of points. */
export function sumOf(points: readonly Point[]): Point {
  return points.reduce((sum, point) => sum.add(point), IDENTITY);
}
