/** The policy (C2SP tlog-policy): whose signatures a checkpoint needs. docs/protocol.md §5.1.4. */
import { fromUtf8, sameBytes, utf8 } from "../bytes.js";
import { demand, refuse } from "../errors.js";
import { type NoteKey, parseVerifierKey } from "./note.js";

/** A parsed policy. */
export interface Policy {
  readonly logs: readonly NoteKey[];
  readonly quorum: Quorum;
  readonly witnesses: readonly NoteKey[];
}

/** What has to have cosigned: nobody, a witness, or `needed` of some members. */
export type Quorum = "none" | NoteKey | { readonly members: readonly Quorum[]; readonly needed: number };

const LARGEST_POLICY = 64 * 1024;
const MOST = 64;

/** Parses a policy file; every rule of tlog-policy holds, or it is refused with `malformed`. */
export function parsePolicy(policy: string | Uint8Array): Policy {
  const bytes = typeof policy === "string" ? utf8(policy) : policy;
  demand(bytes.length <= LARGEST_POLICY, "malformed", "a policy of more than 64 KiB");
  const text = fromUtf8(bytes);
  demand(!/[\u0000-\u0008\u000b-\u001f\u007f]/.test(text), "malformed", "a control character in the policy");
  demand(text.endsWith("\n"), "malformed", "the policy's last line does not end");
  const reader = new PolicyReader();
  for (const line of text.slice(0, -1).split("\n")) {
    const items = line.split(/[ \t]+/).filter((item) => item !== "");
    if (items.length > 0 && items[0]?.startsWith("#") !== true) reader.line(items);
  }
  return reader.policy();
}

class PolicyReader {
  private readonly logs: NoteKey[] = [];
  private readonly witnesses: NoteKey[] = [];
  private readonly names = new Map<string, Quorum>();
  private readonly members = new Set<string>();
  private groups = 0;
  private quorum: Quorum | undefined;

  line([keyword, ...items]: readonly string[]): void {
    switch (keyword) {
      case "log":
        return this.log(items);
      case "witness":
        return this.witness(items);
      case "group":
        return this.group(items);
      case "quorum":
        return this.setQuorum(items);
      default:
        return refuse("malformed", "an unknown line in the policy");
    }
  }

  policy(): Policy {
    if (this.quorum === undefined) return refuse("malformed", "the policy has no quorum line");
    return { logs: this.logs, quorum: this.quorum, witnesses: this.witnesses };
  }

  private log([vkey, , ...more]: readonly string[]): void {
    if (vkey === undefined || more.length > 0) return refuse("malformed", "not a log line");
    this.logs.push(this.newKey(vkey, "log", this.logs));
  }

  private witness([name, vkey, , ...more]: readonly string[]): void {
    if (name === undefined || vkey === undefined || more.length > 0) return refuse("malformed", "not a witness line");
    const key = this.newKey(vkey, "cosigner", this.witnesses);
    this.define(name, key);
    this.witnesses.push(key);
  }

  private newKey(vkey: string, kind: NoteKey["kind"], others: readonly NoteKey[]): NoteKey {
    const key = parseVerifierKey(vkey);
    demand(key.kind === kind, "malformed", "a key of the wrong kind");
    demand(others.length < MOST, "malformed", "more than 64 logs or witnesses");
    demand(!others.some((other) => sameBytes(other.publicKey, key.publicKey)), "malformed", "a key twice in the policy");
    return key;
  }

  private group([name, threshold, ...members]: readonly string[]): void {
    if (name === undefined || threshold === undefined || members.length === 0) return refuse("malformed", "not a group line");
    demand(++this.groups <= MOST, "malformed", "more than 64 groups");
    const needed = threshold === "any" ? 1 : threshold === "all" ? members.length : decimal(threshold);
    demand(needed >= 1 && needed <= members.length, "malformed", "a group that cannot be met");
    const found = members.map((member) => {
      demand(!this.members.has(member), "malformed", "a name is a member twice");
      this.members.add(member);
      return this.defined(member);
    });
    this.define(name, { members: found, needed });
  }

  private setQuorum([name, ...more]: readonly string[]): void {
    if (name === undefined || more.length > 0 || this.quorum !== undefined) return refuse("malformed", "not the one quorum line");
    this.quorum = name === "none" ? "none" : this.defined(name);
  }

  private define(name: string, meaning: Quorum): void {
    demand(name !== "none" && !this.names.has(name), "malformed", "a name is defined twice");
    this.names.set(name, meaning);
  }

  private defined(name: string): Quorum {
    return this.names.get(name) ?? refuse("malformed", "a name is not defined");
  }
}

function decimal(text: string): number {
  demand(/^[1-9][0-9]{0,3}$/.test(text), "malformed", "not a number");
  return Number(text);
}

/** Whether the keys that signed meet the quorum. */
export function meetsQuorum(quorum: Quorum, signed: ReadonlyMap<NoteKey, bigint>): boolean {
  if (quorum === "none") return true;
  if (!("members" in quorum)) return signed.has(quorum);
  return quorum.members.filter((member) => meetsQuorum(member, signed)).length >= quorum.needed;
}
