/**
 * What CI may do to deploy this stack, and no other stack of the account: whatever has a name is told by the stack's
 * prefix, whatever has none by the stack's tag. Reading names and settings is free; data is out of reach.
 */
import { onEverything, type Statement } from "../document";
import { byName } from "./by-name";
import { byTag } from "./by-tag";
import { roles } from "./roles";
import type { DeployScope } from "./scope";

export function deployStack(scope: DeployScope): readonly Statement[] {
  return [
    ...byName(scope),
    ...byTag(scope),
    ...roles(scope),
    logInToRegistry(),
    seeStack(),
    changeUnscoped(),
  ];
}

function logInToRegistry(): Statement {
  return onEverything("LogInToRegistry", ["ecr:GetAuthorizationToken"]);
}

/** Reading that takes no resource. */
function seeStack(): Statement {
  return onEverything("SeeStack", [
    "autoscaling:Describe*",
    "cloudwatch:DescribeAlarms",
    "ec2:Describe*",
    "ecr:DescribeRepositories",
    "ecs:DescribeCapacityProviders",
    "ecs:DescribeTaskDefinition",
    "logs:DescribeLogGroups",
    "logs:DescribeQueryDefinitions",
    "ssm:DescribeParameters",
    "states:ValidateStateMachineDefinition",
    "sts:GetCallerIdentity",
  ]);
}

/** Changing what IAM can't scope: task definitions are given up, not taken away, and saved queries hold no data. */
function changeUnscoped(): Statement {
  return onEverything("ChangeUnscoped", [
    "ecs:DeregisterTaskDefinition",
    "logs:DeleteQueryDefinition",
    "logs:PutQueryDefinition",
  ]);
}
