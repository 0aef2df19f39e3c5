/**
 * Which ECS task this worker is, for its log: asked once, from the agent beside it.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4.html
 */
import type { LogFields } from "./log";

/** The agent answers in milliseconds; a worker does not wait longer for its own name. */
const CALL_MS = 1_000;

/**
 * `uri`: ECS_CONTAINER_METADATA_URI_V4, undefined outside ECS. Never rejects: a worker works without. `worker` is the id
 * of the ECS task, which is one running copy of the worker.
 */
export async function describeWorker(uri: string | undefined): Promise<LogFields> {
  if (uri === undefined) return {};
  try {
    const response = await fetch(`${uri}/task`, { signal: AbortSignal.timeout(CALL_MS) });
    const task = (await response.json()) as Readonly<Record<string, unknown>>;
    const text = (name: string): string | undefined =>
      typeof task[name] === "string" ? task[name] : undefined;
    const [family, revision] = [text("Family"), text("Revision")];
    return {
      cluster: lastWord(text("Cluster")),
      worker: lastWord(text("TaskARN")),
      revision: family === undefined ? undefined : `${family}:${revision ?? ""}`,
      launchType: text("LaunchType"),
      zone: text("AvailabilityZone"),
    };
  } catch (error) {
    return { metadataProblem: (error as Error).message };
  }
}

/** Of an ARN or a plain name. */
function lastWord(arn: string | undefined): string | undefined {
  return arn?.slice(arn.lastIndexOf("/") + 1);
}
