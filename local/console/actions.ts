/** What the page may do to the local cloud: each action checks what it is given and answers, or refuses in one line. */
import { z } from "zod";
import type { Principal } from "../cloud/access";
import { InvalidFault } from "../cloud/faults/fault-spec";
import type { LocalCloud } from "../cloud/realise";
import { moveFaults } from "./faults";
import type { Refused } from "./messages";

export interface ActionAnswer {
  readonly status: number;
  readonly body: object;
}
export type Actions = ReadonlyMap<string, (body: unknown) => Promise<ActionAnswer>>;

const start = z.object({
  stateMachineArn: z.string().min(1),
  name: z.string().optional(),
  input: z.string(),
});
const execution = z.object({ executionArn: z.string().min(1) });
const worker = z.object({ id: z.string().min(1) });
const faults = z.object({ faults: z.string() });

/** By path. `callerOf` is who starts executions of a state machine. */
export function createActions(
  cloud: Pick<LocalCloud, "states" | "workers" | "onPurpose">,
  person: Principal,
  callerOf: (stateMachineArn: string) => Principal,
): Actions {
  /** The operation itself, as over the wire, without the wire. */
  async function call(operation: string, caller: Principal, input: object): Promise<ActionAnswer> {
    const { status, body = "" } = await cloud.states.service.handle({
      method: "POST",
      path: "/",
      query: new URLSearchParams(),
      headers: { "x-amz-target": `AWSStepFunctions.${operation}` },
      body: Buffer.from(JSON.stringify(input)),
      caller,
      signal: NEVER,
    });
    const answer = JSON.parse(body.toString()) as { readonly __type?: string; readonly message?: string };
    if (status === 200) return { status, body: answer };
    return refused(status, `${answer.__type ?? "Error"}: ${answer.message ?? "no words"}`);
  }

  return new Map([
    [
      "/api/executions/start",
      action(start, async ({ stateMachineArn, name, input }) =>
        call("StartExecution", callerOf(stateMachineArn), {
          stateMachineArn,
          input,
          ...(name === undefined || name === "" ? {} : { name }),
        }),
      ),
    ],
    [
      "/api/executions/stop",
      action(execution, (input) => call("StopExecution", person, { ...input, ...STOPPED })),
    ],
    ["/api/executions/redrive", action(execution, (input) => call("RedriveExecution", person, input))],
    [
      "/api/workers/kill",
      action(worker, ({ id }) =>
        Promise.resolve(
          cloud.workers.killWorker(id)
            ? DONE
            : refused(409, `The worker ${id.slice(0, 8)} does not run any more.`),
        ),
      ),
    ],
    [
      "/api/faults/move",
      action(faults, (input) => {
        try {
          moveFaults(cloud.onPurpose, input.faults);
        } catch (error) {
          if (error instanceof InvalidFault) return Promise.resolve(refused(400, error.message));
          throw error;
        }
        return Promise.resolve(DONE);
      }),
    ],
  ]);
}

const NEVER = new AbortController().signal;
const DONE: ActionAnswer = { status: 200, body: {} };
const STOPPED = { cause: "Stopped in the console." };

function action<Input>(
  schema: z.ZodType<Input>,
  run: (input: Input) => Promise<ActionAnswer>,
): (body: unknown) => Promise<ActionAnswer> {
  return (body) => {
    const input = schema.safeParse(body);
    if (input.success) return run(input.data);
    const problems = input.error.issues.map(
      ({ path, message }) => `${path.join(".") || "the body"}: ${message}`,
    );
    return Promise.resolve(refused(400, `${problems.join("; ")}.`));
  };
}

export function refused(status: number, error: string): ActionAnswer {
  const body: Refused = { error };
  return { status, body };
}
