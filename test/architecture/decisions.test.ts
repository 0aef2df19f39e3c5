/** Holds that a reader of the code finds each decision that it names by number. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(__dirname, "../..");
const read = (file: string): string => readFileSync(join(root, file), "utf8");

test("every decision that code or a rule names by its number is in docs/decisions.md", () => {
  const files = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "*.ts", "*Dockerfile"], {
    cwd: root,
  });
  const named = files
    .toString()
    .split("\n")
    .filter((file) => file !== "" && !file.startsWith("test/"))
    .flatMap((file) => [...read(file).matchAll(/\(D(\d+)\)|Loveless D(\d+)/g)])
    .map(([, inWords, inRule]) => `D${inWords ?? inRule ?? ""}`);
  expect(named.length).toBeGreaterThan(10);
  const written = [...read("docs/decisions.md").matchAll(/^- \*\*(D\d+)\. /gm)].map(([, number]) => number);
  expect([...new Set(named)].filter((number) => !written.includes(number))).toEqual([]);
});
