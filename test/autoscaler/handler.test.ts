/** The handler as it is deployed: one bundle, run by a process of its own that knows nothing but its environment. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { buildSync } from "esbuild";
import { CLUSTER, startCloud, type TestCloud } from "./cloud";

const run = promisify(execFile);
const ACTIVITY = "arn:aws:states:eu-west-1:123456789012:activity:detect";
const SERVICE = "arn:aws:ecs:eu-west-1:123456789012:service/loveless/detect";

let directory: string;
let cloud: TestCloud;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "loveless-autoscaler-"));
  buildSync({
    entryPoints: [join(__dirname, "../../autoscaler/handler.ts")],
    bundle: true,
    platform: "node",
    target: "node24",
    minify: true,
    outfile: join(directory, "index.js"),
  });
  cloud = await startCloud(() => Date.now());
});

afterAll(async () => {
  rmSync(directory, { recursive: true });
  await cloud.close();
});

const invoke = (settings: string) =>
  run(process.execPath, ["-e", `require("./index.js").handler()`], {
    cwd: directory,
    env: { ...cloud.environment, LOVELESS_AUTOSCALER_SETTINGS: settings },
  });

test("scales a pool from zero, and says so in one JSON line for each decision and one for the tick", async () => {
  cloud.services.set(SERVICE, { desiredCount: 0, runningCount: 0 });
  cloud.record(ACTIVITY, "ActivitiesScheduled", 3, Date.now());
  const pool = {
    function: "detect",
    activityArn: ACTIVITY,
    serviceArn: SERVICE,
    slots: 2,
    minWorkers: 0,
    maxWorkers: 8,
  };
  const { stdout } = await invoke(JSON.stringify({ clusterArn: CLUSTER, minuteSeconds: 5, pools: [pool] }));
  expect(cloud.services.get(SERVICE)?.desiredCount).toBe(2);
  const lines = stdout.trimEnd().split("\n");
  expect(lines).toHaveLength(2);
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({
    event: "scaledOut",
    pool: "detect",
    desired: 2,
    backlog: 3,
  });
});

test.each([
  ["not JSON", "LOVELESS_AUTOSCALER_SETTINGS is wrong: the whole: "],
  [
    JSON.stringify({ clusterArn: "arn:c", minuteSeconds: 0.5, pools: [] }),
    "LOVELESS_AUTOSCALER_SETTINGS is wrong: minuteSeconds: ",
  ],
  [
    JSON.stringify({ clusterArn: "arn:c", minuteSeconds: 5 }),
    "LOVELESS_AUTOSCALER_SETTINGS is wrong: pools: ",
  ],
])("does not start with wrong settings: %s", async (settings, said) => {
  await expect(invoke(settings)).rejects.toThrow(said);
});
