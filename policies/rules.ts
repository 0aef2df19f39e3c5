/** The rules, one list, in the order of their requirements. */
import type { Rule } from "./rule";
import { ecrRules } from "./rules/ecr";
import { iamRules } from "./rules/iam";
import { instanceRules } from "./rules/instances";
import { lambdaRules } from "./rules/lambda";
import { lovelessRules } from "./rules/loveless";
import { networkRules } from "./rules/network";
import { operationsRules } from "./rules/operations";
import { securityGroupRules } from "./rules/security-groups";
import { serviceRules } from "./rules/service";
import { stepFunctionsRules } from "./rules/step-functions";
import { storageRules } from "./rules/storage";
import { taskDefinitionRules } from "./rules/task-definition";
import { trustRules } from "./rules/trust";

export const RULES: readonly Rule[] = [
  ...ecrRules,
  ...taskDefinitionRules,
  ...serviceRules,
  ...instanceRules,
  ...securityGroupRules,
  ...networkRules,
  ...iamRules,
  ...trustRules,
  ...lambdaRules,
  ...stepFunctionsRules,
  ...operationsRules,
  ...storageRules,
  ...lovelessRules,
].toSorted((one, other) => one.requirement - other.requirement);
