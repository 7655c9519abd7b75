/** `node dist/cli.js audit FILE --policy POLICY [--issuer-list LIST].. [--json]`: exit code 0 all is well, 1 something is wrong, 2 it could not be looked at. */
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { auditIssuerLists, type AuditReport, reportJson, verifyLog } from "./audit.js";
import { base64url, hex } from "./bytes.js";
import type { StyleCounts } from "./eligibility.js";
import type { ElectionSummary } from "./election-state.js";
import { Refusal } from "./errors.js";

const USAGE = `The second verifier of Kodanik: audits an exported log, trusting nothing but a policy.

  node dist/cli.js audit FILE --policy POLICY [--issuer-list LIST].. [--json]

  FILE      an exported log (docs/protocol.md §5.1.7)
  POLICY    the policy file: whose signatures the log's head needs (§5.1.4)
  LIST      a file with issuers' lists (§3.3.5), compared with the counts that they logged
  --json    the report as JSON, on standard output

Exit codes: 0 nothing is wrong, 1 something is, 2 it could not be looked at.
`;

async function main(args: readonly string[]): Promise<number> {
  const wanted = readArguments(args);
  if (wanted === undefined) {
    process.stderr.write(USAGE);
    return 2;
  }
  const [log, policy] = await Promise.all([readFile(wanted.file), readFile(wanted.policy, "utf8")]);
  const lists = await Promise.all(wanted.lists.map((list) => readFile(list)));
  const found = await verifyLog(log, policy, ({ done, size }) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${size} entries`);
  });
  if (process.stderr.isTTY) process.stderr.write("\r\u001b[K");
  const wrongLists = lists.flatMap((list) => auditIssuerLists(found, list));
  const report = { ...found, findings: [...found.findings, ...wrongLists] };
  process.stdout.write(wanted.json ? `${JSON.stringify(reportJson(report), undefined, 2)}\n` : describe(report));
  return report.findings.length === 0 ? 0 : 1;
}

function readArguments(args: readonly string[]): { file: string; json: boolean; lists: string[]; policy: string } | undefined {
  try {
    const { positionals, values } = parseArgs({
      allowPositionals: true,
      args: [...args],
      options: { "issuer-list": { default: [], multiple: true, type: "string" }, json: { default: false, type: "boolean" }, policy: { type: "string" } },
    });
    const [command, file, ...more] = positionals;
    if (command !== "audit" || file === undefined || more.length > 0 || values.policy === undefined) return undefined;
    return { file, json: values.json, lists: values["issuer-list"], policy: values.policy };
  } catch {
    return undefined;
  }
}

function describe(report: AuditReport): string {
  const lines: string[] = [];
  const { entries, findings, head, root } = report;
  if (head !== undefined) lines.push(`log       ${head.origin}`, `entries   ${entries} of ${head.size}`);
  if (root !== undefined) lines.push(`root      ${hex(root)}`);
  if (head?.time !== undefined) lines.push(`cosigned  ${new Date(head.time * 1000).toISOString()}`);
  for (const election of report.elections) lines.push("", ...describeElection(election));
  lines.push("");
  if (findings.length === 0) {
    lines.push("Nothing is wrong: every entry was replayed from the first, every signature, proof, sum and number was verified.");
  } else {
    lines.push(`${findings.length} ${findings.length === 1 ? "thing is" : "things are"} wrong:`);
    for (const { code, index, message } of findings) lines.push(`  ${index === undefined ? "the log" : `entry ${index}`}: ${code} (${message})`);
  }
  return `${lines.join("\n")}\n`;
}

function describeElection(election: ElectionSummary): string[] {
  const { ballots, contests, counted, eligibility, id, manifest, phase } = election;
  const lines = [`${manifest.title} (${manifest.election}, ${manifest.kind}): ${phase}`];
  if (id !== undefined) lines.push(`  id      ${base64url(id)}`);
  lines.push(`  ballots ${ballots}, of which ${counted} count`);
  for (const style of eligibility.styles) lines.push(...describeStyle(style));
  if (eligibility.unused !== undefined) lines.push(`  not used: ${eligibility.unused} (the most ballots that issuers in league could add unnoticed)`);
  for (const result of contests ?? []) {
    const contest = manifest.contests.find(({ id: candidate }) => candidate === result.contest);
    lines.push(`  ${contest?.title ?? result.contest}: ${result.ballots} ballots`);
    if (result.options === null) lines.push("    too few ballots to be counted in the open");
    const names = [...(contest?.options.map(({ title }) => title) ?? []), "blank"];
    result.options?.forEach((number, i) => lines.push(`    ${String(number).padStart(8)}  ${names[i] ?? ""}`));
  }
  return lines;
}

function describeStyle({ alarms, issuers, pseudonyms, style }: StyleCounts): string[] {
  const lines = [`  style ${style}: ${pseudonyms} pseudonyms`];
  for (const { issued, issuer, used } of issuers) lines.push(`    ${issuer}: used ${used}, issued ${issued?.issued ?? "not said yet"}`);
  for (const alarm of alarms) {
    switch (alarm.code) {
      case "more_pseudonyms_than_issued":
        lines.push(`    alarm: ${alarm.issuer} signed ${alarm.used} pseudonyms and says ${alarm.issued}`);
        break;
      case "issued_differs":
        lines.push(`    alarm: the issuers' numbers differ; ${alarm.unfinished} people asked some issuers and not enough of them`);
        break;
      case "small_subset":
        lines.push(`    alarm: only ${alarm.pseudonyms} pseudonyms bear exactly the signatures of ${alarm.issuers.join(", ")}`);
        break;
    }
  }
  return lines;
}

main(process.argv.slice(2)).then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    const reason = error instanceof Refusal ? `the policy is none: ${error.message}` : error instanceof Error ? error.message : "unknown";
    process.stderr.write(`It could not be looked at: ${reason}\n`);
    process.exitCode = 2;
  },
);
