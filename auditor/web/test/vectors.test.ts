import assert from "node:assert/strict";
import { test } from "node:test";
import { readVectors } from "./vector-files.js";
import { missingKinds, type Outcome, runVector } from "./vectors.js";

const { library, vectors } = await readVectors();
const outcomes: Outcome[] = [];

for (const [name, text] of [...vectors].sort(([a], [b]) => (a < b ? -1 : 1))) {
  test(`vector ${name}`, async () => {
    const outcome = await runVector(text, library);
    outcomes.push(outcome);
    assert.equal(outcome.fault, undefined);
  });
}

test("there are vectors of every kind", () => {
  assert.deepEqual(missingKinds(outcomes), []);
});
