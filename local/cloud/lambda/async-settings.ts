/** What the graph says of a function's asynchronous invocations. */
import { z } from "zod";
import type { GraphResource } from "../../graph";
import { DEFAULT_ASYNC_SETTINGS, type AsyncSettings } from "./async-invocations";
import { isNotRunnable, propertiesOf, type NotRunnable } from "../properties";

const target = z.object({ destination: z.string() }).optional();
const schema = z.object({
  /** Name or ARN. */
  functionName: z.string(),
  maximumEventAgeInSeconds: z.number().optional(),
  maximumRetryAttempts: z.number().optional(),
  destinationConfig: z.object({ onFailure: target, onSuccess: target }).optional(),
});

export interface FunctionAsyncSettings {
  /** Name or ARN. */
  readonly functionName: string;
  readonly settings: Partial<AsyncSettings>;
}

export function asyncSettings(resource: GraphResource): FunctionAsyncSettings | NotRunnable {
  const config = propertiesOf(resource, schema);
  if (isNotRunnable(config)) return config;
  const { functionName, destinationConfig } = config;
  return {
    functionName,
    settings: {
      maximumEventAgeSeconds:
        config.maximumEventAgeInSeconds ?? DEFAULT_ASYNC_SETTINGS.maximumEventAgeSeconds,
      maximumRetryAttempts: config.maximumRetryAttempts ?? DEFAULT_ASYNC_SETTINGS.maximumRetryAttempts,
      onFailure: destinationConfig?.onFailure?.destination ?? null,
      onSuccess: destinationConfig?.onSuccess?.destination ?? null,
    },
  };
}
