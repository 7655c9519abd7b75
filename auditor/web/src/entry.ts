/** Entries of the log as typed values: docs/protocol.md §5.2.1. */
import { readBallot, type UnverifiedBallot } from "./ballot.js";
import { type Complaint, type DkgPackage, readComplaint, readPackage } from "./ceremony.js";
import { refuse, refusedAs } from "./errors.js";
import { verifyEs256 } from "./es256.js";
import { frame } from "./framing.js";
import { parsePoint, parseScalar } from "./group.js";
import { array, binary, encodeCanonical, type Json, type JsonObject, natural, object, parseCanonical, text } from "./json.js";
import { LARGEST_ENTRY, type Manifest, parseManifest } from "./manifest.js";
import { type CloseStatement, type ContestResult, type DecryptionShare, readShare, readStatement } from "./tally.js";

/** What an entry says; hashes are bytes. */
export type Message =
  | { readonly type: "genesis"; readonly authorityKey: Uint8Array; readonly log: string }
  | { readonly type: "election.manifest"; readonly manifest: Manifest }
  | { readonly type: "trustee.commit"; readonly digest: Uint8Array; readonly manifest: Uint8Array; readonly trustee: number }
  | { readonly type: "trustee.reveal"; readonly manifest: Uint8Array; readonly package: DkgPackage; readonly trustee: number }
  | { readonly type: "trustee.shares"; readonly manifest: Uint8Array; readonly shares: Json; readonly trustee: number }
  | { readonly type: "trustee.confirm"; readonly election: Uint8Array; readonly manifest: Uint8Array; readonly trustee: number }
  | { readonly type: "trustee.complaint"; readonly complaint: Complaint; readonly manifest: Uint8Array; readonly trustee: number }
  | { readonly type: "election.open"; readonly election: Uint8Array }
  | { readonly type: "ballot.cast"; readonly ballot: UnverifiedBallot }
  | {
    readonly type: "eligibility.counts"; readonly election: Uint8Array; readonly issued: number; readonly issuer: string; readonly root: Uint8Array;
    readonly style: string;
  }
  | { readonly type: "election.close"; readonly ballots: number; readonly election: Uint8Array; readonly root: Uint8Array }
  | { readonly type: "tally.statement"; readonly statement: CloseStatement; readonly trustee: number }
  | { readonly type: "tally.share"; readonly share: DecryptionShare; readonly trustee: number }
  | { readonly type: "tally.result"; readonly contests: readonly ContestResult[]; readonly election: Uint8Array };

/** A message of a certain type. */
export type MessageOf<T extends Message["type"]> = Extract<Message, { readonly type: T }>;

/** An entry that was read; its signature (of all but genesis and ballots, which have their own) has not been verified. */
export interface Entry {
  readonly message: Message;
  /** Whether the entry is signed with `key` (33 bytes) for the log `origin`: §5.2.2. */
  signedBy(key: Uint8Array, origin: string): boolean;
}

/** Reads an entry; refuses with `too_large` or `malformed`. */
export function readEntry(bytes: Uint8Array): Entry {
  if (bytes.length > LARGEST_ENTRY) return refuse("too_large", "an entry of more than 65,527 bytes");
  return refusedAs("malformed", () => {
    const json = parseCanonical(bytes, LARGEST_ENTRY);
    if (typeof json !== "object" || json === null || !("type" in json)) return refuse("malformed", "an entry without a type");
    const type = text(json["type"]);
    if (type === "genesis") return unsigned(readGenesis(object(json, "authority_key", "log", "type")));
    if (type === "ballot.cast") return unsigned({ ballot: readBallot(object(json, "body", "signature", "tokens", "type")), type });
    const entry = object(json, "body", "signature", "type");
    const body = entry["body"] as Json;
    const signature = binary(entry["signature"], 64);
    for (const half of [signature.subarray(0, 32), signature.subarray(32)]) {
      if (parseScalar(half) === 0n) refuse("malformed", "a signature of zero");
    }
    return {
      message: readMessage(type, body),
      signedBy: (key, origin) => verifyEs256(key, frame("KODANIK-V1-ENTRY", origin, type, encodeCanonical(body)), signature),
    };
  });
}

function unsigned(message: Message): Entry {
  return { message, signedBy: () => false };
}

function readGenesis(json: JsonObject): Message {
  const authorityKey = binary(json["authority_key"]);
  parsePoint(authorityKey);
  return { authorityKey, log: text(json["log"]), type: "genesis" };
}

function readMessage(type: string, body: Json): Message {
  switch (type) {
    case "election.manifest":
      return { manifest: parseManifest(encodeCanonical(body)), type };
    case "trustee.commit": {
      const json = object(body, "digest", "manifest", "trustee");
      return { digest: binary(json["digest"], 32), type, ...readSender(json) };
    }
    case "trustee.reveal": {
      const json = object(body, "manifest", "package", "trustee");
      return { package: readPackage(json["package"]), type, ...readSender(json) };
    }
    case "trustee.shares": {
      const json = object(body, "manifest", "shares", "trustee");
      for (const share of array(json["shares"])) parsePoint(binary(object(share, "ephemeral", "sealed", "to")["ephemeral"]));
      return { shares: array(json["shares"]), type, ...readSender(json) };
    }
    case "trustee.confirm": {
      const json = object(body, "election", "manifest", "trustee");
      return { election: binary(json["election"], 32), type, ...readSender(json) };
    }
    case "trustee.complaint": {
      const json = object(body, "against", "manifest", "proof", "shared", "trustee");
      return { complaint: readComplaint(json), type, ...readSender(json) };
    }
    case "election.open":
      return { election: binary(object(body, "election")["election"], 32), type };
    case "eligibility.counts": {
      const json = object(body, "election", "issued", "issuer", "root", "style");
      return {
        election: binary(json["election"], 32), issued: natural(json["issued"]), issuer: text(json["issuer"]), root: binary(json["root"], 32),
        style: text(json["style"]), type,
      };
    }
    case "election.close": {
      const json = object(body, "ballots", "election", "root");
      return { ballots: natural(json["ballots"]), election: binary(json["election"], 32), root: binary(json["root"], 32), type };
    }
    case "tally.statement": {
      const json = object(body, "statement", "trustee");
      return { statement: readStatement(json["statement"]), trustee: natural(json["trustee"]), type };
    }
    case "tally.share": {
      const share = readShare(body);
      return { share, trustee: share.trustee, type };
    }
    case "tally.result": {
      const json = object(body, "contests", "election");
      return { contests: array(json["contests"]).map(readResult), election: binary(json["election"], 32), type };
    }
    default:
      return refuse("malformed", "an entry of an unknown type");
  }
}

function readSender(json: JsonObject): { manifest: Uint8Array; trustee: number } {
  return { manifest: binary(json["manifest"], 32), trustee: natural(json["trustee"]) };
}

function readResult(value: Json): ContestResult {
  const json = object(value, "ballots", "contest", "options");
  const options = json["options"];
  return {
    ballots: natural(json["ballots"]), contest: text(json["contest"]), options: options === null ? null : array(options).map((item) => natural(item)),
  };
}
