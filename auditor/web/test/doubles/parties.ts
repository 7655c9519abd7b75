/** Test doubles: keys and parties that say what a real one would say, from fixed secrets. They promise nothing about secrecy. */
import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { p256 } from "@noble/curves/nist.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bigToBytes, bytesToBig, utf8 } from "../../src/bytes.js";
import { frame } from "../../src/framing.js";
import { encodePoint, ORDER, timesG } from "../../src/group.js";
import { encodeCanonical, type Json } from "../../src/json.js";
import { encodePss } from "../../src/rsa.js";

/** A scalar that is fixed by its name. */
export function testScalar(name: string): bigint {
  return (bytesToBig(sha256(utf8(name))) % (ORDER - 1n)) + 1n;
}

/** 32 bytes that are fixed by their name. */
export function testBytes(name: string): Uint8Array {
  return sha256(utf8(`bytes ${name}`));
}

/** A P-256 key pair that is fixed by its name. */
export class TestKey {
  readonly secret: bigint;
  readonly publicKey: Uint8Array;

  constructor(name: string) {
    this.secret = testScalar(name);
    this.publicKey = encodePoint(timesG(this.secret));
  }

  /** ES256, low-S. */
  sign(message: Uint8Array): Uint8Array {
    return p256.sign(message, bigToBytes(this.secret, 32), { lowS: true, prehash: true, format: "compact" });
  }

  /** The same signature with the other s, which is above n/2. */
  signHighS(message: Uint8Array): Uint8Array {
    const signature = this.sign(message).slice();
    signature.set(bigToBytes(ORDER - bytesToBig(signature.subarray(32)), 32), 32);
    return signature;
  }

  /** An entry of the log, signed. */
  entry(origin: string, type: string, body: Json): { body: Json; signature: Uint8Array; type: string } {
    return { body, signature: this.sign(frame("KODANIK-V1-ENTRY", origin, type, encodeCanonical(body))), type };
  }
}

/**
 * A new RSA key, and its public half. It is parsed again after it was made: Node 20 locks a key while it uses or exports it, and the
 * job that made a key locks it once more when it is collected, so that a collection in between would stop the process for ever.
 */
export function makeRsaKey(modulusLength: number): { privateKey: KeyObject; spki: Uint8Array } {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", {
    modulusLength, privateKeyEncoding: { format: "der", type: "pkcs8" }, publicKeyEncoding: { format: "der", type: "spki" },
  });
  return { privateKey: createPrivateKey({ format: "der", key: privateKey, type: "pkcs8" }), spki: new Uint8Array(publicKey) };
}

/** An issuer's RSA key for one style. */
export class TestRsaKey {
  readonly spki: Uint8Array;
  private readonly d: bigint;
  private readonly modulus: bigint;

  constructor() {
    const { privateKey, spki } = makeRsaKey(3072);
    this.spki = spki;
    const jwk = privateKey.export({ format: "jwk" });
    this.d = bytesToBig(new Uint8Array(Buffer.from(jwk.d ?? "", "base64url")));
    this.modulus = bytesToBig(new Uint8Array(Buffer.from(jwk.n ?? "", "base64url")));
  }

  /** What blinding, signing and unblinding lead to: the encoding to the power of d. */
  sign(message: Uint8Array): Uint8Array {
    let base = bytesToBig(encodePss(message));
    let result = 1n;
    for (let rest = this.d; rest > 0n; rest >>= 1n) {
      if ((rest & 1n) === 1n) result = (result * base) % this.modulus;
      base = (base * base) % this.modulus;
    }
    return bigToBytes(result, 384);
  }
}
