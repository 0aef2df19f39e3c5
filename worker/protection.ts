/**
 * Keeps ECS from stopping this worker for scaling in or a deployment while it is busy.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection-endpoint.html
 */
import type { Clock } from "./clock";
import type { Log } from "./log";

/** The agent answers in milliseconds; nobody waits for it anyhow. */
const CALL_MS = 5_000;
const LONGEST_MINUTES = 2_880;

/** What the slots tell. Neither call waits, fails or throws. */
export interface Protection {
  /** A slot took a task. */
  begin(): void;
  /** A slot reported its outcome. */
  end(): void;
}

export interface ProtectionOptions {
  /** ECS_AGENT_URI; undefined outside ECS, where there is nothing to protect from. */
  readonly agentUri: string | undefined;
  /** The longest that one task may take. */
  readonly taskSeconds: number;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * One call at a time, with the state wanted by then: tasks that follow each other faster than the agent answers cost
 * no calls. Renewed at half its life while the worker is busy.
 */
export function createProtection({ agentUri, taskSeconds, clock, log }: ProtectionOptions): Protection {
  if (agentUri === undefined) return { begin: () => undefined, end: () => undefined };
  const minutes = Math.min(LONGEST_MINUTES, Math.ceil(taskSeconds / 60) + 1);
  let held = 0;
  let told = false;
  let calling = false;
  let cancelRenewal = (): void => undefined;

  const tell = async (renew: boolean): Promise<void> => {
    const wanted = held > 0;
    if (calling || (wanted === told && !renew)) return;
    calling = true;
    cancelRenewal();
    try {
      await put(`${agentUri}/task-protection/v1/state`, wanted, minutes);
      log("ProtectionChanged", { protected: wanted });
    } catch (error) {
      // Not tried again until the next change or renewal: the agent may refuse for good, DEPLOYMENT_BLOCKED for one.
      log("ProtectionFailed", { protected: wanted, reason: (error as Error).message });
    }
    told = wanted;
    calling = false;
    if (wanted) {
      cancelRenewal = clock.after((minutes * 60_000) / 2, () => {
        void tell(true);
      });
    }
    await tell(false);
  };

  return {
    begin() {
      held += 1;
      void tell(false);
    },
    end() {
      held -= 1;
      void tell(false);
    },
  };
}

async function put(url: string, wanted: boolean, minutes: number): Promise<void> {
  const body = wanted ? { ProtectionEnabled: true, ExpiresInMinutes: minutes } : { ProtectionEnabled: false };
  const response = await fetch(url, {
    method: "PUT",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(CALL_MS),
  });
  const answer = await response.text();
  // A refusal may come with status 200, as {"failure":{…}}.
  if (!response.ok || !answer.includes('"protection"')) {
    throw new Error(`the ECS agent answered ${String(response.status)}: ${answer.slice(0, 300)}`);
  }
}
