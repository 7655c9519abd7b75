/** The contract: what may be logged, and what follows from it. docs/protocol.md §5.2. */
import type { UnverifiedBallot } from "./ballot.js";
import { base64url, hex } from "./bytes.js";
import { ElectionState, type ElectionSummary } from "./election-state.js";
import { type Entry, type MessageOf, readEntry } from "./entry.js";
import { demand, Refusal, refuse } from "./errors.js";
import { leafHash, makeLeaf, Tree } from "./ledger/tree.js";
import { attempt, type Verdict, verifyBallots } from "./verify.js";

/** The state of one log, entry after entry. There is no clock in it: time is the leaf's minute. */
export class Contract {
  private readonly origin: string;
  private authorityKey: Uint8Array | undefined;
  private readonly tree = new Tree();
  private lastMinute = 0;
  private readonly seen = new Set<string>();
  private readonly byManifest = new Map<string, ElectionState>();
  private readonly byElection = new Map<string, ElectionState>();

  constructor(origin: string) {
    this.origin = origin;
  }

  /** Number of leaves so far, refused ones too: they are in the log. */
  get size(): number {
    return this.tree.size;
  }

  /** The root over all leaves so far. */
  root(): Uint8Array {
    return this.tree.root();
  }

  /** The elections in the order of their manifests. */
  elections(): ElectionSummary[] {
    return [...this.byManifest.values()].map((state) => state.summary());
  }

  /**
   * Verifies the ballots among `entries`, which follow one another in the log, in one sum. The answers go to {@link apply}; they depend
   * on nothing that the entries among them could change.
   */
  prepare(entries: readonly Uint8Array[]): (Verdict | undefined)[] {
    const verdicts: (Verdict | undefined)[] = entries.map(() => undefined);
    const waiting = new Map<ElectionState, { index: number; ballot: UnverifiedBallot }[]>();
    entries.forEach((bytes, index) => {
      const entry = attempt(() => readEntry(bytes));
      if (entry instanceof Refusal || entry.message.type !== "ballot.cast") return;
      const { ballot } = entry.message;
      const state = this.byElection.get(hex(ballot.body.election));
      if (state?.election === undefined) return;
      waiting.set(state, [...(waiting.get(state) ?? []), { index, ballot }]);
    });
    for (const [state, ballots] of waiting) {
      if (state.election === undefined) continue;
      const found = verifyBallots(state.election, ballots.map(({ ballot }) => ballot));
      ballots.forEach(({ index }, i) => (verdicts[index] = found[i]));
    }
    return verdicts;
  }

  /**
   * Applies the next leaf of the log. A refusal, with a code of §5.2.8, leaves the state as it was, but the leaf is in the tree: that is
   * what the log did. `verdict` is what {@link prepare} said about this entry, if it did.
   */
  apply(minute: number, bytes: Uint8Array, verdict?: Verdict): void {
    this.tree.push(leafHash(makeLeaf(minute, bytes)));
    const entry = readEntry(bytes);
    demand(minute >= this.lastMinute, "time_runs_back", "the minute lies before the last leaf's");
    const id = hex(leafHash(bytes));
    demand(!this.seen.has(id), "repeated", "the log holds this entry already");
    this.dispatch(entry, minute, verdict);
    this.seen.add(id);
    this.lastMinute = minute;
  }

  private dispatch(entry: Entry, minute: number, verdict: Verdict | undefined): void {
    const { message } = entry;
    if (message.type === "genesis") return this.genesis(message);
    if (this.authorityKey === undefined) return refuse("no_genesis", "the log has not begun");
    if (message.type === "election.manifest") return this.manifest(entry, message, this.authorityKey);
    switch (message.type) {
      case "trustee.commit":
      case "trustee.reveal":
      case "trustee.shares":
      case "trustee.confirm":
      case "trustee.complaint": {
        const state = this.byManifest.get(hex(message.manifest)) ?? refuse("other_election", "no such manifest in this log");
        this.signedByTrustee(entry, state, message.trustee);
        state.ceremony.take(message);
        if (state.election !== undefined) this.byElection.set(hex(state.election.id), state);
        return;
      }
      case "ballot.cast":
        return this.found(message.ballot.body.election).cast(message.ballot, minute, verdict);
      case "eligibility.counts":
        return this.counts(entry, message);
      case "tally.statement": {
        const state = this.found(message.statement.election);
        this.signedByTrustee(entry, state, message.trustee);
        return state.state(message);
      }
      case "tally.share": {
        const state = this.found(message.share.election);
        this.signedByTrustee(entry, state, message.trustee);
        return state.share(message);
      }
      case "election.open":
      case "election.close":
      case "tally.result": {
        const state = this.found(message.election);
        demand(entry.signedBy(this.authorityKey, this.origin), "bad_signature", "the signature is not the authority's");
        if (message.type === "election.open") return state.open(minute);
        if (message.type === "election.close") return state.close(message, minute, { origin: this.origin, root: this.root(), size: this.size });
        return state.result(message);
      }
    }
  }

  private genesis({ authorityKey, log }: MessageOf<"genesis">): void {
    demand(this.authorityKey === undefined, "duplicate_genesis", "the log has begun already");
    demand(log === this.origin, "other_log", "the genesis is of another log");
    this.authorityKey = authorityKey;
  }

  private manifest(entry: Entry, { manifest }: MessageOf<"election.manifest">, authorityKey: Uint8Array): void {
    demand(entry.signedBy(authorityKey, this.origin), "bad_signature", "the signature is not the authority's");
    demand(manifest.log === this.origin, "other_log", "the manifest is for another log");
    const taken = [...this.byManifest.values()].some((state) => state.manifest.election === manifest.election);
    demand(!taken, "duplicate_election", "the slug is taken");
    this.byManifest.set(hex(manifest.hash), new ElectionState(manifest));
  }

  private counts(entry: Entry, message: MessageOf<"eligibility.counts">): void {
    const state = this.found(message.election);
    const issuer = state.manifest.issuers.members.find(({ id }) => id === message.issuer);
    const style = state.manifest.styles.find(({ id }) => id === message.style);
    if (issuer === undefined || style === undefined) return refuse("unknown_issuer", "no such issuer or style");
    demand(entry.signedBy(issuer.signingKey, this.origin), "bad_signature", "the signature is not the issuer's");
    state.count(message);
  }

  private signedByTrustee(entry: Entry, state: ElectionState, index: number): void {
    const trustee = state.manifest.trustees.members[index - 1] ?? refuse("unknown_trustee", "the election has no such trustee");
    demand(entry.signedBy(trustee.signingKey, this.origin), "bad_signature", "the signature is not the trustee's");
  }

  private found(election: Uint8Array): ElectionState {
    return this.byElection.get(hex(election)) ?? refuse("other_election", `no election ${base64url(election)} in this log`);
  }
}

