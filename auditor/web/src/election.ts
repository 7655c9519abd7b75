/** Manifest and key make an election: docs/protocol.md §3.1.3. */
import { sameBytes } from "./bytes.js";
import { demand, recoded } from "./errors.js";
import { hash } from "./framing.js";
import { encodePoint, invert, ORDER, parsePoint, type Point, reduce, sumOfProducts } from "./group.js";
import { array, binary, object, parseCanonical } from "./json.js";
import type { Manifest } from "./manifest.js";

/** The joint key K and the trustees' public shares Y_1..Y_n. */
export interface ElectionKey {
  readonly joint: Point;
  readonly shares: readonly Point[];
}

/** A manifest and a key that fit each other; `id` is H_E. */
export interface Election {
  readonly id: Uint8Array;
  readonly joint: Point;
  readonly jointBytes: Uint8Array;
  readonly manifest: Manifest;
  readonly shares: readonly Point[];
}

const LARGEST_KEY = 4096;

/** Parses `{"joint": point, "shares": [point, ..]}`; refuses with `malformed_key`. */
export function parseElectionKey(bytes: Uint8Array): ElectionKey {
  return recoded({ encoding: "malformed_key", malformed: "malformed_key", too_large: "malformed_key" }, () => {
    const json = object(parseCanonical(bytes, LARGEST_KEY), "joint", "shares");
    return { joint: parsePoint(binary(json["joint"])), shares: array(json["shares"]).map((share) => parsePoint(binary(share))) };
  });
}

/** Joins manifest and key; refuses with `share_count` or `inconsistent`. */
export function makeElection(manifest: Manifest, key: ElectionKey): Election {
  const { members, threshold } = manifest.trustees;
  demand(key.shares.length === members.length, "share_count", "not one public share per trustee");
  const base = key.shares.slice(0, threshold);
  const indexes = base.map((_, i) => i + 1);
  const at = (x: number): Point => sumOfProducts(base, lagrange(indexes, x));
  const consistent = at(0).equals(key.joint) && key.shares.every((share, i) => i < threshold || at(i + 1).equals(share));
  demand(consistent, "inconsistent", "key and shares do not lie on one polynomial");
  const jointBytes = encodePoint(key.joint);
  const id = hash("KODANIK-V1-ELECTION", manifest.hash, jointBytes, ...key.shares.map(encodePoint));
  return { id, joint: key.joint, jointBytes, manifest, shares: key.shares };
}

/** The Lagrange coefficients of distinct `indexes` (from 1) at `x`, modulo n. */
export function lagrange(indexes: readonly number[], x: number): bigint[] {
  return indexes.map((j) => {
    let above = 1n;
    let below = 1n;
    for (const i of indexes) {
      if (i === j) continue;
      above = reduce(above * BigInt(x - i));
      below = reduce(below * BigInt(j - i));
    }
    return (above * invert(below)) % ORDER;
  });
}

/** Whether `id` is this election's H_E. */
export function isElection(election: Election, id: Uint8Array): boolean {
  return sameBytes(election.id, id);
}
