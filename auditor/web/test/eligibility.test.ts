import assert from "node:assert/strict";
import { test } from "node:test";
import { base64url, utf8 } from "../src/bytes.js";
import { type Bearer, countEligibility, type Issued, parseIssuerLists, verifyIssuerList } from "../src/eligibility.js";
import { frame } from "../src/framing.js";
import type { Json } from "../src/json.js";
import { rootOf } from "../src/ledger/tree.js";
import { type EntryJson, TestElection } from "./doubles/election.js";
import { testBytes } from "./doubles/parties.js";
import { refused } from "./doubles/refusal.js";

const { manifest } = new TestElection();
/** The same manifest with other issuers: only their ids and number count here. */
const withIssuers = (count: number, required: number): typeof manifest => {
  const [member] = manifest.issuers.members as [(typeof manifest.issuers.members)[0]];
  return { ...manifest, issuers: { members: Array.from({ length: count }, (_, i) => ({ ...member, id: `i${i}` })), required }, styles: [{ contests: ["mayor"], id: "one" }] };
};
const bearers = (...sets: number[][]): Bearer[] => sets.map((issuers) => ({ issuers: new Set(issuers), style: "one" }));
const issued = (...numbers: (number | undefined)[]) => (issuer: string): Issued | undefined => {
  const number = numbers[Number(issuer.slice(1))];
  return number === undefined ? undefined : { issued: number, root: testBytes("root") };
};
const many = (count: number, set: number[]): number[][] => Array.from({ length: count }, () => set);

test("the numbers of three of four issuers", () => {
  const counts = countEligibility(withIssuers(4, 3), bearers([0, 1, 2], [0, 1, 2], [1, 2, 3]), issued(5, 5, 5, 1));
  assert.deepEqual([counts.required, counts.tolerated], [3, 1]);
  const [style] = counts.styles;
  assert.deepEqual(style?.issuers.map(({ used }) => used), [2, 3, 3, 1]);
  assert.deepEqual(style?.subsets, [{ issuers: ["i0", "i1", "i2"], pseudonyms: 2 }, { issuers: ["i1", "i2", "i3"], pseudonyms: 1 }]);
  // Left: 3, 2, 2, 0. k = 2: 2 + 2 + 2 + 0 = 6 >= 6; k = 3: 3 + 2 + 2 + 0 = 7 < 9.
  assert.equal(style?.unused, 2);
  assert.equal(counts.unused, 2);
});

test("what could still be stuffed is the least where all issuers are required", () => {
  assert.equal(countEligibility(withIssuers(3, 3), bearers([0, 1, 2]), issued(9, 4, 7)).unused, 3);
  assert.equal(countEligibility(withIssuers(3, 3), bearers([0, 1, 2]), issued(9, 4, undefined)).unused, undefined);
  assert.equal(countEligibility(withIssuers(1, 1), bearers(), issued(0)).unused, 0);
});

test("alarms", () => {
  const codes = (...args: Parameters<typeof countEligibility>): string[] => countEligibility(...args).styles.flatMap(({ alarms }) => alarms.map(({ code }) => code));
  const three = withIssuers(3, 3);
  assert.deepEqual(codes(three, bearers([0, 1, 2]), issued(1, 1, 1)), []);
  assert.deepEqual(codes(three, bearers([0, 1, 2]), issued()), []);
  assert.deepEqual(codes(three, bearers([0, 1, 2], [0, 1, 2]), issued(2, 1, 2)), ["more_pseudonyms_than_issued"]);
  // (3 * 10 - 20) / 2 = 5 people asked the first and not the others.
  assert.deepEqual(codes(three, bearers(), issued(10, 5, 5)), ["issued_differs"]);
  assert.deepEqual(codes(three, bearers(), issued(10, 7, 7)), []);
  assert.deepEqual(codes(three, bearers(), issued(1000, 990, 990)), []);
  assert.deepEqual(codes(three, bearers(), issued(1000, 989, 989)), ["issued_differs"]);
  assert.deepEqual(codes(three, bearers(), issued(10, undefined, undefined)), []);
  const four = withIssuers(4, 3);
  assert.deepEqual(codes(four, bearers(...many(5, [0, 1, 2]), [1, 2, 3]), issued(6, 6, 6, 6)), ["small_subset"]);
  assert.deepEqual(codes(four, bearers([1, 2, 3]), issued(6, 6, 6, 6)), []);
});

const election = testBytes("election");
const lines = Array.from({ length: 4 }, (_, i) => ({ blinded: testBytes(`blinded ${i}`), person: Uint8Array.from([i, ...testBytes("person").subarray(1)]) }));
const root = rootOf(lines.map(({ blinded, person }) => frame("KODANIK-V1-ISSUED", election, "one", person, blinded)));
const logged = countEligibility(withIssuers(3, 3), [], (issuer) => (issuer === "i0" ? { issued: 4, root } : undefined));
const line = ({ blinded, person }: (typeof lines)[0]): EntryJson => ({ blinded_hash: base64url(blinded), person: base64url(person) });
const list = (change: EntryJson = {}, shown: Json = lines.map(line)): Json =>
  ({ election: base64url(election), issuer: "i0", styles: [{ lines: shown, style: "one" }], ...change });

test("an issuer's list", () => {
  assert.equal(verifyIssuerList(list(), election, logged).issuer, "i0");
  const [a, b, c, d] = lines.map(line) as [EntryJson, EntryJson, EntryJson, EntryJson];
  for (const [name, wrong] of Object.entries({
    "a line missing": list({}, [a, b, c]), "another line": list({}, [a, b, c, { ...d, blinded_hash: a["blinded_hash"] as Json }]),
    "another election": list({ election: base64url(testBytes("x")) }), "another issuer": list({ issuer: "i1" }), "another style": list({ styles: [{ lines: [], style: "two" }] }),
    "a person twice": list({}, [a, b, c, c]), "no style": list({ styles: [] }), "unsorted": list({}, [b, a, c, d]),
  })) refused("other_issuer_list", () => verifyIssuerList(wrong, election, logged), name);
  refused("malformed", () => verifyIssuerList(list({ times: [] }), election, logged));
});

test("a file of lists", () => {
  assert.deepEqual(parseIssuerLists(utf8(JSON.stringify(list(), undefined, 2))), [list()]);
  assert.deepEqual(parseIssuerLists(utf8(JSON.stringify([list(), list()]))), [list(), list()]);
  refused("malformed", () => parseIssuerLists(utf8("no list")));
});
