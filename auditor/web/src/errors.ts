/**
 * A refusal: what was checked does not hold. `code` is one of the stable codes of docs/protocol.md §5.2.8 or of the vectors'
 * README; the message is for people and quotes nothing secret.
 */
export class Refusal extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = "Refusal";
    this.code = code;
  }
}

/** Throws a {@link Refusal}. */
export function refuse(code: string, message: string): never {
  throw new Refusal(code, message);
}

/** Throws a {@link Refusal} unless `condition` holds. */
export function demand(condition: boolean, code: string, message: string): asserts condition {
  if (!condition) refuse(code, message);
}

/** Runs `check`; a refusal inside it whose code is a member of `codes` gets the code that stands there. */
export function recoded<T>(codes: { readonly [code: string]: string }, check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (error instanceof Refusal) refuse(Object.hasOwn(codes, error.code) ? (codes[error.code] ?? error.code) : error.code, error.message);
    throw error;
  }
}

/** Runs `check` and gives every refusal inside it the code `code`. */
export function refusedAs<T>(code: string, check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (error instanceof Refusal) refuse(code, error.message);
    throw error;
  }
}
