/** A digest of a build context: of the names and contents of the files that an image is made from. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Made by tools, not by people, and large; never looked into, whatever the ignore file says. */
const SKIPPED = new Set(["node_modules", ".git", ".loveless"]);

/** 64 hexadecimal digits. Throws, naming the folder, when there is no such context. */
export function contextDigest(directory: string, dockerfile: string, settings: string): string {
  const hash = createHash("sha256").update(settings);
  const isIgnored = readIgnoreFile(directory, dockerfile);
  for (const path of filesOf(directory, "")) {
    if (isIgnored(path)) continue;
    hash.update(`\0${path}\0`).update(readFileSync(join(directory, path)));
  }
  return hash.digest("hex");
}

function filesOf(root: string, folder: string): string[] {
  let entries;
  try {
    entries = readdirSync(join(root, folder), { withFileTypes: true });
  } catch (error) {
    throw new Error(`The build context ${join(root, folder)} can't be read: ${(error as Error).message}`, {
      cause: error,
    });
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

/** https://docs.docker.com/build/concepts/context/#dockerignore-files: the Dockerfile's own file, or else the context's. */
function readIgnoreFile(directory: string, dockerfile: string): (path: string) => boolean {
  const candidates = [`${dockerfile}.dockerignore`, ".dockerignore"].map((name) => join(directory, name));
  const file = candidates.find((candidate) => existsSync(candidate));
  if (file === undefined) return () => false;
  const rules = readFileSync(file, "utf8")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => ({ ignores: !line.startsWith("!"), pattern: patternOf(line.replace(/^!/, "")) }));
  // The last rule that matches decides.
  return (path) => rules.findLast(({ pattern }) => pattern.test(path))?.ignores ?? false;
}

/** A pattern matches a path, and everything below it. */
function patternOf(glob: string): RegExp {
  const body = glob
    .replace(/^\.?\//, "")
    .replace(/\/$/, "")
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replace(/\*\*\/|\*\*|\*|\?/g, (wildcard) => WILDCARDS[wildcard] ?? wildcard);
  return new RegExp(`^${body}(/|$)`);
}

const WILDCARDS: Readonly<Record<string, string>> = {
  "**/": "(.*/)?",
  "**": ".*",
  "*": "[^/]*",
  "?": "[^/]",
};
