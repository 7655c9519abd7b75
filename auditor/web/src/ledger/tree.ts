/** RFC 6962 trees and their proofs, verified as in RFC 9162: docs/protocol.md §5.1.1, §5.1.2. */
import { sha256 } from "@noble/hashes/sha2.js";
import { concat, sameBytes, u64be } from "../bytes.js";

/** `leaf = u64be(minute) || entry`. */
export function makeLeaf(minute: number | bigint, entry: Uint8Array): Uint8Array {
  return concat(u64be(minute), entry);
}

/** `H(0x00 || data)`. */
export function leafHash(data: Uint8Array): Uint8Array {
  return sha256(concat(Uint8Array.of(0), data));
}

/** `H(0x01 || left || right)`. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256(concat(Uint8Array.of(1), left, right));
}

/** A tree that grows leaf by leaf and keeps only its right edge. */
export class Tree {
  private readonly edge: Uint8Array[] = [];
  private leaves = 0;

  /** Number of leaves. */
  get size(): number {
    return this.leaves;
  }

  /** Adds the hash of a leaf. */
  push(hash: Uint8Array): void {
    let node = hash;
    for (let rest = this.leaves; rest % 2 === 1; rest = Math.floor(rest / 2)) node = nodeHash(this.edge.pop() ?? node, node);
    this.edge.push(node);
    this.leaves++;
  }

  /** The root of the tree so far. */
  root(): Uint8Array {
    const last = this.edge[this.edge.length - 1];
    if (last === undefined) return sha256(new Uint8Array(0));
    return this.edge.slice(0, -1).reduceRight((right, left) => nodeHash(left, right), last);
  }
}

/** The root over leaf data. */
export function rootOf(leaves: readonly Uint8Array[]): Uint8Array {
  const tree = new Tree();
  for (const leaf of leaves) tree.push(leafHash(leaf));
  return tree.root();
}

/** RFC 9162 section 2.1.3.2: whether `proof` leads from the leaf hash at `index` to `root` in a tree of `size`. */
export function inclusionHolds(index: number, size: number, leaf: Uint8Array, proof: readonly Uint8Array[], root: Uint8Array): boolean {
  if (index >= size) return false;
  let fn = BigInt(index);
  let sn = BigInt(size) - 1n;
  let node = leaf;
  for (const sibling of proof) {
    if (sn === 0n) return false;
    if ((fn & 1n) === 1n || fn === sn) {
      node = nodeHash(sibling, node);
      while ((fn & 1n) === 0n && fn !== 0n) {
        fn >>= 1n;
        sn >>= 1n;
      }
    } else {
      node = nodeHash(node, sibling);
    }
    fn >>= 1n;
    sn >>= 1n;
  }
  return sn === 0n && sameBytes(node, root);
}

/** RFC 9162 section 2.1.4.2: whether `proof` shows that the tree of `to` extends the tree of `from`. */
export function consistencyHolds(
  from: { readonly size: number; readonly root: Uint8Array },
  to: { readonly size: number; readonly root: Uint8Array },
  proof: readonly Uint8Array[],
): boolean {
  if (from.size > to.size) return false;
  if (from.size === to.size) return proof.length === 0 && sameBytes(from.root, to.root);
  if (from.size === 0) return proof.length === 0 && sameBytes(from.root, new Tree().root());
  const path = isPowerOfTwo(from.size) ? [from.root, ...proof] : [...proof];
  const start = path.shift();
  if (start === undefined) return false;
  let fn = BigInt(from.size) - 1n;
  let sn = BigInt(to.size) - 1n;
  while ((fn & 1n) === 1n) {
    fn >>= 1n;
    sn >>= 1n;
  }
  let older = start;
  let newer = start;
  for (const node of path) {
    if (sn === 0n) return false;
    if ((fn & 1n) === 1n || fn === sn) {
      older = nodeHash(node, older);
      newer = nodeHash(node, newer);
      while ((fn & 1n) === 0n && fn !== 0n) {
        fn >>= 1n;
        sn >>= 1n;
      }
    } else {
      newer = nodeHash(newer, node);
    }
    fn >>= 1n;
    sn >>= 1n;
  }
  return sn === 0n && sameBytes(older, from.root) && sameBytes(newer, to.root);
}

function isPowerOfTwo(size: number): boolean {
  const value = BigInt(size);
  return (value & (value - 1n)) === 0n;
}
