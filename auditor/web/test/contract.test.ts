import assert from "node:assert/strict";
import { test } from "node:test";
import { base64url, utf8 } from "../src/bytes.js";
import { Contract } from "../src/contract.js";
import { encodeCanonical, type Json } from "../src/json.js";
import { verifyBallot } from "../src/verify.js";
import { CLOSES, type EntryJson, OPENS, ORIGIN, TestElection } from "./doubles/election.js";
import { testBytes, TestKey } from "./doubles/parties.js";
import { refused } from "./doubles/refusal.js";
import { cast, full, mayor, RESULT, TestStory } from "./doubles/story.js";

const parties = new TestElection();
const [one, two, three] = parties.trustees as [TestElection["trustees"][0], TestElection["trustees"][0], TestElection["trustees"][0]];
const story = (): TestStory => new TestStory(parties);

/** The contract after a story. */
function after({ log }: TestStory): Contract {
  const contract = new Contract(ORIGIN);
  for (const { entry, minute } of log.leaves) contract.apply(minute, entry);
  return contract;
}

/** A refusal leaves the state as it was, so that the next one may try the same contract; it is told the story's new leaves first. */
const contracts = new WeakMap<TestStory, { contract: Contract; leaves: number }>();

function refuses(told: TestStory, code: string, minute: number, entry: EntryJson | string): void {
  const bytes = typeof entry === "string" ? utf8(entry) : encodeCanonical(entry);
  const { leaves } = told.log;
  const cached = contracts.get(told);
  const contract = cached?.leaves === leaves.length ? cached.contract : after(told);
  contracts.set(told, { contract, leaves: leaves.length });
  refused(code, () => contract.apply(minute, bytes), typeof entry === "string" ? entry.slice(0, 40) : String(entry["type"]));
}

function accepts(told: TestStory, minute: number, entry: EntryJson): void {
  after(told).apply(minute, encodeCanonical(entry));
}

const body = (entry: EntryJson): EntryJson => entry["body"] as EntryJson;
const election = base64url(parties.election.id);
const unknown = base64url(testBytes("unknown"));

test("entries that are none", () => {
  const told = story().announced();
  for (const text of ["", "null", "[]", "1", "{}", '{"type":"genesis"}', '{"type":1}', '{"body":{},"signature":"AA","type":"x"}', " {}", "{\"a\":1}"]) {
    refuses(told, "malformed", OPENS, text);
  }
  refuses(told, "malformed", OPENS, { ...parties.open(), extra: 1 });
  refuses(told, "malformed", OPENS, { ...parties.open(), type: "election.reopen" });
  refuses(told, "malformed", OPENS, { ...parties.open(), signature: "AA" });
  refuses(told, "malformed", OPENS, { ...parties.genesis(), authority_key: base64url(new Uint8Array(33)) });
  refuses(told, "malformed", OPENS, parties.entry(parties.authority, "election.manifest", { ...parties.manifestJson, min_cell: 0 }));
  refuses(told, "too_large", OPENS, "x".repeat(65_528));
});

test("genesis", () => {
  refuses(story(), "no_genesis", 0, parties.announce());
  refuses(story(), "other_log", 0, { ...parties.genesis(), log: "other.example" });
  refuses(story().announced(), "repeated", OPENS, parties.genesis());
  refuses(story(), "no_genesis", 0, parties.open());
  refuses(story().announced(), "duplicate_genesis", OPENS, { ...parties.genesis(), authority_key: base64url(one.signing.publicKey) });
});

test("time and repetition", () => {
  refuses(story().announced(), "time_runs_back", OPENS - 100, parties.commit(one));
  refuses(story().announced(), "repeated", OPENS, parties.announce());
});

test("manifests", () => {
  const other = (change: EntryJson): EntryJson => parties.entry(parties.authority, "election.manifest", { ...parties.manifestJson, ...change });
  refuses(story().announced(), "duplicate_election", OPENS, other({ title: "Again" }));
  refuses(story().announced(), "other_log", OPENS, other({ election: "next", log: "other.example" }));
  refuses(story().announced(), "bad_signature", OPENS, parties.entry(one.signing, "election.manifest", { ...parties.manifestJson, election: "next" }));
  accepts(story().announced(), OPENS, other({ election: "next" }));
});

test("signatures of entries", () => {
  const told = story().announced();
  const entry = parties.commit(one);
  refuses(told, "bad_signature", OPENS, { ...entry, signature: parties.commit(two)["signature"] as Json });
  refuses(told, "bad_signature", OPENS, parties.entry(two.signing, "trustee.commit", body(entry)));
  refuses(told, "bad_signature", OPENS, { ...parties.entry(one.signing, "trustee.confirm", body(entry)), type: "trustee.commit" });
  const message = new TestKey("trustee 1 signing");
  assert.deepEqual(message.publicKey, one.signing.publicKey);
  const { signature, ...rest } = one.signing.entry("other.example", "trustee.commit", body(entry));
  refuses(told, "bad_signature", OPENS, { ...rest, signature: base64url(signature) });
});

test("the rounds of the ceremony", () => {
  const told = story().announced();
  refuses(told, "not_now", OPENS, parties.reveal(one));
  refuses(told, "not_now", OPENS, parties.shares(one));
  refuses(told, "not_now", OPENS, parties.confirm(one));
  refuses(told, "not_now", OPENS, parties.complain(one, 2));
  refuses(told, "other_election", OPENS, parties.open());
  refuses(told, "other_election", OPENS, parties.entry(one.signing, "trustee.commit", { ...body(parties.commit(one)), manifest: unknown }));
  for (const trustee of [0, 4]) refuses(told, "unknown_trustee", OPENS, parties.entry(one.signing, "trustee.commit", { ...body(parties.commit(one)), trustee }));
  told.log.add(OPENS, parties.commit(one));
  refuses(told, "already_done", OPENS, parties.entry(one.signing, "trustee.commit", { ...body(parties.commit(one)), digest: unknown }));
  told.log.add(OPENS, parties.commit(two)).add(OPENS, parties.commit(three));
  refuses(told, "reveal_mismatch", OPENS, parties.reveal(one, (found) => (found["proof_z"] = base64url(testBytes("z").map((byte) => byte & 0x7f)))));
  refuses(told, "malformed", OPENS, parties.reveal(one, (found) => (found["proof_z"] = base64url(new Uint8Array(32).fill(255)))));
  told.log.add(OPENS, parties.reveal(one));
  refuses(told, "not_now", OPENS, parties.shares(one));
  told.log.add(OPENS, parties.reveal(two)).add(OPENS, parties.reveal(three));
  refuses(told, "not_now", OPENS, parties.confirm(one));
  const shares = body(parties.shares(one))["shares"] as Json[];
  for (const wrong of [shares.slice(1), [...shares].reverse(), [], [shares[0] as Json, shares[0] as Json]]) {
    refuses(told, "bad_ceremony_message", OPENS, parties.entry(one.signing, "trustee.shares", { ...body(parties.shares(one)), shares: wrong }));
  }
  for (const trustee of parties.trustees) told.log.add(OPENS, parties.shares(trustee));
  refuses(told, "not_now", OPENS, parties.open());
  refuses(told, "bad_ceremony_message", OPENS, parties.entry(one.signing, "trustee.confirm", { ...body(parties.confirm(one)), election: unknown }));
  assert.equal(after(told).elections()[0]?.phase, "ceremony");
  for (const trustee of parties.trustees) told.log.add(OPENS, parties.confirm(trustee));
  assert.equal(after(told).elections()[0]?.phase, "ready");
});

test("a package whose proof of knowledge is another trustee's", () => {
  const copied = new TestElection();
  // Trustee 2 commits to a package of its own whose proof was made for trustee 1.
  const thief = copied.trustees[1] as TestElection["trustees"][0];
  const stolen = (copied.trustees[0] as TestElection["trustees"][0]).package();
  thief.package = () => stolen;
  const told = new TestStory(copied).announced();
  for (const trustee of copied.trustees) told.log.add(OPENS, copied.commit(trustee));
  told.log.add(OPENS, copied.reveal(copied.trustees[0] as TestElection["trustees"][0]));
  refuses(told, "bad_ceremony_message", OPENS, copied.reveal(thief));
});

function dealt(fault: { wrong?: number; sealed?: number }): TestStory {
  const told = story().announced();
  for (const trustee of parties.trustees) told.log.add(OPENS, parties.commit(trustee));
  for (const trustee of parties.trustees) told.log.add(OPENS, parties.reveal(trustee));
  for (const trustee of parties.trustees) told.log.add(OPENS, parties.shares(trustee, trustee.index === 1 ? fault : {}));
  return told;
}

test("complaints", () => {
  const right = dealt({});
  refuses(right, "bad_ceremony_message", OPENS, parties.complain(two, 1));
  for (const fault of [{ wrong: 2 }, { sealed: 2 }]) {
    const told = dealt(fault);
    refuses(told, "bad_ceremony_message", OPENS, parties.complain(three, 1));
    const complaint = parties.complain(two, 1);
    refuses(told, "bad_ceremony_message", OPENS, parties.entry(two.signing, "trustee.complaint", {
      ...body(complaint), shared: base64url(parties.election.jointBytes),
    }));
    refuses(told, "bad_ceremony_message", OPENS, parties.entry(two.signing, "trustee.complaint", { ...body(complaint), against: 2 }));
    refuses(told, "not_now", OPENS, parties.entry(two.signing, "trustee.complaint", { ...body(complaint), against: 4 }));
    told.log.add(OPENS, complaint);
    assert.equal(after(told).elections()[0]?.phase, "failed");
    refuses(told, "not_now", OPENS, parties.confirm(one));
    refuses(told, "not_now", OPENS, parties.open());
  }
  const late = dealt({ wrong: 2 });
  late.log.add(OPENS, parties.confirm(two));
  refuses(late, "not_now", OPENS, parties.complain(two, 1));
});

test("opening", () => {
  refuses(story().agreed(), "late", CLOSES, parties.open());
  refuses(story().agreed(), "bad_signature", OPENS, parties.entry(one.signing, "election.open", { election }));
  refuses(story().agreed(), "not_open", OPENS, cast(parties.ballot("x", [mayor("park")])));
  refuses(story().agreed(), "not_now", OPENS, parties.close([]));
  const told = story().opened();
  const again = parties.open();
  if (JSON.stringify(again) !== JSON.stringify(parties.open())) refuses(told, "already_done", OPENS, again);
});

test("ballots in the log", () => {
  const told = story().opened();
  const first = parties.ballot("anu", [mayor("park")]);
  const { tracker } = verifyBallot(parties.election, encodeCanonical(first));
  refuses(told, "too_early", OPENS - 1, cast(first));
  refuses(told, "late", CLOSES, cast(first));
  refuses(told, "malformed", OPENS, first);
  refuses(told, "bad_signature", OPENS, cast({ ...first, signature: base64url(new Uint8Array(64).fill(1)) }));
  refuses(told, "bad_token", OPENS, cast({ ...first, tokens: [] }));
  refuses(told, "wrong_sequence", OPENS, cast(parties.ballot("anu", [mayor("park")], { prev: tracker, seq: 2 })));
  refuses(told, "wrong_sequence", OPENS, cast(parties.ballot("anu", [mayor("park")], { prev: tracker, seq: 0 })));
  refuses(told, "wrong_previous", OPENS, cast(parties.ballot("anu", [mayor("park")], { prev: tracker, seq: 1 })));
  refuses(told, "time_runs_back", OPENS - 50, cast(first));
  const changed = structuredClone(first);
  const contests = body(changed)["contests"] as EntryJson[];
  (contests[0]?.["options"] as Json[]).reverse();
  refuses(told, "bad_signature", OPENS, cast(changed));
  const stranger = structuredClone(first);
  body(stranger)["election"] = unknown;
  refuses(told, "other_election", OPENS, cast(stranger));
  told.cast(first);
  refuses(told, "repeated", OPENS + 1, cast(first));
  refuses(told, "repeated", OPENS + 1, cast({ ...first, tokens: [] }));
  refuses(told, "second_first_ballot", OPENS + 1, cast(parties.ballot("anu", [mayor("lee")])));
  refuses(told, "wrong_sequence", OPENS + 1, cast(parties.ballot("anu", [mayor("lee")], { prev: tracker, seq: 3 })));
  refuses(told, "wrong_previous", OPENS + 1, cast(parties.ballot("anu", [mayor("lee")], { prev: testBytes("x"), seq: 2 })));
  refuses(told, "style_changed", OPENS + 1, cast(parties.ballot("anu", full(["lee"], ["a"], ["tree"]), { prev: tracker, seq: 2, style: "full" })));
  accepts(told, OPENS + 1, cast(parties.ballot("anu", [mayor("lee")], { prev: tracker, seq: 2 })));
});

test("a verdict on another ballot counts for nothing", () => {
  const told = story().opened();
  const contract = after(told);
  const [a, b] = [parties.ballot("a", [mayor("park")]), parties.ballot("b", [mayor("park")])];
  const verdict = verifyBallot(parties.election, encodeCanonical(a));
  refused("bad_ballot", () => contract.apply(OPENS, encodeCanonical(cast(b)), verdict));
});

test("counts and close", () => {
  const told = story().voted();
  const last = told.last().map(({ body: { vk }, tracker }) => ({ tracker, vk }));
  refuses(told, "too_early", CLOSES - 1, parties.close(last));
  refuses(told, "bad_close", CLOSES, parties.close(last.slice(1)));
  refuses(told, "bad_close", CLOSES, parties.close(last.map(({ vk }) => ({ tracker: testBytes("t"), vk }))));
  refuses(told, "bad_signature", CLOSES, parties.entry(one.signing, "election.close", body(parties.close(last))));
  const count = body(parties.counts(0, "full", 5));
  const key = parties.issuers[0] as TestKey;
  refuses(told, "unknown_issuer", CLOSES, parties.entry(key, "eligibility.counts", { ...count, issuer: "nobody" }));
  refuses(told, "unknown_issuer", CLOSES, parties.entry(key, "eligibility.counts", { ...count, style: "none" }));
  refuses(told, "bad_signature", CLOSES, parties.entry(key, "eligibility.counts", { ...count, issuer: "issuer-1" }));
  refuses(told, "other_election", CLOSES, parties.entry(key, "eligibility.counts", { ...count, election: unknown }));
  refuses(told, "malformed", CLOSES, parties.entry(key, "eligibility.counts", { ...count, issued: -1 }));
  told.log.add(CLOSES, parties.counts(0, "full", 5));
  refuses(told, "already_done", CLOSES, parties.counts(0, "full", 6));
  told.close();
  refuses(told, "not_open", CLOSES + 1, cast(parties.ballot("late", [mayor("park")])));
  refuses(told, "already_done", CLOSES + 1, parties.close(last.slice(1)));
  refuses(told, "counts_missing", CLOSES + 1, parties.statement(one, told.head, told.sums));
  const few = story().voted();
  for (const [issuer] of parties.issuers.entries()) few.log.add(CLOSES, parties.counts(issuer, "full", 3)).add(CLOSES, parties.counts(issuer, "small", 2 - issuer));
  few.close();
  refuses(few, "more_pseudonyms_than_issued", CLOSES + 1, parties.statement(one, few.head, few.sums));
});

test("a trial closes at any minute", () => {
  const trial = new TestElection((manifest) => Object.assign(manifest, { kind: "trial", min_cell: 1 }));
  const told = new TestStory(trial).opened();
  told.log.add(OPENS, trial.close([]));
  assert.equal(after(told).elections()[0]?.phase, "closed");
});

test("statements", () => {
  const told = story().closed();
  const { head, sums } = told;
  const state = (change: EntryJson): EntryJson => parties.entry(one.signing, "tally.statement", { statement: { ...parties.statementJson(head, sums), ...change }, trustee: 1 });
  const checkpoint = parties.statementJson(head, sums)["checkpoint"] as EntryJson;
  refuses(told, "bad_statement", CLOSES + 2, state({ sums: unknown }));
  refuses(told, "bad_statement", CLOSES + 2, state({ checkpoint: { ...checkpoint, root: unknown } }));
  refuses(told, "bad_statement", CLOSES + 2, state({ checkpoint: { ...checkpoint, size: head.size + 1 } }));
  refuses(told, "bad_statement", CLOSES + 2, state({ checkpoint: { ...checkpoint, origin: "other.example" } }));
  refuses(told, "other_election", CLOSES + 2, state({ election: unknown }));
  refuses(told, "no_agreement", CLOSES + 2, parties.share(one, head, sums, "mayor"));
  refuses(story().voted(), "not_now", CLOSES + 2, parties.statement(one, head, sums));
  told.log.add(CLOSES + 2, parties.statement(one, head, sums));
  refuses(told, "bad_statement", CLOSES + 2, state({ sums: unknown }));
  refuses(told, "no_agreement", CLOSES + 2, parties.share(one, head, sums, "mayor"));
});

test("shares", () => {
  const told = story().closed();
  const { head, sums } = told;
  for (const trustee of [one, two]) told.log.add(CLOSES + 2, parties.statement(trustee, head, sums));
  const share = body(parties.share(one, head, sums, "mayor"));
  const changed = (change: EntryJson): EntryJson => parties.entry(one.signing, "tally.share", { ...share, ...change });
  const options = share["options"] as EntryJson[];
  const [first, second] = options as [EntryJson, EntryJson];
  refuses(told, "bad_partial_decryption", CLOSES + 3, changed({ statement: unknown }));
  refuses(told, "bad_partial_decryption", CLOSES + 3, changed({ contest: "board" }));
  refuses(told, "bad_partial_decryption", CLOSES + 3, changed({ contest: "none" }));
  refuses(told, "bad_partial_decryption", CLOSES + 3, changed({ options: options.slice(1) }));
  refuses(told, "bad_partial_decryption", CLOSES + 3, changed({ options: [...options].reverse() }));
  refuses(told, "bad_partial_decryption", CLOSES + 3, changed({ options: [{ ...first, d: second["d"] as Json }, ...options.slice(1)] }));
  refuses(told, "bad_partial_decryption", CLOSES + 3, changed({ options: [{ ...first, proof: second["proof"] as Json }, ...options.slice(1)] }));
  refuses(told, "bad_partial_decryption", CLOSES + 3, parties.entry(three.signing, "tally.share", { ...share, trustee: 3 }));
  refuses(told, "malformed", CLOSES + 3, changed({ options: [{ ...first, d: "" }, ...options.slice(1)] }));
  told.log.add(CLOSES + 3, parties.share(three, head, sums, "mayor"));
  refuses(told, "too_few_shares", CLOSES + 3, parties.result(RESULT));
  refuses(told, "bad_partial_decryption", CLOSES + 3, parties.entry(three.signing, "tally.share", { ...body(parties.share(three, head, sums, "mayor")), options: [] }));
});

test("results", () => {
  const told = story().decrypted();
  const wrong = (change: (contests: { ballots: number; contest: string; options: number[] }[]) => void): EntryJson => {
    const contests = structuredClone(RESULT);
    change(contests);
    return parties.result(contests);
  };
  refuses(told, "bad_result", CLOSES + 4, wrong(([first]) => first?.options.reverse()));
  refuses(told, "bad_result", CLOSES + 4, wrong(([first]) => first === undefined || (first.ballots = 6)));
  refuses(told, "bad_result", CLOSES + 4, wrong((contests) => contests.pop()));
  refuses(told, "bad_result", CLOSES + 4, wrong((contests) => contests.reverse()));
  refuses(told, "bad_result", CLOSES + 4, wrong(([first]) => first?.options.pop()));
  refuses(told, "bad_result", CLOSES + 4, parties.result(RESULT.map(({ ballots, contest }) => ({ ballots, contest, options: null }))));
  refuses(told, "bad_signature", CLOSES + 4, parties.entry(one.signing, "tally.result", body(parties.result(RESULT))));
  const done = story().tallied();
  refuses(done, "bad_result", CLOSES + 4, wrong(([first]) => first?.options.reverse()));
  refuses(done, "not_now", CLOSES + 4, parties.statement(one, done.head, done.sums));
  assert.deepEqual(after(done).elections()[0]?.contests, RESULT);
});

test("a contest under the smallest cell is not decrypted", () => {
  const large = new TestElection((manifest) => (manifest["min_cell"] = 4));
  const told = new TestStory(large).closed();
  const { head, log, sums } = told;
  for (const trustee of large.trustees) log.add(CLOSES + 2, large.statement(trustee, head, sums));
  refuses(told, "bad_partial_decryption", CLOSES + 3, large.share(large.trustees[0] as TestElection["trustees"][0], head, sums, "board"));
  for (const trustee of large.trustees) log.add(CLOSES + 3, large.share(trustee, head, sums, "mayor"));
  const contests = RESULT.map((contest) => (contest.contest === "mayor" ? contest : { ...contest, options: null }));
  refuses(told, "bad_result", CLOSES + 4, large.result(RESULT));
  log.add(CLOSES + 4, large.result(contests));
  assert.deepEqual(after(told).elections()[0]?.contests, contests);
});
