/**
 * `npm run test:browser`: bundles the verifier, opens it in headless Chromium, and has it run every vector and audit a whole log, a good
 * one and a bad one. It fails when anything in the page does, and when the page does not report at all. It also proves that it can fail:
 * a second run gets a log whose expectation is wrong, and must report exactly that.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { base64url } from "../../src/bytes.js";
import { POLICY } from "../doubles/log.js";
import { TestStory } from "../doubles/story.js";
import { readVectors } from "../vector-files.js";
import type { Report, Work } from "./work.js";

const CHROMIUM = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
const LONGEST_MS = 10 * 60_000;
const PAGE = '<!doctype html><meta charset="utf-8"><title>verifier</title><body><script src="/page.js"></script>';

async function bundle(): Promise<string> {
  const entry = fileURLToPath(new URL("../../../test/browser/page.ts", import.meta.url));
  const { outputFiles } = await build({ bundle: true, entryPoints: [entry], format: "iife", platform: "browser", target: "es2022", write: false });
  return outputFiles[0]?.text ?? "";
}

async function makeWork(): Promise<Work> {
  const { library, vectors } = await readVectors();
  const log = new TestStory().tallied().log.export();
  const changed = log.map((byte, i) => (i === log.length - 5 ? byte ^ 1 : byte));
  return {
    elections: [...library.elections],
    logs: [...library.logs],
    logsToAudit: [
      { expected: "", log: base64url(log), name: "a whole election", policy: POLICY },
      { expected: "malformed,other_leaf,other_root", log: base64url(changed), name: "one byte changed", policy: POLICY },
    ],
    vectors: [...vectors],
    wholeSet: true,
  };
}

/** Opens the page in a browser of its own and waits for its report. */
async function inBrowser(script: string, work: Work): Promise<Report> {
  const profile = await mkdtemp(join(tmpdir(), "kodanik-verifier-"));
  let arrived: (report: Report) => void = () => {};
  const report = new Promise<Report>((resolve) => (arrived = resolve));
  const server = createServer((request, response) => {
    const bodies: { [path: string]: readonly [string, string] } = {
      "/": ["text/html", PAGE], "/page.js": ["text/javascript", script], "/work": ["application/json", JSON.stringify(work)],
    };
    const [type, body] = bodies[request.url ?? ""] ?? ["text/plain", ""];
    response.setHeader("content-type", type).end(body);
    if (request.url === "/report") void read(request).then((text) => arrived(JSON.parse(text) as Report));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const browser = spawn(CHROMIUM, [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--remote-debugging-port=0", `--user-data-dir=${profile}`, `http://127.0.0.1:${port}/`,
  ], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  browser.stderr.on("data", (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2000)));
  let timer: NodeJS.Timeout | undefined;
  try {
    return await Promise.race([
      report,
      new Promise<never>((_, reject) => (timer = setTimeout(() => reject(new Error(`the page did not report\n${said}`)), LONGEST_MS))),
      once(browser, "error").then(([error]) => { throw error as Error; }),
      once(browser, "exit").then(([code]) => { throw new Error(`the browser ended with ${String(code)} before the page reported\n${said}`); }),
    ]);
  } finally {
    clearTimeout(timer);
    if (browser.exitCode === null && browser.kill()) await once(browser, "exit");
    server.closeAllConnections();
    server.close();
    await rm(profile, { force: true, maxRetries: 5, recursive: true });
  }
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

await readFile(CHROMIUM).catch(() => { throw new Error(`no browser at ${CHROMIUM}; install Debian's package chromium, or set CHROMIUM`); });
const script = await bundle();
const work = await makeWork();
const report = await inBrowser(script, work);
for (const fault of report.faults) console.log(`not ok  ${fault}`);
const wrong = work.logsToAudit.slice(0, 1).map((log) => ({ ...log, expected: "bad_close" }));
const control = await inBrowser(script, { ...work, logsToAudit: wrong, vectors: [], wholeSet: false });
const noticed = control.faults.length === 1 && control.faults[0]?.includes("instead of bad_close") === true;
if (!noticed) console.log("not ok  a wrong expectation went unnoticed");
const failed = report.faults.length + (noticed ? 0 : 1);
const wanted = work.vectors.length + work.logsToAudit.length;
if (report.ran !== wanted) console.log(`not ok  ${report.ran} of ${wanted} ran`);
console.log(`in the browser: ${work.vectors.length} vectors, ${work.logsToAudit.length} logs`);
console.log(`${report.ran - report.faults.length + 1} passed, ${failed} failed`);
process.exitCode = failed === 0 && report.ran === wanted ? 0 : 1;
