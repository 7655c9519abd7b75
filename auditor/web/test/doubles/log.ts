/** Test double of a log: leaves, signed heads, receipts, exports. */
import { ed25519 } from "@noble/curves/ed25519.js";
import { base64, concat, u32be, u64be, utf8 } from "../../src/bytes.js";
import { encodeCanonical } from "../../src/json.js";
import type { TreeHead } from "../../src/ledger/checkpoint.js";
import { cosignedText, encodeVerifierKey, keyId, type NoteKey, timedSignature } from "../../src/ledger/note.js";
import { leafHash, makeLeaf, nodeHash, Tree } from "../../src/ledger/tree.js";
import { type EntryJson, ORIGIN } from "./election.js";
import { testBytes } from "./parties.js";

/** An Ed25519 key for notes. */
export class TestNoteKey {
  readonly key: NoteKey;
  private readonly seed: Uint8Array;

  constructor(name: string, kind: NoteKey["kind"], seed = `${name} ${kind}`) {
    this.seed = testBytes(seed);
    const publicKey = ed25519.getPublicKey(this.seed);
    this.key = { id: keyId(name, kind, publicKey), kind, name, publicKey };
  }

  get vkey(): string {
    return encodeVerifierKey(this.key);
  }

  line(text: string, time = 0n): string {
    const signature = this.key.kind === "log"
      ? ed25519.sign(utf8(text), this.seed)
      : timedSignature(time, ed25519.sign(cosignedText(time, utf8(text)), this.seed));
    return `— ${this.key.name} ${base64(concat(this.key.id, signature))}\n`;
  }
}

export const LOG_KEY = new TestNoteKey(ORIGIN, "log");
export const WITNESSES = ["w1.example", "w2.example", "w3.example"].map((name) => new TestNoteKey(name, "cosigner"));

export const POLICY = [
  `log ${LOG_KEY.vkey}`,
  ...WITNESSES.map(({ vkey }, i) => `witness w${i} ${vkey}`),
  "group all-of-them 2 w0 w1 w2",
  "quorum all-of-them",
  "",
].join("\n");

/** A signed checkpoint over a head. */
export function signHead({ origin, root, size }: TreeHead, seconds: number, witnesses: readonly TestNoteKey[] = WITNESSES): string {
  const text = `${origin}\n${size}\n${base64(root)}\n`;
  return `${text}\n${LOG_KEY.line(text)}${witnesses.map((witness) => witness.line(text, BigInt(seconds))).join("")}`;
}

/** A log of leaves. */
export class TestLog {
  readonly leaves: { entry: Uint8Array; minute: number }[] = [];

  add(minute: number, entry: EntryJson | Uint8Array): this {
    this.leaves.push({ entry: entry instanceof Uint8Array ? entry : encodeCanonical(entry), minute });
    return this;
  }

  hashes(): Uint8Array[] {
    return this.leaves.map(({ entry, minute }) => leafHash(makeLeaf(minute, entry)));
  }

  head(size = this.leaves.length): TreeHead {
    const tree = new Tree();
    for (const hash of this.hashes().slice(0, size)) tree.push(hash);
    return { origin: ORIGIN, root: tree.root(), size };
  }

  checkpoint(witnesses: readonly TestNoteKey[] = WITNESSES): string {
    return signHead(this.head(), ((this.leaves.at(-1)?.minute ?? 0) + 1) * 60, witnesses);
  }

  receipt(index: number): string {
    const { minute } = this.leaves[index] ?? { minute: 0 };
    const path = testPath(index, this.hashes());
    return [
      "c2sp.org/tlog-proof@v1", `extra ${base64(u64be(minute))}`, `index ${index}`, ...path.map(base64), "", this.checkpoint(),
    ].join("\n");
  }

  export(checkpoint = this.checkpoint()): Uint8Array {
    const note = utf8(checkpoint);
    const leaves = this.leaves.map(({ entry, minute }) => {
      const leaf = makeLeaf(minute, entry);
      return concat(leafHash(leaf), u32be(leaf.length).subarray(2), leaf);
    });
    return concat(utf8("kodanik-log-export/v1\n"), u32be(note.length), note, ...leaves);
  }
}

/** RFC 6962 section 2.1.1, as it is written there: another way than the one that is tested. */
export function testPath(index: number, hashes: readonly Uint8Array[]): Uint8Array[] {
  if (hashes.length <= 1) return [];
  const k = largestPowerBelow(hashes.length);
  return index < k
    ? [...testPath(index, hashes.slice(0, k)), testRoot(hashes.slice(k))]
    : [...testPath(index - k, hashes.slice(k)), testRoot(hashes.slice(0, k))];
}

/** RFC 6962 section 2.1. */
export function testRoot(hashes: readonly Uint8Array[]): Uint8Array {
  if (hashes.length === 1) return hashes[0] as Uint8Array;
  const k = largestPowerBelow(hashes.length);
  return nodeHash(testRoot(hashes.slice(0, k)), testRoot(hashes.slice(k)));
}

/** RFC 6962 section 2.1.2: SUBPROOF(m, D[n], whole). */
export function testConsistency(m: number, hashes: readonly Uint8Array[], whole = true): Uint8Array[] {
  if (m === hashes.length) return whole ? [] : [testRoot(hashes)];
  const k = largestPowerBelow(hashes.length);
  return m <= k
    ? [...testConsistency(m, hashes.slice(0, k), whole), testRoot(hashes.slice(k))]
    : [...testConsistency(m - k, hashes.slice(k), false), testRoot(hashes.slice(0, k))];
}

function largestPowerBelow(n: number): number {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}
