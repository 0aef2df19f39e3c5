import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleWorker } from "../../local/cloud/ecs/bundle";
import { startStepFunctions, type FakeStepFunctions } from "../worker/step-functions";
import { startWorker, type WorkerProcess } from "../worker/worker-process";
import { clients, type Client } from "./clients";

const IN_A_ROW = 1_000;
const SLOTS = 8;
/** bash starts two processes for each task. */
const IN_A_ROW_MS = 180_000;

let directory: string;
let file: string;
let states: FakeStepFunctions;
let worker: WorkerProcess;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "loveless-clients-"));
  file = await bundleWorker(directory);
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});
beforeEach(async () => {
  states = await startStepFunctions();
});
afterEach(async () => {
  worker.signal("SIGTERM");
  const draining = worker.line("WorkerStateChanged", ({ to }) => to === "draining");
  await Promise.race([worker.exited, draining]);
  // Again and again: a poll may have been on its way when the worker was told.
  const answering = setInterval(states.answerPolls, 20);
  await worker.exited;
  clearInterval(answering);
  await states.close();
}, 15_000);

function start(client: Client, handler: string, slots: number, taskRoot = client.taskRoot): void {
  const settings = {
    entryPoint: client.entryPoint(directory),
    command: [handler],
    slots,
    timeoutSeconds: 30,
  };
  worker = startWorker(file, states.endpoint, settings, {
    LAMBDA_TASK_ROOT: taskRoot,
    // Else Python leaves compiled files beside the functions.
    PYTHONDONTWRITEBYTECODE: "1",
  });
}

function write({ file: name, text }: { readonly file: string; readonly text: string }): string {
  writeFileSync(join(directory, name), text);
  return directory;
}

for (const client of clients) {
  const here = client.lacks === undefined;
  const title = here ? client.name : `${client.name} (skipped: ${client.lacks ?? ""})`;
  (here ? describe : describe.skip)(title, () => {
    beforeAll(() => {
      client.build?.(directory);
    });

    test.each(client.rows.map((row) => [row.what, row] as const))(
      "a function that %s",
      async (_what, row) => {
        const taskRoot = row.source === undefined ? client.taskRoot : write(row.source);
        start(client, row.handler ?? client.handler, 1, taskRoot);
        const token = states.give(row.input ?? {});
        const report = await states.report(token);
        expect(report).toMatchObject(row.expected);
        if (row.cause !== undefined) expect(report.cause).toContain(row.cause);
        // Whatever it was, the slot goes on, and nothing is told twice.
        if (row.handler === undefined) await states.report(states.give({ does: "nothing" }));
        expect(states.reports.filter((each) => each.token === token)).toHaveLength(1);
      },
    );

    test(
      `${String(IN_A_ROW)} tasks in a row, in one process`,
      async () => {
        start(client, client.handler, 1);
        const tokens = Array.from({ length: IN_A_ROW }, (_task, value) =>
          states.give({ does: "echo", value }),
        );
        await states.until(() => states.reports.length >= IN_A_ROW);
        expect(states.reports.map(({ token, kind }) => `${token} ${kind}`)).toEqual(
          tokens.map((token) => `${token} success`),
        );
        const started = worker.lines.filter(({ event }) => event === "FunctionProcessStarted");
        expect(started).toHaveLength(1);
      },
      IN_A_ROW_MS,
    );

    test(`${String(SLOTS)} slots at once answer each task with its own output`, async () => {
      start(client, client.handler, SLOTS);
      const values = Array.from({ length: 20 * SLOTS }, (_task, value) => value);
      const tokens = values.map((value) => states.give({ does: "echo", value }));
      const outputs = await Promise.all(
        tokens.map(async (token) => (JSON.parse((await states.report(token)).output ?? "") as Echo).value),
      );
      expect(outputs).toEqual(values);
      const started = worker.lines.filter(({ event }) => event === "FunctionProcessStarted");
      expect(started).toHaveLength(SLOTS);
    });
  });
}

interface Echo {
  readonly value: number;
}
