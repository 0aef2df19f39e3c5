/** The roles of a function on its pools (D8): one for its workers, and one for the function itself, which they hand it. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "./cluster";
import type { EncryptionKey } from "./encryption-key";
import { protectWorkers, serveActivity } from "./iam/cluster";
import { trustDocument, trustRoles, type Statement } from "./iam/document";
import { takeOnRoles } from "./iam/invoke";
import { useKeyOfActivities } from "./iam/key";
import { bareRole, rolePolicy, statementsOf, trustedRole, type Grant, type Role } from "./role";

export interface FunctionRolesArgs {
  readonly activity: aws.sfn.Activity;
  readonly cluster: Cluster;
  readonly key: EncryptionKey;
  readonly grants: readonly Grant[];
  /** What the worker may do beside serving its activity. */
  readonly workerGrants: readonly Grant[];
  /** False: the function has its worker's rights as well as its own. */
  readonly functionRole: boolean;
}

/** What the function itself may do, apart from its worker. */
export interface FunctionRole {
  readonly role: aws.iam.Role;
  readonly statements: pulumi.Output<readonly Statement[]>;
}

export interface FunctionRoles {
  readonly worker: Role;
  /** Absent where the function shares its worker's role. */
  readonly function?: FunctionRole;
}

/** Declares `${name}-worker-role`, shared by the function's pools, and perhaps `${name}-function-role`. */
export function functionRoles(
  name: string,
  args: FunctionRolesArgs,
  opts: pulumi.CustomResourceOptions,
): FunctionRoles {
  const accountId = aws.getCallerIdentityOutput({}, { parent: opts.parent }).accountId;
  const trust = accountId.apply((id) => trustDocument("ecs-tasks.amazonaws.com", id));
  const worker = bareRole(`${name}-worker`, trust, opts);
  const serve = [
    args.activity.arn.apply(serveActivity),
    args.cluster.cluster.arn.apply(protectWorkers),
    pulumi
      .all([args.key.arn, args.activity.arn])
      .apply(([key, activity]) => useKeyOfActivities(key, [activity])),
    ...args.workerGrants,
  ];
  if (!args.functionRole) {
    const policy = rolePolicy(`${name}-worker`, worker, [...serve, ...args.grants], opts);
    return { worker: { role: worker, policy } };
  }
  const own = trustedRole(
    `${name}-function`,
    { trust: worker.arn.apply((arn) => trustRoles([arn])), grants: args.grants },
    opts,
  );
  const hand = own.role.arn.apply((arn) => takeOnRoles([arn]));
  return {
    worker: { role: worker, policy: rolePolicy(`${name}-worker`, worker, [...serve, hand], opts) },
    function: { role: own.role, statements: statementsOf(args.grants) },
  };
}
