/** Framing, hashes, challenges and derivation: docs/protocol.md §1.3 and §1.4. */
import { expand_message_xmd } from "@noble/curves/abstract/hash-to-curve.js";
import { expand, extract } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToBig, concat, u32be, utf8 } from "./bytes.js";
import { ORDER } from "./group.js";

/** A field of a frame: bytes, or a text as UTF-8. */
export type Field = Uint8Array | string;

/** `frame(label, f1, .. fn)`: label and fields, each behind its length as u32be. */
export function frame(label: string, ...fields: readonly Field[]): Uint8Array {
  return concat(...[label, ...fields].flatMap((field) => {
    const bytes = typeof field === "string" ? utf8(field) : field;
    return [u32be(bytes.length), bytes];
  }));
}

/** `H(label, f1, .. fn)`: SHA-256 of the frame. */
export function hash(label: string, ...fields: readonly Field[]): Uint8Array {
  return sha256(frame(label, ...fields));
}

/** RFC 9380 `hash_to_field` with expand_message_xmd and SHA-256, L = 48, one element, modulo the order of P-256. */
export function hashToField(message: Uint8Array, dst: string): bigint {
  return bytesToBig(expand_message_xmd(message, utf8(dst), 48, sha256)) % ORDER;
}

/** `challenge(label, f1 .. fn)`, a scalar. */
export function challenge(label: string, ...fields: readonly Field[]): bigint {
  return hashToField(hash(label, ...fields), label);
}

/** `HKDF(ikm, salt, label, f1 ..)`, `length` bytes; an empty salt is RFC 5869's (32 zero bytes). */
export function hkdf(ikm: Uint8Array, salt: Uint8Array, length: number, label: string, ...fields: readonly Field[]): Uint8Array {
  return expand(sha256, extract(sha256, ikm, salt), frame(label, ...fields), length);
}
