/** The audit of a whole exported log: docs/protocol.md §5.1.7, §5.2.8. It trusts nothing but the policy. */
import { base64url, sameBytes } from "./bytes.js";
import { Contract } from "./contract.js";
import type { ElectionSummary } from "./election-state.js";
import { type Eligibility, parseIssuerLists, verifyIssuerList } from "./eligibility.js";
import { Refusal, refuse } from "./errors.js";
import { type Checkpoint, verifyCheckpoint } from "./ledger/checkpoint.js";
import { type ExportedLeaf, ExportReader } from "./ledger/export.js";
import { parsePolicy, type Policy } from "./ledger/policy.js";
import { leafHash, Tree } from "./ledger/tree.js";
import { attempt } from "./verify.js";

/** One thing that is wrong. `index` is the entry's, where it is about one. */
export interface Finding {
  readonly code: string;
  readonly index: number | undefined;
  readonly message: string;
}

/** What an audit found. The log is as it should be exactly if there are no findings. */
export interface AuditReport {
  /** Accepted and refused entries that were read. */
  readonly entries: number;
  readonly elections: readonly ElectionSummary[];
  readonly findings: readonly Finding[];
  /** The verified head; undefined if it does not verify. */
  readonly head: Checkpoint | undefined;
  /** The root that the entries lead to. */
  readonly root: Uint8Array | undefined;
}

/** How far an audit is. */
export interface Progress {
  readonly done: number;
  readonly size: number;
}

/** Entries whose ballots are verified in one sum, and after which the caller hears of progress. */
const AT_ONCE = 64;

const SKEW_SECONDS = 120;

/**
 * Audits an exported log under a policy (its text). Refusals become findings; only a policy that is none throws. `onProgress` is called
 * after every {@link AT_ONCE} entries, and the event loop runs between them, so that a page stays alive.
 */
export async function verifyLog(bytes: Uint8Array, policy: string, onProgress: (progress: Progress) => void = () => {}): Promise<AuditReport> {
  const trusted = parsePolicy(policy);
  const opened = openExport(bytes, trusted);
  if (opened instanceof Refusal) return { elections: [], entries: 0, findings: [finding(opened)], head: undefined, root: undefined };
  const audit = new Audit(opened.reader, opened.head);
  for (let goesOn = true; goesOn;) {
    goesOn = audit.step();
    onProgress({ done: audit.done, size: opened.head.size });
    await new Promise<void>((resolve) => setTimeout(resolve, 0));
  }
  return audit.report();
}

/**
 * Compares the issuers' lists in a file (§3.3.5) with what the log says of them. `report` is that of the log; a list that is not of one of
 * its elections is a finding too, and so is a file without a list.
 */
export function auditIssuerLists(report: AuditReport, file: Uint8Array): Finding[] {
  const lists = attempt(() => parseIssuerLists(file));
  if (lists instanceof Refusal || lists.length === 0) return [otherList("the file holds no list")];
  return lists.flatMap((list) => {
    const checks = report.elections.map(({ eligibility, id }) => {
      return attempt(() => verifyIssuerList(list, id ?? refuse("other_issuer_list", "the election has no key"), eligibility));
    });
    if (checks.some((check) => !(check instanceof Refusal))) return [];
    const [first] = checks;
    return [otherList(first instanceof Refusal ? first.message : "there is no election in the log")];
  });
}

function otherList(message: string): Finding {
  return { code: "other_issuer_list", index: undefined, message };
}

function openExport(bytes: Uint8Array, policy: Policy): { head: Checkpoint; reader: ExportReader } | Refusal {
  try {
    const reader = new ExportReader(bytes);
    return { head: verifyCheckpoint(reader.checkpoint, policy), reader };
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

class Audit {
  private readonly reader: ExportReader;
  private readonly head: Checkpoint;
  private readonly contract: Contract;
  private readonly listed = new Tree();
  private readonly findings: Finding[] = [];
  private broken = false;

  constructor(reader: ExportReader, head: Checkpoint) {
    this.reader = reader;
    this.head = head;
    this.contract = new Contract(head.origin);
  }

  get done(): number {
    return this.contract.size;
  }

  /** Reads and applies the next entries; false after the last. */
  step(): boolean {
    const leaves: ExportedLeaf[] = [];
    while (leaves.length < AT_ONCE && this.done + leaves.length < this.head.size && !this.broken) {
      const leaf = this.next();
      if (leaf !== undefined) leaves.push(leaf);
    }
    this.apply(leaves);
    return this.done < this.head.size && !this.broken;
  }

  private next(): ExportedLeaf | undefined {
    try {
      const leaf = this.reader.next();
      if (leaf === undefined) this.broken = true;
      return leaf;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.findings.push(finding(error));
      this.broken = true;
      return undefined;
    }
  }

  /** Ballots that follow one another are verified together: nothing among them can change whether one verifies by itself. */
  private apply(leaves: readonly ExportedLeaf[]): void {
    let from = 0;
    while (from < leaves.length) {
      let to = from + 1;
      while (to < leaves.length && isBallot(leaves[to]) && isBallot(leaves[from])) to++;
      const run = leaves.slice(from, to);
      const verdicts = this.contract.prepare(run.map(({ entry }) => entry));
      run.forEach((leaf, i) => this.applyOne(leaf, verdicts[i]));
      from = to;
    }
  }

  private applyOne(leaf: ExportedLeaf, verdict: Parameters<Contract["apply"]>[2]): void {
    const index = this.done;
    this.listed.push(leaf.listedHash);
    if (!sameBytes(leafHash(leaf.leaf), leaf.listedHash)) {
      this.findings.push({ code: "other_leaf", index, message: "the entry does not have its listed hash" });
    }
    const { time } = this.head;
    if (time !== undefined && leaf.minute * 60 > time + SKEW_SECONDS) {
      this.findings.push({ code: "from_the_future", index, message: "the entry's minute lies after the checkpoint over it" });
    }
    try {
      this.contract.apply(leaf.minute, leaf.entry, verdict);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.findings.push(finding(error, index));
    }
  }

  report(): AuditReport {
    const { contract, findings, head } = this;
    const about = (code: string, message: string): void => void findings.push({ code, index: undefined, message });
    if (this.done < head.size) about("incomplete", `the file has ${this.done} of ${head.size} entries`);
    if (!sameBytes(this.listed.root(), head.root)) about("other_hash_list", "the listed hashes do not lead to the signed root");
    if (!sameBytes(contract.root(), head.root)) about("other_root", "the entries do not lead to the signed root");
    if (this.done === head.size && this.reader.goesOn) about("trailing_data", "the file goes on after the last entry");
    for (const alarm of contract.elections().flatMap(({ eligibility }) => eligibility.styles.flatMap(({ alarms }) => alarms))) {
      if (alarm.code !== "more_pseudonyms_than_issued") continue;
      about(alarm.code, `${alarm.used} pseudonyms bear the signature of ${alarm.issuer}, which issued ${alarm.issued}`);
    }
    return { elections: contract.elections(), entries: this.done, findings, head, root: contract.root() };
  }
}

function isBallot(leaf: ExportedLeaf | undefined): boolean {
  // The members of a canonical entry are sorted, so that a ballot begins with its body and ends with its type. Only a hint.
  if (leaf === undefined) return false;
  return sameBytes(leaf.entry.subarray(-BALLOT_END.length), BALLOT_END);
}

const BALLOT_END = new TextEncoder().encode('"type":"ballot.cast"}');

function finding(refusal: Refusal, index?: number): Finding {
  return { code: refusal.code, index, message: refusal.message };
}

/** The report as plain data, for `--json` and for pages. */
export function reportJson(report: AuditReport): { readonly [member: string]: unknown } {
  return {
    elections: report.elections.map(electionJson),
    entries: report.entries,
    findings: report.findings.map(({ code, index, message }) => ({ code, index: index ?? null, message })),
    head: report.head === undefined ? null : {
      origin: report.head.origin, root: base64url(report.head.root), size: report.head.size, time: report.head.time ?? null,
    },
    ok: report.findings.length === 0,
    root: report.root === undefined ? null : base64url(report.root),
  };
}

function electionJson(election: ElectionSummary): { readonly [member: string]: unknown } {
  return {
    ballots: election.ballots,
    contests: election.contests ?? null,
    counted: election.counted,
    eligibility: eligibilityJson(election.eligibility),
    election: election.manifest.election,
    id: election.id === undefined ? null : base64url(election.id),
    phase: election.phase,
    title: election.manifest.title,
  };
}

/** The numbers in the form of §5.2.5. */
function eligibilityJson({ required, styles, tolerated, unused }: Eligibility): { readonly [member: string]: unknown } {
  return {
    required,
    styles: styles.map((style) => ({
      alarms: style.alarms.map((alarm) => {
        if (alarm.code !== "small_subset") return alarm;
        return { code: alarm.code, issuers: alarm.issuers, min_cell: alarm.minCell, pseudonyms: alarm.pseudonyms };
      }),
      issuers: style.issuers.map(({ issued, issuer, used }) => ({
        issued: issued?.issued ?? null, issuer, root: issued === undefined ? null : base64url(issued.root), used,
      })),
      pseudonyms: style.pseudonyms,
      style: style.style,
      subsets: style.subsets,
      unused: style.unused ?? null,
    })),
    tolerated,
    unused: unused ?? null,
  };
}
