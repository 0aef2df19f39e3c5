/** Slots of one worker, one of them with a hostile function: it reads /proc, finds the ports, and steals what it can. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { taskIdOf } from "../../worker/slot";
import { stageWorkers } from "./stage";

const stage = stageWorkers();
const onLinux = existsSync("/proc/net/tcp") ? test : test.skip;

interface Heard {
  readonly itself: readonly (number | string)[];
  readonly child: readonly (number | string)[];
  readonly orphan: readonly (number | string)[];
}

onLinux(
  "a function can neither read nor answer its neighbour's task: not by its id, not as a child or an orphan (needs /proc)",
  async () => {
    const { states, start, directory } = stage;
    const worker = start({ slots: 2, command: ["hostile.handler"] });
    const until = join(directory, "over");
    const victim = states.give({ until });
    await worker.line("FunctionPrinted", ({ line }) => line === "working");
    const attack = await states.report(states.give({ id: taskIdOf(victim) }));
    writeFileSync(until, "");
    expect(await states.report(victim)).toMatchObject({ kind: "success", output: '"honest"' });
    // Each of: what is your task, here is its answer, here is an error for it.
    const refused = [403, 403, 403];
    const heard = JSON.parse(attack.output ?? "null") as Heard;
    expect(heard).toEqual({ itself: refused, child: refused, orphan: refused });
    expect(await worker.line("ConnectionRefused")).toMatchObject({
      reason: expect.stringContaining("another process") as string,
    });
    expect(states.reports.filter(({ output }) => output === '"forged"')).toEqual([]);
  },
);

test("children of a function's own process are let in, also in a session of their own", async () => {
  const { states, start } = stage;
  const client = join(__dirname, "../../local/runtime-client/main.mjs");
  const worker = start({
    slots: 2,
    entryPoint: ["sh", "-c", `(exec setsid --wait "$@"); exit $?`, "sh", process.execPath, client],
  });
  const reports = await Promise.all([1, 2, 3, 4].map((value) => states.report(states.give({ value }))));
  expect(reports.map(({ kind }) => kind)).toEqual(["success", "success", "success", "success"]);
  expect(worker.lines.filter(({ event }) => event === "ConnectionRefused")).toEqual([]);
});
