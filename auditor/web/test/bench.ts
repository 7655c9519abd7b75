/** How much time of one core a ballot of one contest with ten options takes: `npm run bench -- [ballots]`. */
import { checkSigned, parseBallot } from "../src/ballot.js";
import { verifyBatch } from "../src/batch.js";
import { encodeCanonical } from "../src/json.js";
import { parseProofs } from "../src/proofs.js";
import { verifyBallot } from "../src/verify.js";
import { TestElection } from "./doubles/election.js";

const count = Number(process.argv[2] ?? "128");
const parties = new TestElection((manifest) => {
  const contests = manifest["contests"] as { [member: string]: unknown }[];
  contests[0] = { ...contests[0], options: Array.from({ length: 10 }, (_, i) => ({ cost: 0, id: `o${i}`, title: `Option ${i}` })) };
});
const { election } = parties;
const ballots = Array.from({ length: count }, (_, i) => encodeCanonical(parties.ballot(`voter ${i}`, [{ chosen: [`o${i % 10}`], contest: "mayor" }])));

/** Milliseconds that this process has computed: the machine may have other things to do. */
function busy(): number {
  return process.cpuUsage().user / 1000;
}

function timed<T>(name: string, many: number, work: () => T): T {
  const start = busy();
  const result = work();
  const each = (busy() - start) / many;
  console.log(`${name.padEnd(28)} ${each.toFixed(2).padStart(8)} ms a ballot ${(1000 / each).toFixed(0).padStart(8)} ballots/s`);
  return result;
}

const single = ballots.slice(0, 8);
timed("one by itself", single.length, () => single.forEach((ballot) => verifyBallot(election, ballot)));
const start = busy();
const read = timed("  parsing JSON", count, () => ballots.map(parseBallot));
const signed = timed("  signature and tokens", count, () => read.map((ballot) => checkSigned(election, ballot)));
const parsed = timed("  points and challenges", count, () => signed.map((ballot) => parseProofs(election, ballot)));
const holds = timed("  equations, one sum", count, () => verifyBatch(election, parsed));
if (holds.includes(false)) throw new Error("a good ballot was refused");
const all = (busy() - start) / count;
console.log(`${`a batch of ${count}`.padEnd(28)} ${all.toFixed(2).padStart(8)} ms a ballot ${(1000 / all).toFixed(0).padStart(8)} ballots/s`);
