import { createExecutionIndex } from "../../../local/console/execution-index";

const arnOf = (name: string): string => `arn:aws:states:eu-west-1:123456789012:execution:catalogue:${name}`;

test("beyond its bound the oldest that have ended are let go, and those that run stay", () => {
  const index = createExecutionIndex(10);
  index.started(arnOf("runs"), 0);
  for (let each = 0; each < 30; each += 1) {
    index.started(arnOf(String(each)), each);
    index.changed(arnOf(String(each)), "SUCCEEDED", each + 1);
  }
  const { total, rows } = index.page({ status: null, text: "", offset: 0, limit: 100 });
  expect(total).toBeLessThanOrEqual(11);
  expect(rows[0]?.name).toBe("29");
  expect(rows.at(-1)).toMatchObject({ name: "runs", status: "RUNNING", endedMs: null });
  const counts = index.counts();
  expect(counts.RUNNING + counts.SUCCEEDED).toBe(total);
});

test("a redriven execution runs again", () => {
  const index = createExecutionIndex();
  index.started(arnOf("a"), 1);
  index.changed(arnOf("a"), "FAILED", 5);
  const revision = index.revision();
  index.changed(arnOf("a"), "RUNNING", 9);
  expect(index.counts()).toMatchObject({ RUNNING: 1, FAILED: 0 });
  expect(index.revision()).toBeGreaterThan(revision);
  expect(index.page({ status: "RUNNING", text: "", offset: 0, limit: 1 }).rows).toMatchObject([
    { startedMs: 1, endedMs: null },
  ]);
});
