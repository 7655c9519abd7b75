import { refuse } from "./errors.js";

/** All parts, one after the other. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Order of byte strings: -1, 0 or 1. Public data only: takes as long as the common prefix. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return Math.sign(difference);
  }
  return Math.sign(a.length - b.length);
}

/** Whether two byte strings are the same. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return compareBytes(a, b) === 0;
}

/** Eight bytes big-endian of a whole number below 2^64. */
export function u64be(value: number | bigint): Uint8Array {
  return bigToBytes(BigInt(value), 8);
}

/** Four bytes big-endian of a whole number below 2^32. */
export function u32be(value: number): Uint8Array {
  return bigToBytes(BigInt(value), 4);
}

/** `length` bytes big-endian. A number that does not fit is a fault of the caller. */
export function bigToBytes(value: bigint, length: number): Uint8Array {
  if (value < 0n || value >> BigInt(8 * length) !== 0n) throw new RangeError("the number does not fit");
  const out = new Uint8Array(length);
  for (let i = length - 1; i >= 0; i--) {
    out[i] = Number(value & 0xffn);
    value >>= 8n;
  }
  return out;
}

/** The number that `bytes` are, big-endian. */
export function bytesToBig(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${hex(bytes)}`);
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Lower-case hexadecimal digits. */
export function hex(bytes: Uint8Array): string {
  let out = "";
  for (const byte of bytes) out += HEX[byte] ?? "";
  return out;
}

const encoder = new TextEncoder();

/** UTF-8 of a text. */
export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** The text that is encoded; refuses what is not UTF-8. A byte order mark is a character like any other. */
export function fromUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return refuse("malformed", "not UTF-8");
  }
}

const URL_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const STANDARD_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** base64url without padding (RFC 4648 section 5). */
export function base64url(bytes: Uint8Array): string {
  return encode64(bytes, URL_ALPHABET);
}

/** base64 with padding (RFC 4648 section 4). */
export function base64(bytes: Uint8Array): string {
  const text = encode64(bytes, STANDARD_ALPHABET);
  return text + "=".repeat((4 - (text.length % 4)) % 4);
}

/** Reads base64url; refuses padding, other characters and stray bits, so that every value has one text. */
export function fromBase64url(text: string): Uint8Array {
  return decode64(text, URL_CODES);
}

/** Reads base64 with padding; refuses everything that {@link base64} would not have written. */
export function fromBase64(text: string): Uint8Array {
  const body = text.replace(/={0,2}$/, "");
  if (text.length % 4 !== 0) refuse("malformed", "not base64");
  const bytes = decode64(body, STANDARD_CODES);
  if (base64(bytes) !== text) refuse("malformed", "not base64");
  return bytes;
}

function encode64(bytes: Uint8Array, alphabet: string): string {
  let out = "";
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= 6) {
      bits -= 6;
      out += alphabet.charAt((value >> bits) & 63);
    }
    value &= (1 << bits) - 1;
  }
  return bits === 0 ? out : out + alphabet.charAt((value << (6 - bits)) & 63);
}

/** For each ASCII code its six bits, or 255. */
function codesOf(alphabet: string): Uint8Array {
  const codes = new Uint8Array(128).fill(255);
  for (let code = 0; code < alphabet.length; code++) codes[alphabet.charCodeAt(code)] = code;
  return codes;
}

const URL_CODES = codesOf(URL_ALPHABET);
const STANDARD_CODES = codesOf(STANDARD_ALPHABET);

function decode64(text: string, codes: Uint8Array): Uint8Array {
  if (text.length % 4 === 1) refuse("malformed", "not base64");
  const out = new Uint8Array(Math.floor((text.length * 6) / 8));
  let bits = 0;
  let value = 0;
  let at = 0;
  for (let i = 0; i < text.length; i++) {
    const code = codes[text.charCodeAt(i)] ?? 255;
    if (code === 255) return refuse("malformed", "not base64");
    value = (value << 6) | code;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out[at++] = value >> bits;
      value &= (1 << bits) - 1;
    }
  }
  if (value !== 0) refuse("malformed", "base64 with stray bits");
  return out;
}
