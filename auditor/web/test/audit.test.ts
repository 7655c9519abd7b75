import assert from "node:assert/strict";
import { test } from "node:test";
import { reportJson, verifyLog } from "../src/audit.js";
import { concat, utf8 } from "../src/bytes.js";
import { encodeCanonical } from "../src/json.js";
import { CLOSES, OPENS } from "./doubles/election.js";
import { POLICY, signHead, type TestLog, WITNESSES } from "./doubles/log.js";
import { cast, mayor, RESULT, TestStory } from "./doubles/story.js";

const told = new TestStory().tallied();
const whole = told.log.export();

async function codes(bytes: Uint8Array): Promise<string[]> {
  return [...new Set((await verifyLog(bytes, POLICY)).findings.map(({ code }) => code))].sort();
}

/** The log with other leaves and a head that is signed over them: a log that lies consistently. */
function lying(change: (leaves: TestLog["leaves"]) => void): Uint8Array {
  const story = new TestStory(told.parties);
  story.log.leaves.push(...told.log.leaves.map((leaf) => ({ ...leaf })));
  change(story.log.leaves);
  return story.log.export();
}

test("a whole election is audited without a finding", async () => {
  const seen: number[] = [];
  const report = await verifyLog(whole, POLICY, ({ done, size }) => {
    assert.equal(size, told.log.leaves.length);
    seen.push(done);
  });
  assert.deepEqual(report.findings, []);
  const [election] = report.elections;
  assert.equal(election?.phase, "tallied");
  assert.deepEqual(election?.contests, RESULT);
  assert.deepEqual([election?.ballots, election?.counted], [6, 5]);
  const counts = election?.eligibility.styles.map(({ issuers, unused }) => [unused, ...issuers.map(({ issued, used }) => [issued?.issued, used])]);
  assert.deepEqual(counts, [[2, [5, 3], [5, 3]], [0, [2, 2], [2, 2]]]);
  assert.deepEqual([election?.eligibility.tolerated, election?.eligibility.unused], [1, 2]);
  assert.equal(reportJson(report)["ok"], true);
});

test("a file that is no export", async () => {
  for (const bytes of [new Uint8Array(0), utf8("kodanik-log-export/v2\n"), whole.subarray(0, 24), whole.subarray(0, 100), whole.subarray(1)]) {
    assert.deepEqual(await codes(bytes), ["export"]);
  }
});

test("a policy that is none, and one that knows another log", async () => {
  await assert.rejects(verifyLog(whole, "nonsense"));
  const other = POLICY.replaceAll("log.example", "another.example");
  await assert.rejects(verifyLog(whole, other), /the key id is not the key's/);
});

test("a head that too few have cosigned", async () => {
  const one = WITNESSES.slice(0, 1);
  assert.deepEqual(await codes(told.log.export(signHead(told.log.head(), CLOSES * 60, one))), ["checkpoint"]);
});

test("entries missing at the end, and more than there should be", async () => {
  const last = told.log.leaves.at(-1)?.entry.length ?? 0;
  assert.deepEqual(await codes(whole.subarray(0, whole.length - last - 42)), ["incomplete", "other_hash_list", "other_root"]);
  assert.deepEqual(await codes(whole.subarray(0, whole.length - 1)), ["incomplete", "other_hash_list", "other_root"]);
  assert.deepEqual(await codes(concat(whole, Uint8Array.of(0))), ["trailing_data"]);
});

test("one byte changed in one leaf", async () => {
  const at = whole.length - 5;
  assert.deepEqual(await codes(whole.map((byte, i) => (i === at ? byte ^ 1 : byte))), ["malformed", "other_leaf", "other_root"]);
});

test("a listed hash that is not the leaf's", async () => {
  const length = (told.log.leaves.at(-1)?.entry.length ?? 0) + 8;
  const at = whole.length - length - 2 - 32;
  assert.deepEqual(await codes(whole.map((byte, i) => (i === at ? byte ^ 1 : byte))), ["other_hash_list", "other_leaf"]);
});

test("a head signed over other leaves", async () => {
  const shorter = new TestStory(told.parties).announced().log;
  const longer = new TestStory(told.parties).announced().log.add(OPENS, told.parties.commit(told.parties.trustees[0] as never));
  assert.deepEqual(await codes(shorter.export(signHead({ ...longer.head(), size: 2 }, OPENS * 60))), ["other_hash_list", "other_root"]);
});

test("a log that logged what the contract refuses", async () => {
  const ballot = encodeCanonical(cast(told.parties.ballot("late", [mayor("park")])));
  const report = await verifyLog(lying((leaves) => leaves.splice(-1, 0, { entry: ballot, minute: CLOSES + 3 })), POLICY);
  assert.deepEqual(report.findings.map(({ code, index }) => [code, index]), [["not_open", told.log.leaves.length - 1]]);
  assert.equal(report.elections[0]?.phase, "tallied");
});

test("a log that dropped a ballot", async () => {
  const found = await codes(lying((leaves) => leaves.splice(15, 1)));
  assert.ok(found.includes("bad_close"), found.join());
});

test("an entry from the future", async () => {
  const head = told.log.head();
  const last = told.log.leaves.at(-1)?.minute ?? 0;
  assert.deepEqual(await codes(told.log.export(signHead(head, last * 60 - 120))), []);
  assert.deepEqual(await codes(told.log.export(signHead(head, last * 60 - 121))), ["from_the_future"]);
});
