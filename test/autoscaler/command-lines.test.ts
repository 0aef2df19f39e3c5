/** The two command lines of the autoscaler, as processes of their own. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const ROOT = resolve(__dirname, "../..");
let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "loveless-command-lines-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function runScript(script: string, args: readonly string[], input = ""): Promise<Run> {
  return new Promise((done, fail) => {
    const child = execFile(
      process.execPath,
      ["--import", "tsx", script, ...args],
      { cwd: ROOT, env: { ...process.env, INIT_CWD: folder } },
      (error, stdout, stderr) => {
        if (error !== null && typeof error.code !== "number") fail(error);
        else done({ code: error === null ? 0 : Number(error.code), stdout, stderr });
      },
    );
    child.stdin?.end(input);
  });
}
const simulate = (...args: string[]): Promise<Run> => runScript("autoscaler/simulate/main.ts", args);

describe("npm run simulate", () => {
  test("prints a row for each law and writes a page with a plot for each", async () => {
    const page = join(folder, "page.html");
    const { code, stdout } = await simulate(
      "--scenario",
      "bursts",
      "--law",
      "kedaHpa",
      "balanced",
      "--report",
      page,
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/^kedaHpa\s+\S+/m);
    expect(stdout).toMatch(/^balanced\s+\S+/m);
    expect(stdout).toContain(`plots: ${page}`);
    const html = readFileSync(page, "utf8");
    expect(html).toContain("kedaHpa");
    const plots = html.match(/<svg[\s\S]*?<\/svg>/g) ?? [];
    expect(plots.length).toBeGreaterThanOrEqual(4);
    // A plot of numbers, not of what went wrong with them.
    for (const plot of plots) expect(plot).not.toMatch(/NaN|Infinity|undefined/);
  }, 60_000);

  test("takes a load of one's own, relative to where npm was called, and says it in JSON", async () => {
    writeFileSync(
      join(folder, "night.csv"),
      `arrival,duration\n${Array.from({ length: 60 }, (_, at) => `${String(at * 20)},30`).join("\n")}\n`,
    );
    const { code, stdout } = await simulate(
      "--trace",
      "night.csv",
      "--profile",
      "fast",
      "--slots",
      "2",
      "--report",
      "mine.html",
      "--json",
    );
    expect(code).toBe(0);
    const answer = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as {
      scenario: string;
      laws: Record<string, { p95WaitSeconds: number; costRatio: number; interrupted: number }>;
      report: string;
    };
    expect(answer.scenario).toBe("night.csv");
    expect(Object.keys(answer.laws)).toEqual(["fast"]);
    expect(answer.laws.fast?.costRatio).toBeGreaterThan(0);
    expect(answer.laws.fast?.interrupted).toBe(0);
    expect(answer.report).toBe(join(folder, "mine.html"));
    expect(readFileSync(answer.report, "utf8")).toContain("<svg");
  }, 60_000);

  test.each<[string, string[], RegExp]>([
    ["a scenario that there is not", ["--scenario", "weekend"], /weekend.*Allowed choices are steady, /],
    ["a law that there is not", ["--law", "magic"], /magic.*Allowed choices are cumulus, /],
    ["a profile that there is not", ["--profile", "lazy"], /lazy.*Allowed choices are lean, balanced, fast/],
    [
      "a page in a directory that there is not",
      ["--report", "/proc/x/y.html"],
      /--report is \/proc\/x.*make it/,
    ],
    ["half a worker's slots", ["--slots", "1.5"], /--slots.*'1.5'.*whole number/],
    ["fewer slots than none", ["--slots", "-1"], /--slots.*'-1'.*whole number, 1 or more/],
    ["no slots at all", ["--slots", "0"], /--slots.*'0'.*1 or more/],
    ["a start-up that ends before it begins", ["--start-up", "60-30"], /--start-up.*'60-30'.*30-60/],
    ["more at least than at most", ["--min-workers", "5", "--max-workers", "2"], /--min-workers.*5.*2/],
    ["a word too many", ["bursts"], /too many arguments/],
  ])(
    "ends with 2 and one line for %s",
    async (_what, args, message) => {
      const { code, stdout, stderr } = await simulate(...args);
      expect(code).toBe(2);
      expect(stdout).toBe("");
      expect(stderr.trim().split("\n")).toHaveLength(1);
      expect(stderr).toMatch(message);
    },
    60_000,
  );

  test.each<[string, string, RegExp]>([
    ["a word for a number", "0,30\n5,soon\n", /Line 2 .*"5,soon".*12\.5,60/],
    ["a column too many", "0,30,1\n", /Line 1 .*"0,30,1"/],
    ["a task that never ran", "0,0\n", /Line 1 .*"0,0"/],
    ["no task at all", "arrival,duration\n", /bad\.csv has no tasks/],
  ])(
    "names the line of a trace that has %s",
    async (_what, text, message) => {
      writeFileSync(join(folder, "bad.csv"), text);
      const { code, stderr } = await simulate("--trace", "bad.csv");
      expect(code).toBe(1);
      expect(stderr.trim().split("\n")).toHaveLength(1);
      expect(stderr).toMatch(message);
    },
    60_000,
  );

  test.each(["nowhere.csv", "."])(
    "names a trace that can't be read: %s",
    async (file) => {
      const { code, stderr } = await simulate("--trace", file);
      expect(code).toBe(1);
      expect(stderr.trim().split("\n")).toHaveLength(1);
      expect(stderr).toContain(`--trace can't be read, got ${join(folder, file)} (E`);
      expect(stderr).toMatch(/name a CSV file/);
    },
    60_000,
  );
});

const QUESTION = {
  now: "2026-11-20T12:00:01Z",
  settings: {
    pools: [
      {
        function: "detect",
        activityArn: "arn:a",
        serviceArn: "arn:s",
        slots: 1,
        minWorkers: 0,
        maxWorkers: 8,
      },
    ],
  },
  observation: {
    "arn:a": {
      workers: { desired: 0, running: 0 },
      bins: [{ startMs: Date.UTC(2026, 10, 20, 11, 57), scheduled: 3 }],
    },
  },
};

describe("npm run plan", () => {
  test("answers each question with one line, passes over other events, and names each line that is wrong", async () => {
    const lines = [
      JSON.stringify(QUESTION),
      "",
      JSON.stringify({ event: "held", pool: "detect" }),
      "{ not JSON",
      JSON.stringify({ ...QUESTION, now: "yesterday" }),
      JSON.stringify({ event: "observed", ...QUESTION }),
      JSON.stringify({
        ...QUESTION,
        observation: { "arn:a": { workers: { desired: -2, running: 0 }, bins: [] } },
      }),
      JSON.stringify({
        ...QUESTION,
        observation: { "arn:a": { workers: { desired: 0, running: 0 }, bins: "soon" } },
      }),
    ];
    const { code, stdout } = await runScript("autoscaler/plan-lines.ts", [], lines.join("\n"));
    const answers = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { error?: string; decisions?: { pool: string; desired: number }[] });
    expect(answers).toHaveLength(6);
    expect(answers[0]?.decisions).toMatchObject([{ pool: "detect", action: "scaleOut" }]);
    expect(answers[0]?.decisions?.[0]?.desired).toBeGreaterThanOrEqual(3);
    expect(answers[1]?.error).toMatch(/^Line 4: .*JSON/);
    expect(answers[2]?.error).toMatch(/^Line 5: .*now: /);
    expect(answers[3]?.decisions).toEqual(answers[0]?.decisions);
    expect(answers[4]?.error).toMatch(/^Line 7: .*observation\.arn:a\.workers\.desired: .*, got -2/);
    expect(answers[5]?.error).toMatch(/^Line 8: .*\.bins: takes a list of bins, .*, got "soon"/);
    expect(code).toBe(1);
  }, 60_000);

  test("ends with 0 when every line was understood, and with 2 for an argument that it has not", async () => {
    const script = "autoscaler/plan-lines.ts";
    expect((await runScript(script, [], JSON.stringify(QUESTION))).code).toBe(0);
    const wrong = await runScript(script, ["--fast"]);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toMatch(/unknown option '--fast'/);
    const file = await runScript(script, ["night.log"]);
    expect(file.code).toBe(2);
    expect(file.stderr).toMatch(/too many arguments[\s\S]*plan < night\.log/);
  }, 60_000);
});
