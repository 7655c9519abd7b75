/** The contract: what may be logged, and what follows from it. docs/protocol.md §5.2. */
import type { UnverifiedBallot } from "./ballot.js";
import { hex } from "./bytes.js";
import type { CeremonyMessage } from "./ceremony-state.js";
import { ElectionState, type ElectionSummary } from "./election-state.js";
import { type Entry, type MessageOf, readEntry } from "./entry.js";
import { demand, Refusal, refuse } from "./errors.js";
import { leafHash, makeLeaf, Tree } from "./ledger/tree.js";
import { attempt, type Verdict, verifyBallots } from "./verify.js";

/** What an entry changes, once everything that depends on neither time nor order was checked; may still refuse. */
export type Step = () => void;

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

  /** The elections, by slug. */
  elections(): ElectionSummary[] {
    const bySlug = (a: ElectionSummary, b: ElectionSummary): number => (a.manifest.election < b.manifest.election ? -1 : 1);
    return [...this.byManifest.values()].map((state) => state.summary()).sort(bySlug);
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
   * what the log did. `verdict` is what {@link prepare} said about this entry, if it did. First comes what depends neither on time nor on
   * what else the log holds, then the minute, then the rest.
   */
  apply(minute: number, bytes: Uint8Array, verdict?: Verdict): void {
    this.tree.push(leafHash(makeLeaf(minute, bytes)));
    const entry = readEntry(bytes);
    const id = hex(leafHash(bytes));
    demand(!this.seen.has(id), "repeated", "the log holds this entry already");
    const enact = this.check(entry, minute, verdict);
    demand(minute >= this.lastMinute, "time_runs_back", "the minute lies before the last leaf's");
    enact();
    this.seen.add(id);
    this.lastMinute = minute;
  }

  private check(entry: Entry, minute: number, verdict: Verdict | undefined): Step {
    const { message } = entry;
    switch (message.type) {
      case "genesis":
        return this.genesis(message);
      case "election.manifest":
        return this.manifest(entry, message);
      case "trustee.commit":
      case "trustee.reveal":
      case "trustee.shares":
      case "trustee.confirm":
      case "trustee.complaint":
        return this.ceremony(entry, message);
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
        this.signedByAuthority(entry);
        return this.found(message.election).open(minute);
      case "election.close":
        this.signedByAuthority(entry);
        return this.found(message.election).close(message, minute, { origin: this.origin, root: this.root(), size: this.size });
      case "tally.result":
        this.signedByAuthority(entry);
        return this.found(message.election).result(message);
    }
  }

  private genesis({ authorityKey, log }: MessageOf<"genesis">): Step {
    demand(log === this.origin, "other_log", "the genesis is of another log");
    return () => {
      demand(this.authorityKey === undefined, "duplicate_genesis", "the log has begun already");
      this.authorityKey = authorityKey;
    };
  }

  private manifest(entry: Entry, { manifest }: MessageOf<"election.manifest">): Step {
    this.signedByAuthority(entry);
    demand(manifest.log === this.origin, "other_log", "the manifest is for another log");
    return () => {
      const taken = [...this.byManifest.values()].some((state) => state.manifest.election === manifest.election);
      demand(!taken, "duplicate_election", "the slug is taken");
      this.byManifest.set(hex(manifest.hash), new ElectionState(manifest));
    };
  }

  private ceremony(entry: Entry, message: CeremonyMessage): Step {
    const state = this.byManifest.get(hex(message.manifest)) ?? refuse("other_election", "no such manifest in this log");
    this.signedByTrustee(entry, state, message.trustee);
    const enact = state.ceremony.take(message);
    return () => {
      enact();
      if (state.election !== undefined) this.byElection.set(hex(state.election.id), state);
    };
  }

  private counts(entry: Entry, message: MessageOf<"eligibility.counts">): Step {
    const state = this.found(message.election);
    const issuer = state.manifest.issuers.members.find(({ id }) => id === message.issuer);
    const style = state.manifest.styles.find(({ id }) => id === message.style);
    if (issuer === undefined || style === undefined) return refuse("unknown_issuer", "no such issuer or style");
    demand(entry.signedBy(issuer.signingKey, this.origin), "bad_signature", "the signature is not the issuer's");
    return () => state.count(message);
  }

  private signedByAuthority(entry: Entry): void {
    if (this.authorityKey === undefined) return refuse("no_genesis", "the log has not begun");
    demand(entry.signedBy(this.authorityKey, this.origin), "bad_signature", "the signature is not the authority's");
  }

  private signedByTrustee(entry: Entry, state: ElectionState, index: number): void {
    const trustee = state.manifest.trustees.members[index - 1] ?? refuse("unknown_trustee", "the election has no such trustee");
    demand(entry.signedBy(trustee.signingKey, this.origin), "bad_signature", "the signature is not the trustee's");
  }

  private found(election: Uint8Array): ElectionState {
    return this.byElection.get(hex(election)) ?? refuse("other_election", "no such election in this log");
  }
}
