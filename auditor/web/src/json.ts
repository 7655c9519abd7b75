/** Canonical JSON (RFC 8785, integers only, ASCII member names): docs/protocol.md §1.6. */
import { fromBase64url, fromUtf8, sameBytes, utf8 } from "./bytes.js";
import { demand, refuse } from "./errors.js";

/** A value of canonical JSON. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [member: string]: Json };

/** An object of canonical JSON. */
export type JsonObject = { readonly [member: string]: Json };

const DEEPEST = 32;

/** Parses canonical JSON of at most `cap` bytes: what is read is encoded again and must be the same bytes. */
export function parseCanonical(bytes: Uint8Array, cap: number): Json {
  demand(bytes.length <= cap, "too_large", `more than ${cap} bytes`);
  const text = fromUtf8(bytes);
  const value = parseJson(text);
  // One comparison refuses other orders, white space, fractions, exponents, repeated members and needless escapes.
  demand(sameBytes(encodeCanonical(value), bytes), "malformed", "not canonical JSON");
  return value;
}

/** Parses JSON in whatever form; of a member that is there twice the last counts. For what is neither hashed nor signed. */
export function parseJson(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return refuse("malformed", "not JSON");
  }
}

/** The one encoding of a value, as bytes. */
export function encodeCanonical(value: Json): Uint8Array {
  return utf8(encode(value, 0));
}

function encode(value: Json, depth: number): string {
  demand(depth <= DEEPEST, "malformed", "JSON too deep");
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number") {
    demand(Number.isSafeInteger(value), "malformed", "a number that is no integer below 2^53");
    return String(value);
  }
  if (typeof value === "string") return encodeString(value);
  if (isArray(value)) return `[${value.map((item) => encode(item, depth + 1)).join(",")}]`;
  const members = Object.keys(value).sort();
  return `{${members.map((name) => `${encodeName(name)}:${encode(value[name] ?? null, depth + 1)}`).join(",")}}`;
}

function encodeString(text: string): string {
  demand(!/\p{Surrogate}/u.test(text), "malformed", "a text with half a surrogate pair");
  return JSON.stringify(text);
}

function encodeName(name: string): string {
  // ASCII, so that the order by code units is the order by bytes.
  demand(/^[\x20-\x7e]*$/.test(name), "malformed", "a member name that is not ASCII");
  return JSON.stringify(name);
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

/** The value as an object with exactly the members of `names`. */
export function object(value: Json | undefined, ...names: readonly string[]): JsonObject {
  if (typeof value !== "object" || value === null || isArray(value)) return refuse("malformed", "an object is missing");
  const found = Object.keys(value);
  for (const name of found) demand(names.includes(name), "malformed", "an unknown member");
  for (const name of names) demand(Object.hasOwn(value, name), "malformed", `member ${name} is missing`);
  return value as JsonObject;
}

/** The value as an array. */
export function array(value: Json | undefined): readonly Json[] {
  if (value === undefined || !isArray(value)) return refuse("malformed", "an array is missing");
  return value;
}

/** The value as a text. */
export function text(value: Json | undefined): string {
  if (typeof value !== "string") return refuse("malformed", "a text is missing");
  return value;
}

/** The value as a whole number from 0 to 2^53 - 1. */
export function natural(value: Json | undefined): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) return refuse("malformed", "a whole number is missing");
  return value;
}

/** The value as bytes in base64url; of exactly `length` where it is given. */
export function binary(value: Json | undefined, length?: number): Uint8Array {
  const bytes = fromBase64url(text(value));
  demand(length === undefined || bytes.length === length, "malformed", `not ${length ?? 0} bytes`);
  return bytes;
}
