/** What the runner hands to the page: maps as pairs, because it travels as JSON. */
export interface Work {
  readonly elections: readonly (readonly [string, string])[];
  readonly logs: readonly (readonly [string, string])[];
  readonly logsToAudit: readonly { readonly expected: string; readonly log: string; readonly name: string; readonly policy: string }[];
  readonly vectors: readonly (readonly [string, string])[];
  /** Whether there must be vectors of every kind. */
  readonly wholeSet: boolean;
}

/** What the page hands back. */
export interface Report {
  readonly faults: readonly string[];
  readonly ran: number;
}
