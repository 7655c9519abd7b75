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

  /** Checks what a message, whose signature was verified, says; what is given back enters it, and refuses what is out of turn. */
  take(message: CeremonyMessage): () => void {
    const enter = this.check(message);
    return () => {
      demand(!this.over, "not_now", "the ceremony is over");
      enter();
    };
  }

  private check(message: CeremonyMessage): () => void {
    switch (message.type) {
      case "trustee.commit":
        return () => this.speak(this.digests, message.trustee, message.digest, true);
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

  private speak<T>(said: Map<number, T>, trustee: number, what: T, begun: boolean): void {
    demand(!said.has(trustee), "already_done", "the trustee has spoken in this round");
    demand(begun, "not_now", "not in this round of the ceremony");
    said.set(trustee, what);
  }

  private reveal({ package: found, trustee }: MessageOf<"trustee.reveal">): () => void {
    const digest = this.digests.get(trustee) ?? refuse("not_now", "the trustee has not committed");
    demand(sameBytes(digest, packageDigest(this.manifest, trustee, found)), "reveal_mismatch", "not what the trustee committed to");
    checkPackage(this.manifest, trustee, found);
    return () => {
      const packages = new Map(this.packages);
      this.speak(packages, trustee, found, this.digests.size === this.trustees);
      if (packages.size === this.trustees) this.election = this.makeElection(packages);
      this.packages.set(trustee, found);
    };
  }

  private makeElection(packages: ReadonlyMap<number, DkgPackage>): Election {
    const key = jointKey(this.inOrder(packages));
    return recoded({ inconsistent: "bad_ceremony_message", share_count: "bad_ceremony_message" }, () => makeElection(this.manifest, key));
  }

  private inOrder(packages: ReadonlyMap<number, DkgPackage>): DkgPackage[] {
    return this.manifest.trustees.members.map((_, i) => packages.get(i + 1) ?? refuse("not_now", "not all have revealed"));
  }

  private share({ shares, trustee }: MessageOf<"trustee.shares">): () => void {
    const read = readShares(this.manifest, trustee, shares);
    return () => this.speak(this.shares, trustee, read, this.packages.size === this.trustees);
  }

  private confirm({ election, trustee }: MessageOf<"trustee.confirm">): () => void {
    if (this.election === undefined) return refuse("not_now", "not all have revealed");
    demand(isElection(this.election, election), "bad_ceremony_message", "the trustee confirms another election");
    return () => {
      demand(this.shares.size === this.trustees, "not_now", "not all shares are logged");
      demand(!this.confirmed.has(trustee), "already_done", "the trustee has confirmed");
      this.confirmed.add(trustee);
    };
  }

  private complain({ complaint }: MessageOf<"trustee.complaint">): () => void {
    const { against, trustee } = complaint;
    const dealt = this.shares.get(against) ?? refuse("not_now", "no shares of this trustee are logged");
    const share = dealt.find(({ to }) => to === trustee) ?? refuse("bad_ceremony_message", "a complaint against oneself");
    const wrong = isShareWrong(this.manifest, this.inOrder(this.packages), share, complaint);
    demand(wrong, "bad_ceremony_message", "the share is right");
    return () => {
      demand(this.shares.size === this.trustees && !this.confirmed.has(trustee), "not_now", "not the time for a complaint");
      this.over = true;
    };
  }
}
