/** Where the vectors are, and what is in them. */
import { readdir, readFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { Library } from "./vectors.js";

/** tests/vectors/ballot, from build/test. */
const FOLDER = fileURLToPath(new URL("../../../../tests/vectors/ballot", import.meta.url));

/** All vectors by name, and the files that they refer to. A file that is neither is a fault. */
export interface VectorFiles {
  readonly library: Library;
  readonly vectors: ReadonlyMap<string, string>;
}

export async function readVectors(): Promise<VectorFiles> {
  const elections = new Map<string, string>();
  const logs = new Map<string, string>();
  const vectors = new Map<string, string>();
  const entries = await readdir(FOLDER, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = relative(FOLDER, join(entry.parentPath, entry.name)).split(sep).join("/");
    if (path === "README.md") continue;
    if (!path.endsWith(".json")) throw new Error(`${path} is no vector`);
    const text = await readFile(join(FOLDER, path), "utf8");
    const name = path.slice(0, -".json".length);
    if (name.startsWith("elections/")) elections.set(name.slice("elections/".length), text);
    else if (name.startsWith("logs/")) logs.set(name.slice("logs/".length), text);
    else vectors.set(name, text);
  }
  return { library: { elections, logs }, vectors };
}
