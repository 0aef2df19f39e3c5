/** The console of a run: whether there is one, where, and what its form begins with. */
import { basename } from "node:path";
import type { LocalCloud } from "../cloud/realise";
import type { Console, Sample } from "../console/console";
import type { Graph } from "../graph";
import type { StartArguments } from "./arguments";
import type { Progress } from "./progress";

export type RunConsoleOptions = Pick<
  StartArguments,
  "console" | "consolePort" | "once" | "minuteSeconds" | "image" | "threshold" | "minArea" | "tileSize"
> & { readonly progress: Progress };

/** Null: this run has none. Should it not open, the cloud is closed and the reason thrown. */
export async function openRunConsole(
  options: RunConsoleOptions,
  cloud: LocalCloud,
  graph: Graph,
): Promise<Console | null> {
  const { consolePort, minuteSeconds } = options;
  // A run that ends by itself has nobody who looks, unless somebody says where.
  if (!options.console || (options.once && consolePort === undefined)) return null;
  try {
    // Late: a run without it does not load it.
    const { openConsole } = await import("../console/console.ts");
    const sample = sampleOf(options, graph);
    const opened = await openConsole({ cloud, graph, minuteSeconds, sample, port: consolePort ?? 0 });
    options.progress.say(`console: ${opened.url}`);
    return opened;
  } catch (error) {
    await cloud.close();
    throw error;
  }
}

/** The execution that the run itself starts; undefined where the program has no such outputs. */
function sampleOf(
  { image, threshold, minArea, tileSize }: RunConsoleOptions,
  graph: Graph,
): Sample | undefined {
  const { workflowArn, bucketName: bucket, callerRoleArn } = graph.outputs;
  if (typeof workflowArn !== "string" || typeof bucket !== "string") return undefined;
  return {
    stateMachineArn: workflowArn,
    callerRoleArn: typeof callerRoleArn === "string" ? callerRoleArn : null,
    input: { bucket, key: `images/${basename(image)}`, threshold, minArea, tileSize },
  };
}
