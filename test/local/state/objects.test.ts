/** Objects and metrics that outlive the process: whole, or not there. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createMetricStore } from "../../../local/cloud/metrics/metrics";
import { createBucket } from "../../../local/cloud/s3/objects";
import { openState, type State } from "../../../local/cloud/state-store/state";

let directory: string;
let state: State;
let nowMs: number;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "loveless-state-"));
  nowMs = Date.UTC(2026, 10, 20);
  state = open();
});
afterEach(() => {
  state.close();
  rmSync(directory, { recursive: true, force: true });
});

function open(): State {
  return openState({
    directory,
    stack: "dev",
    now: () => nowMs,
    onFailure(error) {
      throw error;
    },
  });
}

function restart(): void {
  state.close();
  state = open();
}

describe("objects", () => {
  const bucket = (): ReturnType<typeof createBucket> =>
    createBucket(join(state.objectDirectory, "images"), state.s3.objects("images"));
  const put = (key: string, text: string): Promise<unknown> =>
    bucket().put(key, Buffer.from(text), { "content-type": "text/plain" }, new Date(nowMs));

  test("come back with their content, their headers and their date, whatever their key", async () => {
    for (const key of ["a/b.txt", "odd key/ü", "A/b.txt"]) await put(key, `content of ${key}`);
    const before = bucket().list();
    restart();
    const after = bucket();
    expect(after.list()).toEqual(before);
    for (const object of after.list())
      expect(String(await after.read(object))).toBe(`content of ${object.key}`);
  });

  test("that were overwritten or removed come back so", async () => {
    await put("kept", "old");
    await put("kept", "new");
    await put("gone", "x");
    bucket().remove("gone");
    restart();
    expect(
      bucket()
        .list()
        .map(({ key, size }) => [key, size]),
    ).toEqual([["kept", 3]]);
    expect(readFileSync(bucket().find("kept")?.file ?? "", "utf8")).toBe("new");
  });

  test("take the place of no other's file after a restart", async () => {
    await put("folder/a", "a");
    restart();
    await put("folder", "the key is a folder of another");
    expect(String(await bucket().read(bucket().list()[1] ?? missing()))).toBe("a");
  });

  test("are the new ones when the process ended before the file was moved to its place", async () => {
    await put("key", "old");
    const record = state.s3.objects("images").all()[0] ?? missing();
    // As it is between the record and the move.
    writeFileSync(join(state.objectDirectory, "images", ".writing-1"), "newer");
    state.s3.objects("images").put({ ...record, size: 5, etag: '"new"', beside: ".writing-1" });
    restart();
    const object = bucket().find("key") ?? missing();
    expect([object.etag, readFileSync(object.file, "utf8")]).toEqual(['"new"', "newer"]);
  });

  test("are the old ones when the process ended before anything was recorded, and nothing lies about", async () => {
    await put("key", "old");
    writeFileSync(join(state.objectDirectory, "images", ".writing-2"), "half");
    restart();
    expect(readFileSync(bucket().find("key")?.file ?? "", "utf8")).toBe("old");
    expect(readdirSync(join(state.objectDirectory, "images"))).toEqual(["key"]);
    expect(existsSync(join(state.objectDirectory, "images", ".writing-2"))).toBe(false);
  });

  test("lie in buckets that were made by call, which come back too", () => {
    state.s3.buckets.put("made", nowMs);
    state.s3.buckets.put("removed", nowMs);
    state.s3.buckets.remove("removed");
    restart();
    expect(state.s3.buckets.all()).toEqual([{ name: "made", createdMs: nowMs }]);
  });
});

describe("metrics", () => {
  const metric = { namespace: "AWS/States", name: "ActivityTime", dimensions: { ActivityArn: "a" } };
  const whole = { startSeconds: 0, endSeconds: 2e10, periodSeconds: 60 };

  test("come back as they were measured, those of the last moment too", async () => {
    const store = createMetricStore(state.metrics);
    for (let value = 1; value <= 30; value++) {
      nowMs += 400;
      store.record({ ...metric, value, unit: "Milliseconds", timeMs: nowMs });
      await state.states.committed();
    }
    const { sum, minimum, maximum, count } = { sum: 5, minimum: 1, maximum: 3, count: 2 };
    store.record({
      ...metric,
      statistics: { sum, minimum, maximum, count },
      unit: "Milliseconds",
      timeMs: nowMs,
    });
    const statistics = ["Sum", "SampleCount", "Minimum", "Maximum", { percentile: 90 }] as const;
    const before = statistics.map((statistic) => store.points(metric, { ...whole, statistic }));
    restart();
    const after = createMetricStore(state.metrics);
    expect(statistics.map((statistic) => after.points(metric, { ...whole, statistic }))).toEqual(before);
    expect(before[0]?.[0]?.value).toBe((30 * 31) / 2 + 5);
    expect(after.points(metric, { ...whole, statistic: "Sum", unit: "Count" })).toEqual([]);
  });

  test("older than three hours don't come back", async () => {
    const store = createMetricStore(state.metrics);
    store.record({ ...metric, value: 1, unit: "Count", timeMs: nowMs });
    await state.states.committed();
    nowMs += 2_000;
    store.record({ ...metric, value: 1, unit: "Count", timeMs: nowMs });
    restart();
    nowMs += 4 * 3_600_000;
    restart();
    expect(createMetricStore(state.metrics).points(metric, { ...whole, statistic: "Sum" })).toEqual([]);
  });
});

function missing(): never {
  throw new Error("There is no such object.");
}
