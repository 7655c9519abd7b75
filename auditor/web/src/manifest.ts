/** The manifest with every rule of docs/protocol.md §3.1.2 and §3.1.4. */
import { hex, utf8 } from "./bytes.js";
import { demand, recoded, refuse } from "./errors.js";
import { hash } from "./framing.js";
import { parsePoint, type Point } from "./group.js";
import { array, binary, type Json, natural, object, parseCanonical, text } from "./json.js";
import { parseSpki, type RsaKey } from "./rsa.js";

/** The one suite that there is. */
export const SUITE = "KODANIK-V1-P256";

/** The most bytes that an entry of the log has. */
export const LARGEST_ENTRY = 65_527;

const LARGEST_MANIFEST = 64_000;
const MOST_CIPHERTEXTS = 150;

/** An option of a contest; `cost` is 0 in a selection. */
export interface Option {
  readonly cost: number;
  readonly id: string;
  readonly title: string;
}

/** A contest. `budget` is 0 in a selection. */
export interface Contest {
  readonly budget: number;
  readonly id: string;
  readonly max: number;
  readonly method: "selection" | "budget";
  readonly min: number;
  readonly options: readonly Option[];
  readonly title: string;
}

/** A ballot style: which contests a ballot has, in which order. */
export interface Style {
  readonly contests: readonly string[];
  readonly id: string;
}

/** An issuer of voting credentials; one RSA key per style. */
export interface Issuer {
  readonly id: string;
  readonly keys: readonly { readonly key: RsaKey; readonly style: string }[];
  readonly name: string;
  readonly signingKey: Uint8Array;
  readonly url: string;
}

/** A trustee; its index is its position, from 1. */
export interface Trustee {
  readonly name: string;
  readonly sealingKey: Point;
  readonly signingKey: Uint8Array;
  readonly sealingKeyBytes: Uint8Array;
}

/** A manifest that keeps every rule. */
export interface Manifest {
  /** The bytes that were parsed. */
  readonly bytes: Uint8Array;
  readonly check: { readonly minutes: number; readonly tests: number; readonly tries: number };
  readonly closes: number;
  readonly contests: readonly Contest[];
  readonly election: string;
  /** H_M (§3.1.3). */
  readonly hash: Uint8Array;
  readonly issuers: { readonly members: readonly Issuer[]; readonly required: number };
  readonly kind: "binding" | "trial";
  readonly log: string;
  readonly minCell: number;
  readonly opens: number;
  readonly styles: readonly Style[];
  readonly suite: string;
  readonly title: string;
  readonly trustees: { readonly members: readonly Trustee[]; readonly threshold: number };
}

/** Number of slack bits of a contest: the binary digits of its budget, none in a selection. */
export function slackBits(contest: Contest): number {
  return contest.method === "budget" ? contest.budget.toString(2).length : 0;
}

/** The contest with this id. The id comes from the manifest itself. */
export function contestOf(manifest: Manifest, id: string): Contest {
  return manifest.contests.find((contest) => contest.id === id) ?? refuse("contests", `no contest ${id}`);
}

/** The contests of a style, in its order. */
export function contestsOf(manifest: Manifest, style: Style): readonly Contest[] {
  return style.contests.map((id) => contestOf(manifest, id));
}

/** A manifest whose form is right; its rules have not been checked. */
interface UncheckedManifest extends Omit<Manifest, "contests" | "issuers"> {
  readonly contests: readonly UncheckedContest[];
  readonly issuers: { readonly members: readonly UncheckedIssuer[]; readonly required: number };
}

interface UncheckedContest extends Omit<Contest, "method"> {
  readonly method: string;
}

interface UncheckedIssuer extends Omit<Issuer, "keys"> {
  readonly keys: readonly { readonly spki: Uint8Array; readonly style: string }[];
}

/**
 * Parses a manifest and checks every rule; the code of a refusal is one of the vectors' README. The form of the whole comes first
 * (`encoding`, `too_large`), then the rules in the document's order.
 */
export function parseManifest(bytes: Uint8Array): Manifest {
  const unchecked = recoded({ malformed: "encoding" }, () => readManifest(bytes));
  checkHead(unchecked);
  const contests = checkContests(unchecked.contests);
  checkTrustees(unchecked);
  checkStyles(unchecked, contests);
  const issuers = { members: checkIssuers(unchecked), required: unchecked.issuers.required };
  const manifest = { ...unchecked, contests, issuers };
  for (const style of manifest.styles) {
    demand(ballotBytes(manifest, style) <= LARGEST_ENTRY, "style_size", "a ballot of this style does not fit an entry");
  }
  return manifest;
}

function readManifest(bytes: Uint8Array): UncheckedManifest {
  const json = object(
    parseCanonical(bytes, LARGEST_MANIFEST), "check", "closes", "contests", "election", "issuers", "kind", "log", "min_cell", "opens",
    "styles", "suite", "title", "trustees",
  );
  const check = object(json["check"], "minutes", "tests", "tries");
  const issuers = object(json["issuers"], "members", "required");
  const trustees = object(json["trustees"], "members", "threshold");
  const kind = text(json["kind"]);
  if (kind !== "binding" && kind !== "trial") return refuse("encoding", "the kind is neither binding nor trial");
  return {
    bytes,
    check: { minutes: natural(check["minutes"]), tests: natural(check["tests"]), tries: natural(check["tries"]) },
    closes: natural(json["closes"]),
    contests: array(json["contests"]).map(readContest),
    election: text(json["election"]),
    hash: hash("KODANIK-V1-MANIFEST", bytes),
    issuers: { members: array(issuers["members"]).map(readIssuer), required: natural(issuers["required"]) },
    kind,
    log: text(json["log"]),
    minCell: natural(json["min_cell"]),
    opens: natural(json["opens"]),
    styles: array(json["styles"]).map(readStyle),
    suite: text(json["suite"]),
    title: text(json["title"]),
    trustees: { members: array(trustees["members"]).map(readTrustee), threshold: natural(trustees["threshold"]) },
  };
}

function readContest(value: Json): UncheckedContest {
  const json = object(value, "budget", "id", "max", "method", "min", "options", "title");
  const method = text(json["method"]);
  demand(["budget", "ranked", "selection", "write-in"].includes(method), "encoding", "the method is unknown");
  return {
    budget: natural(json["budget"]),
    id: text(json["id"]),
    max: natural(json["max"]),
    method,
    min: natural(json["min"]),
    options: array(json["options"]).map(readOption),
    title: text(json["title"]),
  };
}

function readOption(value: Json): Option {
  const json = object(value, "cost", "id", "title");
  return { cost: natural(json["cost"]), id: text(json["id"]), title: text(json["title"]) };
}

function readStyle(value: Json): Style {
  const json = object(value, "contests", "id");
  return { contests: array(json["contests"]).map((id) => text(id)), id: text(json["id"]) };
}

function readIssuer(value: Json): UncheckedIssuer {
  const json = object(value, "id", "keys", "name", "signing_key", "url");
  return {
    id: text(json["id"]),
    keys: array(json["keys"]).map((key) => {
      const members = object(key, "spki", "style");
      return { spki: binary(members["spki"]), style: text(members["style"]) };
    }),
    name: text(json["name"]),
    signingKey: readKey(json["signing_key"]).bytes,
    url: text(json["url"]),
  };
}

function readTrustee(value: Json): Trustee {
  const json = object(value, "name", "sealing_key", "signing_key");
  const sealing = readKey(json["sealing_key"]);
  return { name: text(json["name"]), sealingKey: sealing.point, sealingKeyBytes: sealing.bytes, signingKey: readKey(json["signing_key"]).bytes };
}

function readKey(value: Json | undefined): { bytes: Uint8Array; point: Point } {
  const bytes = binary(value);
  return { bytes, point: parsePoint(bytes) };
}

function checkHead({ check, closes, election, kind, log, minCell, opens, suite, title }: UncheckedManifest): void {
  demand(suite === SUITE, "suite", "the suite is unknown");
  checkId(election);
  checkText(title);
  checkText(log);
  demand(opens < closes && closes <= 2 ** 40, "times", "the election does not open before it closes");
  demand(within(check.minutes, 1, 1440) && check.tests <= 10 && check.tries <= 10, "check_policy", "a limit of checking is out of range");
  demand(minCell >= (kind === "binding" ? 2 : 1), "min_cell", "the smallest cell is too small");
}

function checkContests(contests: readonly UncheckedContest[]): Contest[] {
  demand(within(contests.length, 1, 200), "contests", "an election has 1 to 200 contests");
  distinct(contests.map((contest) => contest.id));
  return contests.map(checkContest);
}

function checkContest(contest: UncheckedContest): Contest {
  const { id, max, min, options, title } = contest;
  const method = checkMethod(contest.method);
  checkId(id);
  checkText(title);
  demand(within(options.length, 1, 149), "contests", "a contest has 1 to 149 options");
  for (const option of options) {
    checkId(option.id);
    checkText(option.title);
  }
  distinct(options.map((option) => option.id));
  demand(max >= 1 && max <= options.length && min <= max, "selection_bounds", "the bounds of a selection do not fit");
  checkBudget({ ...contest, method });
  return { ...contest, method };
}

function checkMethod(method: string): Contest["method"] {
  switch (method) {
    case "selection":
    case "budget":
      return method;
    case "ranked":
      return refuse("method_ranked", "ranked contests cannot be counted by adding up");
    case "write-in":
      return refuse("method_write_in", "write-in contests cannot be counted by adding up");
    default:
      return refuse("encoding", "the method is unknown");
  }
}

function checkBudget({ budget, method, options }: Contest): void {
  if (method === "selection") {
    demand(budget === 0 && options.every((option) => option.cost === 0), "budget", "a selection has no budget");
  } else {
    demand(within(budget, 1, 2 ** 32 - 1), "budget", "a budget is 1 to 2^32 - 1");
    demand(options.every((option) => within(option.cost, 1, budget)), "budget", "a cost is 1 to the budget");
  }
}

function checkTrustees({ trustees: { members, threshold } }: UncheckedManifest): void {
  const fits = threshold >= 2 && threshold <= members.length && members.length <= 16 && 2 * threshold > members.length;
  demand(fits, "trustee_threshold", "the threshold does not fit the number of trustees");
  for (const { name } of members) checkText(name);
  distinct(members.flatMap((trustee) => [hex(trustee.signingKey), hex(trustee.sealingKeyBytes)]));
}

function checkStyles({ styles }: UncheckedManifest, contests: readonly Contest[]): void {
  demand(within(styles.length, 1, 100), "styles", "an election has 1 to 100 styles");
  distinct(styles.map((style) => style.id));
  for (const style of styles) {
    checkId(style.id);
    const known = style.contests.map((id) => contests.find((contest) => contest.id === id)).filter((contest) => contest !== undefined);
    demand(known.length === style.contests.length, "styles", "a style with an unknown contest");
    demand(known.length >= 1 && new Set(known).size === known.length, "styles", "a style without contests, or with one twice");
    const ciphertexts = known.reduce((sum, contest) => sum + ciphertextsOf(contest), 0);
    demand(ciphertexts <= MOST_CIPHERTEXTS, "style_size", "a ballot of this style has more than 150 ciphertexts");
  }
  const used = new Set(styles.flatMap((style) => style.contests));
  demand(contests.every((contest) => used.has(contest.id)), "styles", "a contest that is in no style");
}

function checkIssuers({ issuers: { members, required }, styles }: UncheckedManifest): Issuer[] {
  const quorum = required === members.length || (required < members.length && 2 * required >= members.length + 2);
  demand(within(members.length, 1, 9) && required >= 1 && quorum, "issuer_quorum", "two sets of issuers could share less than two");
  const checked = members.map((issuer) => {
    checkId(issuer.id);
    checkText(issuer.name);
    demand(issuer.url.length <= 500 && /^https?:\/\/[\x21-\x7e]+$/.test(issuer.url), "issuer_url", "an issuer's address is http or https");
    const inOrder = issuer.keys.length === styles.length && issuer.keys.every(({ style }, i) => style === styles[i]?.id);
    demand(inOrder, "issuer_keys", "not one key per style, in the order of the styles");
    return { ...issuer, keys: issuer.keys.map(({ spki, style }) => ({ key: parseSpki(spki), style })) };
  });
  distinct(members.map((issuer) => issuer.id));
  distinct(members.map((issuer) => hex(issuer.signingKey)));
  distinct(members.flatMap((issuer) => issuer.keys.map(({ spki }) => hex(spki))));
  return checked;
}

function ciphertextsOf(contest: Contest): number {
  return contest.options.length + 1 + slackBits(contest);
}

/** The bound of §3.1.4 on the entry of a ballot of this style. */
function ballotBytes(manifest: Manifest, style: Style): number {
  const contests = contestsOf(manifest, style).map((contest) => {
    const sum = 130 * (contest.max - contest.min + 1) - 32;
    const spending = contest.method === "budget" ? 98 : 0;
    return 62 + contest.id.length + 395 * ciphertextsOf(contest) + Math.ceil((4 * sum) / 3) + Math.ceil((4 * spending) / 3);
  });
  return 640 + style.id.length + contests.reduce((total, size) => total + size, 0) + 540 * manifest.issuers.required;
}

/** Whether a text is an id: 1 to 63 characters of `a-z 0-9 -`. */
export function isId(id: string): boolean {
  return /^[a-z0-9-]{1,63}$/.test(id);
}

function checkId(id: string): void {
  demand(isId(id), "id", "an id is 1 to 63 of a-z, 0-9 and -");
}

function checkText(found: string): void {
  const length = utf8(found).length;
  demand(length >= 1 && length <= 500 && !/\p{Cc}/u.test(found), "text", "a text is 1 to 500 bytes without control characters");
}

function within(value: number, least: number, most: number): boolean {
  return value >= least && value <= most;
}

function distinct(values: readonly string[]): void {
  demand(new Set(values).size === values.length, "duplicate", "something that must be distinct is there twice");
}
