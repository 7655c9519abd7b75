/** What runs in the browser: fetches its work from the runner, does it with the bundled verifier, and posts what came of it. */
import { fromBase64url, verifyLog } from "../../src/index.js";
import { missingKinds, type Outcome, runVector } from "../vectors.js";
import type { Report, Work } from "./work.js";

async function run(): Promise<Report> {
  const work = await (await fetch("/work")).json() as Work;
  const library = { elections: new Map(work.elections), logs: new Map(work.logs) };
  const faults: string[] = [];
  const outcomes: Outcome[] = [];
  for (const [name, text] of work.vectors) {
    const outcome = await runVector(text, library);
    outcomes.push(outcome);
    if (outcome.fault !== undefined) faults.push(`${name}: ${outcome.fault}`);
    document.body.textContent = `${outcomes.length} of ${work.vectors.length} vectors`;
  }
  if (work.wholeSet) for (const kind of missingKinds(outcomes)) faults.push(`no vector of the kind ${kind}`);
  for (const { expected, log, name, policy } of work.logsToAudit) {
    let heard = 0;
    const report = await verifyLog(fromBase64url(log), policy, () => heard++);
    const codes = [...new Set(report.findings.map(({ code }) => code))].sort().join();
    if (codes !== expected || heard === 0) faults.push(`${name}: ${codes} instead of ${expected}`);
  }
  return { faults, ran: outcomes.length + work.logsToAudit.length };
}

run()
  .catch((error: unknown): Report => ({ faults: [String(error)], ran: 0 }))
  .then((report) => fetch("/report", { body: JSON.stringify(report), method: "POST" }))
  .catch((error: unknown) => console.error(error));
