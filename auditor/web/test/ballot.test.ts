import assert from "node:assert/strict";
import { test } from "node:test";
import { parseBallot, trackerOf } from "../src/ballot.js";
import { verifyBatch } from "../src/batch.js";
import { base64url, bigToBytes, concat, fromBase64url, hex } from "../src/bytes.js";
import { Refusal } from "../src/errors.js";
import { ORDER } from "../src/group.js";
import { encodeCanonical, type Json } from "../src/json.js";
import type { ContestChoice } from "../src/prover.js";
import { verifyBallot, verifyBallotOneByOne, verifyBallots } from "../src/verify.js";
import { type EntryJson, TestElection } from "./doubles/election.js";
import { TestKey } from "./doubles/parties.js";
import { refused } from "./doubles/refusal.js";
import { full, mayor } from "./doubles/story.js";

const parties = new TestElection();
const { election } = parties;
const voter = new TestKey("voter");

type Tree = { [member: string | number]: Tree };

/** Changes the body of a good ballot, and signs it again: what is wrong is what was changed, not the signature. */
function resigned(change: (body: Tree) => void, choice: readonly ContestChoice[] = full(["park"], ["a"], ["path"]), style = "full"): Uint8Array {
  const body = structuredClone(parties.ballot("voter", choice, { style })["body"]) as Json;
  change(body as unknown as Tree);
  return encodeCanonical(parties.sign(voter, body, trackerOf(body)));
}

/** Changes the bytes of one text in the body. */
function edited(path: readonly (string | number)[], edit: (bytes: Uint8Array) => Uint8Array): Uint8Array {
  return resigned((body) => {
    let place = body;
    for (const step of path.slice(0, -1)) place = place[step] as Tree;
    const last = path[path.length - 1] as string;
    place[last] = base64url(edit(fromBase64url(place[last] as unknown as string))) as unknown as Tree;
  });
}

function altered(change: (ballot: EntryJson) => void): Uint8Array {
  const ballot = structuredClone(parties.ballot("voter", [mayor("park")])) as EntryJson;
  change(ballot);
  return encodeCanonical(ballot);
}

function isRefused(code: string, ballot: Uint8Array): void {
  refused(code, () => verifyBallot(election, ballot));
  refused(code, () => verifyBallotOneByOne(election, ballot));
}

const CHOICES = [
  full(["park"], ["a"], ["path"]), full([], [], []), full(["lee"], ["a", "c"], ["path", "pool"]), full(["kask"], [], ["tree"]),
  full([], ["b", "c"], ["path", "tree"]), full(["park"], ["c"], ["pool", "tree"]),
];

test("every choice that is allowed makes a ballot that verifies, both ways, and has the same size", () => {
  const sizes = new Set(CHOICES.map((choice) => {
    const bytes = encodeCanonical(parties.ballot("voter", choice, { style: "full" }));
    assert.deepEqual(verifyBallot(election, bytes).tracker, verifyBallotOneByOne(election, bytes).tracker);
    return bytes.length;
  }));
  assert.equal(sizes.size, 1);
});

test("the prover makes the same ballot again, another one for another seed", () => {
  const tracker = (seed: number): string => hex(parseBallot(encodeCanonical(parties.ballot("v", [mayor("park")], { seed: new Uint8Array(32).fill(seed) }))).tracker);
  assert.equal(tracker(1), tracker(1));
  assert.notEqual(tracker(1), tracker(2));
});

for (const [name, choice] of [
  ["two of one", full(["park", "kask"], ["a"], ["path"])],
  ["three of two", full(["park"], ["a", "b", "c"], ["path"])],
  ["over the budget", full(["park"], ["a"], ["path", "pool", "tree"])],
  ["an unknown option", full(["nobody"], ["a"], ["path"])],
  ["an option twice", full(["park"], ["a", "a"], ["path"])],
  ["options out of order", full(["park"], ["b", "a"], ["path"])],
  ["a contest too few", [mayor("park")]],
] as const) {
  test(`the prover refuses ${name}`, () => refused("choice", () => parties.ballot("voter", choice, { style: "full" })));
}

test("what is no ballot is malformed", () => {
  const good = new TextDecoder().decode(encodeCanonical(parties.ballot("voter", [mayor("park")])));
  const texts = ["", "null", "[]", "{}", ` ${good}`, good.replace('{"body"', '{"a":1,"body"'), good.replace(/"seq":1/, '"seq":1.0'), good.slice(0, -1)];
  for (const text of texts) isRefused("malformed", new TextEncoder().encode(text));
  isRefused("malformed", altered((ballot) => (ballot["type"] = "ballot.cast")));
  isRefused("malformed", altered((ballot) => delete ballot["tokens"]));
  isRefused("malformed", altered((ballot) => (ballot["signature"] = "AA")));
  isRefused("malformed", altered((ballot) => (ballot["signature"] = base64url(new Uint8Array(64)))));
  isRefused("malformed", altered((ballot) => (ballot["signature"] = base64url(new Uint8Array(64).fill(255)))));
  isRefused("malformed", resigned((body) => (body["more"] = {})));
  isRefused("malformed", resigned((body) => (body["seq"] = (2 ** 32) as unknown as Tree)));
  isRefused("malformed", resigned((body) => (body["vk"] = "" as unknown as Tree)));
  isRefused("malformed", altered((ballot) => (ballot["signature"] = "A".repeat(70_000))));
});

test("another election", () => isRefused("other_election", edited(["election"], (bytes) => bytes.map((byte) => byte ^ 1))));
test("sequence 0", () => isRefused("position", resigned((body) => (body["seq"] = 0 as unknown as Tree))));
test("a first ballot with a previous one", () => isRefused("position", edited(["prev"], (bytes) => bytes.fill(1))));
test("a second ballot without a previous one", () => isRefused("position", resigned((body) => (body["seq"] = 2 as unknown as Tree))));
test("an unknown style", () => isRefused("unknown_style", resigned((body) => (body["style"] = "none" as unknown as Tree))));
test("a contest missing", () => isRefused("layout", resigned((body) => (body["contests"] as unknown as Tree[]).pop())));
test("contests swapped", () => isRefused("layout", resigned((body) => (body["contests"] as unknown as Tree[]).reverse())));
test("an option missing", () => isRefused("layout", resigned((body) => ((body["contests"]?.[0] as Tree)["options"] as unknown as Tree[]).pop())));
test("a slack bit missing", () => isRefused("layout", resigned((body) => ((body["contests"]?.[2] as Tree)["slack"] as unknown as Tree[]).pop())));
test("slack in a selection", () => isRefused("layout", resigned((body) => {
  const [first] = (body["contests"] as unknown as { options: Tree[]; slack: Tree[] }[]);
  first?.slack.push(first.options[0] as Tree);
})));
test("a short option", () => isRefused("malformed", edited(["contests", 0, "options", 0], (bytes) => bytes.subarray(1))));
test("a long sum", () => isRefused("layout", edited(["contests", 1, "sum"], (bytes) => concat(bytes, Uint8Array.of(0)))));
test("no spending proof", () => isRefused("layout", edited(["contests", 2, "spending"], () => new Uint8Array(0))));
test("a spending proof in a selection", () => isRefused("layout", edited(["contests", 0, "spending"], () => new Uint8Array(98))));

test("signature", () => {
  const flip = (ballot: EntryJson, by: number): void => {
    const bytes = fromBase64url(ballot["signature"] as string);
    bytes[63] = (bytes[63] ?? 0) ^ by;
    ballot["signature"] = base64url(bytes);
  };
  isRefused("signature", altered((ballot) => flip(ballot, 1)));
  isRefused("signature", altered((ballot) => (ballot["signature"] = parties.ballot("anu", [mayor("park")])["signature"] as Json)));
  isRefused("signature", altered((ballot) => {
    const bytes = fromBase64url(ballot["signature"] as string);
    const s = ORDER - BigInt(`0x${hex(bytes.subarray(32))}`);
    ballot["signature"] = base64url(concat(bytes.subarray(0, 32), bigToBytes(s, 32)));
  }));
});

type Token = { issuer: number; signature: string };

function withTokens(change: (tokens: Token[]) => Token[]): Uint8Array {
  return altered((ballot) => (ballot["tokens"] = change(ballot["tokens"] as unknown as Token[]) as unknown as Json));
}

test("tokens", () => {
  isRefused("token_count", withTokens((tokens) => tokens.slice(1)));
  isRefused("token_count", withTokens(() => []));
  isRefused("token_count", withTokens(([a, b]) => [a as Token, b as Token, b as Token]));
  isRefused("token_count", withTokens((tokens) => [...tokens].reverse()));
  isRefused("token_count", withTokens(([a]) => [a as Token, a as Token]));
  isRefused("token", withTokens(([a, b]) => [a as Token, { ...(b as Token), issuer: 2 }]));
  isRefused("token", withTokens(([a, b]) => [{ ...(a as Token), signature: (b as Token).signature }, b as Token]));
  const others = parties.ballot("anu", [mayor("park")])["tokens"] as Json;
  isRefused("token", altered((ballot) => (ballot["tokens"] = others)));
  isRefused("malformed", withTokens(([a, b]) => [a as Token, { ...(b as Token), signature: "AA" }]));
});

test("points and scalars of a proof are parsed strictly", () => {
  const tag = (offset: number, value: number) => (bytes: Uint8Array): Uint8Array => bytes.map((byte, i) => (i === offset ? value : byte));
  for (const offset of [0, 33, 66, 99, 132, 165]) {
    for (const value of [0, 4, 5]) isRefused("encoding", edited(["contests", 0, "options", 0], tag(offset, value)));
  }
  const big = (offset: number) => (bytes: Uint8Array): Uint8Array => bytes.map((byte, i) => (i >= offset && i < offset + 32 ? 255 : byte));
  for (const offset of [198, 230, 262]) isRefused("encoding", edited(["contests", 0, "options", 0], big(offset)));
  isRefused("encoding", edited(["contests", 0, "sum"], big(66)));
  isRefused("encoding", edited(["contests", 2, "spending"], tag(0, 5)));
});

test("changed proofs do not hold, wherever they are changed", () => {
  const swap = (a: number, b: number, size: number) => (bytes: Uint8Array): Uint8Array => {
    const copy = bytes.slice();
    copy.set(bytes.subarray(a, a + size), b);
    copy.set(bytes.subarray(b, b + size), a);
    return copy;
  };
  // a tag 02 for 03 and back: the opposite point
  const negate = (offset: number) => (bytes: Uint8Array): Uint8Array => bytes.map((byte, i) => (i === offset ? byte ^ 1 : byte));
  for (const offset of [0, 33, 66, 99, 132, 165]) isRefused("proof", edited(["contests", 0, "options", 0], negate(offset)));
  for (const offset of [198 + 31, 230 + 31, 262 + 31]) isRefused("proof", edited(["contests", 1, "options", 3], negate(offset)));
  for (const offset of [0, 33, 97]) isRefused("proof", edited(["contests", 2, "spending"], negate(offset)));
  isRefused("proof", edited(["contests", 1, "sum"], negate(150)));
  isRefused("proof", edited(["contests", 2, "slack", 1], negate(250)));
  isRefused("proof", edited(["contests", 0, "options", 0], swap(0, 33, 33)));
  isRefused("proof", edited(["contests", 0, "options", 0], swap(230, 262, 32)));
});

test("swapped options", () => isRefused("proof", resigned((body) => ((body["contests"]?.[0] as Tree)["options"] as unknown as Tree[]).reverse())));
test("a contest's votes under another contest", () => isRefused("proof", resigned((body) => {
  const [first, second] = body["contests"] as unknown as Tree[];
  const options = (first as Tree)["options"] as Tree;
  (first as Tree)["options"] = (second as Tree)["options"] as Tree;
  (second as Tree)["options"] = options;
})));
test("a body under another pseudonym", () => {
  const thief = new TestKey("thief");
  const body = structuredClone(parties.ballot("voter", [mayor("park")])["body"]) as EntryJson;
  body["vk"] = base64url(thief.publicKey);
  isRefused("proof", encodeCanonical(parties.sign(thief, body, trackerOf(body))));
});
test("proofs under another sequence number", () => isRefused("proof", resigned((body) => {
  body["seq"] = 2 as unknown as Tree;
  body["prev"] = base64url(new Uint8Array(32).fill(7)) as unknown as Tree;
})));

test("a pseudonym that is no point", () => {
  isRefused("malformed", edited(["vk"], () => new Uint8Array(33)));
  isRefused("malformed", edited(["vk"], (bytes) => bytes.map((byte, i) => (i === 0 ? 5 : byte))));
});

test("a batch names its bad ballots, and nobody else", () => {
  const good = ["a", "b", "c", "d", "e"].map((name) => encodeCanonical(parties.ballot(name, [mayor("park")])));
  const forged = (name: string): Uint8Array => {
    const key = new TestKey(name);
    const body = structuredClone(parties.ballot(name, [mayor("park")])["body"]) as EntryJson;
    const contest = (body["contests"] as readonly EntryJson[])[0] as EntryJson;
    (contest["options"] as Json[]).reverse();
    return encodeCanonical(parties.sign(key, body, trackerOf(body)));
  };
  const ballots = [...good.slice(0, 2), forged("x"), ...good.slice(2), forged("y")].map(parseBallot);
  const codes = verifyBallots(election, ballots).map((verdict) => (verdict instanceof Refusal ? verdict.code : "valid"));
  assert.deepEqual(codes, ["valid", "valid", "proof", "valid", "valid", "valid", "proof"]);
  assert.deepEqual(verifyBatch(election, []), []);
});
