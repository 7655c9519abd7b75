/**
 * Runs the vectors of tests/vectors/ballot (its README has the format). The same code runs in Node and in the browser: it takes the
 * files' texts and touches no file itself.
 */
import { reportJson, verifyLog } from "../src/audit.js";
import { parseBallot, type UnverifiedBallot } from "../src/ballot.js";
import { base64url, fromBase64url, utf8 } from "../src/bytes.js";
import { checkBallot, testBallot } from "../src/check.js";
import { Contract } from "../src/contract.js";
import { type Election, makeElection, parseElectionKey } from "../src/election.js";
import { Refusal, refusedAs } from "../src/errors.js";
import { IDENTITY, parsePointText } from "../src/group.js";
import { encodeCanonical, type Json, parseCanonical } from "../src/json.js";
import { verifyEvidence, verifyReceipt } from "../src/ledger/checkpoint.js";
import { parsePolicy } from "../src/ledger/policy.js";
import { parseManifest } from "../src/manifest.js";
import type { ElectionSummary } from "../src/election-state.js";
import { type ContestSum, decrypt, hashStatement, hashSums, readShare, readStatement, type VerifiedShare, verifyShare } from "../src/tally.js";
import { attempt, verifyBallot, verifyBallotOneByOne, verifyBallots } from "../src/verify.js";
import { sameBytes } from "../src/bytes.js";

/** Every kind that the README names; a set of vectors must have at least one of each. */
export const KINDS = [
  "ballot", "batch", "check", "election", "evidence", "export", "manifest", "receipt", "replay", "share", "tally", "test",
] as const;

type Kind = (typeof KINDS)[number];

/** The files that vectors refer to, by name without `.json`. */
export interface Library {
  readonly elections: ReadonlyMap<string, string>;
  readonly logs: ReadonlyMap<string, string>;
}

/** What came of a vector: `fault` is undefined if it did what it says. */
export interface Outcome {
  readonly fault: string | undefined;
  readonly kind: string;
}

/** What an input leads to: a result, or a code (with more that is compared). */
type Found = { readonly result: unknown } | { readonly code: string; readonly more?: { readonly [member: string]: unknown } };

type Members = { readonly [member: string]: unknown };

/** Runs one vector. Whatever is not as the README says is a fault, a member that is not named there too. */
export async function runVector(text: string, library: Library): Promise<Outcome> {
  let kind = "unknown";
  try {
    const vector = members(JSON.parse(text), ["about", "expect", "input", "kind", "section"], ["result"]);
    kind = string(vector["kind"]);
    const expected = string(vector["expect"]);
    if (string(vector["about"]) === "" || string(vector["section"]) === "") return { fault: "about or section is empty", kind };
    const found = await RUNNERS[knownKind(kind)](vector["input"], library);
    if ("code" in found) {
      const also = found.more === undefined ? undefined : same(found.more, pick(vector["input"], Object.keys(found.more)));
      if (expected === found.code) return { fault: also, kind };
      return { fault: `${found.code} instead of ${expected}`, kind };
    }
    if (expected !== "valid") return { fault: `accepted instead of ${expected}`, kind };
    return { fault: same(found.result, vector["result"]), kind };
  } catch (error) {
    return { fault: error instanceof Error ? `${error.name}: ${error.message}` : "an unknown fault", kind };
  }
}

/** What is wrong with a set of outcomes as a whole: a kind of which there is none. */
export function missingKinds(outcomes: readonly Outcome[]): string[] {
  return KINDS.filter((kind) => !outcomes.some((outcome) => outcome.kind === kind));
}

function knownKind(kind: string): Kind {
  const known = KINDS.find((candidate) => candidate === kind);
  if (known === undefined) throw new TypeError(`unknown kind ${kind}`);
  return known;
}

type Runner = (input: unknown, library: Library) => Found | Promise<Found>;

const RUNNERS: { readonly [K in Kind]: Runner } = {
  ballot: (input, library) => {
    const { ballot, election } = members(input, ["ballot", "election"]);
    const bytes = utf8(string(ballot));
    const found = electionOf(library, election);
    const one = outcome(() => ({ tracker: base64url(verifyBallotOneByOne(found, bytes).tracker) }));
    const batched = outcome(() => ({ tracker: base64url(verifyBallot(found, bytes).tracker) }));
    const difference = same(one, batched);
    if (difference !== undefined) throw new Error(`one by one and as a sum differ: ${difference}`);
    return one;
  },
  batch: (input, library) => {
    const { ballots, election } = members(input, ["ballots", "election"]);
    const parsed = list(ballots).map((ballot) => attempt(() => parseBallot(utf8(string(ballot)))));
    const verdicts = verifyBallots(electionOf(library, election), parsed.filter((ballot): ballot is UnverifiedBallot => !(ballot instanceof Refusal)));
    let next = 0;
    return {
      result: {
        verdicts: parsed.map((ballot) => {
          const verdict = ballot instanceof Refusal ? ballot : verdicts[next++];
          return verdict instanceof Refusal ? verdict.code : "valid";
        }),
      },
    };
  },
  check: (input, library) => {
    const { ballot, code, election } = members(input, ["ballot", "code", "election"]);
    return outcome(() => ({ choice: checkBallot(electionOf(library, election), utf8(string(ballot)), string(code)) }));
  },
  election: (input) => {
    const { key, manifest } = members(input, ["key", "manifest"]);
    return outcome(() => ({ id: base64url(makeElection(parseManifest(utf8(string(manifest))), parseElectionKey(utf8(string(key)))).id) }));
  },
  evidence: (input) => {
    const { evidence, policy } = members(input, ["evidence", "policy"]);
    return outcome(() => ({ misbehaviour: verifyEvidence(utf8(string(evidence)), parsePolicy(string(policy))) }));
  },
  export: async (input) => {
    const { export: bytes, policy } = members(input, ["export", "policy"], ["findings"]);
    const report = await verifyLog(fromBase64url(string(bytes)), string(policy));
    if (reportJson(report)["ok"] === true && report.root !== undefined) {
      return { result: { elections: report.elections.map(electionJson).sort(bySlug), root: base64url(report.root), size: report.entries } };
    }
    const codes = [...new Set(report.findings.map(({ code }) => code))].sort();
    return codes.length === 1 ? { code: codes[0] ?? "" } : { code: codes[0] ?? "", more: { findings: codes } };
  },
  manifest: (input) => {
    const { manifest } = members(input, ["manifest"]);
    return outcome(() => ({ hash: base64url(parseManifest(utf8(string(manifest))).hash) }));
  },
  receipt: (input) => {
    const { entry, policy, receipt } = members(input, ["entry", "policy", "receipt"]);
    return outcome(() => {
      const { index, minute } = verifyReceipt(utf8(string(receipt)), utf8(string(entry)), parsePolicy(string(policy)));
      return { index, minute };
    });
  },
  replay: (input, library) => {
    const { base, leaves, prefix } = members(input, ["base", "leaves", "prefix"], ["refused"]);
    const log = members(JSON.parse(found(library.logs, base)), ["leaves", "origin", "policy"]);
    const all = [...list(log["leaves"]).slice(0, number(prefix)), ...list(leaves)].map((leaf) => members(leaf, ["entry", "minute"]));
    const contract = new Contract(string(log["origin"]));
    for (const [index, { entry, minute }] of all.entries()) {
      const refusal = attempt(() => contract.apply(number(minute), utf8(string(entry))));
      if (refusal instanceof Refusal) return { code: refusal.code, more: { refused: index } };
    }
    return { result: { elections: contract.elections().map(electionJson).sort(bySlug), root: base64url(contract.root()), size: contract.size } };
  },
  share: (input, library) => {
    const { election, share, statement, sums } = members(input, ["election", "share", "statement", "sums"]);
    return outcome(() => {
      const own = electionOf(library, election);
      const read = refusedAs("malformed", () => readShare(parseCanonical(utf8(string(share)), 65_527)));
      verifyShare(own, readSums(sums), statementHash(own, string(statement), readSums(sums)), read);
      return undefined;
    });
  },
  tally: (input, library) => {
    const { election, shares, statement, sums } = members(input, ["election", "shares", "statement", "sums"]);
    return outcome(() => {
      const own = electionOf(library, election);
      const hash = statementHash(own, string(statement), readSums(sums));
      const verified = list(shares).map((share) => attempt(() => {
        return verifyShare(own, readSums(sums), hash, readShare(parseCanonical(utf8(string(share)), 65_527)));
      }));
      return { contests: decrypt(own, readSums(sums), verified.filter((share): share is VerifiedShare => !(share instanceof Refusal))) };
    });
  },
  test: (input, library) => {
    const { election, promise, test } = members(input, ["election", "promise", "test"]);
    return outcome(() => {
      const { choice, tracker } = testBallot(electionOf(library, election), string(promise), string(test));
      return { choice, tracker: base64url(tracker) };
    });
  },
};

function outcome(work: () => unknown): Found {
  const result = attempt(work);
  return result instanceof Refusal ? { code: result.code } : { result };
}

function statementHash(election: Election, text: string, sums: readonly ContestSum[]): Uint8Array {
  const statement = readStatement(parseCanonical(utf8(text), 65_527));
  if (!sameBytes(statement.election, election.id)) throw new Refusal("other_election", "the statement is of another election");
  if (!sameBytes(statement.sums, hashSums(election, sums))) throw new Refusal("other_statement", "the statement is of other sums");
  return hashStatement(statement);
}

function readSums(value: unknown): ContestSum[] {
  const point = (text: unknown) => (string(text) === "" ? IDENTITY : parsePointText(string(text)));
  return list(value).map((item) => {
    const sum = members(item, ["ballots", "contest", "options"]);
    const options = list(sum["options"]).map((option) => {
      const { alpha, beta } = members(option, ["alpha", "beta"]);
      return { alpha: point(alpha), beta: point(beta) };
    });
    return { ballots: number(sum["ballots"]), contest: string(sum["contest"]), options };
  });
}

function electionOf(library: Library, name: unknown): Election {
  const { key, manifest } = members(JSON.parse(found(library.elections, name)), ["key", "manifest"]);
  return makeElection(parseManifest(utf8(string(manifest))), parseElectionKey(encodeCanonical(key as Json)));
}

function electionJson({ ballots, contests, counted, manifest, phase }: ElectionSummary): { readonly election: string } & Members {
  return { ballots, contests: contests ?? null, counted, election: manifest.election, phase };
}

function bySlug(a: { readonly election: string }, b: { readonly election: string }): number {
  return a.election < b.election ? -1 : 1;
}

function found(files: ReadonlyMap<string, string>, name: unknown): string {
  const text = files.get(string(name).replace(/\.json$/, ""));
  if (text === undefined) throw new TypeError(`no file ${string(name)}`);
  return text;
}

function members(value: unknown, needed: readonly string[], optional: readonly string[] = []): Members {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new TypeError("an object is missing");
  for (const name of Object.keys(value)) if (![...needed, ...optional].includes(name)) throw new TypeError(`unknown member ${name}`);
  for (const name of needed) if (!Object.hasOwn(value, name)) throw new TypeError(`member ${name} is missing`);
  return value as Members;
}

function pick(value: unknown, names: readonly string[]): unknown {
  return Object.fromEntries(Object.entries(value as object).filter(([name]) => names.includes(name)));
}

function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError("an array is missing");
  return value;
}

function string(value: unknown): string {
  if (typeof value !== "string") throw new TypeError("a text is missing");
  return value;
}

function number(value: unknown): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value)) throw new TypeError("a number is missing");
  return value;
}

/** Undefined if two values are the same JSON; otherwise both, shortened. */
function same(a: unknown, b: unknown): string | undefined {
  const [left, right] = [stable(a), stable(b)];
  return left === right ? undefined : `${left.slice(0, 400)} instead of ${right.slice(0, 400)}`;
}

function stable(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner !== "object" || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  }) ?? "nothing";
}
