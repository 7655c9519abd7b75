/** Exported logs: docs/protocol.md §5.1.7. */
import { bytesToBig, sameBytes, utf8 } from "../bytes.js";
import { demand, refuse } from "../errors.js";

const MAGIC = utf8("kodanik-log-export/v1\n");
const HASH_BYTES = 32;
const MINUTE_BYTES = 8;

/** A leaf as the file lists it. */
export interface ExportedLeaf {
  readonly entry: Uint8Array;
  /** The whole leaf, minute and entry. */
  readonly leaf: Uint8Array;
  readonly listedHash: Uint8Array;
  readonly minute: number;
}

/** Reads an exported log from its beginning; refuses what is none with `export`. */
export class ExportReader {
  private readonly bytes: Uint8Array;
  private at: number;
  /** The signed checkpoint, as it is in the file. */
  readonly checkpoint: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    demand(sameBytes(bytes.subarray(0, MAGIC.length), MAGIC), "export", "not an exported log");
    const start = MAGIC.length + 4;
    demand(bytes.length >= start, "export", "the file ends before the checkpoint");
    this.at = start + Number(bytesToBig(bytes.subarray(MAGIC.length, start)));
    demand(bytes.length >= this.at, "export", "the file ends inside the checkpoint");
    this.checkpoint = bytes.subarray(start, this.at);
  }

  /** Whether the file goes on. */
  get goesOn(): boolean {
    return this.at < this.bytes.length;
  }

  /** The next leaf; undefined if the file ends before or inside it. */
  next(): ExportedLeaf | undefined {
    const { at, bytes } = this;
    const start = at + HASH_BYTES + 2;
    if (bytes.length < start) return undefined;
    const end = start + Number(bytesToBig(bytes.subarray(at + HASH_BYTES, start)));
    if (bytes.length < end) return undefined;
    const leaf = bytes.subarray(start, end);
    if (leaf.length <= MINUTE_BYTES) return refuse("export", "a leaf without an entry");
    const minute = bytesToBig(leaf.subarray(0, MINUTE_BYTES));
    this.at = end;
    // A minute of more than 2^53 is kept as a number that no election and no clock reaches.
    const bounded = minute > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(minute);
    return { entry: leaf.subarray(MINUTE_BYTES), leaf, listedHash: bytes.subarray(at, at + HASH_BYTES), minute: bounded };
  }
}

