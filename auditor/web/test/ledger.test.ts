import assert from "node:assert/strict";
import { test } from "node:test";
import { base64, base64url, concat, hex, utf8 } from "../src/bytes.js";
import { encodeCanonical } from "../src/json.js";
import { moveTo, verifyCheckpoint, verifyEvidence, verifyReceipt } from "../src/ledger/checkpoint.js";
import { parseVerifierKey } from "../src/ledger/note.js";
import { parsePolicy } from "../src/ledger/policy.js";
import { consistencyHolds, inclusionHolds, leafHash, Tree } from "../src/ledger/tree.js";
import { ORIGIN } from "./doubles/election.js";
import { LOG_KEY, POLICY, signHead, testConsistency, TestLog, TestNoteKey, testPath, testRoot, WITNESSES } from "./doubles/log.js";
import { testBytes } from "./doubles/parties.js";
import { refused } from "./doubles/refusal.js";

const hashes = Array.from({ length: 33 }, (_, i) => leafHash(utf8(`leaf ${i}`)));
const head = (size: number) => ({ origin: ORIGIN, root: size === 0 ? new Tree().root() : testRoot(hashes.slice(0, size)), size });

test("the tree is RFC 6962's", () => {
  const tree = new Tree();
  assert.equal(hex(tree.root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  for (const [i, hash] of hashes.entries()) {
    tree.push(hash);
    assert.deepEqual(tree.root(), testRoot(hashes.slice(0, i + 1)));
  }
});

test("inclusion proofs of every leaf of every tree, and of no other", () => {
  for (let size = 1; size <= hashes.length; size++) {
    const { root } = head(size);
    for (let index = 0; index < size; index++) {
      const path = testPath(index, hashes.slice(0, size));
      const leaf = hashes[index] as Uint8Array;
      assert.ok(inclusionHolds(index, size, leaf, path, root));
      assert.ok(!inclusionHolds(index, size, leaf, [...path, leaf], root));
      assert.ok(!inclusionHolds(index, size, testBytes("other"), path, root));
      if (path.length > 0) assert.ok(!inclusionHolds(index, size, leaf, path.slice(0, -1), root));
      if (size > 1) assert.ok(!inclusionHolds((index + 1) % size, size, leaf, path, root));
    }
    assert.ok(!inclusionHolds(size, size, hashes[0] as Uint8Array, [], root));
  }
});

test("consistency proofs between all trees, and no other", () => {
  for (let to = 1; to <= hashes.length; to++) {
    for (let from = 0; from <= to; from++) {
      const proof = from === 0 ? [] : testConsistency(from, hashes.slice(0, to));
      assert.ok(consistencyHolds(head(from), head(to), proof), `${from} to ${to}`);
      assert.ok(!consistencyHolds(head(from), head(to), [...proof, testBytes("more")]));
      if (proof.length > 0) assert.ok(!consistencyHolds(head(from), head(to), proof.slice(0, -1)));
      assert.ok(!consistencyHolds({ ...head(from), root: testBytes("root") }, head(to), proof));
      if (from > 0) assert.ok(!consistencyHolds(head(from), { ...head(to), root: testBytes("root") }, proof));
      if (from < to) assert.ok(!consistencyHolds(head(to), head(from), proof));
    }
  }
});

const policy = parsePolicy(POLICY);
const signed = signHead(head(5), 1_700_000_000);

test("a checkpoint under its policy", () => {
  const checkpoint = verifyCheckpoint(utf8(signed), policy);
  assert.equal(checkpoint.size, 5);
  assert.equal(checkpoint.time, 1_700_000_000);
  assert.equal(verifyCheckpoint(utf8(signHead(head(5), 5, WITNESSES.slice(1))), policy).time, 5);
  const stranger = new TestNoteKey("stranger.example", "cosigner");
  assert.ok(verifyCheckpoint(utf8(signed + stranger.line("something else", 1n)), policy));
});

test("checkpoints that are refused", () => {
  const text = signed.slice(0, signed.indexOf("\n\n") + 1);
  const cosigned = WITNESSES.map((witness) => witness.line(text, 7n)).join("");
  const impostor = new TestNoteKey(ORIGIN, "log", "impostor");
  const withText = (changed: string): string => `${changed}\n${LOG_KEY.line(changed)}${WITNESSES.map((witness) => witness.line(changed, 7n)).join("")}`;
  const wrong = [
    "", text, signed.slice(0, -1), `${signed}\n`, signed.replace("\n5\n", "\n6\n"), signed.replace("— w1", "- w1"), signed.replaceAll("— ", "—  "),
    signHead(head(5), 7, WITNESSES.slice(2)), `${text}\n${cosigned}`, `${text}\n${impostor.line(text)}${cosigned}`,
    withText(`${text}extension\n`), withText(text.replace("\n5\n", "\n05\n")), withText(text.replace("\n5\n", "\n-5\n")), withText(text.replace("\n5\n", "\n\n5\n")),
    withText(text.replace(ORIGIN, "other.example")), withText(`${ORIGIN}\n5\n${base64(new Uint8Array(31))}\n`), withText(`${ORIGIN}\n5\n`),
    `${text}\n${LOG_KEY.line(text)}${WITNESSES[0]?.line(text, 7n) ?? ""}${WITNESSES[1]?.line("other", 7n) ?? ""}${WITNESSES[2]?.line(text, 7n) ?? ""}`,
    `${text}\n${LOG_KEY.line(text)}${cosigned}`.replace("\n5\n", "\n5\r\n"),
    `${text}\n${LOG_KEY.line(text).repeat(62)}${cosigned}`,
  ];
  for (const [i, note] of wrong.entries()) refused("checkpoint", () => verifyCheckpoint(utf8(note), policy), i);
  refused("checkpoint", () => verifyCheckpoint(concat(Uint8Array.of(0xff), utf8(signed)), policy));
  refused("checkpoint", () => verifyCheckpoint(utf8(signed + "x".repeat(70_000)), policy));
});

test("a cosignature made for another time", () => {
  const line = WITNESSES[0]?.line(signed.slice(0, signed.indexOf("\n\n") + 1), 7n) ?? "";
  const bytes = Buffer.from(line.split(" ")[2] ?? "", "base64");
  bytes[11] = 8;
  refused("checkpoint", () => verifyCheckpoint(utf8(`${signed}— w1.example ${bytes.toString("base64")}\n`), policy));
});

const [w0, w1] = WITNESSES as [TestNoteKey, TestNoteKey];

test("policies", () => {
  assert.equal(parsePolicy(`# a comment\n\n log\t${LOG_KEY.vkey} https://log.example \nquorum none\n`).quorum, "none");
  const nested = parsePolicy(`log ${LOG_KEY.vkey}\nwitness a ${w0.vkey}\nwitness b ${w1.vkey}\ngroup g any a b\ngroup h all g\nquorum h\n`);
  assert.ok(verifyCheckpoint(utf8(signHead(head(5), 7, [w1])), nested));
  refused("checkpoint", () => verifyCheckpoint(utf8(signHead(head(5), 7, [])), nested));
  const wrong = [
    "", "quorum none", "quorum none\nquorum none\n", `log ${w0.vkey}\nquorum none\n`, `witness a ${LOG_KEY.vkey}\nquorum a\n`, "quorum a\n",
    `log ${LOG_KEY.vkey}\nlog ${LOG_KEY.vkey}\nquorum none\n`, `witness a ${w0.vkey}\nwitness b ${w0.vkey}\nquorum a\n`,
    `witness a ${w0.vkey}\nwitness a ${w1.vkey}\nquorum a\n`, `witness none ${w0.vkey}\nquorum none\n`, `witness a ${w0.vkey}\ngroup g 2 a\nquorum g\n`,
    `witness a ${w0.vkey}\ngroup g 0 a\nquorum g\n`, `witness a ${w0.vkey}\ngroup g 01 a\nquorum g\n`, `witness a ${w0.vkey}\ngroup g any\nquorum g\n`,
    `witness a ${w0.vkey}\ngroup g any a\ngroup h any a\nquorum h\n`, `witness a ${w0.vkey}\ngroup g any a a\nquorum g\n`,
    `group g any a\nwitness a ${w0.vkey}\nquorum g\n`, "trust everybody\nquorum none\n", "quorum none more\n", "quorum none\u0000\n", "quorum none\r\n",
    `log ${LOG_KEY.vkey} url more\nquorum none\n`, `witness a ${w0.vkey}\ngroup none any a\nquorum none\n`,
  ];
  for (const text of wrong) refused("malformed", () => parsePolicy(text), text);
});

test("verifier keys", () => {
  assert.deepEqual(parseVerifierKey(LOG_KEY.vkey), LOG_KEY.key);
  // From C2SP signed-note.
  assert.equal(parseVerifierKey("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k").name, "example.com/foo");
  const [name, id, key] = LOG_KEY.vkey.split("+") as [string, string, string];
  const weak = concat(Uint8Array.of(1, 1), new Uint8Array(31));
  for (const text of [
    "", `${name}+${key}`, `${name}+00000000+${key}`, `${name}+${id.toUpperCase()}x+${key}`, `other+${id}+${key}`, `+${id}+${key}`, `${name}+${id}+${key}AA`,
    `a b+${id}+${key}`, `${name}+${id}+${base64(weak)}`,
  ]) refused("malformed", () => parseVerifierKey(text), text);
});

const log = new TestLog();
for (let i = 0; i < 11; i++) log.add(1000 + i, utf8(`entry ${i}`));

test("receipts of every entry", () => {
  for (let i = 0; i < 11; i++) {
    const { index, minute } = verifyReceipt(utf8(log.receipt(i)), utf8(`entry ${i}`), policy);
    assert.deepEqual([index, minute], [i, 1000 + i]);
  }
});

test("receipts that are refused", () => {
  const good = log.receipt(4);
  const entry = utf8("entry 4");
  const lines = good.split("\n");
  const receipt = (change: (copy: string[]) => void): Uint8Array => {
    const copy = [...lines];
    change(copy);
    return utf8(copy.join("\n"));
  };
  refused("proof", () => verifyReceipt(utf8(good), utf8("entry 5"), policy));
  refused("proof", () => verifyReceipt(receipt((copy) => (copy[1] = (log.receipt(5).split("\n")[1] ?? ""))), entry, policy));
  refused("proof", () => verifyReceipt(receipt((copy) => (copy[2] = "index 5")), entry, policy));
  refused("proof", () => verifyReceipt(receipt((copy) => (copy[2] = "index 11")), entry, policy));
  refused("proof", () => verifyReceipt(receipt((copy) => copy.splice(3, 1)), entry, policy));
  refused("proof", () => verifyReceipt(receipt((copy) => copy.splice(3, 0, copy[3] ?? "")), entry, policy));
  refused("checkpoint", () => verifyReceipt(utf8(good.replace("\n11\n", "\n12\n")), entry, policy));
  refused("checkpoint", () => verifyReceipt(utf8(good.slice(0, -1)), entry, policy));
  for (const change of [
    (copy: string[]) => copy.shift(), (copy: string[]) => copy.splice(1, 1), (copy: string[]) => (copy[2] = "index 04"), (copy: string[]) => (copy[2] = "index -1"),
    (copy: string[]) => (copy[1] = "extra AAAA"), (copy: string[]) => (copy[3] = "AAAA"), (copy: string[]) => (copy[0] = "c2sp.org/tlog-proof@v2"),
    (copy: string[]) => copy.splice(3, 0, ...Array.from({ length: 65 }, () => copy[3] ?? "")), (copy: string[]) => copy.splice(0, copy.length),
  ]) refused("malformed", () => verifyReceipt(receipt((copy) => void change(copy)), entry, policy));
});

test("moving from one checkpoint to the next", () => {
  const at = (size: number) => verifyCheckpoint(utf8(signHead(head(size), 7)), policy);
  assert.equal(moveTo(at(5), at(9), testConsistency(5, hashes.slice(0, 9))), "consistent");
  assert.equal(moveTo(at(5), at(9), []), "not-consistent");
  assert.equal(moveTo(at(5), verifyCheckpoint(utf8(signHead({ ...head(5), root: testBytes("r") }, 7)), policy), []), "split-view");
});

test("evidence", () => {
  const other = signHead({ ...head(5), root: testBytes("another root") }, 9);
  const evidence = (first: string, second: string, misbehaviour: string, proof: readonly Uint8Array[] = []): Uint8Array =>
    encodeCanonical({ first, misbehaviour, proof: proof.map(base64url), second });
  assert.equal(verifyEvidence(evidence(signed, other, "split-view"), policy), "split-view");
  const later = signHead(head(9), 9);
  assert.equal(verifyEvidence(evidence(signed, later, "not-consistent", [testBytes("x")]), policy), "not-consistent");
  refused("no_contradiction", () => verifyEvidence(evidence(signed, signed, "split-view"), policy));
  refused("no_contradiction", () => verifyEvidence(evidence(signed, later, "split-view"), policy));
  refused("no_contradiction", () => verifyEvidence(evidence(signed, later, "not-consistent", testConsistency(5, hashes.slice(0, 9))), policy));
  refused("checkpoint", () => verifyEvidence(evidence(signed, other.replace("\n5\n", "\n6\n"), "split-view"), policy));
  refused("malformed", () => verifyEvidence(evidence(signed, other, "split-view", [testBytes("x")]), policy));
  refused("malformed", () => verifyEvidence(evidence(signed, other, "rumour"), policy));
  refused("malformed", () => verifyEvidence(utf8("{}"), policy));
  const key = new TestNoteKey("second.example", "log");
  const text = `second.example\n5\n${base64(testBytes("r"))}\n`;
  const both = parsePolicy(`log ${LOG_KEY.vkey}\nlog ${key.vkey}\nquorum none\n`);
  refused("other_log", () => verifyEvidence(evidence(signed, `${text}\n${key.line(text)}`, "split-view"), both));
});
