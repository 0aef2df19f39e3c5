/** Why a run need not use a grant: each with its reason in writing. What is in no row here must be used, or is reported. */
import type { Graph } from "../graph";
import type { Grant } from "./grants";
import { keysOf } from "./keys";
import { failureDestinations, instanceRoles, rolesOfElsewhere, standbyOf } from "./unreached";

export interface Reason {
  readonly applies: (grant: Grant) => boolean;
  readonly reason: string;
}

/** Actions that are called only when something happens which most runs do not see. */
const BY_ACTION: Readonly<Record<string, string>> = {
  "states:SendTaskFailure": "a worker reports a failure only when a task fails",
  "states:SendTaskHeartbeat":
    "a worker sends heartbeats only for tasks that outlast a third of heartbeatSeconds",
  "states:StopExecution": "an execution is stopped only by hand",
  "s3:ListBucket": "S3 asks for it only when a key is missing, to answer 404 in place of 403",
  "logs:GetLogDelivery":
    "Step Functions calls it when the logging of a state machine is changed: here it is set once",
  "logs:UpdateLogDelivery":
    "Step Functions calls it when the logging of a state machine is changed: here it is set once",
  "logs:DeleteLogDelivery":
    "Step Functions calls it when a state machine is deleted: here it ends with the run",
  "logs:ListLogDeliveries":
    "Step Functions calls it when the logging of a state machine is changed: here it is set once",
};

/** In order: the first that applies is told. */
export function reasonsFor(graph: Graph): readonly Reason[] {
  const standby = standbyOf(graph);
  const instances = instanceRoles(graph);
  const elsewhere = rolesOfElsewhere(graph);
  const failures = failureDestinations(graph);
  const keys = keysOf(graph);
  const failureKeys = new Set([...failures.queues].map((queue) => keys.get(queue)));
  return [
    {
      applies: ({ roleArn }) => instances.has(roleArn),
      reason:
        "there are no instances here: workers are processes of this machine, and no agent joins a cluster",
    },
    {
      applies: ({ roleArn, resource }) => standby.has(roleArn) || standby.has(resource),
      reason:
        "no definition calls it now: it stands by for executions that began before its function moved (docs/decisions.md)",
    },
    {
      applies: ({ roleArn, action, resource }) =>
        failures.roles.has(roleArn) &&
        (action === "sqs:SendMessage"
          ? failures.queues.has(resource)
          : isKmsOf(action, resource, failureKeys)),
      reason: "Lambda sends to the failure queue only when an asynchronous invocation is given up",
    },
    {
      applies: ({ action, resource }) =>
        ["s3:GetObject", "s3:PutObject"].includes(action) && resource.endsWith("/payloads/*"),
      reason: "workers carry a payload by S3 only when it is too large for Step Functions",
    },
    ...Object.entries(BY_ACTION).map(([action, reason]) => ({
      applies: (grant: Grant) => grant.action === action,
      reason,
    })),
    {
      applies: ({ roleArn }) => elsewhere.has(roleArn),
      reason:
        "nobody here takes it on: it is for people, for CI, or for a service of AWS that has nothing to do on this machine",
    },
  ];
}

function isKmsOf(action: string, resource: string, keys: ReadonlySet<string | undefined>): boolean {
  return action.startsWith("kms:") && keys.has(resource);
}
