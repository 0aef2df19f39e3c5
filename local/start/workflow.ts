/** The sample workflow, as anyone with the AWS SDK would run it: put the image, start an execution, fetch the results. */
import { randomUUID } from "node:crypto";
import { copyFile, open, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from "@aws-sdk/client-sfn";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import type { LocalCloud } from "../cloud/realise";

/** The execution's own settings; see examples/README.md. */
export interface WorkflowInput {
  /** Path of the PNG or JPEG. One that does not exist is not put, and the execution fails as it would on AWS. */
  readonly image: string;
  readonly threshold: number;
  readonly minArea: number;
  readonly tileSize: number;
}

export interface WorkflowResult {
  readonly objects: number;
  /** Paths of what was fetched. */
  readonly catalogue: string;
  readonly annotated: string;
}

/** The execution ended in another way than SUCCEEDED; `name` is its error, the message its cause. */
export class ExecutionFailed extends Error {
  constructor(error: string, cause: string) {
    super(cause);
    this.name = error;
  }
}

/** How often the execution is asked whether it has ended. */
const ASK_EVERY_MS = 100;
/** Of the role that executions are started as. */
const SESSION_NAME = "npm-start";
/** A run asks hundreds of times, and may have faults on purpose: the SDK's three tries would be too few. */
const ATTEMPTS = 10;

/** What index.ts gives back, as far as the workflow is run by it. */
export interface WorkflowOutputs {
  readonly workflowArn: string;
  readonly bucketName: string;
  /** The role that executions are started as; null: by whoever runs this. */
  readonly callerRoleArn: string | null;
}

/** Starts one execution through the alias, and gives its ARN. */
export async function startWorkflow(
  cloud: LocalCloud,
  outputs: WorkflowOutputs,
  input: WorkflowInput,
): Promise<string> {
  const { endpoint, region, credentials } = cloud;
  const s3 = new S3Client({ endpoint, region, credentials, maxAttempts: ATTEMPTS });
  const states = statesOf(cloud, outputs);
  try {
    const bucket = outputs.bucketName;
    const key = `images/${basename(input.image)}`;
    const image = await readFile(input.image).catch((error: unknown) => {
      if (missing(error as NodeJS.ErrnoException)) return null;
      throw error;
    });
    if (image !== null) await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: image }));
    const { threshold, minArea, tileSize } = input;
    const { executionArn } = await states.send(
      new StartExecutionCommand({
        stateMachineArn: outputs.workflowArn,
        // Should the answer get lost, the same call again finds the execution that runs, and starts no second one.
        name: randomUUID(),
        input: JSON.stringify({ bucket, key, threshold, minArea, tileSize }),
      }),
    );
    return executionArn ?? "";
  } finally {
    s3.destroy();
    states.destroy();
  }
}

/** Waits until it has ended, and leaves its results in `directory`. Rejects with ExecutionFailed, or when `signal` aborts. */
export async function awaitWorkflow(
  cloud: LocalCloud,
  outputs: WorkflowOutputs,
  executionArn: string,
  directory: string,
  signal: AbortSignal,
): Promise<WorkflowResult> {
  const states = statesOf(cloud, outputs);
  const bucket = outputs.bucketName;
  try {
    const { count, catalogueKey, annotatedKey } = await untilEnded(states, executionArn, signal);
    return {
      objects: count,
      catalogue: await keep(cloud, bucket, catalogueKey, directory),
      annotated: await keep(cloud, bucket, annotatedKey, directory),
    };
  } finally {
    states.destroy();
  }
}

/** What --image names is no file, or one that this user may not read. */
export class ImageUnreadable extends Error {
  override readonly name = "ImageUnreadable";
}

/** Before time is spent on anything else. False: it does not exist, see WorkflowInput. Rejects with ImageUnreadable. */
export async function checkImage(image: string): Promise<boolean> {
  try {
    const file = await open(image);
    try {
      if ((await file.stat()).isDirectory()) throw new Error("it is a directory");
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    if (missing(error as NodeJS.ErrnoException)) return false;
    throw new ImageUnreadable(
      `--image takes a PNG or JPEG, and ${image} can't be read: ${(error as Error).message}; name another one.`,
    );
  }
}

function statesOf(cloud: LocalCloud, { callerRoleArn }: WorkflowOutputs): SFNClient {
  const { endpoint, region, credentials: own } = cloud;
  const credentials = callerRoleArn === null ? own : sessionOf(cloud, callerRoleArn);
  return new SFNClient({ endpoint, region, credentials, maxAttempts: ATTEMPTS });
}

/** Credentials of a role, which the SDK asks for again when they are about to expire. */
function sessionOf({ endpoint, region, credentials }: LocalCloud, roleArn: string): SessionProvider {
  return async () => {
    const sts = new STSClient({ endpoint, region, credentials, maxAttempts: ATTEMPTS });
    try {
      const session = new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: SESSION_NAME });
      const { Credentials: found } = await sts.send(session);
      return {
        accessKeyId: found?.AccessKeyId ?? "",
        secretAccessKey: found?.SecretAccessKey ?? "",
        sessionToken: found?.SessionToken ?? "",
        ...(found?.Expiration === undefined ? {} : { expiration: found.Expiration }),
      };
    } finally {
      sts.destroy();
    }
  };
}

type SessionProvider = () => Promise<LocalCloud["credentials"] & { readonly expiration?: Date }>;

function missing({ code }: NodeJS.ErrnoException): boolean {
  return code === "ENOENT";
}

interface WorkflowOutput {
  readonly count: number;
  readonly catalogueKey: string;
  readonly annotatedKey: string;
}

async function untilEnded(
  states: SFNClient,
  executionArn: string,
  signal: AbortSignal,
): Promise<WorkflowOutput> {
  for (;;) {
    signal.throwIfAborted();
    const execution = await states.send(new DescribeExecutionCommand({ executionArn }));
    if (execution.status === "SUCCEEDED") return JSON.parse(execution.output ?? "") as WorkflowOutput;
    if (execution.status !== "RUNNING") {
      throw new ExecutionFailed(execution.error ?? execution.status ?? "", execution.cause ?? "");
    }
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
  }
}

/** Objects of the local cloud are files already; the run's own directory keeps a copy under the last part of the key. */
async function keep(cloud: LocalCloud, bucket: string, key: string, directory: string): Promise<string> {
  const file = cloud.objectFile(bucket, key);
  if (file === null)
    throw new Error(`The workflow's output names s3://${bucket}/${key}, which does not exist.`);
  const kept = join(directory, basename(key));
  await copyFile(file, kept);
  return kept;
}
