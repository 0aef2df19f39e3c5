/** What the dashboard shows: a row for each pool, and one for the whole. Pure. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html */
import { ofActivity, ofService, type Metric, type WatchedPool } from "./metrics";

/** A line of a graph, as CloudWatch writes it: namespace, name, dimensions by pairs, options. */
type Line = readonly (string | object)[];

export interface DashboardContent {
  readonly region: string;
  readonly pools: readonly WatchedPool[];
  readonly stateMachineArn: string;
  /** Null where there is no pool to scale. */
  readonly autoscalerName: string | null;
}

const WIDTH = 24;
const ROW_HEIGHT = 6;
const TITLE_HEIGHT = 1;

export function dashboardBody(content: DashboardContent): { readonly widgets: readonly object[] } {
  const rows = [overview(content), ...content.pools.map((pool) => poolRow(pool))];
  const widgets = rows.flatMap(({ title, graphs }, row) => {
    const y = row * (TITLE_HEIGHT + ROW_HEIGHT);
    const width = Math.floor(WIDTH / graphs.length);
    return [
      { type: "text", x: 0, y, width: WIDTH, height: TITLE_HEIGHT, properties: { markdown: `## ${title}` } },
      ...graphs.map((graph, column) => ({
        type: "metric",
        x: column * width,
        y: y + TITLE_HEIGHT,
        width,
        height: ROW_HEIGHT,
        properties: { view: "timeSeries", stacked: false, region: content.region, period: 60, ...graph },
      })),
    ];
  });
  return { widgets };
}

interface Row {
  readonly title: string;
  readonly graphs: readonly {
    readonly title: string;
    readonly metrics: readonly Line[];
    readonly stat?: string;
  }[];
}

function overview({ stateMachineArn, autoscalerName }: DashboardContent): Row {
  const executions = ["Started", "Succeeded", "Failed", "TimedOut", "Aborted"].map((end) => [
    "AWS/States",
    `Executions${end}`,
    "StateMachineArn",
    stateMachineArn,
    { label: end },
  ]);
  const ticks = ["Invocations", "Errors", "Throttles"].map((name) => [
    "AWS/Lambda",
    name,
    "FunctionName",
    autoscalerName ?? "",
    { label: name },
  ]);
  return {
    title: "Executions and autoscaler",
    graphs: [
      { title: "Executions", stat: "Sum", metrics: executions },
      ...(autoscalerName === null ? [] : [{ title: "Ticks", stat: "Sum", metrics: ticks }]),
    ],
  };
}

function poolRow(pool: WatchedPool): Row {
  return {
    title: pool.name,
    graphs: [
      { title: "Tasks", stat: "Sum", metrics: tasks(pool) },
      { title: "Wait and run time", metrics: times(pool) },
      { title: "Workers", stat: "Maximum", metrics: workers(pool) },
      { title: "Failures", stat: "Sum", metrics: failures(pool) },
      ...(pool.dollarsPerWorkerHour === null
        ? []
        : [{ title: "Dollars an hour", stat: "Maximum", metrics: cost(pool, pool.dollarsPerWorkerHour) }]),
    ],
  };
}

/** Backlog and in-flight as running sums of what came and what went, over the time that is shown. */
function tasks(pool: WatchedPool): readonly Line[] {
  const ended = [
    "ActivitiesSucceeded",
    "ActivitiesFailed",
    "ActivitiesTimedOut",
    "ActivitiesHeartbeatTimedOut",
  ] as const;
  const hidden = { visible: false };
  return [
    line(ofActivity(pool, "ActivitiesScheduled"), { id: "scheduled", ...hidden }),
    line(ofActivity(pool, "ActivitiesStarted"), { id: "started", ...hidden }),
    ...ended.map((name, index) => line(ofActivity(pool, name), { id: `ended${String(index)}`, ...hidden })),
    [{ id: "backlog", label: "backlog", expression: "RUNNING_SUM(FILL(scheduled,0)-FILL(started,0))" }],
    [
      {
        id: "inFlight",
        label: "in-flight",
        expression: `RUNNING_SUM(FILL(started,0)-${ended.map((_, index) => `FILL(ended${String(index)},0)`).join("-")})`,
      },
    ],
  ];
}

function times(pool: WatchedPool): readonly Line[] {
  return [
    line(ofActivity(pool, "ActivityScheduleTime"), { label: "wait p50", stat: "p50" }),
    line(ofActivity(pool, "ActivityScheduleTime"), { label: "wait p95", stat: "p95" }),
    line(ofActivity(pool, "ActivityRunTime"), { label: "run p95", stat: "p95" }),
  ];
}

function workers(pool: WatchedPool): readonly Line[] {
  return [
    line(ofService(pool, "DesiredTaskCount"), { label: "desired" }),
    line(ofService(pool, "PendingTaskCount"), { label: "pending" }),
    line(ofService(pool, "RunningTaskCount"), { label: "running" }),
  ];
}

function failures(pool: WatchedPool): readonly Line[] {
  return [
    line(ofActivity(pool, "ActivitiesFailed"), { label: "failed" }),
    line(ofActivity(pool, "ActivitiesTimedOut"), { label: "timed out" }),
    line(ofActivity(pool, "ActivitiesHeartbeatTimedOut"), { label: "heartbeat timed out" }),
  ];
}

function cost(pool: WatchedPool, dollars: number): readonly Line[] {
  return [
    line(ofService(pool, "RunningTaskCount"), { id: "running", visible: false }),
    [{ id: "cost", label: "at most", expression: `FILL(running,0)*${String(dollars)}` }],
  ];
}

function line({ namespace, name, dimensions }: Metric, options: object): Line {
  return [namespace, name, ...Object.entries(dimensions).flat(), options];
}
