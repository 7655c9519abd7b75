import assert from "node:assert/strict";
import { test } from "node:test";
import { base64url, concat } from "../src/bytes.js";
import { makeElection, parseElectionKey } from "../src/election.js";
import { encodePoint, timesG } from "../src/group.js";
import { encodeCanonical, type Json } from "../src/json.js";
import { parseManifest } from "../src/manifest.js";
import { type EntryJson, TestElection } from "./doubles/election.js";
import { refused } from "./doubles/refusal.js";

const parties = new TestElection();

type Path = readonly (string | number)[];

/** A copy of the manifest in which what is at `path` is `value`; undefined: it is not there. */
function changed(path: Path, value: Json | undefined): EntryJson {
  const copy = structuredClone(parties.manifestJson) as EntryJson;
  let place = copy as { [member: string | number]: Json };
  for (const step of path.slice(0, -1)) place = place[step] as unknown as { [member: string | number]: Json };
  const last = path[path.length - 1] ?? "";
  if (value === undefined) delete place[last];
  else place[last] = value;
  return copy;
}

const at = (path: Path): Json => path.reduce((value: Json, step) => (value as { [member: string | number]: Json })[step] as Json, parties.manifestJson);
const options = (count: number): Json => Array.from({ length: count }, (_, i) => ({ cost: 0, id: `o${i}`, title: "o" }));
const issuers = (count: number, required: number): Json => {
  const members = at(["issuers", "members"]) as readonly Json[];
  return { members: Array.from({ length: count }, (_, i) => ({ ...(members[i % 2] as EntryJson), id: `i${i}` })), required };
};

const FAULTS: readonly (readonly [string, Path, Json | undefined])[] = [
  ["suite", ["suite"], "KODANIK-V2-P256"],
  ["suite", ["suite"], "kodanik-v1-p256"],
  ["encoding", ["suite"], undefined],
  ["encoding", ["extra"], 1],
  ["encoding", ["title"], undefined],
  ["encoding", ["kind"], "rehearsal"],
  ["encoding", ["opens"], "soon"],
  ["encoding", ["opens"], -1],
  ["encoding", ["contests", 0, "options", 0, "extra"], 1],
  ["encoding", ["contests", 0, "method"], "approval"],
  ["method_ranked", ["contests", 0, "method"], "ranked"],
  ["method_write_in", ["contests", 0, "method"], "write-in"],
  ["check_policy", ["check", "minutes"], 0],
  ["check_policy", ["check", "minutes"], 1441],
  ["check_policy", ["check", "tests"], 11],
  ["check_policy", ["check", "tries"], 11],
  ["times", ["closes"], at(["opens"])],
  ["times", ["closes"], 2 ** 40 + 1],
  ["min_cell", ["min_cell"], 1],
  ["min_cell", ["min_cell"], 0],
  ["text", ["title"], ""],
  ["text", ["title"], "a\u0007"],
  ["text", ["title"], "a\u0085"],
  ["text", ["log"], "x".repeat(501)],
  ["text", ["title"], "ü".repeat(251)],
  ["id", ["election"], ""],
  ["id", ["election"], "City"],
  ["id", ["election"], "x".repeat(64)],
  ["id", ["contests", 0, "options", 0, "id"], "a_b"],
  ["contests", ["contests"], []],
  ["contests", ["contests", 0, "options"], []],
  ["contests", ["contests", 0, "options"], options(150)],
  ["duplicate", ["contests", 1, "id"], "mayor"],
  ["duplicate", ["contests", 0, "options", 1, "id"], "park"],
  ["duplicate", ["styles", 1, "id"], "full"],
  ["selection_bounds", ["contests", 0, "max"], 0],
  ["selection_bounds", ["contests", 0, "max"], 4],
  ["selection_bounds", ["contests", 0, "min"], 2],
  ["budget", ["contests", 0, "budget"], 1],
  ["budget", ["contests", 0, "options", 0, "cost"], 1],
  ["budget", ["contests", 2, "budget"], 0],
  ["budget", ["contests", 2, "budget"], 2 ** 32],
  ["budget", ["contests", 2, "options", 0, "cost"], 0],
  ["budget", ["contests", 2, "options", 0, "cost"], 11],
  ["styles", ["styles", 0, "contests"], ["mayor", "board"]],
  ["styles", ["styles", 1, "contests"], []],
  ["styles", ["styles", 1, "contests"], ["mayor", "mayor"]],
  ["styles", ["styles", 1, "contests"], ["nobody"]],
  ["style_size", ["contests", 0, "options"], options(145)],
  ["issuer_quorum", ["issuers", "required"], 1],
  ["issuer_quorum", ["issuers", "required"], 0],
  ["issuer_quorum", ["issuers", "required"], 3],
  ["issuer_quorum", ["issuers"], issuers(3, 2)],
  ["issuer_quorum", ["issuers"], issuers(10, 10)],
  ["issuer_quorum", ["issuers"], issuers(0, 0)],
  ["duplicate", ["issuers", "members", 1, "id"], "issuer-0"],
  ["duplicate", ["issuers", "members", 1, "signing_key"], at(["issuers", "members", 0, "signing_key"])],
  ["duplicate", ["issuers", "members", 1, "keys", 0, "spki"], at(["issuers", "members", 0, "keys", 0, "spki"])],
  ["issuer_keys", ["issuers", "members", 0, "keys"], [at(["issuers", "members", 0, "keys", 0])]],
  ["issuer_keys", ["issuers", "members", 0, "keys", 0, "style"], "small"],
  ["issuer_keys", ["issuers", "members", 0, "keys", 0, "spki"], base64url(new Uint8Array(422))],
  ["issuer_url", ["issuers", "members", 0, "url"], "ftp://issuer.example"],
  ["issuer_url", ["issuers", "members", 0, "url"], "https://issuer.example/ü"],
  ["issuer_url", ["issuers", "members", 0, "url"], `https://${"x".repeat(500)}`],
  ["encoding", ["issuers", "members", 0, "signing_key"], base64url(new Uint8Array(33))],
  ["encoding", ["trustees", "members", 0, "sealing_key"], base64url(concat(Uint8Array.of(4), new Uint8Array(64)))],
  ["trustee_threshold", ["trustees", "threshold"], 1],
  ["trustee_threshold", ["trustees", "threshold"], 4],
  ["duplicate", ["trustees", "members", 0, "sealing_key"], at(["trustees", "members", 0, "signing_key"])],
  ["duplicate", ["trustees", "members", 0, "sealing_key"], at(["trustees", "members", 1, "signing_key"])],
];

test("a manifest that keeps every rule", () => {
  const manifest = parseManifest(encodeCanonical(parties.manifestJson));
  assert.equal(manifest.contests.length, 3);
  assert.equal(manifest.hash.length, 32);
});

for (const [code, path, value] of FAULTS) {
  test(`manifest: ${path.join(".")} = ${JSON.stringify(value)?.slice(0, 40) ?? "nothing"} is ${code}`, () => {
    refused(code, () => parseManifest(encodeCanonical(changed(path, value))));
  });
}

test("a manifest of more than 64,000 bytes", () => {
  refused("too_large", () => parseManifest(encodeCanonical(changed(["title"], "x".repeat(64_000)))));
});

test("white space in a manifest", () => {
  refused("encoding", () => parseManifest(new TextEncoder().encode(` ${new TextDecoder().decode(encodeCanonical(parties.manifestJson))}`)));
});

test("manifest and key make an election only if they fit", () => {
  const { joint, manifest, shares } = parties.election;
  assert.equal(makeElection(manifest, { joint, shares }).id.length, 32);
  refused("inconsistent", () => makeElection(manifest, { joint: joint.double(), shares }));
  refused("inconsistent", () => makeElection(manifest, { joint, shares: [...shares.slice(0, 2), timesG(1n)] }));
  refused("inconsistent", () => makeElection(manifest, { joint, shares: [...shares].reverse() }));
  refused("share_count", () => makeElection(manifest, { joint, shares: shares.slice(1) }));
});

test("an election's key as text", () => {
  const { joint, shares } = parties.election;
  const json = (change: EntryJson): Uint8Array => encodeCanonical({
    joint: base64url(encodePoint(joint)), shares: shares.map((share) => base64url(encodePoint(share))), ...change,
  });
  assert.ok(parseElectionKey(json({})).joint.equals(joint));
  for (const change of [{ extra: 1 }, { joint: "" }, { joint: base64url(new Uint8Array(33)) }, { shares: "x" }, { shares: [""] }]) {
    refused("malformed_key", () => parseElectionKey(json(change)));
  }
});
