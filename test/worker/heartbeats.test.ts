/** Heartbeats of a whole worker, whatever its function pours out; the sums of their timing are in slot.test.ts. */
import { join } from "node:path";
import { stageWorkers } from "./stage";

const stage = stageWorkers();

const STREAMER = [process.execPath, join(__dirname, "functions/streamer.mjs")];

test.each([
  ["floods its output", {}, { does: "flood", value: 1_400 }, { kind: "success" }],
  [
    "sends a response of 6 MiB chunk by chunk",
    { entryPoint: STREAMER, command: [] },
    { chunks: 28 },
    { kind: "failure", error: "Function.ResponseSizeTooLarge" },
  ],
])(
  "heartbeats go on while the function %s, and stop with its outcome",
  async (_what, settings, input, outcome) => {
    const { states, start } = stage;
    start({ heartbeatSeconds: 1, ...settings });
    const beats = (of: string): number => states.heartbeats.filter((token) => token === of).length;
    const first = states.give(input);
    expect(await states.report(first)).toMatchObject(outcome);
    const heard = beats(first);
    // One is due every third of a second.
    expect(heard).toBeGreaterThanOrEqual(2);
    // By the time that the next task has had some, the first would have had more.
    const second = states.give(input);
    await states.until(() => beats(second) >= 2);
    // One may have been on its way, on another connection than the outcome's.
    expect(beats(first)).toBeLessThanOrEqual(heard + 1);
    await states.report(second);
  },
);
