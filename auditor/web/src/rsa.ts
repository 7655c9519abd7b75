/** RSA-3072 keys and the signatures of voting credentials (RFC 9474, RSABSSA-SHA384-PSSZERO): docs/protocol.md §3.3.1, §3.3.2. */
import { sha384 } from "@noble/hashes/sha2.js";
import { bigToBytes, bytesToBig, concat, sameBytes, u32be } from "./bytes.js";
import { demand } from "./errors.js";

/** A public key: 3072 bits, exponent 65537. */
export interface RsaKey {
  readonly modulus: bigint;
  /** The DER `SubjectPublicKeyInfo`, 422 bytes. */
  readonly spki: Uint8Array;
}

const MODULUS_BYTES = 384;
const HASH_BYTES = 48;

// SEQUENCE { SEQUENCE { 1.2.840.113549.1.1.1, NULL }, BIT STRING { SEQUENCE { INTEGER n (385 bytes with the leading 0), INTEGER 65537 } } }
const BEFORE_MODULUS = Uint8Array.from([
  0x30, 0x82, 0x01, 0xa2, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00, 0x03, 0x82, 0x01, 0x8f,
  0x00, 0x30, 0x82, 0x01, 0x8a, 0x02, 0x82, 0x01, 0x81, 0x00,
]);
const AFTER_MODULUS = Uint8Array.from([0x02, 0x03, 0x01, 0x00, 0x01]);

/**
 * Parses a `SubjectPublicKeyInfo`. A 3072-bit modulus and the exponent 65537 leave one DER encoding, so everything but the modulus
 * is compared with constants. Refuses with the code `issuer_keys`.
 */
export function parseSpki(spki: Uint8Array): RsaKey {
  const length = BEFORE_MODULUS.length + MODULUS_BYTES + AFTER_MODULUS.length;
  demand(spki.length === length, "issuer_keys", "an RSA-3072 key with exponent 65537 has 422 bytes");
  const modulusEnd = BEFORE_MODULUS.length + MODULUS_BYTES;
  demand(sameBytes(spki.subarray(0, BEFORE_MODULUS.length), BEFORE_MODULUS), "issuer_keys", "not the SPKI of an RSA-3072 key");
  demand(sameBytes(spki.subarray(modulusEnd), AFTER_MODULUS), "issuer_keys", "the exponent is not 65537");
  const modulus = bytesToBig(spki.subarray(BEFORE_MODULUS.length, modulusEnd));
  demand(modulus >> 3071n === 1n, "issuer_keys", "the modulus does not have 3072 bits");
  demand((modulus & 1n) === 1n, "issuer_keys", "the modulus is even");
  return { modulus, spki };
}

/** Whether `signature` is *the* one on `message`: EMSA-PSS with SHA-384 and no salt has one encoding per message. */
export function verifyRsa(key: RsaKey, message: Uint8Array, signature: Uint8Array): boolean {
  const s = bytesToBig(signature);
  if (signature.length !== MODULUS_BYTES || s >= key.modulus) return false;
  let power = s;
  for (let i = 0; i < 16; i++) power = (power * power) % key.modulus;
  return sameBytes(bigToBytes((power * s) % key.modulus, MODULUS_BYTES), encodePss(message));
}

/** EMSA-PSS (RFC 8017 section 9.1.1): SHA-384, MGF1 with SHA-384, no salt, for a modulus of 3072 bits; 384 bytes. */
export function encodePss(message: Uint8Array): Uint8Array {
  const digest = sha384(concat(new Uint8Array(8), sha384(message)));
  const block = new Uint8Array(MODULUS_BYTES - HASH_BYTES - 1);
  block[block.length - 1] = 0x01;
  const mask = mgf1(digest, block.length);
  const masked = block.map((byte, i) => byte ^ (mask[i] ?? 0));
  // emBits is 3071: the topmost bit is clear, so that the encoding is below every modulus.
  masked[0] = (masked[0] ?? 0) & 0x7f;
  return concat(masked, digest, Uint8Array.of(0xbc));
}

function mgf1(seed: Uint8Array, length: number): Uint8Array {
  const blocks = Array.from({ length: Math.ceil(length / HASH_BYTES) }, (_, i) => sha384(concat(seed, u32be(i))));
  return concat(...blocks).subarray(0, length);
}
