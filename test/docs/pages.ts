/** The Markdown pages of the repository, as far as their truth can be looked up: links, headings, commands, paths. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

export const ROOT = resolve(__dirname, "../..");

export interface Page {
  /** Below the repository. */
  readonly path: string;
  /** The whole text. */
  readonly text: string;
  /** Without blocks and spans of code, in which brackets are no links. */
  readonly prose: string;
  /** As GitHub makes them of the headings. */
  readonly anchors: ReadonlySet<string>;
}

/** Those that git knows. */
export function allPages(): readonly Page[] {
  const listed = execFileSync("git", ["ls-files", "-z", "*.md"], { cwd: ROOT, encoding: "utf8" });
  return listed
    .split("\0")
    .filter((path) => path !== "")
    .map((path) => pageOf(path, readFileSync(join(ROOT, path), "utf8")));
}

export function pageOf(path: string, text: string): Page {
  const withoutBlocks = text.replace(/^(```|~~~)[\s\S]*?^\1/gm, "");
  return { path, text, prose: withoutBlocks.replace(/`[^`\n]*`/g, ""), anchors: anchorsOf(withoutBlocks) };
}

/** Targets of links and pictures that are not on another host. */
export function relativeLinks({ prose }: Page): readonly string[] {
  return [...prose.matchAll(/\]\(<?([^)\s>]+)>?[^)]*\)/g)]
    .map(([, target = ""]) => target)
    .filter((target) => !/^[a-z]+:/.test(target));
}

/** https://gist.github.com/asabaylus/3071099: lower case, no punctuation, hyphens for blanks, a number for a second one. */
function anchorsOf(text: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const [, heading = ""] of text.matchAll(/^#{1,6} +(.+?) *#*$/gm)) {
    const words = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
    const slug = words.replace(/[^\p{L}\p{N}_ -]/gu, "").replaceAll(" ", "-");
    let anchor = slug;
    for (let times = 1; anchors.has(anchor); times++) anchor = `${slug}-${String(times)}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** Names of the scripts that a page tells people to run: `npm run X`, `npm test`, `npm start`. */
export function npmScripts({ text }: Page): readonly string[] {
  const run = [...text.matchAll(/\bnpm run (?:--?[\w-]+ )*([a-z][\w:-]*)/g)].map(([, name = ""]) => name);
  return [...run, ...[...text.matchAll(/\bnpm (test|start)\b/g)].map(([, name = ""]) => name)];
}

/** Patterns of test files, as in `npx jest test/worker/spill`. */
export function jestPatterns({ text }: Page): readonly string[] {
  return [...text.matchAll(/`npx jest ((?:test\/[\w/-]+ ?)+)`/g)].flatMap(([, patterns = ""]) =>
    patterns.trim().split(" "),
  );
}

/** Paths of the repository in spans of code. */
export function namedPaths({ text }: Page): readonly string[] {
  const folders = "autoscaler|components|docs|examples|local|policies|stacks|test|worker";
  return [...text.matchAll(new RegExp(`\`((?:${folders})/[\\w./-]+)\``, "g"))].map(([, path = ""]) => path);
}
