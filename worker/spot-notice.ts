/**
 * Watches for EC2's notice that a Spot instance is about to be taken back, where ECS does not drain such instances by
 * itself. On Fargate Spot, and with ECS_ENABLE_SPOT_INSTANCE_DRAINING, the notice is a SIGTERM and needs none of this.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html
 */
import { pause, type Clock } from "./clock";
import type { Log } from "./log";

/** As AWS recommends. */
const EVERY_MS = 5_000;
const CALL_MS = 2_000;
const TOKEN_SECONDS = 21_600;

export interface SpotNotice {
  /** Milliseconds since the epoch. */
  readonly endsMs: number;
}

export interface SpotNoticeOptions {
  /** Of the instance metadata, such as http://169.254.169.254. */
  readonly endpoint: string;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly log: Log;
}

/** Resolves with the notice, or with null when `signal` aborts. Never rejects. */
export async function spotNotice(options: SpotNoticeOptions): Promise<SpotNotice | null> {
  const { signal, clock, log } = options;
  let token: string | null = null;
  let failed = false;
  while (!signal.aborted) {
    try {
      token ??= await readToken(options.endpoint);
      const answer = await readNotice(options.endpoint, token);
      if (answer === "unauthorized") token = null;
      else if (answer !== null) return answer;
      failed = false;
    } catch (error) {
      // Said once: a container that can't reach the metadata never will.
      if (!failed) log("SpotNoticeUnavailable", { reason: (error as Error).message });
      failed = true;
    }
    await pause(clock, EVERY_MS, signal);
  }
  return null;
}

async function readToken(endpoint: string): Promise<string> {
  const response = await fetch(`${endpoint}/latest/api/token`, {
    method: "PUT",
    headers: { "X-aws-ec2-metadata-token-ttl-seconds": String(TOKEN_SECONDS) },
    signal: AbortSignal.timeout(CALL_MS),
  });
  if (!response.ok) throw new Error(`the instance metadata answered ${String(response.status)} to a token`);
  return response.text();
}

/** 404 until there is one, then {"action":"terminate","time":"2026-11-20T08:22:00Z"}. */
async function readNotice(endpoint: string, token: string): Promise<SpotNotice | "unauthorized" | null> {
  const response = await fetch(`${endpoint}/latest/meta-data/spot/instance-action`, {
    headers: { "X-aws-ec2-metadata-token": token },
    signal: AbortSignal.timeout(CALL_MS),
  });
  if (response.status === 401) return "unauthorized";
  if (response.status === 404) return null;
  if (!response.ok) throw new Error(`the instance metadata answered ${String(response.status)}`);
  const { time } = (await response.json()) as { time?: string };
  return { endsMs: Date.parse(time ?? "") };
}
