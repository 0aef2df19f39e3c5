import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stageWorkers } from "../worker/stage";
import { clients, type Client } from "./clients";

const IN_A_ROW = 1_000;
const SLOTS = 8;
/** bash starts two processes for each task. */
const IN_A_ROW_MS = 180_000;

const stage = stageWorkers();

interface Change {
  readonly handler?: string | undefined;
  readonly slots?: number;
  readonly taskRoot?: string;
  readonly timeoutSeconds?: number | undefined;
}

function start(client: Client, change: Change = {}): void {
  const { handler = client.handler, slots = 1, taskRoot = client.taskRoot, timeoutSeconds = 30 } = change;
  const entryPoint = client.entryPoint(stage.directory);
  const settings = { entryPoint, command: [handler], slots, timeoutSeconds };
  stage.start(settings, {
    LAMBDA_TASK_ROOT: taskRoot,
    // Else Python leaves compiled files beside the functions.
    PYTHONDONTWRITEBYTECODE: "1",
  });
}

function write({ file: name, text }: { readonly file: string; readonly text: string }): string {
  writeFileSync(join(stage.directory, name), text);
  return stage.directory;
}

for (const client of clients) {
  const here = client.lacks === undefined;
  const title = here ? client.name : `${client.name} (skipped: ${client.lacks ?? ""})`;
  (here ? describe : describe.skip)(title, () => {
    beforeAll(() => {
      client.build?.(stage.directory);
    });

    test.each(client.rows.map((row) => [row.what, row] as const))(
      "a function that %s",
      async (_what, row) => {
        start(client, { ...row, ...(row.source === undefined ? {} : { taskRoot: write(row.source) }) });
        const token = stage.states.give(row.input ?? {});
        const report = await stage.states.report(token);
        expect(report).toMatchObject(row.expected);
        if (row.cause !== undefined) expect(report.cause).toContain(row.cause);
        // Whatever it was, the slot goes on, and nothing is told twice.
        if (row.handler === undefined) await stage.states.report(stage.states.give({ does: "nothing" }));
        expect(stage.states.reports.filter((each) => each.token === token)).toHaveLength(1);
      },
    );

    test(
      `${String(IN_A_ROW)} tasks in a row, in one process`,
      async () => {
        start(client);
        const tokens = Array.from({ length: IN_A_ROW }, (_task, value) =>
          stage.states.give({ does: "echo", value }),
        );
        await stage.states.until(() => stage.states.reports.length >= IN_A_ROW);
        expect(stage.states.reports.map(({ token, kind }) => `${token} ${kind}`)).toEqual(
          tokens.map((token) => `${token} success`),
        );
        const started = stage.worker.lines.filter(({ event }) => event === "FunctionProcessStarted");
        expect(started).toHaveLength(1);
      },
      IN_A_ROW_MS,
    );

    test(`${String(SLOTS)} slots at once answer each task with its own output`, async () => {
      start(client, { slots: SLOTS });
      const values = Array.from({ length: 20 * SLOTS }, (_task, value) => value);
      const tokens = values.map((value) => stage.states.give({ does: "echo", value }));
      const outputs = await Promise.all(
        tokens.map(
          async (token) => (JSON.parse((await stage.states.report(token)).output ?? "") as Echo).value,
        ),
      );
      expect(outputs).toEqual(values);
      const started = stage.worker.lines.filter(({ event }) => event === "FunctionProcessStarted");
      expect(started).toHaveLength(SLOTS);
    });
  });
}

interface Echo {
  readonly value: number;
}
