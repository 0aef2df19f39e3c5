/** A tag that says what an image was built from, so that an immutable tag is never pushed twice. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative, sep } from "node:path";

/** Characters of the hash: enough that two contents of one repository never meet. */
const TAG_LENGTH = 16;

/**
 * The hash of every file under `sources`, files or folders relative to `root`. Names and contents count; `node_modules`
 * does not, since an image installs its own.
 */
export function contentTag(root: string, sources: readonly string[]): string {
  const hash = createHash("sha256");
  for (const path of sources.flatMap((source) => filesUnder(join(root, source))).sort()) {
    const content = createHash("sha256").update(readFileSync(path)).digest("hex");
    hash.update(`${relative(root, path).split(sep).join("/")} ${content}\n`);
  }
  return hash.digest("hex").slice(0, TAG_LENGTH);
}

function filesUnder(path: string): readonly string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .filter((entry) => entry !== "node_modules")
    .flatMap((entry) => filesUnder(join(path, entry)));
}
