/** Tags of state machines and activities. */
import { ServiceError, type Operation } from "../../service";
import type { StatesStore } from "../executions/journal";
import { invalid, text, type Request } from "../request";

interface Tag {
  readonly key: string;
  readonly value: string;
}

export interface Tags {
  /** Adds and overwrites. `given` is what the request had under `tags`; undefined adds none. */
  add(resourceArn: string, given: unknown): void;
  readonly operations: Record<string, Operation>;
}

/** @see https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
const TAGS_LIMIT = 50;

/** `exists` tells whether there is such a state machine or activity. */
export function createTags(exists: (resourceArn: string) => boolean, store: StatesStore | null = null): Tags {
  const tags = new Map<string, Map<string, string>>();
  for (const { key, value } of store?.documents("tags") ?? [])
    tags.set(key, new Map(Object.entries(value as Record<string, string>)));
  function keep(resourceArn: string): void {
    store?.keep("tags", resourceArn, Object.fromEntries(tags.get(resourceArn) ?? []));
  }
  function add(resourceArn: string, given: unknown): void {
    const own = tags.get(resourceArn) ?? new Map<string, string>();
    const added = readTags(given);
    if (new Set([...own.keys(), ...added.map(({ key }) => key)]).size > TAGS_LIMIT) {
      throw new ServiceError(
        "TooManyTags",
        `A resource has ${String(TAGS_LIMIT)} tags at most: '${resourceArn}'`,
      );
    }
    for (const { key, value } of added) own.set(key, value);
    tags.set(resourceArn, own);
    if (added.length > 0) keep(resourceArn);
  }
  const resource = (request: Request): string => {
    const arn = text(request, "resourceArn", [1, 256]);
    if (!exists(arn)) throw new ServiceError("ResourceNotFound", `Resource not found: '${arn}'`);
    return arn;
  };
  const needs = (action: string) => (request: Request) => [
    { action: `states:${action}`, resource: text(request, "resourceArn", [1, 256]) },
  ];
  return {
    add,
    operations: {
      TagResource: {
        needs: needs("TagResource"),
        run(request) {
          add(resource(request), request["tags"]);
          return {};
        },
      },
      UntagResource: {
        needs: needs("UntagResource"),
        run(request) {
          const arn = resource(request);
          const own = tags.get(arn);
          const keys: unknown = request["tagKeys"];
          if (!Array.isArray(keys)) throw invalid("tagKeys must be a list");
          for (const key of keys) own?.delete(String(key));
          keep(arn);
          return {};
        },
      },
      ListTagsForResource: {
        needs: needs("ListTagsForResource"),
        run: (request) => ({
          tags: [...(tags.get(resource(request)) ?? [])].map(([key, value]) => ({ key, value })),
        }),
      },
    },
  };
}

function readTags(given: unknown): readonly Tag[] {
  if (given === undefined || given === null) return [];
  if (!Array.isArray(given)) throw invalid("tags must be a list of { key, value }");
  return given.map((entry: unknown) => {
    const tag = entry as Request;
    return { key: text(tag, "key", [1, 128]), value: text(tag, "value", [0, 256]) };
  });
}
