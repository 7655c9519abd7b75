/** The trustees' key ceremony, as everybody can follow it: docs/protocol.md §3.2.1 to §3.2.3. */
import { openSealed } from "./aes.js";
import { concat, u64be } from "./bytes.js";
import type { ElectionKey } from "./election.js";
import { demand } from "./errors.js";
import { challenge, frame, hash, hashToField, hkdf } from "./framing.js";
import { encodePoint, encodeScalar, G, parsePoint, parseScalar, type Point, sumOf, sumOfProducts, timesVartime } from "./group.js";
import { array, binary, encodeCanonical, type Json, natural, object } from "./json.js";
import type { Manifest } from "./manifest.js";

/** A trustee's package: commitments to its polynomial and a proof that it knows the secret. */
export interface DkgPackage {
  readonly commitments: readonly Point[];
  /** Canonical JSON of the package. */
  readonly encoded: Uint8Array;
  readonly proofR: Uint8Array;
  readonly proofZ: bigint;
}

/** A share sealed to another trustee. */
export interface SealedShare {
  readonly ephemeral: Uint8Array;
  readonly sealed: Uint8Array;
  readonly to: number;
}

/** A trustee's claim that a share is wrong, with what opens it. */
export interface Complaint {
  readonly against: number;
  readonly proof: { readonly u: Uint8Array; readonly v: Uint8Array; readonly z: bigint };
  readonly shared: Uint8Array;
  readonly trustee: number;
}

/** Reads `{commitments, proof_r, proof_z}`. */
export function readPackage(value: Json | undefined): DkgPackage {
  const json = object(value, "commitments", "proof_r", "proof_z");
  const proofR = binary(json["proof_r"]);
  parsePoint(proofR);
  return {
    commitments: array(json["commitments"]).map((point) => parsePoint(binary(point))),
    encoded: encodeCanonical(json),
    proofR,
    proofZ: parseScalar(binary(json["proof_z"])),
  };
}

/** What trustee `index` committed to before it revealed `found`. */
export function packageDigest(manifest: Manifest, index: number, found: DkgPackage): Uint8Array {
  return hash("KODANIK-V1-DKG-COMMIT", manifest.hash, u64be(index), found.encoded);
}

/** Demands t commitments and a proof of knowledge that verifies; refuses with `bad_ceremony_message`. */
export function checkPackage(manifest: Manifest, index: number, found: DkgPackage): void {
  const { commitments, proofR, proofZ } = found;
  const secret = commitments[0];
  demand(commitments.length === manifest.trustees.threshold && secret !== undefined, "bad_ceremony_message", "not t commitments");
  const c = hashToField(concat(encodeScalar(BigInt(index)), encodePoint(secret), proofR), "FROST-P256-SHA256-v1dkg");
  const holds = timesVartime(G, proofZ).equals(parsePoint(proofR).add(timesVartime(secret, c)));
  demand(holds, "bad_ceremony_message", "the proof of knowledge does not verify");
}

/** `sum over k of j^k phi_k`: the commitment to f(j). */
export function evaluate(commitments: readonly Point[], j: number): Point {
  let power = 1n;
  const powers = commitments.map(() => {
    const own = power;
    power *= BigInt(j);
    return own;
  });
  return sumOfProducts(commitments, powers);
}

/** K and Y_1..Y_n from all packages, in the trustees' order; refuses a part that is the identity with `bad_ceremony_message`. */
export function jointKey(packages: readonly DkgPackage[]): ElectionKey {
  const joint = sumOf(packages.map(({ commitments }) => evaluate(commitments, 0)));
  const shares = packages.map((_, i) => sumOf(packages.map(({ commitments }) => evaluate(commitments, i + 1))));
  demand([joint, ...shares].every((point) => !point.is0()), "bad_ceremony_message", "a part of the key is the identity");
  return { joint, shares };
}

/** Reads the array of sealed shares of trustee `from`: one for each other trustee, in order; refuses with `bad_ceremony_message`. */
export function readShares(manifest: Manifest, from: number, value: Json | undefined): SealedShare[] {
  const shares = array(value).map((item) => {
    const json = object(item, "ephemeral", "sealed", "to");
    const ephemeral = binary(json["ephemeral"]);
    parsePoint(ephemeral);
    return { ephemeral, sealed: binary(json["sealed"], 60), to: natural(json["to"]) };
  });
  const others = manifest.trustees.members.map((_, i) => i + 1).filter((index) => index !== from);
  const inOrder = shares.length === others.length && shares.every((share, i) => share.to === others[i]);
  demand(inOrder, "bad_ceremony_message", "not one share for each other trustee, in order");
  return shares;
}

/** Reads the members of a complaint's body that are its own. */
export function readComplaint(json: { readonly [member: string]: Json }): Complaint {
  const proof = object(json["proof"], "u", "v", "z");
  const point = (value: Json | undefined): Uint8Array => {
    const bytes = binary(value);
    parsePoint(bytes);
    return bytes;
  };
  return {
    against: natural(json["against"]),
    proof: { u: point(proof["u"]), v: point(proof["v"]), z: parseScalar(binary(proof["z"])) },
    shared: point(json["shared"]),
    trustee: natural(json["trustee"]),
  };
}

/**
 * Opens the share that a complaint is about and says whether it is wrong. Refuses a complaint whose secret is not the sealing key's with
 * `bad_ceremony_message`. Both indexes are of trustees, and differ.
 */
export function isShareWrong(manifest: Manifest, packages: readonly DkgPackage[], share: SealedShare, complaint: Complaint): boolean {
  const { against, proof, shared, trustee } = complaint;
  const sealingKey = manifest.trustees.members[trustee - 1];
  const dealer = packages[against - 1];
  if (sealingKey === undefined || dealer === undefined) throw new RangeError("an index of no trustee");
  const c = challenge(
    "KODANIK-V1-COMPLAINT-P256", manifest.hash, u64be(trustee), u64be(against), share.ephemeral, sealingKey.sealingKeyBytes, shared, proof.u,
    proof.v,
  );
  const inG = timesVartime(G, proof.z).equals(parsePoint(proof.u).add(timesVartime(sealingKey.sealingKey, c)));
  const inE = timesVartime(parsePoint(share.ephemeral), proof.z).equals(parsePoint(proof.v).add(timesVartime(parsePoint(shared), c)));
  demand(inG && inE, "bad_ceremony_message", "the complaint does not show the sealing key's secret");
  const reveals = hash("KODANIK-V1-DKG-REVEALS", manifest.hash, ...packages.map(({ encoded }) => encoded));
  const context = frame("KODANIK-V1-DKG-SHARE", reveals, u64be(against), u64be(trustee), sealingKey.sealingKeyBytes);
  const key = hkdf(shared, share.ephemeral, 32, "KODANIK-V1-DKG-SHARE", context);
  const opened = openSealed(key, context, share.sealed);
  if (opened === undefined) return true;
  return !isShareOf(dealer, trustee, opened);
}

function isShareOf(dealer: DkgPackage, trustee: number, share: Uint8Array): boolean {
  try {
    return timesVartime(G, parseScalar(share)).equals(evaluate(dealer.commitments, trustee));
  } catch {
    return false;
  }
}
