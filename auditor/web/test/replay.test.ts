import assert from "node:assert/strict";
import { test } from "node:test";
import { reportJson, verifyLog } from "../src/audit.js";
import { RESULT, TestStory } from "./doubles/story.js";
import { POLICY } from "./doubles/log.js";

test("a whole election is audited without a finding", async () => {
  const story = new TestStory().tallied();
  const report = await verifyLog(story.log.export(), POLICY);
  assert.deepEqual(report.findings, []);
  const [election] = report.elections;
  assert.equal(election?.phase, "tallied");
  assert.deepEqual(election?.contests, RESULT);
  assert.equal(election?.ballots, 6);
  assert.equal(election?.counted, 5);
  assert.equal(reportJson(report)["ok"], true);
});
