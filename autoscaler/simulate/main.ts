/** `npm run simulate`: tries laws on a scenario or on one's own trace; a table on the terminal, plots in a file. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { LAW_NAMES, LAWS, type LawName, OWN_PROFILES } from "./laws";
import { figuresOf } from "./measure";
import { oracle } from "./oracle";
import { OTHER_SCENARIOS } from "./other-scenarios";
import { type LawResult, page, table } from "./report";
import { run } from "./run";
import { SCENARIOS } from "./scenarios";
import { TUNING_SEEDS } from "./seeds";
import { parseTrace } from "./trace";
import { FARGATE, type Workload } from "./workload";

const BUILDERS: Readonly<Record<string, (seed: number) => Workload>> = { ...SCENARIOS, ...OTHER_SCENARIOS };
const REPORT = ".loveless/simulation.html";

interface Arguments {
  readonly scenario: string;
  readonly trace?: string;
  readonly law: readonly LawName[];
  readonly profile?: (typeof OWN_PROFILES)[number];
  readonly seed: number;
  readonly slots?: number;
  readonly startUp?: readonly [number, number];
  readonly minWorkers?: number;
  readonly maxWorkers?: number;
  readonly report: string;
  readonly json: boolean;
}

function parseArguments(argv: readonly string[]): Arguments {
  return new Command("npm run simulate --")
    .description("Simulates a pool: how long tasks would wait and what the workers would cost, by each law.")
    .addOption(new Option("--scenario <name>", "the load").choices(Object.keys(BUILDERS)).default("bursts"))
    .option("--trace <file>", "a load of your own instead: CSV, arrival and duration in seconds")
    .addOption(
      new Option("--law <name...>", "laws to try; all, to compare them")
        .choices([...LAW_NAMES, "all"])
        .default([...OWN_PROFILES]),
    )
    .addOption(new Option("--profile <name>", "one profile of our law").choices([...OWN_PROFILES]))
    .option("--seed <number>", "another seed, other arrivals", count, TUNING_SEEDS[0])
    .option("--slots <number>", "tasks that a worker runs at once", countFromOne)
    .option("--start-up <seconds>", "how long a worker takes to start, LEAST-MOST", range)
    .option("--min-workers <number>", "the pool's least", count)
    .option("--max-workers <number>", "the pool's most", countFromOne)
    .option("--report <file>", "where the page with the plots goes", REPORT)
    .option("--json", "print one JSON object as the last line of standard output", false)
    .addHelpText("after", EXAMPLES)
    .allowExcessArguments(false)
    .exitOverride()
    .parse(argv, { from: "user" })
    .opts<Arguments>();
}

const EXAMPLES = `
Examples:
  npm run simulate -- --scenario gpu --law all
  npm run simulate -- --trace night.csv --slots 2 --start-up 180-360 --profile fast

A worker starts in 30-60 s (GPU scenarios: 180-360 s), metrics are visible 1 to 2 minutes after their minute, a tick comes
each minute. Exit codes: 0 fine, 1 it ran and failed, 2 wrong usage.`;

function main(argv: readonly string[]): number {
  let options: Arguments;
  try {
    options = parseArguments(argv);
  } catch (error) {
    const { exitCode } = error as { exitCode?: number };
    if (exitCode === undefined) throw error;
    return exitCode === 0 ? 0 : 2;
  }
  try {
    const workload = workloadOf(options);
    const { minWorkers, maxWorkers } = workload.pool;
    if (minWorkers > maxWorkers) {
      process.stderr.write(
        `--min-workers is ${String(minWorkers)}, above the most workers, ${String(maxWorkers)}; raise --max-workers.\n`,
      );
      return 2;
    }
    // npm runs scripts in the project's directory; the user's own is where a relative path starts.
    const file = resolve(options.report === REPORT ? "." : userDirectory(), options.report);
    if (options.report === REPORT) mkdirSync(dirname(file), { recursive: true });
    else if (!existsSync(dirname(file))) {
      process.stderr.write(
        `--report is ${options.report}, and there is no directory ${dirname(file)}; make it, or name another file.\n`,
      );
      return 2;
    }
    const best = oracle(workload);
    const results = lawsOf(options).map((law): LawResult => {
      const outcome = run(workload, LAWS[law](), options.seed, { samples: true });
      return { law, outcome, figures: figuresOf(outcome, best.paidSeconds) };
    });
    writeFileSync(file, page(workload, results, best));
    const say = options.json ? process.stderr : process.stdout;
    say.write(
      `${workload.name}, seed ${String(options.seed)}; the oracle pays ${(best.paidSeconds / 3600).toFixed(1)} worker hours\n`,
    );
    say.write(`${table(results)}\nplots: ${file}\n`);
    if (options.json) {
      const laws = Object.fromEntries(results.map(({ law, figures }) => [law, figures]));
      process.stdout.write(
        `${JSON.stringify({ scenario: workload.name, seed: options.seed, laws, report: file })}\n`,
      );
    }
    return 0;
  } catch (error) {
    const cause = (error as Error).message;
    process.stderr.write(`${cause}\n`);
    if (options.json) {
      process.stdout.write(`${JSON.stringify({ error: { name: (error as Error).name, cause } })}\n`);
    }
    return 1;
  }
}

function workloadOf({ scenario, trace, seed, slots, startUp, minWorkers, maxWorkers }: Arguments): Workload {
  const given = {
    ...(slots === undefined ? {} : { slots }),
    ...(startUp === undefined ? {} : { startUpSeconds: startUp }),
    ...(minWorkers === undefined ? {} : { minWorkers }),
    ...(maxWorkers === undefined ? {} : { maxWorkers }),
  };
  if (trace !== undefined) {
    return parseTrace(readTrace(resolve(userDirectory(), trace)), basename(trace), { ...FARGATE, ...given });
  }
  const built = BUILDERS[scenario]?.(seed);
  if (built === undefined) throw new Error(`There is no scenario "${scenario}"; --help lists them.`);
  return { ...built, pool: { ...built.pool, ...given } };
}

function readTrace(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const why = (error as Error).message;
    throw new Error(
      `--trace can't be read, got ${file} (${why}); name a CSV file of arrivals and durations`,
      {
        cause: error,
      },
    );
  }
}

function lawsOf({ law, profile }: Arguments): readonly LawName[] {
  if (profile !== undefined) return [profile];
  return (law as readonly string[]).includes("all") ? LAW_NAMES : law;
}

function userDirectory(): string {
  return process.env.INIT_CWD ?? process.cwd();
}

function count(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It takes a whole number, 0 or more.");
}

function countFromOne(text: string): number {
  if (/^\d+$/.test(text) && Number(text) >= 1) return Number(text);
  throw new InvalidArgumentError("It takes a whole number, 1 or more.");
}

function range(text: string): readonly [number, number] {
  const [, least, most] = /^(\d+)-(\d+)$/.exec(text) ?? [];
  if (least === undefined || most === undefined || Number(least) > Number(most)) {
    throw new InvalidArgumentError("It takes two numbers of seconds, as in 30-60.");
  }
  return [Number(least), Number(most)];
}

process.exitCode = main(process.argv.slice(2));
