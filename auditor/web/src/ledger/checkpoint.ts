/** Checkpoints, receipts, moving from one checkpoint to the next, and evidence: docs/protocol.md §5.1.4 to §5.1.6. */
import { bytesToBig, fromBase64, fromUtf8, sameBytes, utf8 } from "../bytes.js";
import { demand, recoded, refuse, refusedAs } from "../errors.js";
import { array, binary, object, parseCanonical, text } from "../json.js";
import { type NoteKey, parseNote, type UnverifiedNote, verifyNote } from "./note.js";
import { meetsQuorum, type Policy } from "./policy.js";
import { consistencyHolds, inclusionHolds, leafHash, makeLeaf } from "./tree.js";

/** A head of a log. */
export interface TreeHead {
  readonly origin: string;
  readonly root: Uint8Array;
  readonly size: number;
}

/** A head that a policy is satisfied with. */
export interface Checkpoint extends TreeHead {
  /** Newest time, in seconds, of a cosignature by a witness of the policy; undefined if none of them signed. */
  readonly time: number | undefined;
  readonly verified: true;
}

/** Verifies a signed checkpoint under a policy; refuses with `checkpoint`. */
export function verifyCheckpoint(bytes: Uint8Array, policy: Policy): Checkpoint {
  return refusedAs("checkpoint", () => {
    const note = parseNote(bytes);
    const head = readHead(note);
    const signed = verifyNote(note, [...policy.logs, ...policy.witnesses]);
    demand(policy.logs.some((log) => log.name === head.origin && signed.has(log)), "checkpoint", "no log of the policy has signed this head");
    demand(meetsQuorum(policy.quorum, signed), "checkpoint", "too few witnesses have cosigned this head");
    return { ...head, time: newest(policy.witnesses, signed), verified: true };
  });
}

function readHead(note: UnverifiedNote): TreeHead {
  const [origin, size, root, end, ...more] = note.text.split("\n");
  if (origin === undefined || size === undefined || root === undefined || end !== "" || more.length > 0) {
    return refuse("checkpoint", "a checkpoint has exactly three lines");
  }
  demand(origin !== "", "checkpoint", "the origin is empty");
  const hash = fromBase64(root);
  demand(hash.length === 32, "checkpoint", "the root is no hash");
  return { origin, root: hash, size: decimal(size) };
}

function newest(witnesses: readonly NoteKey[], signed: ReadonlyMap<NoteKey, bigint>): number | undefined {
  const times = witnesses.map((witness) => signed.get(witness)).filter((time) => time !== undefined);
  return times.length === 0 ? undefined : Number(times.reduce((a, b) => (a > b ? a : b)));
}

/** A whole number as decimal without leading zeros, below 2^53. */
function decimal(text: string): number {
  demand(/^(0|[1-9][0-9]{0,15})$/.test(text) && Number.isSafeInteger(Number(text)), "malformed", "not a number");
  return Number(text);
}

/** Where an entry is, as a receipt proves it. */
export interface VerifiedReceipt {
  readonly checkpoint: Checkpoint;
  readonly index: number;
  readonly minute: number;
}

const LARGEST_RECEIPT = 68 * 1024;
const MOST_HASHES = 64;

/** Verifies a receipt for one's own entry; refuses with `malformed`, `checkpoint` or `proof`. */
export function verifyReceipt(receipt: Uint8Array, entry: Uint8Array, policy: Policy): VerifiedReceipt {
  const { checkpoint, hashes, index, minute } = parseReceipt(receipt);
  const head = verifyCheckpoint(checkpoint, policy);
  const leaf = leafHash(makeLeaf(minute, entry));
  demand(inclusionHolds(index, head.size, leaf, hashes, head.root), "proof", "the receipt does not lead from this entry to the head");
  return { checkpoint: head, index, minute };
}

function parseReceipt(bytes: Uint8Array): { checkpoint: Uint8Array; hashes: Uint8Array[]; index: number; minute: number } {
  demand(bytes.length <= LARGEST_RECEIPT, "malformed", "a receipt of more than 68 KiB");
  const text = fromUtf8(bytes);
  const split = text.indexOf("\n\n");
  demand(split >= 0, "malformed", "not a receipt");
  const [first, extra, position, ...lines] = text.slice(0, split).split("\n");
  demand(first === "c2sp.org/tlog-proof@v1", "malformed", "not a receipt");
  demand(lines.length <= MOST_HASHES, "malformed", "more than 64 hashes");
  const minute = fromBase64(after("extra ", extra));
  demand(minute.length === 8 && bytesToBig(minute) <= Number.MAX_SAFE_INTEGER, "malformed", "the minute is not eight bytes");
  const hashes = lines.map((line) => {
    const hash = fromBase64(line);
    demand(hash.length === 32, "malformed", "not a hash");
    return hash;
  });
  return { checkpoint: utf8(text.slice(split + 2)), hashes, index: decimal(after("index ", position)), minute: Number(bytesToBig(minute)) };
}

function after(prefix: string, line: string | undefined): string {
  if (line === undefined || !line.startsWith(prefix)) return refuse("malformed", `the line ${prefix.trim()} is missing`);
  return line.slice(prefix.length);
}

/** What a holder of `older` may conclude from `newer`: §5.1.6. `proof` is the consistency proof that came with it. */
export function moveTo(older: Checkpoint, newer: Checkpoint, proof: readonly Uint8Array[]): "consistent" | "split-view" | "not-consistent" {
  demand(older.origin === newer.origin, "other_log", "the checkpoints are of two logs");
  if (older.size === newer.size && !sameBytes(older.root, newer.root)) return "split-view";
  return consistencyHolds(older, newer, proof) ? "consistent" : "not-consistent";
}

/** What a piece of evidence shows. */
export type Misbehaviour = "split-view" | "not-consistent";

interface Evidence {
  readonly first: Uint8Array;
  readonly misbehaviour: Misbehaviour;
  readonly proof: readonly Uint8Array[];
  readonly second: Uint8Array;
}

const LARGEST_EVIDENCE = 256 * 1024;

/** Verifies evidence; refuses with `malformed`, `checkpoint`, `other_log` or `no_contradiction`. */
export function verifyEvidence(bytes: Uint8Array, policy: Policy): Misbehaviour {
  const { first, misbehaviour, proof, second } = recoded({ too_large: "malformed" }, (): Evidence => {
    const json = object(parseCanonical(bytes, LARGEST_EVIDENCE), "first", "misbehaviour", "proof", "second");
    const kind = text(json["misbehaviour"]);
    if (kind !== "split-view" && kind !== "not-consistent") return refuse("malformed", "an unknown kind of misbehaviour");
    const hashes = array(json["proof"]).map((hash) => binary(hash, 32));
    demand(kind === "not-consistent" || hashes.length === 0, "malformed", "a split view with a proof");
    return { first: utf8(text(json["first"])), misbehaviour: kind, proof: hashes, second: utf8(text(json["second"])) };
  });
  const [older, newer] = [verifyCheckpoint(first, policy), verifyCheckpoint(second, policy)];
  demand(older.origin === newer.origin, "other_log", "the two heads are of two logs");
  if (misbehaviour === "split-view") {
    demand(older.size === newer.size && !sameBytes(older.root, newer.root), "no_contradiction", "the two heads do not contradict each other");
  } else {
    demand(older.size < newer.size && !consistencyHolds(older, newer, proof), "no_contradiction", "the proof joins the two heads");
  }
  return misbehaviour;
}
