/** How the errors of services are named in a state machine: by the classes of the AWS SDKs for Java within Step Functions. */
import { randomUUID } from "node:crypto";
import { ServiceError } from "../../service";
import { StateError } from "../state-error";
import { RemoteError } from "./service-call";

interface Client {
  /** Before the dot of the error's name. */
  readonly prefix: string;
  /** As the cause tells it. */
  readonly service: string;
  /** The class of errors that the service's model does not name. */
  readonly otherErrors: string;
  /** Codes that have a class of their own; null: all have. */
  readonly modelled: readonly string[] | null;
}

/** Optimized integrations: SDK version 1. */
const CLIENTS_1 = {
  lambda: { prefix: "Lambda", service: "AWSLambda", otherErrors: "AWSLambdaException", modelled: null },
  states: {
    prefix: "StepFunctions",
    service: "AWSStepFunctions",
    otherErrors: "AWSStepFunctionsException",
    modelled: null,
  },
  sqs: {
    prefix: "SQS",
    service: "AmazonSQS",
    otherErrors: "AmazonSQSException",
    modelled: ["InvalidMessageContents", "QueueDoesNotExist", "UnsupportedOperation"],
  },
} as const satisfies Record<string, Client>;

/** `aws-sdk:` integrations: SDK version 2. */
const CLIENTS_2 = {
  s3: {
    prefix: "S3",
    service: "S3",
    otherErrors: "S3Exception",
    modelled: ["NoSuchBucket", "NoSuchKey", "InvalidObjectState"],
  },
  sfn: { prefix: "Sfn", service: "Sfn", otherErrors: "SfnException", modelled: null },
  sqs: {
    prefix: "Sqs",
    service: "Sqs",
    otherErrors: "SqsException",
    modelled: ["InvalidMessageContents", "QueueDoesNotExist", "UnsupportedOperation"],
  },
} as const satisfies Record<string, Client>;

/** Codes that no service's model names, whoever answers them. */
const UNMODELLED: ReadonlySet<string> = new Set([
  "AccessDenied",
  "AccessDeniedException",
  "UnknownService",
  "ThrottlingException",
  "ValidationException",
]);

export function optimizedFailure(client: keyof typeof CLIENTS_1, error: unknown): StateError {
  const facts: Client = CLIENTS_1[client];
  if (!(error instanceof ServiceError)) return failure(facts, "SdkClientException", (error as Error).message);
  const details = `Service: ${facts.service}; Status Code: ${String(error.status)}; Error Code: ${error.code}; Request ID: ${idOf(error)}; Proxy: null`;
  return failure(facts, className(facts, error.code), `${error.message} (${details})`);
}

export function sdkFailure(client: keyof typeof CLIENTS_2, error: unknown): StateError {
  const facts: Client = CLIENTS_2[client];
  if (!(error instanceof ServiceError)) return failure(facts, "SdkClientException", (error as Error).message);
  const extended = client === "s3" ? `, Extended Request ID: ${idOf(error)}` : "";
  const attempts = client === "s3" ? "" : " (SDK Attempt Count: 1)";
  const details = `Service: ${facts.service}, Status Code: ${String(error.status)}, Request ID: ${idOf(error)}${extended}`;
  return failure(facts, className(facts, error.code), `${error.message} (${details})${attempts}`);
}

function failure({ prefix }: Client, name: string, cause: string): StateError {
  return new StateError({ error: `${prefix}.${name}`, cause });
}

function className({ modelled, otherErrors }: Client, code: string): string {
  const known = modelled === null ? !UNMODELLED.has(code) : modelled.includes(code);
  if (!known) return otherErrors;
  return code.endsWith("Exception") ? code : `${code}Exception`;
}

function idOf(error: ServiceError): string {
  return error instanceof RemoteError ? error.requestId : randomUUID();
}
