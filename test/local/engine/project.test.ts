import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { readProject } from "../../../local/engine/project";

const ROOT = resolve(__dirname, "../../..");
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "loveless-project-"));
  cpSync(join(ROOT, "Pulumi.yaml"), join(directory, "Pulumi.yaml"));
  mkdirSync(join(directory, "stacks"));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

test.each([
  [
    "tabs",
    "config:\n  a:b:\n\t\tc: 1\n",
    "Tabs are not allowed as indentation at line 3, column 1; indent by spaces.",
  ],
  [
    "a list that does not end",
    "config:\n  a:b: [1\n  c:d: 2\n",
    "Flow sequence in block collection must be sufficiently indented and end with a ] at line 3, column 3.",
  ],
  ["a key twice", "config:\n  a:b: 1\n  a:b: 2\n", "Map keys must be unique at line 3, column 3."],
])("a stack file with %s is told in one line, with the place", async (_what, text, message) => {
  const file = join(directory, "stacks", "Pulumi.mine.yaml");
  writeFileSync(file, text);
  const problem = await readProject(directory, "mine").catch((error: Error) => error.message);
  expect(problem).toBe(`${file} can't be read: ${message}`);
});
