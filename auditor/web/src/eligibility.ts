/** What the counts of the issuers and the ballots say together: docs/protocol.md §3.3.5, §5.2.5. */
import { compareBytes, fromUtf8, sameBytes } from "./bytes.js";
import { demand } from "./errors.js";
import { frame } from "./framing.js";
import { array, binary, type Json, object, parseJson, text } from "./json.js";
import { rootOf } from "./ledger/tree.js";
import type { Issuer, Manifest } from "./manifest.js";

/** What an issuer has logged for one style. */
export interface Issued {
  readonly issued: number;
  readonly root: Uint8Array;
}

/** A pseudonym with a ballot: its style, and the positions of all issuers whose tokens its ballots bear. */
export interface Bearer {
  readonly issuers: ReadonlySet<number>;
  readonly style: string;
}

/** An issuer's number beside what the ballots show. */
export interface IssuerCount {
  /** Undefined until it is logged. */
  readonly issued: Issued | undefined;
  readonly issuer: string;
  /** Pseudonyms with a ballot that bears the issuer's token. */
  readonly used: number;
}

/** Something that people should hear of. Only the first is a proof. */
export type Alarm =
  | { readonly code: "more_pseudonyms_than_issued"; readonly issued: number; readonly issuer: string; readonly used: number }
  | { readonly code: "issued_differs"; readonly issued: readonly number[]; readonly issuers: readonly string[]; readonly unfinished: number }
  | { readonly code: "small_subset"; readonly issuers: readonly string[]; readonly minCell: number; readonly pseudonyms: number };

/** The numbers of one style. */
export interface StyleCounts {
  readonly alarms: readonly Alarm[];
  readonly issuers: readonly IssuerCount[];
  readonly pseudonyms: number;
  readonly style: string;
  readonly subsets: readonly { readonly issuers: readonly string[]; readonly pseudonyms: number }[];
  /** What colluding issuers could still add; undefined until q issuers have logged. */
  readonly unused: number | undefined;
}

/** The numbers of an election. */
export interface Eligibility {
  readonly required: number;
  readonly styles: readonly StyleCounts[];
  /** How many corrupt issuers cannot give one person two pseudonyms. */
  readonly tolerated: number;
  readonly unused: number | undefined;
}

/** Computes the numbers of §5.2.5. `issued` says what an issuer has logged for a style. */
export function countEligibility(
  manifest: Manifest, bearers: readonly Bearer[], issued: (issuer: string, style: string) => Issued | undefined,
): Eligibility {
  const { members, required } = manifest.issuers;
  const styles = manifest.styles.map(({ id }) => {
    return countStyle(manifest, id, bearers.filter(({ style }) => style === id), (issuer) => issued(issuer, id));
  });
  const unused = styles.reduce<number | undefined>((sum, style) => {
    return sum === undefined || style.unused === undefined ? undefined : sum + style.unused;
  }, 0);
  return { required, styles, tolerated: 2 * required - members.length - 1, unused };
}

function countStyle(manifest: Manifest, style: string, bearers: readonly Bearer[], issued: (issuer: string) => Issued | undefined): StyleCounts {
  const { members, required } = manifest.issuers;
  const issuers = members.map(({ id }, position) => ({
    issued: issued(id), issuer: id, used: bearers.filter((bearer) => bearer.issuers.has(position)).length,
  }));
  const subsets = countSubsets(members, bearers);
  const alarms = [...overuse(issuers), ...difference(issuers, required), ...smallSubsets(subsets, manifest.minCell)];
  return { alarms, issuers, pseudonyms: bearers.length, style, subsets, unused: unusedOf(issuers, required) };
}

function countSubsets(members: readonly Issuer[], bearers: readonly Bearer[]): StyleCounts["subsets"] {
  const counts = new Map<string, number>();
  for (const { issuers } of bearers) {
    const key = [...issuers].sort((a, b) => a - b).join();
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  // At most nine issuers: positions have one digit, so that the order of the texts is the order of the positions.
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, pseudonyms]) => ({
    issuers: key.split(",").map((position) => members[Number(position)]?.id ?? ""), pseudonyms,
  }));
}

/** The greatest k with `sum of min(issued - used, k) >= q k`, over the issuers that have logged. */
function unusedOf(issuers: readonly IssuerCount[], required: number): number | undefined {
  const left = issuers.flatMap(({ issued, used }) => (issued === undefined ? [] : [Math.max(0, issued.issued - used)]));
  if (left.length < required) return undefined;
  const fits = (k: number): boolean => left.reduce((sum, number) => sum + BigInt(Math.min(number, k)), 0n) >= BigInt(required) * BigInt(k);
  // Concave in k and 0 at k = 0: what fits is an interval from 0.
  let [low, high] = [0, Math.max(...left)];
  while (low < high) {
    const middle = low + Math.ceil((high - low) / 2);
    if (fits(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

function overuse(issuers: readonly IssuerCount[]): Alarm[] {
  return issuers.flatMap(({ issued, issuer, used }): Alarm[] => {
    return issued !== undefined && used > issued.issued ? [{ code: "more_pseudonyms_than_issued", issued: issued.issued, issuer, used }] : [];
  });
}

function difference(issuers: readonly IssuerCount[], required: number): Alarm[] {
  const logged = issuers.flatMap(({ issued, issuer }) => (issued === undefined ? [] : [{ issued: issued.issued, issuer }]));
  if (logged.length === 0 || required < 2) return [];
  const most = Math.max(...logged.map(({ issued }) => issued));
  const sum = issuers.reduce((total, { issued }) => total + (issued?.issued ?? most), 0);
  const unfinished = Math.ceil((required * most - sum) / (required - 1));
  if (unfinished <= 3 || unfinished <= most / 100) return [];
  return [{ code: "issued_differs", issued: logged.map(({ issued }) => issued), issuers: logged.map(({ issuer }) => issuer), unfinished }];
}

function smallSubsets(subsets: StyleCounts["subsets"], minCell: number): Alarm[] {
  if (subsets.length < 2) return [];
  return subsets.filter(({ pseudonyms }) => pseudonyms < minCell).map(({ issuers, pseudonyms }) => ({ code: "small_subset", issuers, minCell, pseudonyms }));
}

const LARGEST_LIST = 512 * 1024 * 1024;

/**
 * The lists in a file: one object, or an array of them. It is the one JSON here that is not canonical, because nothing hashes its bytes:
 * what is in it is read member by member.
 */
export function parseIssuerLists(bytes: Uint8Array): readonly Json[] {
  demand(bytes.length <= LARGEST_LIST, "malformed", "a list of more than 512 MiB");
  const value = parseJson(fromUtf8(bytes));
  return Array.isArray(value) ? array(value) : [value];
}

/**
 * Whether an issuer's list, as it shows it to auditors, is the one that it logged: `counts` are the numbers of the election. Refuses with
 * `other_issuer_list`, or `malformed`. `election` is H_E.
 */
export function verifyIssuerList(list: Json, election: Uint8Array, counts: Eligibility): { readonly issuer: string } {
  const code = "other_issuer_list";
  const json = object(list, "election", "issuer", "styles");
  const issuer = text(json["issuer"]);
  demand(sameBytes(binary(json["election"], 32), election), code, "the list is of another election");
  const styles = array(json["styles"]).map((style) => object(style, "lines", "style"));
  const wanted = counts.styles.map(({ style }) => style);
  demand(styles.length === wanted.length && styles.every(({ style }, i) => style === wanted[i]), code, "not the styles, in the manifest's order");
  const persons = new Set<string>();
  styles.forEach(({ lines }, i) => {
    const logged = counts.styles[i]?.issuers.find((count) => count.issuer === issuer)?.issued;
    demand(logged !== undefined, code, "the issuer has not logged this style");
    const leaves = readLines(array(lines), persons).map(({ blinded, person }) => frame("KODANIK-V1-ISSUED", election, wanted[i] ?? "", person, blinded));
    demand(leaves.length === logged.issued && sameBytes(rootOf(leaves), logged.root), code, "number or root of the list is not what was logged");
  });
  return { issuer };
}

function readLines(lines: readonly Json[], persons: Set<string>): { blinded: Uint8Array; person: Uint8Array }[] {
  const read = lines.map((line) => {
    const json = object(line, "blinded_hash", "person");
    demand(!persons.has(text(json["person"])), "other_issuer_list", "a person is on the list twice");
    persons.add(text(json["person"]));
    return { blinded: binary(json["blinded_hash"], 32), person: binary(json["person"], 32) };
  });
  const sorted = read.every(({ person }, i) => i === 0 || compareBytes((read[i - 1] ?? { person }).person, person) < 0);
  demand(sorted, "other_issuer_list", "the list is not sorted");
  return read;
}
