/** Writes the results of a Map Run to S3. https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html */
import type { Json } from "../../../graph";
import type { JsonObject, ResultWriter } from "../definition/asl";
import type { Execution } from "../executions/execution";
import type { CallContext } from "../integrations/service-call";
import { isObject } from "../expressions/json-path";
import { ObjectStoreError, type ObjectStore } from "./object-store";
import type { Query } from "../expressions/query";
import { StateError } from "../state-error";

/** Where results go, and in which form. */
export interface ResultTarget {
  /** Null when the results are the state's own output. */
  readonly place: { readonly bucket: string; readonly prefix: string } | null;
  readonly transformation: "NONE" | "COMPACT" | "FLATTEN";
  readonly lines: boolean;
}

/** Null when the Map has no ResultWriter. */
export async function resultTarget(
  writer: ResultWriter | undefined,
  query: Query,
): Promise<ResultTarget | null> {
  if (writer === undefined) return null;
  const { WriterConfig: config = {} } = writer;
  const template = (query.language === "JSONata" ? writer.Arguments : writer.Parameters) ?? {};
  const given = await query.template(template, "ResultWriter/Arguments");
  const { Bucket: bucket, Prefix: prefix = "" } = isObject(given) ? given : {};
  if (writer.Resource !== undefined && (typeof bucket !== "string" || typeof prefix !== "string"))
    throw writerFailed("The fields 'Bucket' and 'Prefix' of the ResultWriter must be strings.");
  return {
    place: writer.Resource === undefined ? null : { bucket: bucket as string, prefix: prefix as string },
    transformation: (config["Transformation"] ?? "NONE") as ResultTarget["transformation"],
    lines: config["OutputType"] === "JSONL",
  };
}

/** Writes SUCCEEDED, FAILED and PENDING files and the manifest; gives what the state tells of them. */
export async function writeResults(
  target: ResultTarget,
  executions: readonly Execution[],
  mapRunArn: string,
  store: ObjectStore,
  context: CallContext,
): Promise<Json> {
  const { place } = target;
  if (place === null) return transformed(target, succeeded(executions));
  const folder = [place.prefix.replace(/\/$/, ""), mapRunArn.split(":").at(-1) ?? ""]
    .filter((part) => part !== "")
    .join("/");
  const write = async (name: string, text: string): Promise<JsonObject> => {
    const key = `${folder}/${name}`;
    await store.write(place.bucket, key, text, context);
    return { Key: key, Size: Buffer.byteLength(text) };
  };
  const extension = target.lines ? "jsonl" : "json";
  const failed = executions.filter(({ status }) => status === "FAILED" || status === "TIMED_OUT");
  const pending = executions.filter(({ status }) => status === "RUNNING" || status === "ABORTED");
  const file = async (name: string, results: readonly Json[]): Promise<Json[]> =>
    results.length === 0 ? [] : [await write(`${name}_0.${extension}`, textOf(target, results))];
  try {
    const files = {
      FAILED: await file("FAILED", failed.map(described)),
      PENDING: await file("PENDING", pending.map(described)),
      SUCCEEDED: await file("SUCCEEDED", transformed(target, succeeded(executions))),
    };
    const manifest = { DestinationBucket: place.bucket, MapRunArn: mapRunArn, ResultFiles: files };
    const { Key: key } = await write("manifest.json", JSON.stringify(manifest));
    return { MapRunArn: mapRunArn, ResultWriterDetails: { Bucket: place.bucket, Key: key ?? "" } };
  } catch (error) {
    throw error instanceof ObjectStoreError ? writerFailed(error.message) : error;
  }
}

function succeeded(executions: readonly Execution[]): readonly Execution[] {
  return executions.filter(({ status }) => status === "SUCCEEDED");
}

function transformed({ transformation }: ResultTarget, executions: readonly Execution[]): Json[] {
  if (transformation === "NONE") return executions.map(described);
  const outputs = executions.map(({ output }) => JSON.parse(output ?? "null") as Json);
  return transformation === "COMPACT" ? outputs : outputs.flatMap((output) => output);
}

function textOf({ lines }: ResultTarget, results: readonly Json[]): string {
  return lines ? results.map((result) => `${JSON.stringify(result)}\n`).join("") : JSON.stringify(results);
}

/** A child execution, as result files have it. */
function described({
  arn,
  name,
  target,
  input,
  output,
  status,
  failure,
  startedMs,
  endedMs,
}: Execution): Json {
  const label = /:execution:[^/:]+\/([^:]+):/.exec(arn)?.[1];
  const machineArn = label === undefined ? target.machine.arn : `${target.machine.arn}/${label}`;
  const told: JsonObject = {
    ExecutionArn: arn,
    Input: input,
    InputDetails: { Included: true },
    Name: name,
    StartDate: new Date(startedMs).toISOString(),
    StateMachineArn: machineArn,
    Status: status,
  };
  if (output !== null) Object.assign(told, { Output: output, OutputDetails: { Included: true } });
  if (failure?.error !== undefined) told["Error"] = failure.error;
  if (failure?.cause !== undefined) told["Cause"] = failure.cause;
  if (endedMs !== null) told["StopDate"] = new Date(endedMs).toISOString();
  return told;
}

export function writerFailed(cause: string): StateError {
  return new StateError({ error: "States.ResultWriterFailed", cause }, true);
}
