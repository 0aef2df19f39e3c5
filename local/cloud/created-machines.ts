/**
 * What Step Functions does besides when a state machine is made or changed by call: the caller must be allowed to pass the
 * role on, the role must trust Step Functions, and the executions are logged where the call says.
 */
import type { Access } from "./access";
import type { ExecutionLogSettings } from "./logs/execution-log";
import { ServiceError, type CloudRequest, type CloudResponse, type Service } from "./service";

const STATES = "states.amazonaws.com";
const TARGETS = ["AWSStepFunctions.CreateStateMachine", "AWSStepFunctions.UpdateStateMachine"];

interface Body {
  readonly name?: string;
  readonly stateMachineArn?: string;
  readonly roleArn?: string;
  readonly loggingConfiguration?: {
    readonly level?: string;
    readonly includeExecutionData?: boolean;
    readonly destinations?: readonly {
      readonly cloudWatchLogsLogGroup?: { readonly logGroupArn?: string };
    }[];
  };
}

export interface CreatedMachinesOptions {
  readonly access: Access;
  /** `arn:aws:states:REGION:ACCOUNT`. */
  readonly arnPrefix: string;
  readonly follow: (machineName: string, settings: ExecutionLogSettings) => void;
}

export function withCreatedMachines(states: Service, options: CreatedMachinesOptions): Service {
  return {
    signingName: states.signingName,
    async handle(request) {
      if (!TARGETS.includes(String(request.headers["x-amz-target"]))) return states.handle(request);
      const body = bodyOf(request);
      const name = body.name ?? body.stateMachineArn?.split(":")[6] ?? "";
      try {
        if (typeof body.roleArn === "string") checkRole(request, body.roleArn, name, options);
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error;
        return refusal(error);
      }
      const response = await states.handle(request);
      const logging = response.status === 200 ? loggingOf(body) : null;
      if (logging !== null) options.follow(name, logging);
      return response;
    },
  };
}

/** https://docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html */
function checkRole(
  { caller }: CloudRequest,
  roleArn: string,
  name: string,
  { access, arnPrefix }: CreatedMachinesOptions,
): void {
  const context = { "iam:PassedToService": STATES };
  access.use(caller, { action: "iam:PassRole", resource: roleArn, context });
  try {
    access.assume(STATES, { arn: roleArn, sessionName: "states" }, `${arnPrefix}:stateMachine:${name}`);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    const message = `Neither the global service principal ${STATES}, nor the regional one is authorized to assume the provided role.`;
    throw new ServiceError("AccessDeniedException", message);
  }
}

/** What is wrong with it, the service itself says. */
function bodyOf({ body }: CloudRequest): Body {
  try {
    return (JSON.parse(body.toString("utf8")) ?? {}) as Body;
  } catch {
    return {};
  }
}

function loggingOf({ loggingConfiguration }: Body): ExecutionLogSettings | null {
  const { level, includeExecutionData = false, destinations = [] } = loggingConfiguration ?? {};
  const arn = destinations[0]?.cloudWatchLogsLogGroup?.logGroupArn ?? "";
  const group = /:log-group:(.+?)(:\*)?$/.exec(arn)?.[1];
  if (group === undefined || (level !== "ALL" && level !== "ERROR" && level !== "FATAL")) return null;
  return { level, includeExecutionData, group };
}

function refusal({ code, message, status }: ServiceError): CloudResponse {
  const headers = { "Content-Type": "application/x-amz-json-1.0" };
  return { status, headers, body: JSON.stringify({ __type: code, message }) };
}
