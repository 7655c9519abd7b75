/**
 * AES-256-GCM (FIPS 197, SP 800-38D), decryption only. A complaint publishes the key of one sealed share (docs/protocol.md §3.2.3), so
 * this runs on public data and need not run in constant time. WebCrypto would make the replay asynchronous for one rare message.
 */
import { bigToBytes, bytesToBig, concat, sameBytes, u64be } from "./bytes.js";

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Opens `nonce(12) || ciphertext || tag(16)` (§1.7); undefined if it does not open. */
export function openSealed(key: Uint8Array, context: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) return undefined;
  const nonce = sealed.subarray(0, NONCE_BYTES);
  const ciphertext = sealed.subarray(NONCE_BYTES, sealed.length - TAG_BYTES);
  const cipher = new Aes256(key);
  const tag = xor(ghash(cipher.encrypt(new Uint8Array(16)), context, ciphertext), cipher.encrypt(counter(nonce, 1)));
  if (!sameBytes(tag, sealed.subarray(sealed.length - TAG_BYTES))) return undefined;
  const out = new Uint8Array(ciphertext.length);
  for (let at = 0; at < out.length; at += 16) {
    out.set(xor(ciphertext.subarray(at, at + 16), cipher.encrypt(counter(nonce, 2 + at / 16))), at);
  }
  return out;
}

function counter(nonce: Uint8Array, value: number): Uint8Array {
  return concat(nonce, bigToBytes(BigInt(value), 4));
}

function xor(a: Uint8Array, b: Uint8Array): Uint8Array {
  return a.map((byte, i) => byte ^ (b[i] ?? 0));
}

/** GHASH over data and ciphertext, each padded to whole blocks, and their lengths in bits. */
function ghash(h: Uint8Array, data: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  const padded = (bytes: Uint8Array): Uint8Array => concat(bytes, new Uint8Array((16 - (bytes.length % 16)) % 16));
  const input = concat(padded(data), padded(ciphertext), u64be(8 * data.length), u64be(8 * ciphertext.length));
  const factor = bytesToBig(h);
  let sum = 0n;
  for (let at = 0; at < input.length; at += 16) sum = multiply(sum ^ bytesToBig(input.subarray(at, at + 16)), factor);
  return bigToBytes(sum, 16);
}

/** The product in GF(2^128), SP 800-38D section 6.3: the leftmost bit is the coefficient of x^0. */
function multiply(x: bigint, y: bigint): bigint {
  let product = 0n;
  for (let bit = 127n; bit >= 0n; bit--) {
    if (((x >> bit) & 1n) === 1n) product ^= y;
    y = (y & 1n) === 1n ? (y >> 1n) ^ (0xe1n << 120n) : y >> 1n;
  }
  return product;
}

const SBOX = makeSbox();

/** The S-box from its definition (FIPS 197 section 5.1.1): the inverse in GF(2^8), then an affine map. */
function makeSbox(): Uint8Array {
  const box = new Uint8Array(256);
  let p = 1;
  let q = 1;
  do {
    p = p ^ double(p);
    q ^= q << 1;
    q ^= q << 2;
    q ^= q << 4;
    q &= 0xff;
    if ((q & 0x80) !== 0) q ^= 0x09;
    const rotated = q ^ rotate(q, 1) ^ rotate(q, 2) ^ rotate(q, 3) ^ rotate(q, 4);
    box[p] = rotated ^ 0x63;
  } while (p !== 1);
  box[0] = 0x63;
  return box;
}

function rotate(byte: number, by: number): number {
  return ((byte << by) | (byte >> (8 - by))) & 0xff;
}

function double(byte: number): number {
  return ((byte << 1) ^ ((byte & 0x80) !== 0 ? 0x1b : 0)) & 0xff;
}

class Aes256 {
  private readonly roundKeys: Uint8Array;

  constructor(key: Uint8Array) {
    if (key.length !== 32) throw new RangeError("an AES-256 key has 32 bytes");
    this.roundKeys = expandKey(key);
  }

  encrypt(block: Uint8Array): Uint8Array {
    let state = xor(block, this.roundKeys.subarray(0, 16));
    for (let round = 1; round <= 14; round++) {
      const shifted = state.map((_, i) => SBOX[state[(i + 4 * (i % 4)) % 16] ?? 0] ?? 0);
      state = xor(round === 14 ? shifted : mixColumns(shifted), this.roundKeys.subarray(16 * round, 16 * (round + 1)));
    }
    return state;
  }
}

function mixColumns(state: Uint8Array): Uint8Array {
  return state.map((_, i) => {
    const column = i - (i % 4);
    const at = (k: number): number => state[column + ((i + k) % 4)] ?? 0;
    return double(at(0)) ^ double(at(1)) ^ at(1) ^ at(2) ^ at(3);
  });
}

function expandKey(key: Uint8Array): Uint8Array {
  const words = new Uint8Array(240);
  words.set(key);
  let constant = 1;
  for (let i = 8; i < 60; i++) {
    let word = words.slice(4 * (i - 1), 4 * i);
    if (i % 8 === 0) {
      word = Uint8Array.of(word[1] ?? 0, word[2] ?? 0, word[3] ?? 0, word[0] ?? 0).map((byte) => SBOX[byte] ?? 0);
      word[0] = (word[0] ?? 0) ^ constant;
      constant = double(constant);
    } else if (i % 8 === 4) {
      word = word.map((byte) => SBOX[byte] ?? 0);
    }
    words.set(xor(word, words.subarray(4 * (i - 8), 4 * (i - 7))), 4 * i);
  }
  return words;
}
