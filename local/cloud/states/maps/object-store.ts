/** The S3 that distributed Maps read items from and write results to, under the state machine's role. */
import { isObject } from "../expressions/json-path";
import { readList } from "../integrations/s3-list-answer";
import {
  callService,
  type CallContext,
  type FindService,
  type ServiceAnswer,
} from "../integrations/service-call";
import type { JsonObject } from "../definition/asl";

export interface ObjectStore {
  /** Rejects with ObjectStoreError. */
  read(bucket: string, key: string, context: CallContext): Promise<string>;
  write(bucket: string, key: string, text: string, context: CallContext): Promise<void>;
  /** Every object below `prefix`, `limit` at most. */
  list(bucket: string, prefix: string, limit: number, context: CallContext): Promise<readonly JsonObject[]>;
}

/** What S3 answered instead, in its own words. */
export class ObjectStoreError extends Error {}

export function createObjectStore(services: FindService): ObjectStore {
  async function send(
    request: Parameters<typeof callService>[2],
    context: CallContext,
  ): Promise<ServiceAnswer> {
    const answer = await callService(services, "s3", request, context);
    if (answer.status < 300) return answer;
    const text = answer.body.toString("utf8");
    const code = /<Code>([^<]*)<\/Code>/.exec(text)?.[1] ?? String(answer.status);
    const message = /<Message>([^<]*)<\/Message>/.exec(text)?.[1] ?? "";
    throw new ObjectStoreError(
      `${message} (Service: Amazon S3; Status Code: ${String(answer.status)}; Error Code: ${code}; Request ID: ${answer.requestId}; Proxy: null)`,
    );
  }

  return {
    async read(bucket, key, context) {
      const { body } = await send({ method: "GET", path: pathOf(bucket, key) }, context);
      return body.toString("utf8");
    },
    async write(bucket, key, text, context) {
      const headers = { "content-type": "application/json" };
      await send({ method: "PUT", path: pathOf(bucket, key), headers, body: text }, context);
    },
    async list(bucket, prefix, limit, context) {
      const found: JsonObject[] = [];
      let token: string | undefined;
      do {
        const query = {
          "list-type": "2",
          prefix,
          ...(token === undefined ? {} : { "continuation-token": token }),
        };
        const { body } = await send({ method: "GET", path: pathOf(bucket, ""), query }, context);
        const page = readList(body.toString("utf8"));
        const contents = Array.isArray(page["Contents"]) ? page["Contents"] : [];
        found.push(...contents.filter((entry) => isObject(entry)));
        token = typeof page["NextContinuationToken"] === "string" ? page["NextContinuationToken"] : undefined;
      } while (token !== undefined && found.length < limit);
      return found.slice(0, limit);
    },
  };
}

function pathOf(bucket: string, key: string): string {
  return `/${encodeURIComponent(bucket)}/${key.split("/").map(encodeURIComponent).join("/")}`;
}
