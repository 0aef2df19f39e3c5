/** `npm run bench -- NAME [--json]`: one bench by its name; `--help` lists them. */
import { isNothingToRun, newCommand, readArguments } from "../../local/command-line";

interface Bench {
  /** Measures, and gives the figures of the last line; progress goes to standard error. */
  bench(): Promise<Record<string, unknown>>;
}

/** Each bench and what it measures. Imported late: a bench pays for nothing but itself. */
const benches: Readonly<Record<string, { readonly measures: string; readonly load: () => Promise<Bench> }>> =
  {
    autoscaler: {
      measures: "the autoscaler's law beside its peers, in the simulator, on held-out seeds",
      load: () => import("./autoscaler.ts"),
    },
    start: {
      measures: "npm start --once on each stack: first task, whole run",
      load: () => import("./start.ts"),
    },
    local: {
      measures: "the local cloud: executions, activity tasks, a Map of 10,000, memory",
      load: () => import("./local.ts"),
    },
    console: {
      measures:
        "the console: first paint, updates with 50 workers, 10,000 executions, what it costs the local cloud",
      load: () => import("./console.ts"),
    },
    state: {
      measures: "what --state costs the local cloud: executions, activity tasks, a Map of 10,000, a restart",
      load: () => import("./state.ts"),
    },
    worker: {
      measures:
        "the worker beside a bare runtime API (with aws-lambda-ric where test/clients is installed), bare SDK calls, a bare spawn, and a peer",
      load: () => import("./worker.ts"),
    },
  };

const list = Object.entries(benches)
  .map(([name, { measures }]) => `  ${name.padEnd(12)}${measures}`)
  .join("\n");

async function main(): Promise<void> {
  const command = newCommand(
    "npm run bench --",
    "Measures one part. Figures are medians; the machine should have nothing else to do.",
  )
    .argument("<name>", "which bench")
    .option("--json", "only the JSON object", false)
    .addHelpText("after", `\nBenches:\n${list}`);
  const read = readArguments((argv) => command.parse(argv, { from: "user" }), process.argv.slice(2));
  if (isNothingToRun(read)) {
    process.exitCode = read.exitCode;
    return;
  }
  const name = command.args[0] ?? "";
  const entry = benches[name];
  if (entry === undefined) {
    process.stderr.write(`There is no bench "${name}"; choose one of these:\n${list}\n`);
    process.exitCode = 2;
    return;
  }
  const figures = await (await entry.load()).bench();
  const json = command.opts<{ json: boolean }>().json;
  process.stdout.write(`${JSON.stringify({ bench: name, ...figures }, null, json ? undefined : 2)}\n`);
}

void main();
