/** The rounds of a key ceremony in the log: docs/protocol.md §5.2.3. */
import { checkPackage, type DkgPackage, isShareWrong, jointKey, packageDigest, readShares, type SealedShare } from "./ceremony.js";
import { sameBytes } from "./bytes.js";
import { type Election, isElection, makeElection } from "./election.js";
import type { Message, MessageOf } from "./entry.js";
import { demand, recoded, refuse } from "./errors.js";
import type { Manifest } from "./manifest.js";

/** A message of the ceremony. */
export type CeremonyMessage = Extract<Message, { readonly type: `trustee.${string}` }>;

/** Everybody speaks once in each round, and no round begins before the last one ended. */
export class CeremonyState {
  private readonly manifest: Manifest;
  private readonly digests = new Map<number, Uint8Array>();
  private readonly packages = new Map<number, DkgPackage>();
  private readonly shares = new Map<number, readonly SealedShare[]>();
  private readonly confirmed = new Set<number>();
  private over = false;
  /** Known once all have revealed. */
  election: Election | undefined;

  constructor(manifest: Manifest) {
    this.manifest = manifest;
  }

  /** `failed` once a complaint was right, `ready` once all have confirmed. */
  get phase(): "ceremony" | "failed" | "ready" {
    if (this.over) return "failed";
    return this.confirmed.size === this.trustees ? "ready" : "ceremony";
  }

  /** Takes a message whose signature was verified. */
  take(message: CeremonyMessage): void {
    switch (message.type) {
      case "trustee.commit":
        return this.commit(message);
      case "trustee.reveal":
        return this.reveal(message);
      case "trustee.shares":
        return this.share(message);
      case "trustee.confirm":
        return this.confirm(message);
      case "trustee.complaint":
        return this.complain(message);
    }
  }

  private get trustees(): number {
    return this.manifest.trustees.members.length;
  }

  private once(done: { has(trustee: number): boolean }, trustee: number, begun: boolean): void {
    demand(!done.has(trustee), "already_done", "the trustee has spoken in this round");
    demand(!this.over && begun, "not_now", "not in this round of the ceremony");
  }

  private commit({ digest, trustee }: MessageOf<"trustee.commit">): void {
    this.once(this.digests, trustee, true);
    this.digests.set(trustee, digest);
  }

  private reveal({ package: found, trustee }: MessageOf<"trustee.reveal">): void {
    this.once(this.packages, trustee, this.digests.size === this.trustees);
    const digest = this.digests.get(trustee) ?? new Uint8Array(0);
    demand(sameBytes(digest, packageDigest(this.manifest, trustee, found)), "reveal_mismatch", "not what the trustee committed to");
    checkPackage(this.manifest, trustee, found);
    const packages = new Map(this.packages).set(trustee, found);
    if (packages.size === this.trustees) this.election = this.makeElection(packages);
    this.packages.set(trustee, found);
  }

  private makeElection(packages: ReadonlyMap<number, DkgPackage>): Election {
    const key = jointKey(this.inOrder(packages));
    return recoded({ inconsistent: "bad_ceremony_message", share_count: "bad_ceremony_message" }, () => makeElection(this.manifest, key));
  }

  private inOrder(packages: ReadonlyMap<number, DkgPackage>): DkgPackage[] {
    return this.manifest.trustees.members.map((_, i) => packages.get(i + 1) ?? refuse("not_now", "not all have revealed"));
  }

  private share({ shares, trustee }: MessageOf<"trustee.shares">): void {
    this.once(this.shares, trustee, this.packages.size === this.trustees);
    this.shares.set(trustee, readShares(this.manifest, trustee, shares));
  }

  private confirm({ election, trustee }: MessageOf<"trustee.confirm">): void {
    this.once(this.confirmed, trustee, this.shares.size === this.trustees);
    const own = this.election;
    demand(own !== undefined && isElection(own, election), "bad_ceremony_message", "the trustee confirms another election");
    this.confirmed.add(trustee);
  }

  private complain({ complaint }: MessageOf<"trustee.complaint">): void {
    const { against, trustee } = complaint;
    demand(!this.over && this.shares.size === this.trustees && !this.confirmed.has(trustee), "not_now", "not the time for a complaint");
    demand(against >= 1 && against <= this.trustees, "unknown_trustee", "a complaint against no trustee");
    const share = this.shares.get(against)?.find(({ to }) => to === trustee);
    if (share === undefined) return refuse("bad_ceremony_message", "a complaint against oneself");
    const wrong = isShareWrong(this.manifest, this.inOrder(this.packages), share, complaint);
    demand(wrong, "bad_ceremony_message", "the share is right");
    this.over = true;
  }
}
