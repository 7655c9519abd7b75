/** Test double of a whole election: manifest, ceremony, ballots, counts, close, tally, as entries. */
import { createCipheriv } from "node:crypto";
import { lastBallotLeaf, tokenMessage } from "../../src/ballot.js";
import { packageDigest, readPackage } from "../../src/ceremony.js";
import { base64url, bigToBytes, compareBytes, concat, u64be } from "../../src/bytes.js";
import { type Election, makeElection } from "../../src/election.js";
import { challenge, frame, hash, hashToField, hkdf } from "../../src/framing.js";
import { encodePoint, encodeScalar, parsePoint, type Point, reduce, timesG, timesVartime } from "../../src/group.js";
import { encodeCanonical, type Json, type JsonObject } from "../../src/json.js";
import type { TreeHead } from "../../src/ledger/checkpoint.js";
import { rootOf } from "../../src/ledger/tree.js";
import { type Manifest, parseManifest } from "../../src/manifest.js";
import { type ContestChoice, makeBody } from "../../src/prover.js";
import { type ContestSum, hashStatement, hashSums } from "../../src/tally.js";
import { testBytes, TestKey, TestRsaKey, testScalar } from "./parties.js";

export const ORIGIN = "log.example/kodanik";
export const OPENS = 29_000_000;
export const CLOSES = OPENS + 1000;

const TRUSTEES = 3;
const THRESHOLD = 2;

/** RSA keys take a while: made once. */
const rsaKeys = Array.from({ length: 4 }, () => new TestRsaKey());

/** An entry as JSON, for tests that change something in it. */
export type EntryJson = { [member: string]: Json };

/** A trustee that keeps to the protocol. */
export class TestTrustee {
  readonly index: number;
  readonly signing: TestKey;
  readonly sealing: TestKey;
  readonly coefficients: readonly bigint[];

  constructor(index: number) {
    this.index = index;
    this.signing = new TestKey(`trustee ${index} signing`);
    this.sealing = new TestKey(`trustee ${index} sealing`);
    this.coefficients = Array.from({ length: THRESHOLD }, (_, k) => testScalar(`coefficient ${index} ${k}`));
  }

  /** f_i(x). */
  polynomial(x: number): bigint {
    return reduce(this.coefficients.reduceRight((sum, coefficient) => sum * BigInt(x) + coefficient, 0n));
  }

  package(): JsonObject {
    const nonce = testScalar(`proof ${this.index}`);
    const phi0 = encodePoint(timesG(this.coefficients[0] ?? 0n));
    const proofR = encodePoint(timesG(nonce));
    const c = hashToField(concat(bigToBytes(BigInt(this.index), 32), phi0, proofR), "FROST-P256-SHA256-v1dkg");
    return {
      commitments: this.coefficients.map((a) => base64url(encodePoint(timesG(a)))),
      proof_r: base64url(proofR),
      proof_z: base64url(encodeScalar(reduce(nonce + c * (this.coefficients[0] ?? 0n)))),
    };
  }
}

/** Everybody who takes part in the test election, and what they say. */
export class TestElection {
  readonly authority = new TestKey("authority");
  readonly trustees = Array.from({ length: TRUSTEES }, (_, i) => new TestTrustee(i + 1));
  readonly issuers = [new TestKey("issuer 0"), new TestKey("issuer 1")];
  readonly manifestJson: JsonObject;
  readonly manifest: Manifest;
  readonly election: Election;

  constructor(change: (manifest: EntryJson) => void = () => {}) {
    const json = this.makeManifest();
    change(json);
    this.manifestJson = json;
    this.manifest = parseManifest(encodeCanonical(json));
    const joint = timesG(reduce(this.trustees.reduce((sum, trustee) => sum + trustee.polynomial(0), 0n)));
    const shares = this.trustees.map(({ index }) => timesG(this.keyShare(index)));
    this.election = makeElection(this.manifest, { joint, shares });
  }

  /** x_j. */
  keyShare(j: number): bigint {
    return reduce(this.trustees.reduce((sum, trustee) => sum + trustee.polynomial(j), 0n));
  }

  private makeManifest(): EntryJson {
    return {
      check: { minutes: 30, tests: 3, tries: 3 },
      closes: CLOSES,
      contests: [
        { budget: 0, id: "mayor", max: 1, method: "selection", min: 1, options: ["park", "kask", "lee"].map((id) => ({ cost: 0, id, title: id })), title: "Mayor" },
        { budget: 0, id: "board", max: 2, method: "selection", min: 1, options: ["a", "b", "c"].map((id) => ({ cost: 0, id, title: id })), title: "Board" },
        {
          budget: 10, id: "projects", max: 3, method: "budget", min: 1,
          options: [["path", 3], ["pool", 7], ["tree", 1]].map(([id, cost]) => ({ cost: cost as number, id: id as string, title: id as string })),
          title: "Projects",
        },
      ],
      election: "city-2026",
      issuers: {
        members: this.issuers.map((key, i) => ({
          id: `issuer-${i}`,
          keys: ["full", "small"].map((style, k) => ({ spki: base64url((rsaKeys[2 * i + k] as TestRsaKey).spki), style })),
          name: `Issuer ${i}`,
          signing_key: base64url(key.publicKey),
          url: `https://issuer-${i}.example`,
        })),
        required: 2,
      },
      kind: "binding",
      log: ORIGIN,
      min_cell: 2,
      opens: OPENS,
      styles: [{ contests: ["mayor", "board", "projects"], id: "full" }, { contests: ["mayor"], id: "small" }],
      suite: "KODANIK-V1-P256",
      title: "City election",
      trustees: {
        members: this.trustees.map(({ index, sealing, signing }) => ({
          name: `Trustee ${index}`, sealing_key: base64url(sealing.publicKey), signing_key: base64url(signing.publicKey),
        })),
        threshold: THRESHOLD,
      },
    };
  }

  /** A ballot of the voter with this name, `{body, signature, tokens}`. */
  ballot(voter: string, choice: readonly ContestChoice[], options: { prev?: Uint8Array; seed?: Uint8Array; seq?: number; style?: string } = {}): EntryJson {
    const key = new TestKey(voter);
    const { body, tracker } = makeBody(this.election, {
      choice, prev: options.prev ?? new Uint8Array(32), seed: options.seed ?? testBytes(`seed ${voter} ${options.seq ?? 1}`), seq: options.seq ?? 1,
      style: options.style ?? "small", vk: key.publicKey,
    });
    return this.sign(key, body, tracker);
  }

  /** Signs a body and adds the tokens of all issuers. */
  sign(key: TestKey, body: Json, tracker: Uint8Array): EntryJson {
    const style = (body as { style: string }).style;
    const message = tokenMessage(this.election.id, style, key.publicKey);
    const tokens = this.issuers.map((_, issuer) => ({
      issuer, signature: base64url((rsaKeys[2 * issuer + (style === "full" ? 0 : 1)] as TestRsaKey).sign(message)),
    }));
    return { body, signature: base64url(key.sign(frame("KODANIK-V1-CAST", tracker))), tokens };
  }

  entry(key: TestKey, type: string, body: Json): EntryJson {
    const { signature, ...rest } = key.entry(ORIGIN, type, body);
    return { ...rest, signature: base64url(signature) };
  }

  genesis(): EntryJson {
    return { authority_key: base64url(this.authority.publicKey), log: ORIGIN, type: "genesis" };
  }

  announce(): EntryJson {
    return this.entry(this.authority, "election.manifest", this.manifestJson);
  }

  private get manifestHash(): string {
    return base64url(this.manifest.hash);
  }

  commit(trustee: TestTrustee): EntryJson {
    const digest = packageDigest(this.manifest, trustee.index, readPackage(trustee.package()));
    return this.entry(trustee.signing, "trustee.commit", { digest: base64url(digest), manifest: this.manifestHash, trustee: trustee.index });
  }

  reveal(trustee: TestTrustee, change: (found: EntryJson) => void = () => {}): EntryJson {
    const found = { ...trustee.package() };
    change(found);
    return this.entry(trustee.signing, "trustee.reveal", { manifest: this.manifestHash, package: found, trustee: trustee.index });
  }

  /** `wrong` is the index of a trustee who gets a wrong share, `sealed` one whose share does not open. */
  shares(from: TestTrustee, fault: { wrong?: number; sealed?: number } = {}): EntryJson {
    const shares = this.trustees.filter(({ index }) => index !== from.index).map((to) => {
      const ephemeral = testScalar(`ephemeral ${from.index} ${to.index}`);
      const e = encodePoint(timesG(ephemeral));
      const shared = encodePoint(timesVartime(parsePoint(to.sealing.publicKey), ephemeral));
      const value = from.polynomial(to.index) + (fault.wrong === to.index ? 1n : 0n);
      const { context, key } = this.shareKey(from, to, e, shared);
      const sealed = testSeal(key, context, encodeScalar(reduce(value)));
      if (fault.sealed === to.index) sealed[20] = (sealed[20] ?? 0) ^ 1;
      return { ephemeral: base64url(e), sealed: base64url(sealed), to: to.index };
    });
    return this.entry(from.signing, "trustee.shares", { manifest: this.manifestHash, shares, trustee: from.index });
  }

  private shareKey(from: TestTrustee, to: TestTrustee, e: Uint8Array, shared: Uint8Array): { context: Uint8Array; key: Uint8Array } {
    const reveals = hash("KODANIK-V1-DKG-REVEALS", this.manifest.hash, ...this.trustees.map((trustee) => encodeCanonical(trustee.package())));
    const context = frame("KODANIK-V1-DKG-SHARE", reveals, u64be(from.index), u64be(to.index), to.sealing.publicKey);
    return { context, key: hkdf(shared, e, 32, "KODANIK-V1-DKG-SHARE", context) };
  }

  confirm(trustee: TestTrustee): EntryJson {
    const body = { election: base64url(this.election.id), manifest: this.manifestHash, trustee: trustee.index };
    return this.entry(trustee.signing, "trustee.confirm", body);
  }

  complain(trustee: TestTrustee, against: number): EntryJson {
    const e = encodePoint(timesG(testScalar(`ephemeral ${against} ${trustee.index}`)));
    const shared = timesVartime(parsePoint(e), trustee.sealing.secret);
    const w = testScalar("complaint nonce");
    const [u, v] = [encodePoint(timesG(w)), encodePoint(timesVartime(parsePoint(e), w))];
    const c = challenge(
      "KODANIK-V1-COMPLAINT-P256", this.manifest.hash, u64be(trustee.index), u64be(against), e, trustee.sealing.publicKey, encodePoint(shared), u, v,
    );
    const z = encodeScalar(reduce(w + c * trustee.sealing.secret));
    return this.entry(trustee.signing, "trustee.complaint", {
      against, manifest: this.manifestHash, proof: { u: base64url(u), v: base64url(v), z: base64url(z) }, shared: base64url(encodePoint(shared)),
      trustee: trustee.index,
    });
  }

  open(): EntryJson {
    return this.entry(this.authority, "election.open", { election: base64url(this.election.id) });
  }

  counts(issuer: number, style: string, issued: number): EntryJson {
    const key = this.issuers[issuer] as TestKey;
    return this.entry(key, "eligibility.counts", {
      election: base64url(this.election.id), issued, issuer: `issuer-${issuer}`, root: base64url(testBytes("roll")), style,
    });
  }

  close(last: readonly { vk: Uint8Array; tracker: Uint8Array }[]): EntryJson {
    const sorted = [...last].sort((a, b) => compareBytes(a.vk, b.vk));
    const root = rootOf(sorted.map(({ vk, tracker }) => lastBallotLeaf(this.election.id, vk, tracker)));
    return this.entry(this.authority, "election.close", { ballots: last.length, election: base64url(this.election.id), root: base64url(root) });
  }

  statementJson(head: TreeHead, sums: readonly ContestSum[]): JsonObject {
    return {
      checkpoint: { origin: head.origin, root: base64url(head.root), size: head.size },
      election: base64url(this.election.id),
      sums: base64url(hashSums(this.election, sums)),
    };
  }

  statement(trustee: TestTrustee, head: TreeHead, sums: readonly ContestSum[]): EntryJson {
    return this.entry(trustee.signing, "tally.statement", { statement: this.statementJson(head, sums), trustee: trustee.index });
  }

  share(trustee: TestTrustee, head: TreeHead, sums: readonly ContestSum[], contest: string): EntryJson {
    const statement = hashStatement({ checkpoint: head, election: this.election.id, sums: hashSums(this.election, sums) });
    const x = this.keyShare(trustee.index);
    const options = sums.find((sum) => sum.contest === contest)?.options.map(({ alpha }, i) => this.shareOf(trustee, statement, contest, i, alpha, x)) ?? [];
    return this.entry(trustee.signing, "tally.share", {
      contest, election: base64url(this.election.id), options, statement: base64url(statement), trustee: trustee.index,
    });
  }

  private shareOf(trustee: TestTrustee, statement: Uint8Array, contest: string, i: number, alpha: Point, x: bigint): Json {
    const w = testScalar(`share ${trustee.index} ${contest} ${i}`);
    const d = encodePoint(timesVartime(alpha, x));
    const [u, v] = [encodePoint(timesG(w)), encodePoint(timesVartime(alpha, w))];
    const c = challenge(
      "KODANIK-V1-SHARE-P256", this.election.id, statement, contest, u64be(i), u64be(trustee.index), encodePoint(alpha), encodePoint(timesG(x)), d, u, v,
    );
    return { d: base64url(d), proof: { u: base64url(u), v: base64url(v), z: base64url(encodeScalar(reduce(w + c * x))) } };
  }

  result(contests: Json): EntryJson {
    return this.entry(this.authority, "tally.result", { contests, election: base64url(this.election.id) });
  }
}

/** `seal` of §1.7, by Node: another implementation than the one that is tested. */
export function testSeal(key: Uint8Array, context: Uint8Array, plaintext: Uint8Array): Uint8Array {
  const nonce = testBytes("nonce").subarray(0, 12);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  cipher.setAAD(context);
  return concat(nonce, new Uint8Array(cipher.update(plaintext)), new Uint8Array(cipher.final()), new Uint8Array(cipher.getAuthTag()));
}

