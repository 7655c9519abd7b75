import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { POLICY } from "./doubles/log.js";
import { TestStory } from "./doubles/story.js";

const CLI = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "kodanik-verifier-"));
after(() => rmSync(folder, { recursive: true }));

const log = new TestStory().tallied().log.export();
const file = (name: string, content: Uint8Array | string): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const good = file("good.log", log);
const bad = file("bad.log", log.map((byte, i) => (i === log.length - 5 ? byte ^ 1 : byte)));
const policy = file("ledger.policy", POLICY);

function run(...args: string[]): { code: number | null; err: string; out: string } {
  const { status, stderr, stdout } = spawnSync(process.execPath, [CLI, ...args], { encoding: "utf8" });
  return { code: status, err: stderr, out: stdout };
}

test("a log that is as it should be: 0", () => {
  const { code, out } = run("audit", good, "--policy", policy);
  assert.equal(code, 0);
  for (const text of ["Nothing is wrong", "City election", "tallied", "Mayor: 5 ballots", "6, of which 5 count"]) assert.ok(out.includes(text), text);
});

test("a log that is not: 1, and the entry is named", () => {
  const { code, out } = run("audit", bad, "--policy", policy);
  assert.equal(code, 1);
  assert.match(out, /entry \d+: other_leaf/);
  const report = JSON.parse(run("audit", bad, "--policy", policy, "--json").out) as { findings: { code: string }[]; ok: boolean };
  assert.equal(report.ok, false);
  assert.deepEqual(report.findings.map(({ code: found }) => found).sort(), ["malformed", "other_leaf", "other_root"]);
});

test("an issuer's list that is none of this log: 1", () => {
  const { code, out } = run("audit", good, "--policy", policy, "--issuer-list", file("list.json", "{}"));
  assert.equal(code, 1);
  assert.ok(out.includes("other_issuer_list"));
});

test("what cannot be looked at: 2", () => {
  for (const args of [[], ["audit"], ["audit", good], ["audit", good, "more", "--policy", policy], ["look", good, "--policy", policy], ["audit", good, "--policy", policy, "--quick"]]) {
    const { code, err } = run(...args);
    assert.equal(code, 2);
    assert.ok(err.includes("dist/cli.js audit FILE"));
  }
  assert.equal(run("audit", join(folder, "none"), "--policy", policy).code, 2);
  const { code, err } = run("audit", good, "--policy", file("wrong.policy", "trust everybody\n"));
  assert.equal(code, 2);
  assert.ok(err.includes("the policy is none"));
});
