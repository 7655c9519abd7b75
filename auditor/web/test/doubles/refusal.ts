import assert from "node:assert/strict";
import { Refusal } from "../../src/errors.js";

/** Demands that `work` is refused with `code`, and with no other. */
export function refused(code: string, work: () => unknown, about: string | number = ""): void {
  assert.throws(work, (error: unknown) => {
    if (!(error instanceof Refusal)) throw error;
    assert.equal(error.code, code, `${error.message} ${about}`);
    return true;
  }, `accepted ${about}`);
}
