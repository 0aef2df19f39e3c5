/** A Task's Credentials: the role that the state machine takes on for one task, as STS and the role's trust allow. */
import type { Access, Principal } from "../access";
import { callService, type CallContext, type FindService } from "./integrations/service-call";
import { StateError } from "./state-error";

/** Rejects with StateError States.TaskFailed, in AWS's words, when the caller may not. */
export type AssumeRole = (roleArn: string, context: CallContext) => Promise<Principal>;

export function createAssumeRole(services: FindService, access: Access): AssumeRole {
  return async (roleArn, context) => {
    const form = { Action: "AssumeRole", RoleArn: roleArn, RoleSessionName: "StepFunctions" };
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const request = { method: "POST", path: "/", headers, body: new URLSearchParams(form).toString() };
    const answer = await callService(services, "sts", request, context).catch(() => null);
    const key = /<AccessKeyId>([^<]*)</.exec(answer?.body.toString("utf8") ?? "")?.[1];
    const role = key === undefined ? null : access.principalOf(key);
    if (role !== null) return role;
    const cause = `The role ${context.caller.arn} is not authorized to assume the task state's role, ${roleArn}.`;
    throw new StateError({ error: "States.TaskFailed", cause });
  };
}
