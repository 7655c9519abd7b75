/** Test double of a whole election in a log, from the genesis to the result. */
import { base64url } from "../../src/bytes.js";
import { encodeCanonical } from "../../src/json.js";
import type { TreeHead } from "../../src/ledger/checkpoint.js";
import type { ContestChoice } from "../../src/prover.js";
import { type ContestSum, Sums } from "../../src/tally.js";
import { type VerifiedBallot, verifyBallot } from "../../src/verify.js";
import { CLOSES, type EntryJson, OPENS, TestElection } from "./election.js";
import { TestLog } from "./log.js";

export const mayor = (...chosen: string[]): ContestChoice => ({ chosen, contest: "mayor" });
export const full = (mayors: string[], board: string[], projects: string[]): ContestChoice[] => [
  mayor(...mayors), { chosen: board, contest: "board" }, { chosen: projects, contest: "projects" },
];

/** A ballot as it is logged. */
export function cast(ballot: EntryJson): EntryJson {
  return { ...ballot, type: "ballot.cast" };
}

/** What the story is made of. */
export class TestStory {
  readonly parties: TestElection;
  readonly log = new TestLog();
  readonly ballots: VerifiedBallot[] = [];
  head: TreeHead = { origin: "", root: new Uint8Array(32), size: 0 };
  sums: ContestSum[] = [];

  constructor(parties = new TestElection()) {
    this.parties = parties;
  }

  /** Genesis and manifest. */
  announced(): this {
    this.log.add(OPENS - 100, this.parties.genesis()).add(OPENS - 99, this.parties.announce());
    return this;
  }

  /** All rounds of the ceremony. */
  agreed(): this {
    const { log, parties } = this.announced();
    for (const trustee of parties.trustees) log.add(OPENS - 90, parties.commit(trustee));
    for (const trustee of parties.trustees) log.add(OPENS - 89, parties.reveal(trustee));
    for (const trustee of parties.trustees) log.add(OPENS - 88, parties.shares(trustee));
    for (const trustee of parties.trustees) log.add(OPENS - 87, parties.confirm(trustee));
    return this;
  }

  opened(): this {
    const { log, parties } = this.agreed();
    log.add(OPENS - 10, parties.open());
    return this;
  }

  cast(ballot: EntryJson, minute = OPENS + 1): this {
    this.ballots.push(verifyBallot(this.parties.election, encodeCanonical(ballot)));
    this.log.add(minute, cast(ballot));
    return this;
  }

  /** Six citizens vote, one of them twice. */
  voted(): this {
    const { parties } = this.opened();
    this.cast(parties.ballot("mina", full(["park"], ["a", "b"], ["path", "pool"]), { style: "full" }));
    this.cast(parties.ballot("jaan", full(["kask"], ["a"], ["tree"]), { style: "full" }));
    this.cast(parties.ballot("lee", full([], [], []), { style: "full" }));
    this.cast(parties.ballot("anu", [mayor("park")]));
    this.cast(parties.ballot("tom", [mayor("lee")]));
    const first = this.ballots[3] as VerifiedBallot;
    this.cast(parties.ballot("anu", [mayor("kask")], { prev: first.tracker, seq: 2 }));
    return this;
  }

  /** The last ballot of each pseudonym. */
  last(): VerifiedBallot[] {
    return [...new Map(this.ballots.map((ballot) => [base64url(ballot.body.vk), ballot])).values()];
  }

  closed(): this {
    const { log, parties } = this.voted();
    for (const [issuer] of parties.issuers.entries()) {
      log.add(CLOSES, parties.counts(issuer, "full", 5)).add(CLOSES, parties.counts(issuer, "small", 2));
    }
    return this.close();
  }

  close(): this {
    const last = this.last();
    this.log.add(CLOSES + 1, this.parties.close(last.map(({ body, tracker }) => ({ tracker, vk: body.vk }))));
    this.head = this.log.head();
    const sums = new Sums(this.parties.election);
    for (const ballot of last) sums.add(ballot);
    this.sums = sums.list();
    return this;
  }

  /** Two trustees state the close and decrypt. */
  decrypted(): this {
    const { head, log, parties, sums } = this.closed();
    const two = parties.trustees.slice(1);
    for (const trustee of two) log.add(CLOSES + 2, parties.statement(trustee, head, sums));
    for (const trustee of two) for (const { contest } of sums) log.add(CLOSES + 3, parties.share(trustee, head, sums, contest));
    return this;
  }

  tallied(): this {
    const { log, parties } = this.decrypted();
    log.add(CLOSES + 4, parties.result(RESULT.map((contest) => ({ ...contest }))));
    return this;
  }
}

export const RESULT = [
  { ballots: 5, contest: "mayor", options: [1, 2, 1, 1] },
  { ballots: 3, contest: "board", options: [2, 1, 0, 1] },
  { ballots: 3, contest: "projects", options: [1, 1, 1, 1] },
];
