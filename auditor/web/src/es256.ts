/** ES256 in low-S form: docs/protocol.md §1.5. */
import { p256 } from "@noble/curves/nist.js";
import { bytesToBig } from "./bytes.js";
import { ORDER } from "./group.js";

/** Whether `signature` (r || s, 64 bytes, both in 1..n, s <= n/2) is the key's (33 bytes) on `message`, hashed with SHA-256. */
export function verifyEs256(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== 64) return false;
  const r = bytesToBig(signature.subarray(0, 32));
  const s = bytesToBig(signature.subarray(32));
  if (r < 1n || r >= ORDER || s < 1n || s > ORDER / 2n) return false;
  return p256.verify(signature, message, key, { lowS: true, prehash: true, format: "compact" });
}
