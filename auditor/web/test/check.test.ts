import assert from "node:assert/strict";
import { test } from "node:test";
import { fingerprint, parseBallot, trackerOf } from "../src/ballot.js";
import { base64url } from "../src/bytes.js";
import { checkBallot, testBallot } from "../src/check.js";
import { encodeCanonical, type Json } from "../src/json.js";
import { makeBody } from "../src/prover.js";
import { verifyBallot } from "../src/verify.js";
import { type EntryJson, TestElection } from "./doubles/election.js";
import { testBytes, TestKey } from "./doubles/parties.js";
import { refused } from "./doubles/refusal.js";
import { full, mayor } from "./doubles/story.js";

const parties = new TestElection();
const { election } = parties;
const voter = new TestKey("voter");
const seed = testBytes("the seed");
const choice = full(["kask"], ["a", "c"], ["path"]);
const ballot = parties.ballot("voter", choice, { seed, style: "full" });
const bytes = encodeCanonical(ballot);
const { tracker } = parseBallot(bytes);

function code(change: { [member: string]: string } = {}): string {
  const members: { [member: string]: string } = {
    election: base64url(election.id), pseudonym: base64url(fingerprint(voter.publicKey)), seed: base64url(seed), seq: "1", tracker: base64url(tracker),
    ...change,
  };
  return `kodanik:check?${Object.entries(members).map(([name, value]) => `${name}=${value}`).join("&")}`;
}

const zero = base64url(new Uint8Array(32));

test("a ballot opens with its code", () => {
  assert.deepEqual(checkBallot(election, bytes, code()), choice);
  const blank = parties.ballot("voter", full([], [], []), { seed, style: "full" });
  const blankBytes = encodeCanonical(blank);
  assert.deepEqual(checkBallot(election, blankBytes, code({ tracker: base64url(parseBallot(blankBytes).tracker) })), full([], [], []));
});

test("a code for something else", () => {
  refused("other_election", () => checkBallot(election, bytes, code({ election: zero })));
  refused("other_pseudonym", () => checkBallot(election, bytes, code({ pseudonym: zero })));
  refused("other_ballot", () => checkBallot(election, bytes, code({ tracker: zero })));
  refused("seed_mismatch", () => checkBallot(election, bytes, code({ seed: zero })));
  refused("not_yet_on_board", () => checkBallot(election, bytes, code({ seq: "2" })));
  const second = encodeCanonical(parties.ballot("voter", choice, { prev: tracker, seed, seq: 2, style: "full" }));
  refused("superseded", () => checkBallot(election, second, code()));
});

test("codes of another form", () => {
  const wrong = [
    "", code().replace("kodanik", "Kodanik"), code().replace("check", "promise"), `${code()}&more=1`, code({ seq: "01" }), code({ seq: "0" }), code({ seq: "+1" }),
    code({ seq: String(2 ** 32) }), code({ seed: "AA" }), code({ seed: `${zero}A` }), code({ tracker: "" }), code().replace("&seq=1", ""), `${code()} `,
    code().replace(/&seq=1(.*)$/, "$1&seq=1"),
  ];
  for (const text of wrong) refused("malformed", () => checkBallot(election, bytes, text));
});

test("a ballot that does not verify is not opened", () => {
  refused("signature", () => checkBallot(election, encodeCanonical({ ...ballot, signature: base64url(new Uint8Array(64).fill(1)) }), code()));
});

test("proofs whose nonces are not the seed's are refused, though they hold", () => {
  // A second ballot of another choice of nonces: the ciphertexts of the seed, the proofs of another sequence number.
  const other = makeBody(election, { choice, prev: tracker, seed, seq: 2, style: "full", vk: voter.publicKey });
  assert.notDeepEqual(other.tracker, tracker);
  const lying = lyingBallot();
  assert.ok(verifyBallot(election, encodeCanonical(lying)));
  const lied = parseBallot(encodeCanonical(lying)).tracker;
  refused("other_proofs", () => checkBallot(election, encodeCanonical(lying), code({ tracker: base64url(lied) })));
});

/** A ballot with the seed's ciphertexts and nonces of its own. The prover is the library's, told another vote seed for the nonces. */
function lyingBallot(): EntryJson {
  const body = makeBody(election, { choice, nonceSeed: testBytes("a hidden message"), prev: new Uint8Array(32), seed, seq: 1, style: "full", vk: voter.publicKey }).body;
  return parties.sign(voter, body as Json, trackerOf(body));
}

const promise = (change: { [member: string]: string } = {}): string => {
  const members = { election: base64url(election.id), tracker: base64url(tracker), ...change };
  return `kodanik:promise?election=${members.election}&tracker=${members.tracker}`;
};

const CHOICE = "mayor:kask;board:a,c;projects:path";

function tested(change: { [member: string]: string } = {}): string {
  const members: { [member: string]: string } = {
    choice: CHOICE, election: base64url(election.id), prev: zero, seed: base64url(seed), seq: "1", style: "full", vk: base64url(voter.publicKey), ...change,
  };
  return `kodanik:test?${Object.entries(members).map(([name, value]) => `${name}=${value}`).join("&")}`;
}

test("a tested ballot is the promised one", () => {
  const found = testBallot(election, promise(), tested());
  assert.deepEqual(found.choice, choice);
  assert.deepEqual(found.tracker, tracker);
});

test("a tested ballot that is not the promised one", () => {
  for (const change of [
    { choice: "mayor:park;board:a,c;projects:path" }, { choice: "mayor:;board:a,c;projects:path" }, { seed: zero },
    { vk: base64url(new TestKey("x").publicKey) }, { prev: base64url(seed), seq: "2" },
  ]) refused("other_ballot", () => testBallot(election, promise(), tested(change)));
  refused("other_ballot", () => testBallot(election, promise({ tracker: zero }), tested()));
});

test("tests that cannot be", () => {
  refused("other_election", () => testBallot(election, promise({ election: zero }), tested()));
  refused("other_election", () => testBallot(election, promise(), tested({ election: zero })));
  refused("unknown_style", () => testBallot(election, promise(), tested({ style: "none" })));
  for (const text of [
    "mayor:kask,park;board:a;projects:path", "mayor:kask;board:a", "board:a;mayor:kask;projects:path", "mayor:nobody;board:a;projects:path",
    "mayor:kask;board:c,a;projects:path", "mayor:kask;board:a;projects:path,pool,tree", "mayor:kask;board:a,a;projects:path",
  ]) refused("choice", () => testBallot(election, promise(), tested({ choice: text })));
  for (const change of [
    { choice: "" }, { choice: "mayor" }, { choice: `${CHOICE};` }, { choice: "mayor:kask,;board:a;projects:path" }, { seq: "2" }, { seq: "x" }, { prev: base64url(seed) },
    { vk: base64url(new Uint8Array(33)) }, { style: "Full" }, { seed: "AA" },
  ]) refused("malformed", () => testBallot(election, promise(), tested(change)));
  refused("malformed", () => testBallot(election, promise().replace("promise", "check"), tested()));
  refused("malformed", () => testBallot(election, promise(), `${tested()}&x=1`));
});

test("mayor alone, in the small style", () => {
  const small = parseBallot(encodeCanonical(parties.ballot("voter", [mayor("lee")], { seed })));
  const found = testBallot(election, promise({ tracker: base64url(small.tracker) }), tested({ choice: "mayor:lee", style: "small" }));
  assert.deepEqual(found.choice, [mayor("lee")]);
});
