/** Keys and signed notes (C2SP signed-note, tlog-cosignature): docs/protocol.md §5.1.3. */
import { ed25519 } from "@noble/curves/ed25519.js";
import { sha256, sha512 } from "@noble/hashes/sha2.js";
import { base64, bytesToBig, concat, fromBase64, fromUtf8, hex, sameBytes, u64be, utf8 } from "../bytes.js";
import { demand, refuse } from "../errors.js";

/** A key of a log (kind 0x01) or of a cosigner (kind 0x04). */
export interface NoteKey {
  readonly id: Uint8Array;
  readonly kind: "log" | "cosigner";
  readonly name: string;
  readonly publicKey: Uint8Array;
}

/** A signed note that has not been verified. */
export interface UnverifiedNote {
  readonly signatures: readonly { readonly id: Uint8Array; readonly name: string; readonly signature: Uint8Array }[];
  readonly text: string;
}

const LARGEST_NOTE = 64 * 1024;
const MOST_SIGNATURES = 64;
const KINDS = { log: 0x01, cosigner: 0x04 } as const;

/** Reads a vkey, `<name>+<key id>+<base64(kind || key)>`; refuses with `malformed`, a weak key too. */
export function parseVerifierKey(vkey: string): NoteKey {
  const first = vkey.indexOf("+");
  const second = vkey.indexOf("+", first + 1);
  demand(first > 0 && second > 0, "malformed", "not a verifier key");
  const name = vkey.slice(0, first);
  const bytes = fromBase64(vkey.slice(second + 1));
  demand(isKeyName(name) && bytes.length === 33, "malformed", "not a verifier key");
  const kind = bytes[0] === KINDS.log ? "log" : bytes[0] === KINDS.cosigner ? "cosigner" : refuse("malformed", "a key of another kind");
  const publicKey = bytes.subarray(1);
  const id = keyId(name, kind, publicKey);
  demand(vkey.slice(first + 1, second) === hex(id), "malformed", "the key id is not the key's");
  demand(strictPoint(publicKey) !== undefined, "malformed", "a weak key");
  return { id, kind, name, publicKey };
}

/** `SHA-256(name || 0x0A || kind || public key)[0..4]`. */
export function keyId(name: string, kind: NoteKey["kind"], publicKey: Uint8Array): Uint8Array {
  return sha256(concat(utf8(name), Uint8Array.of(0x0a, KINDS[kind]), publicKey)).subarray(0, 4);
}

/** The vkey of a key. */
export function encodeVerifierKey({ id, kind, name, publicKey }: NoteKey): string {
  return `${name}+${hex(id)}+${base64(concat(Uint8Array.of(KINDS[kind]), publicKey))}`;
}

function isKeyName(name: string): boolean {
  const length = utf8(name).length;
  return length >= 1 && length <= 255 && !/[\s+\p{Cc}\p{White_Space}]/u.test(name);
}

/** Takes a signed note apart; refuses with `malformed`. */
export function parseNote(bytes: Uint8Array): UnverifiedNote {
  demand(bytes.length <= LARGEST_NOTE, "malformed", "a note of more than 64 KiB");
  const note = fromUtf8(bytes);
  demand(!/[\u0000-\u0009\u000b-\u001f\u007f]/.test(note), "malformed", "a control character in a note");
  const split = note.lastIndexOf("\n\n");
  demand(split >= 0 && note.endsWith("\n"), "malformed", "not a signed note");
  const lines = note.slice(split + 2, -1).split("\n");
  demand(note.length > split + 2 && lines.length <= MOST_SIGNATURES, "malformed", "no signature, or more than 64");
  return { signatures: lines.map(parseSignatureLine), text: note.slice(0, split + 1) };
}

function parseSignatureLine(line: string): UnverifiedNote["signatures"][number] {
  const [dash, name, encoded, ...more] = line.split(" ");
  if (dash !== "—" || name === undefined || encoded === undefined || more.length > 0) return refuse("malformed", "not a signature line");
  const bytes = fromBase64(encoded);
  demand(isKeyName(name) && bytes.length > 4, "malformed", "not a signature line");
  return { id: bytes.subarray(0, 4), name, signature: bytes.subarray(4) };
}

/**
 * The keys of `known` that have signed the note, with the newest time of a cosigner. A signature that claims to be of a known key and
 * does not verify spoils the note: `malformed`. Those of unknown keys are ignored.
 */
export function verifyNote(note: UnverifiedNote, known: readonly NoteKey[]): Map<NoteKey, bigint> {
  const verified = new Map<NoteKey, bigint>();
  for (const { id, name, signature } of note.signatures) {
    const key = known.find((candidate) => candidate.name === name && sameBytes(candidate.id, id));
    if (key === undefined) continue;
    const time = verifySignature(key, utf8(note.text), signature);
    demand(time !== undefined, "malformed", "a signature of a known key does not verify");
    const before = verified.get(key);
    verified.set(key, before === undefined || time > before ? time : before);
  }
  return verified;
}

/** The time of a cosignature, 0 for a log's signature, undefined if it does not verify. */
function verifySignature(key: NoteKey, text: Uint8Array, signature: Uint8Array): bigint | undefined {
  if (key.kind === "log") return verifyEd25519(key.publicKey, text, signature) ? 0n : undefined;
  if (signature.length !== 72) return undefined;
  const time = bytesToBig(signature.subarray(0, 8));
  return verifyEd25519(key.publicKey, cosignedText(time, text), signature.subarray(8)) ? time : undefined;
}

/** What a cosigner signs. */
export function cosignedText(time: bigint, text: Uint8Array): Uint8Array {
  return concat(utf8(`cosignature/v1\ntime ${time}\n`), text);
}

/** A note signature's bytes of a cosigner. */
export function timedSignature(time: bigint, signature: Uint8Array): Uint8Array {
  return concat(u64be(time), signature);
}

const ED25519_ORDER = ed25519.Point.Fn.ORDER;

/** RFC 8032, the equation without the cofactor; A and R canonical and not of small order. */
export function verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== 64) return false;
  const encodedR = signature.subarray(0, 32);
  const key = strictPoint(publicKey);
  const r = strictPoint(encodedR);
  const s = littleEndian(signature.subarray(32));
  if (key === undefined || r === undefined || s >= ED25519_ORDER) return false;
  const k = littleEndian(sha512(concat(encodedR, publicKey, message))) % ED25519_ORDER;
  return ed25519.Point.BASE.multiplyUnsafe(s).equals(r.add(key.multiplyUnsafe(k)));
}

function strictPoint(bytes: Uint8Array): InstanceType<typeof ed25519.Point> | undefined {
  try {
    const point = ed25519.Point.fromBytes(bytes, false);
    return point.isSmallOrder() ? undefined : point;
  } catch {
    return undefined;
  }
}

function littleEndian(bytes: Uint8Array): bigint {
  return bytesToBig(bytes.slice().reverse());
}
