import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { KEPT_RUNS, makeRunDirectory } from "../../../local/start/run-directory";

let parent: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "loveless-runs-"));
});
afterEach(() => {
  rmSync(parent, { recursive: true });
});

test("the oldest runs make room for a new one", async () => {
  const old = Array.from({ length: KEPT_RUNS + 2 }, (_, day) => `202001${String(day + 10)}T000000Z-dev-1`);
  for (const name of old) mkdirSync(join(parent, name, "logs"), { recursive: true });
  const made = basename(await makeRunDirectory(parent, "prod"));
  expect(made).toMatch(/^\d{8}T\d{6}Z-prod-\d+$/);
  expect(readdirSync(parent).sort()).toEqual([...old.slice(3), made]);
});

test("nothing but runs is ever removed, however much of it there is", async () => {
  const precious = Array.from({ length: 3 * KEPT_RUNS }, (_, index) => `a-thesis-${String(index)}`);
  for (const name of precious) writeFileSync(join(parent, name), "years of work");
  const made = basename(await makeRunDirectory(parent, "dev"));
  expect(readdirSync(parent).sort()).toEqual([made, ...precious].sort());
});

test("a place that can't be written is named, with what to do", async () => {
  const file = join(parent, ".loveless");
  writeFileSync(file, "");
  await expect(makeRunDirectory(join(file, "runs"), "dev")).rejects.toThrow(
    /^The results and logs of runs go to \S+runs, which can't be written \(ENOTDIR.*\); let this user write there/,
  );
});

test("a stack's name leads nowhere else", async () => {
  await makeRunDirectory(join(parent, "runs"), "../../elsewhere");
  expect(readdirSync(parent)).toEqual(["runs"]);
  expect(readdirSync(join(parent, "runs"))).toHaveLength(1);
});
