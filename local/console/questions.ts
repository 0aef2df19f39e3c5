/** What the page asks when it needs it: lists in pages, logs, IAM. */
import { z } from "zod";
import type { LocalCloud } from "../cloud/realise";
import type { RunLogs } from "../cloud/state-store/run-records";
import { resourcesOfType, type Graph } from "../graph";
import type { VisitData } from "./execution-messages";
import type { Executions, WrittenVisit } from "./executions";
import { iamUse } from "./iam";
import { findLog, logsOf } from "./log-places";
import { logNames, logPart } from "./logs";
import { STATUSES, type WorkerNow } from "./messages";
import type { PoolWatch } from "./pools";
import type { Questions } from "./server";

/** Rows of one answer. */
const LIMIT = 500;

const whole = z.coerce.number().int().min(0);
const range = { offset: whole.default(0), limit: whole.max(LIMIT).default(100) };
const list = z.object({
  ...range,
  status: z.enum(STATUSES).nullable().default(null),
  text: z.string().default(""),
  of: z.enum(["own", "children"]).default("own"),
});
const one = z.object({ arn: z.string() });
const visits = z.object({ ...range, arn: z.string(), state: z.string() });
const visit = z.object({ arn: z.string(), state: z.string(), index: whole });
const events = z.object({ ...range, arn: z.string() });
const event = z.object({ arn: z.string(), id: whole });
const part = z.object({
  file: z.string(),
  offset: whole.nullable().default(null),
  task: z.string().nullable().default(null),
  run: whole.nullable().default(null),
});

export function createQuestions(
  cloud: Pick<LocalCloud, "access" | "logDirectory" | "runs" | "pools">,
  graph: Graph,
  executions: Executions,
  pools: PoolWatch,
): Questions {
  const workersByLog = (): ReadonlyMap<string, WorkerNow> =>
    new Map(pools.now().pools.flatMap((pool) => pool.workers.map((worker) => [worker.log, worker])));
  return new Map([
    question("/api/executions", list, ({ of, ...wanted }) => executions[of].page(wanted)),
    question("/api/execution", one, ({ arn }) => executions.plan(arn)),
    question("/api/execution/visits", visits, ({ arn, state, offset, limit }) =>
      executions.visits(arn, state, offset, limit),
    ),
    question("/api/execution/visit", visit, ({ arn, state, index }) =>
      withLogs(executions.visit(arn, state, index), cloud.runs),
    ),
    question("/api/execution/events", events, ({ arn, offset, limit }) =>
      executions.events(arn, offset, limit),
    ),
    question("/api/execution/event", event, ({ arn, id }) => executions.details(arn, id)),
    question("/api/logs", z.object({}), () =>
      logNames(cloud.logDirectory, { workers: workersByLog(), names: namesByAws(cloud, graph) }),
    ),
    question("/api/logs/part", part, ({ run, ...wanted }) => {
      const directory = run === null ? cloud.logDirectory : logsOf(cloud.runs, run);
      return directory === null ? null : logPart(directory, wanted);
    }),
    question("/api/iam", z.object({}), () => iamUse(cloud.access, graph)),
  ]);
}

/** Null: there is no such visit. */
async function withLogs(visit: WrittenVisit | null, runs: readonly RunLogs[]): Promise<VisitData | null> {
  if (visit === null) return null;
  const attempts = visit.attempts.map(async ({ writer, ...attempt }) => ({
    ...attempt,
    log: writer === null ? null : await findLog(runs, writer),
  }));
  return { ...visit, attempts: await Promise.all(attempts) };
}

function question<Input>(
  path: string,
  schema: z.ZodType<Input>,
  answer: (input: Input) => unknown,
): readonly [string, (query: URLSearchParams) => Promise<unknown>] {
  return [
    path,
    async (query) => {
      const input = schema.safeParse(Object.fromEntries(query));
      return input.success ? answer(input.data) : null;
    },
  ];
}

/** What people call the things that write logs. */
function namesByAws({ pools }: Pick<LocalCloud, "pools">, graph: Graph): ReadonlyMap<string, string> {
  const functions = resourcesOfType(graph, "aws:lambda/function:Function");
  return new Map([
    ...pools().map(
      ({ serviceName, function: name, placement }) => [serviceName, `${name} on ${placement}`] as const,
    ),
    ...functions.map(({ name, outputs }) => [String(outputs["name"]), `${name} on Lambda`] as const),
  ]);
}
