import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { constants, createHmac, randomBytes, sign } from "node:crypto";
import { test } from "node:test";
import { ed25519 } from "@noble/curves/ed25519.js";
import { openSealed } from "../src/aes.js";
import { base64, base64url, bigToBytes, bytesToBig, concat, fromBase64, fromBase64url, hex, u32be, u64be, utf8 } from "../src/bytes.js";
import { verifyEs256 } from "../src/es256.js";
import { frame, hashToField, hkdf } from "../src/framing.js";
import { encodePoint, G, IDENTITY, ORDER, parsePoint, parseScalar, sumOfProducts, timesG, timesVartime } from "../src/group.js";
import { encodeCanonical, type Json, parseCanonical } from "../src/json.js";
import { verifyEd25519 } from "../src/ledger/note.js";
import { parseSpki, verifyRsa } from "../src/rsa.js";
import { testSeal } from "./doubles/election.js";
import { makeRsaKey, testBytes, TestKey, testScalar } from "./doubles/parties.js";
import { refused } from "./doubles/refusal.js";

test("base64url has one text per value", () => {
  for (let length = 0; length < 40; length++) {
    const bytes = new Uint8Array(randomBytes(length));
    assert.equal(base64url(bytes), Buffer.from(bytes).toString("base64url"));
    assert.equal(base64(bytes), Buffer.from(bytes).toString("base64"));
    assert.deepEqual(fromBase64url(base64url(bytes)), bytes);
    assert.deepEqual(fromBase64(base64(bytes)), bytes);
  }
  for (const text of ["A", "AB", "AAB", "AA==", "A A", "+A", "/A", "AA\n", "Ä"]) refused("malformed", () => fromBase64url(text));
  for (const text of ["AA", "AB==", "AA=", "=", "====", "_w==", "AA==AA=="]) refused("malformed", () => fromBase64(text));
});

test("a frame is label and fields behind their lengths", () => {
  assert.equal(hex(frame("AB", Uint8Array.of(1), "")), "000000024142" + "0000000101" + "00000000");
  assert.equal(hex(u64be(258)), "0000000000000102");
  assert.equal(hex(u32be(258)), "00000102");
});

test("HKDF is RFC 5869's", () => {
  const extracted = createHmac("sha256", Buffer.alloc(32)).update("ikm").digest();
  const expanded = createHmac("sha256", extracted).update(Buffer.concat([frame("label", "x"), Buffer.of(1)])).digest();
  assert.equal(hex(hkdf(utf8("ikm"), new Uint8Array(0), 32, "label", "x")), expanded.toString("hex"));
});

test("hash_to_field is below the order and depends on the DST", () => {
  const one = hashToField(utf8("m"), "DST one");
  assert.ok(one < ORDER);
  assert.notEqual(one, hashToField(utf8("m"), "DST two"));
});

test("canonical JSON has one form", () => {
  const value: Json = { a: [1, -2, 0], b: { "": "ü\n\u0001\"" }, c: null, d: true };
  assert.deepEqual(parseCanonical(encodeCanonical(value), 1000), value);
  const wrong = [
    '{"b":1,"a":1}', '{"a":1,"a":1}', '{"a": 1}', "1.0", "1e3", "-0", "01", "1.5", "9007199254740992", "1e400", '"\\u0041"', '"\\/"', '"\\ud800"',
    " 1", "1 ", '{"ä":1}', "", "nul", "[1,]", "\ufeff1", '{"a":1}x', "[".repeat(100) + "]".repeat(100),
  ];
  for (const text of wrong) refused("malformed", () => parseCanonical(utf8(text), 1000));
  refused("malformed", () => parseCanonical(Uint8Array.of(0x22, 0xff, 0x22), 1000));
  refused("too_large", () => parseCanonical(utf8("[1,2]"), 4));
  assert.deepEqual(Object.keys(parseCanonical(utf8('{"__proto__":1}'), 100) as object), ["__proto__"]);
});

test("a point has one encoding", () => {
  const good = encodePoint(timesG(5n));
  assert.ok(parsePoint(good).equals(timesG(5n)));
  const tagged = (tag: number): Uint8Array => concat(Uint8Array.of(tag), good.subarray(1));
  for (const tag of [0, 1, 4, 5, 6, 7, 0x82]) refused("encoding", () => parsePoint(tagged(tag)));
  refused("encoding", () => parsePoint(new Uint8Array(33)));
  refused("encoding", () => parsePoint(new Uint8Array(1)));
  refused("encoding", () => parsePoint(good.subarray(1)));
  refused("encoding", () => parsePoint(concat(good, Uint8Array.of(0))));
  refused("encoding", () => parsePoint(timesG(5n).toBytes(false)));
  const p = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
  // x = 5 is of a point, so p + 5, which fits 32 bytes, would be its second name.
  assert.ok(parsePoint(concat(Uint8Array.of(2), bigToBytes(5n, 32))));
  refused("encoding", () => parsePoint(concat(Uint8Array.of(2), bigToBytes(p + 5n, 32))));
  refused("encoding", () => parsePoint(concat(Uint8Array.of(2), bigToBytes(p, 32))));
  refused("encoding", () => parsePoint(concat(Uint8Array.of(2), new Uint8Array(32).fill(255))));
  let off = 0n;
  for (let x = 1n; x < 20n; x++) {
    try {
      parsePoint(concat(Uint8Array.of(2), bigToBytes(x, 32)));
    } catch {
      off = x;
    }
  }
  assert.notEqual(off, 0n);
});

test("a scalar is below the order", () => {
  assert.equal(parseScalar(bigToBytes(ORDER - 1n, 32)), ORDER - 1n);
  assert.equal(parseScalar(new Uint8Array(32)), 0n);
  for (const bytes of [bigToBytes(ORDER, 32), bigToBytes(2n ** 256n - 1n, 32), new Uint8Array(31), new Uint8Array(33)]) {
    refused("encoding", () => parseScalar(bytes));
  }
});

test("sums of products are the products' sums", () => {
  for (const length of [0, 1, 2, 15, 16, 40, 200]) {
    const points = Array.from({ length }, (_, i) => timesG(testScalar(`p${i}`)));
    const scalars = points.map((_, i) => [0n, 1n, ORDER - 1n, testScalar(`s${i}`), BigInt(i), 2n ** 128n - 1n][i % 6] as bigint);
    const expected = points.reduce((sum, point, i) => sum.add(timesVartime(point, scalars[i] as bigint)), IDENTITY);
    assert.ok(sumOfProducts(points, scalars).equals(expected), `${length} points`);
  }
  // Points that meet in a bucket: the same one, its opposite, the identity.
  const twins = [G, G, G.negate(), IDENTITY, ...Array.from({ length: 60 }, () => G)];
  assert.ok(sumOfProducts(twins, twins.map(() => 7n)).equals(timesG(7n * 61n)));
});

test("ES256 takes low s alone", () => {
  const key = new TestKey("signer");
  const message = utf8("message");
  const signature = key.sign(message);
  assert.ok(verifyEs256(key.publicKey, message, signature));
  const changed = (at: number): Uint8Array => signature.map((byte, i) => (i === at ? byte ^ 1 : byte));
  const zero = new Uint8Array(32);
  const order = bigToBytes(ORDER, 32);
  const wrong = [
    key.signHighS(message), changed(0), changed(63), signature.subarray(1), concat(signature, Uint8Array.of(0)), concat(zero, signature.subarray(32)),
    concat(signature.subarray(0, 32), zero), concat(order, signature.subarray(32)), concat(signature.subarray(0, 32), order), new Uint8Array(64),
  ];
  for (const bytes of wrong) assert.ok(!verifyEs256(key.publicKey, message, bytes));
  assert.ok(!verifyEs256(new TestKey("other").publicKey, message, signature));
  assert.ok(!verifyEs256(key.publicKey, utf8("massage"), signature));
});

test("tokens are EMSA-PSS with SHA-384 and no salt, as Node makes them", () => {
  const { privateKey, spki } = makeRsaKey(3072);
  const key = parseSpki(spki);
  const message = utf8("token");
  const padding = constants.RSA_PKCS1_PSS_PADDING;
  const signature = new Uint8Array(sign("sha384", message, { key: privateKey, padding, saltLength: 0 }));
  assert.ok(verifyRsa(key, message, signature));
  assert.ok(!verifyRsa(key, utf8("taken"), signature));
  assert.ok(!verifyRsa(key, message, new Uint8Array(sign("sha384", message, { key: privateKey, padding, saltLength: 48 }))));
  assert.ok(!verifyRsa(key, message, new Uint8Array(sign("sha256", message, { key: privateKey, padding, saltLength: 0 }))));
  assert.ok(!verifyRsa(key, message, signature.map((byte, i) => (i === 383 ? byte ^ 1 : byte))));
  assert.ok(!verifyRsa(key, message, signature.subarray(1)));
  const above = bytesToBig(signature) + key.modulus;
  if (above < 2n ** 3072n) assert.ok(!verifyRsa(key, message, bigToBytes(above, 384)));
  for (const at of [0, 1, 5, 20, 24, 32, 417, 421]) refused("issuer_keys", () => parseSpki(spki.map((byte, i) => (i === at ? byte ^ 2 : byte))));
  refused("issuer_keys", () => parseSpki(spki.map((byte, i) => (i === 33 ? byte & 0x7f : byte))));
  refused("issuer_keys", () => parseSpki(spki.map((byte, i) => (i === 416 ? byte & 0xfe : byte))));
  refused("issuer_keys", () => parseSpki(concat(spki, Uint8Array.of(0))));
  refused("issuer_keys", () => parseSpki(makeRsaKey(2048).spki));
});

test("making and using RSA keys does not stop the process", () => {
  const script = `
    const { makeRsaKey } = await import(${JSON.stringify(new URL("doubles/parties.js", import.meta.url).href)});
    for (let key = 0; key < 40; key++) {
      const { privateKey } = makeRsaKey(1024);
      for (let use = 0; use < 300; use++) privateKey.export({ format: "jwk" });
    }`;
  // A small young generation, so that it is collected often.
  const options = ["--max-semi-space-size=1", "--input-type=module", "--eval", script];
  const { signal, status, stderr } = spawnSync(process.execPath, options, { encoding: "utf8", timeout: 60_000 });
  assert.equal(status, 0, `${signal ?? ""} ${stderr}`);
});

test("AES-256-GCM opens what Node sealed, and nothing else", () => {
  for (const length of [0, 1, 15, 16, 17, 32, 100]) {
    const [key, context, plaintext] = [testBytes("key"), testBytes("context").subarray(0, length % 32), new Uint8Array(randomBytes(length))];
    const sealed = testSeal(key, context, plaintext);
    assert.deepEqual(openSealed(key, context, sealed), plaintext);
    for (let at = 0; at < sealed.length; at++) {
      assert.equal(openSealed(key, context, sealed.map((byte, i) => (i === at ? byte ^ 0x10 : byte))), undefined);
    }
    assert.equal(openSealed(testBytes("other"), context, sealed), undefined);
    assert.equal(openSealed(key, testBytes("another context"), sealed), undefined);
    assert.equal(openSealed(key, context, sealed.subarray(0, 27)), undefined);
  }
});

test("Ed25519 is strict", () => {
  const seed = testBytes("seed");
  const key = ed25519.getPublicKey(seed);
  const message = utf8("message");
  const signature = ed25519.sign(message, seed);
  assert.ok(verifyEd25519(key, message, signature));
  assert.ok(!verifyEd25519(key, utf8("massage"), signature));
  assert.ok(!verifyEd25519(key, message, signature.subarray(1)));
  for (const at of [0, 31, 32, 63]) assert.ok(!verifyEd25519(key, message, signature.map((byte, i) => (i === at ? byte ^ 1 : byte))));
  const s = bytesToBig(signature.slice(32).reverse()) + ed25519.Point.Fn.ORDER;
  assert.ok(!verifyEd25519(key, message, concat(signature.subarray(0, 32), bigToBytes(s, 32).reverse())));
  // A key of small order: the signature with R = identity and s = 0 would verify for every message.
  const small = concat(Uint8Array.of(1), new Uint8Array(31));
  assert.ok(!verifyEd25519(small, message, concat(small, new Uint8Array(32))));
});
