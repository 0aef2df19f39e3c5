/** A digest of a build context: of the names and contents of the files that an image is made from. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Made by tools, not by people, and large; an image that copies them gets them from a lock file or a bundler. */
const SKIPPED = new Set(["node_modules", ".git", ".loveless"]);

/** 64 hexadecimal digits. Throws, naming the folder, when there is no such context. */
export function contextDigest(directory: string, settings: string): string {
  const hash = createHash("sha256").update(settings);
  for (const path of filesOf(directory, "")) {
    hash.update(`\0${path}\0`).update(readFileSync(join(directory, path)));
  }
  return hash.digest("hex");
}

function filesOf(root: string, folder: string): string[] {
  let entries;
  try {
    entries = readdirSync(join(root, folder), { withFileTypes: true });
  } catch (error) {
    throw new Error(`The build context ${join(root, folder)} can't be read: ${(error as Error).message}`, { cause: error });
  }
  return entries
    .filter(({ name }) => !SKIPPED.has(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return filesOf(root, path);
      return entry.isFile() ? [path] : [];
    });
}
