import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import {
  allPages,
  jestPatterns,
  namedPaths,
  npmScripts,
  type Page,
  pageOf,
  relativeLinks,
  ROOT,
} from "./pages";

const pages = allPages();
const byPath = new Map(pages.map((page) => [page.path, page]));
/** Made by a run, or by who follows docs/forking.md. */
const MADE = ["test/artifacts/", "stacks/Pulumi.mine.yaml", "examples/blur"];

/** Null: it leads somewhere. */
function deadEnd(page: Page, link: string): string | null {
  const [path = "", anchor] = link.split("#");
  const target = path === "" ? page.path : normalize(join(dirname(page.path), decodeURIComponent(path)));
  if (!existsSync(join(ROOT, target))) return `${page.path}: ${link} is no file`;
  if (anchor === undefined) return null;
  const isThere = byPath.get(target)?.anchors.has(decodeURIComponent(anchor)) ?? false;
  return isThere ? null : `${page.path}: ${link} is no heading`;
}

test("every relative link of a page leads to a file, and its anchor to a heading", () => {
  const links = pages.flatMap((page) => relativeLinks(page).map((link) => ({ page, link })));
  expect(links.length).toBeGreaterThan(50);
  expect(links.flatMap(({ page, link }) => deadEnd(page, link) ?? [])).toEqual([]);
});

test("every npm script that a page names is in package.json", () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: object };
  const named = pages.flatMap((page) => npmScripts(page).map((name) => ({ page: page.path, name })));
  expect(named.length).toBeGreaterThan(30);
  expect(named.filter(({ name }) => !(name in scripts))).toEqual([]);
});

test("every jest command of a page finds tests", () => {
  const tests = readdirSync(join(ROOT, "test"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".test.ts"))
    .map((file) => join("test", file));
  const named = pages.flatMap(jestPatterns);
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((pattern) => !tests.some((file) => file.includes(pattern)))).toEqual([]);
});

test("every file and folder of the repository that a page names is there", () => {
  const named = pages.flatMap((page) => namedPaths(page).map((path) => ({ page: page.path, path })));
  expect(named.length).toBeGreaterThan(30);
  const missing = named.filter(({ path }) => !existsSync(join(ROOT, path)) && !MADE.includes(path));
  expect(missing).toEqual([]);
});

describe("what is looked for", () => {
  const page = pageOf(
    "docs/a.md",
    [
      "# An `npm start`, and: a dead end",
      "## Twice",
      "## Twice",
      "[a](b.md#c) ![p](p.png) [far](https://example.com) `[no](code)`",
      "```",
      "[no](block) # no heading",
      "```",
      "Run `npm run --silent plan` or `npx jest test/docs/links test/worker`; see `docs/none.md`.",
    ].join("\n"),
  );

  test("are links and pictures outside of code, and not those to other hosts", () => {
    expect(relativeLinks(page)).toEqual(["b.md#c", "p.png"]);
    expect(deadEnd(page, "none.md")).toBe("docs/a.md: none.md is no file");
    expect(deadEnd(page, "../README.md#nowhere")).toBe("docs/a.md: ../README.md#nowhere is no heading");
  });

  test("are headings under the names that GitHub gives them", () => {
    expect([...page.anchors]).toEqual(["an-npm-start-and-a-dead-end", "twice", "twice-1"]);
  });

  test("are commands and paths in code", () => {
    expect(npmScripts(page)).toEqual(["plan", "start"]);
    expect(jestPatterns(page)).toEqual(["test/docs/links", "test/worker"]);
    expect(namedPaths(page)).toEqual(["docs/none.md"]);
  });
});
