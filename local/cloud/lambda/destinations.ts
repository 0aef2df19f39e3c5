/** Where services send what became of an event: queues, and functions. */
import type { Principal } from "../access";
import type { EventInvoker } from "./lambda";
import { ServiceError } from "../service";
import type { Sqs } from "../sqs/sqs";

export interface Destinations {
  /** As a role. Throws ServiceError: what the destination refuses, or that it can't be reached here. */
  readonly send: (destinationArn: string, message: string, role: Principal) => void;
  /** Lambda is a destination too, and has destinations: it is named once it is there. */
  invokeBy(invoker: EventInvoker): void;
}

export function createDestinations(sqs: Pick<Sqs, "send">): Destinations {
  let lambda: EventInvoker | null = null;
  return {
    send(destinationArn, message, role) {
      const service = destinationArn.split(":")[2] ?? "";
      if (service === "sqs") sqs.send(destinationArn, message, role);
      else if (service === "lambda" && lambda !== null)
        // Whether that function fails is told by its own settings.
        lambda.handOver(destinationArn, message, role, new AbortController().signal).catch(() => undefined);
      else
        throw new ServiceError("UnknownService", `the local cloud brings nothing to ${service || "nowhere"}`);
    },
    invokeBy(invoker) {
      lambda = invoker;
    },
  };
}
