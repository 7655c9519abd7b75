/** One election in the log, from its manifest to its result: docs/protocol.md §5.2.3 to §5.2.7. */
import { lastBallotLeaf, type UnverifiedBallot } from "./ballot.js";
import { compareBytes, hex, sameBytes } from "./bytes.js";
import { CeremonyState } from "./ceremony-state.js";
import { type Election, isElection } from "./election.js";
import { countEligibility, type Eligibility, type Issued } from "./eligibility.js";
import type { MessageOf } from "./entry.js";
import { demand, recoded, Refusal, refuse, refusedAs } from "./errors.js";
import type { TreeHead } from "./ledger/checkpoint.js";
import { rootOf } from "./ledger/tree.js";
import type { Manifest } from "./manifest.js";
import { type ContestResult, type ContestSum, decrypt, hashStatement, hashSums, Sums, type VerifiedShare, verifyShare } from "./tally.js";
import { type Verdict, type VerifiedBallot, verifyBallots } from "./verify.js";

/** Where an election is. */
export type Phase = "ceremony" | "failed" | "ready" | "open" | "closed" | "tallied";

/** What can be said of an election now. */
export interface ElectionSummary {
  /** Ballots that were accepted. */
  readonly ballots: number;
  /** The result, once there is one. */
  readonly contests: readonly ContestResult[] | undefined;
  /** Pseudonyms with a ballot: each counts once. */
  readonly counted: number;
  readonly eligibility: Eligibility;
  /** H_E, once it is known. */
  readonly id: Uint8Array | undefined;
  readonly manifest: Manifest;
  readonly phase: Phase;
}

interface LastBallot {
  readonly parsed: readonly { readonly contest: string; readonly options: readonly Uint8Array[] }[];
  readonly seq: number;
  readonly style: string;
  readonly tracker: Uint8Array;
  readonly vk: Uint8Array;
}

/**
 * The state of one election. Its methods take messages whose signatures were verified, but for ballots. Those that may depend on what
 * else the log holds check first what does not, and give back the step that checks the rest and enters the message.
 */
export class ElectionState {
  readonly manifest: Manifest;
  readonly ceremony: CeremonyState;
  private stage: "open" | "closed" | "tallied" | undefined;
  private ballots = 0;
  private readonly last = new Map<string, LastBallot>();
  private readonly trackers = new Set<string>();
  private readonly bearers = new Map<string, { readonly issuers: Set<number>; readonly style: string }>();
  private readonly issued = new Map<string, Issued>();
  private running: Sums | undefined;
  private closed: { readonly head: TreeHead; readonly statement: Uint8Array; readonly sums: readonly ContestSum[]; readonly sumsHash: Uint8Array } | undefined;
  private readonly stated = new Set<number>();
  private readonly shares = new Map<string, VerifiedShare>();
  private contests: readonly ContestResult[] | undefined;

  constructor(manifest: Manifest) {
    this.manifest = manifest;
    this.ceremony = new CeremonyState(manifest);
  }

  /** Manifest and key, once all trustees have revealed. */
  get election(): Election | undefined {
    return this.ceremony.election;
  }

  get phase(): Phase {
    return this.stage ?? this.ceremony.phase;
  }

  summary(): ElectionSummary {
    const { ballots, contests, last, manifest, phase } = this;
    return { ballots, contests, counted: last.size, eligibility: this.eligibility(), id: this.election?.id, manifest, phase };
  }

  open(minute: number): () => void {
    return () => {
      demand(this.stage === undefined, "already_done", "the election was opened before");
      demand(this.phase === "ready", "not_now", "not all trustees have confirmed");
      demand(minute < this.manifest.closes, "late", "the election would be over");
      this.running = new Sums(this.known());
      this.stage = "open";
    };
  }

  cast(ballot: UnverifiedBallot, minute: number, prepared: Verdict | undefined): () => void {
    const { closes, opens } = this.manifest;
    demand(!this.trackers.has(hex(ballot.tracker)), "repeated", "the log holds this ballot already");
    demand(this.phase === "open", "not_open", "ballots are not accepted now");
    const verdict = prepared ?? verifyBallots(this.known(), [ballot])[0];
    if (verdict === undefined) return refuse("bad_ballot", "no verdict");
    if (verdict instanceof Refusal) return refuse(contractCode(verdict.code, ballot), verdict.message);
    // A verdict that was prepared for another ballot would be a fault of the caller: it names its own tracker.
    demand(sameBytes(verdict.tracker, ballot.tracker), "bad_ballot", "a verdict on another ballot");
    return () => {
      demand(minute >= opens, "too_early", "before the election opens");
      demand(minute < closes, "late", "after the election closed");
      this.enter(verdict);
    };
  }

  private enter(ballot: VerifiedBallot): void {
    const { contests, seq, style, vk } = ballot.body;
    const pseudonym = hex(vk);
    const before = this.last.get(pseudonym);
    this.checkOrder(ballot, before);
    if (before !== undefined) this.running?.subtract(before.parsed);
    this.running?.add(ballot);
    this.trackers.add(hex(ballot.tracker));
    this.ballots++;
    const bearer = this.bearers.get(pseudonym) ?? { issuers: new Set(), style };
    for (const { issuer } of ballot.tokens) bearer.issuers.add(issuer);
    this.bearers.set(pseudonym, bearer);
    const parsed = contests.map(({ contest, options }) => ({ contest, options: options.map((bytes) => bytes.slice(0, 66)) }));
    this.last.set(pseudonym, { parsed, seq, style, tracker: ballot.tracker, vk });
  }

  private checkOrder({ body }: UnverifiedBallot, before: LastBallot | undefined): void {
    if (before === undefined) return demand(body.seq === 1, "wrong_sequence", "the pseudonym has no earlier ballot");
    demand(body.seq !== 1, "second_first_ballot", "the pseudonym has a first ballot");
    demand(body.seq === before.seq + 1, "wrong_sequence", "the sequence number does not follow");
    demand(sameBytes(body.prev, before.tracker), "wrong_previous", "not the tracker of the last ballot");
    demand(body.style === before.style, "style_changed", "not the style of the first ballot");
  }

  count({ issued, issuer, root, style }: MessageOf<"eligibility.counts">): void {
    const key = `${issuer} ${style}`;
    demand(!this.issued.has(key), "already_done", "the issuer has logged this count");
    this.issued.set(key, { issued, root });
  }

  private eligibility(): Eligibility {
    return countEligibility(this.manifest, [...this.bearers.values()], (issuer, style) => this.issued.get(`${issuer} ${style}`));
  }

  /** `head` is the tree whose last leaf is this entry. */
  close(message: MessageOf<"election.close">, minute: number, head: TreeHead): () => void {
    return () => {
      demand(this.stage === undefined || this.stage === "open", "already_done", "the election was closed before");
      demand(this.stage === "open", "not_now", "the election is not open");
      demand(this.manifest.kind === "trial" || minute >= this.manifest.closes, "too_early", "a binding election closes at its time");
      const right = message.ballots === this.last.size && sameBytes(message.root, this.lastBallotsRoot());
      demand(right, "bad_close", "number or root is not the log's");
      const election = this.known();
      const sums = this.running?.list() ?? [];
      const sumsHash = hashSums(election, sums);
      const statement = hashStatement({ checkpoint: head, election: election.id, sums: sumsHash });
      this.closed = { head, statement, sums, sumsHash };
      this.stage = "closed";
    };
  }

  private lastBallotsRoot(): Uint8Array {
    const { id } = this.known();
    const sorted = [...this.last.values()].sort((a, b) => compareBytes(a.vk, b.vk));
    return rootOf(sorted.map(({ vk, tracker }) => lastBallotLeaf(id, vk, tracker)));
  }

  state({ statement, trustee }: MessageOf<"tally.statement">): () => void {
    const { head, sumsHash } = this.closed ?? refuse("not_now", "the election is not closed");
    const { checkpoint, election, sums } = statement;
    const same = checkpoint.origin === head.origin && checkpoint.size === head.size && sameBytes(checkpoint.root, head.root)
      && isElection(this.known(), election) && sameBytes(sums, sumsHash);
    demand(same, "bad_statement", "the statement is not about what the log holds");
    return () => {
      demand(this.stage === "closed", "not_now", "the election is tallied already");
      this.demandCounts();
      demand(!this.stated.has(trustee), "already_done", "the trustee has stated the close");
      this.stated.add(trustee);
    };
  }

  private demandCounts(): void {
    const counts = this.eligibility().styles.flatMap(({ issuers }) => issuers);
    demand(counts.every(({ issued, used }) => issued !== undefined || used === 0), "counts_missing", "an issuer in the box has not logged its counts");
    const fits = counts.every(({ issued, used }) => used <= (issued?.issued ?? 0));
    demand(fits, "more_pseudonyms_than_issued", "an issuer signed more than it says");
  }

  share({ share }: MessageOf<"tally.share">): () => void {
    const { statement, sums } = this.closed ?? refuse("not_now", "the election is not closed");
    this.demandAgreement();
    const verified = refusedAs("bad_partial_decryption", () => verifyShare(this.known(), sums, statement, share));
    return () => {
      const key = `${share.trustee} ${share.contest}`;
      demand(this.stage === "closed", "not_now", "the election is tallied already");
      demand(!this.shares.has(key), "already_done", "the trustee has logged its share of this contest");
      this.shares.set(key, verified);
    };
  }

  private demandAgreement(): void {
    demand(this.stated.size >= this.manifest.trustees.threshold, "no_agreement", "fewer than t close statements");
  }

  result({ contests }: MessageOf<"tally.result">): () => void {
    const { sums } = this.closed ?? refuse("not_now", "the election is not closed");
    const own = recoded({ not_a_sum: "bad_result" }, () => decrypt(this.known(), sums, [...this.shares.values()]));
    demand(sameResult(own, contests), "bad_result", "not what the shares decrypt to");
    return () => {
      demand(this.contests === undefined, "already_done", "there is a result");
      this.demandAgreement();
      this.contests = contests;
      this.stage = "tallied";
    };
  }

  private known(): Election {
    return this.election ?? refuse("not_now", "the election has no key yet");
  }
}

function sameResult(own: readonly ContestResult[], other: readonly ContestResult[]): boolean {
  return own.length === other.length && own.every((result, i) => {
    const against = other[i];
    if (against === undefined || result.contest !== against.contest || result.ballots !== against.ballots) return false;
    if (result.options === null || against.options === null) return result.options === against.options;
    return result.options.length === against.options.length && result.options.every((number, k) => number === against.options?.[k]);
  });
}

/** The contract's code for a refusal of §3.1.9. */
function contractCode(code: string, { body }: UnverifiedBallot): string {
  switch (code) {
    case "signature":
      return "bad_signature";
    case "token":
    case "token_count":
      return "bad_token";
    case "position":
      return body.seq === 0 ? "wrong_sequence" : "wrong_previous";
    default:
      return "bad_ballot";
  }
}
