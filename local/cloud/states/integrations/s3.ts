/** `aws-sdk:s3`: the object actions, with answers as the SDK for Java gives them. */
import { crc32 } from "node:zlib";
import type { Json } from "../../../graph";
import { ServiceError } from "../../service";
import type { JsonObject } from "../definition/asl";
import { runtimeError } from "../state-error";
import type { Integration } from "./integration";
import {
  callService,
  RemoteError,
  type CallContext,
  type FindService,
  type ServiceAnswer,
} from "./service-call";
import { sdkFailure } from "./service-failure";
import { readList } from "./s3-list-answer";

type Operation = (
  parameters: JsonObject,
  send: (request: ObjectRequest) => Promise<ServiceAnswer>,
) => Promise<JsonObject>;

interface ObjectRequest {
  readonly method: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const OPERATIONS = {
  async getObject(parameters, send) {
    const answer = await send({ method: "GET", headers: headersOf(parameters) });
    return { ...factsOf(answer), Body: answer.body.toString("utf8") };
  },
  async headObject(parameters, send) {
    return factsOf(await send({ method: "HEAD", headers: headersOf(parameters) }));
  },
  async putObject(parameters, send) {
    const body = bodyText(parameters["Body"]);
    const headers = {
      "content-type": "text/plain; charset=UTF-8",
      ...headersOf(parameters),
      "x-amz-checksum-crc32": checksumOf(body),
    };
    return factsOf(await send({ method: "PUT", headers, body }));
  },
  async deleteObject(_parameters, send) {
    await send({ method: "DELETE" });
    return {};
  },
  async headBucket(_parameters, send) {
    const answer = await send({ method: "HEAD" });
    return { BucketRegion: answer.headers["x-amz-bucket-region"] ?? null };
  },
  async listObjectsV2(parameters, send) {
    const query = Object.entries(QUERY).flatMap(([field, name]): [string, string][] => {
      const value = parameters[field];
      return value === undefined || value === null ? [] : [[name, plain(value)]];
    });
    const answer = await send({ method: "GET", query: { "list-type": "2", ...Object.fromEntries(query) } });
    return readList(answer.body.toString("utf8"));
  },
} as const satisfies Record<string, Operation>;

export type S3Operation = keyof typeof OPERATIONS;

/** @see https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html */
export function createS3Integration(services: FindService, operation: S3Operation): Integration {
  const run: Operation = OPERATIONS[operation];
  return {
    async call(parameters, context) {
      try {
        return await run(parameters, (request) => sendTo(services, parameters, request, context));
      } catch (error) {
        throw error instanceof ServiceError ? sdkFailure("s3", error) : error;
      }
    },
  };
}

/** Rejects with S3's own error; a HEAD has no body to say it, so its status does. */
async function sendTo(
  services: FindService,
  parameters: JsonObject,
  request: ObjectRequest,
  context: CallContext,
): Promise<ServiceAnswer> {
  const { Bucket: bucket, Key: key } = parameters;
  const keyPath = key === undefined ? "" : plain(key).split("/").map(encodeURIComponent).join("/");
  const path = `/${encodeURIComponent(plain(bucket ?? ""))}/${keyPath}`;
  const answer = await callService(services, "s3", { ...request, path }, context);
  if (answer.status < 300) return answer;
  const text = answer.body.toString("utf8");
  const code =
    /<Code>([^<]*)<\/Code>/.exec(text)?.[1] ?? HEAD_ERRORS[answer.status]?.(key !== undefined) ?? "";
  throw new RemoteError(code, /<Message>([^<]*)<\/Message>/.exec(text)?.[1] ?? "null", answer);
}

const HEAD_ERRORS: Readonly<Record<number, (ofObject: boolean) => string>> = {
  403: () => "AccessDenied",
  404: (ofObject) => (ofObject ? "NoSuchKey" : "NoSuchBucket"),
};

const QUERY = {
  ContinuationToken: "continuation-token",
  Delimiter: "delimiter",
  FetchOwner: "fetch-owner",
  MaxKeys: "max-keys",
  Prefix: "prefix",
  StartAfter: "start-after",
} as const;

const HEADERS = {
  CacheControl: "cache-control",
  ChecksumMode: "x-amz-checksum-mode",
  ContentDisposition: "content-disposition",
  ContentType: "content-type",
  IfMatch: "if-match",
  IfNoneMatch: "if-none-match",
  Range: "range",
} as const;

function headersOf(parameters: JsonObject): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [field, name] of Object.entries(HEADERS)) {
    const value = parameters[field];
    if (value !== undefined && value !== null) headers[name] = plain(value);
  }
  const metadata = parameters["Metadata"];
  if (typeof metadata === "object" && metadata !== null && !Array.isArray(metadata)) {
    for (const [name, value] of Object.entries(metadata)) headers[`x-amz-meta-${name}`] = plain(value);
  }
  return headers;
}

/** What the service tells of an object, by the SDK's names; what AWS would add to it besides is the encryption. */
function factsOf({ headers }: ServiceAnswer): JsonObject {
  const facts: JsonObject = { ServerSideEncryption: "AES256" };
  const told = (field: string, name: string, read: (text: string) => Json = (text) => text): void => {
    const value = headers[name];
    if (value !== undefined) facts[field] = read(value);
  };
  told("AcceptRanges", "accept-ranges");
  told("CacheControl", "cache-control");
  told("ChecksumCRC32", "x-amz-checksum-crc32");
  told("ChecksumType", "x-amz-checksum-type");
  told("ContentDisposition", "content-disposition");
  told("ContentLength", "content-length", Number);
  told("ContentRange", "content-range");
  told("ContentType", "content-type");
  told("ETag", "etag");
  told("LastModified", "last-modified", (text) => new Date(text).toISOString().replace(".000Z", "Z"));
  if ("last-modified" in headers) facts["Metadata"] = metadataOf(headers);
  return facts;
}

function metadataOf(headers: Readonly<Record<string, string>>): JsonObject {
  const prefix = "x-amz-meta-";
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, value]) => [name.slice(prefix.length), value]),
  );
}

/** Step Functions writes every body as JSON: text lies in the object with its quotes. */
function bodyText(body: Json | undefined): string {
  return body === undefined || body === null ? "" : JSON.stringify(body);
}

function checksumOf(body: string): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(body));
  return bytes.toString("base64");
}

function plain(value: Json): string {
  if (typeof value === "object") throw runtimeError(`A text was expected, got ${JSON.stringify(value)}.`);
  return String(value);
}
