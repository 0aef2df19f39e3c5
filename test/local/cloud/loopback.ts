/** What the tests of the local cloud share: services behind a real port, and waiting for a condition instead of a time. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAccess, type Access } from "../../../local/cloud/access";
import { startServer } from "../../../local/cloud/server";
import type { Service } from "../../../local/cloud/service";

export const ACCOUNT = "123456789012";
export const ROLE = `arn:aws:iam::${ACCOUNT}:role/tester`;

export interface Loopback {
  readonly access: Access;
  /** For the constructor of any SDK client. */
  readonly client: {
    readonly endpoint: string;
    readonly region: string;
    readonly maxAttempts: number;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
  close(): Promise<void>;
}

export async function openLoopback(services: (access: Access) => readonly Service[]): Promise<Loopback> {
  const access = createAccess();
  const server = await startServer(access, services(access));
  const client = {
    endpoint: server.endpoint,
    region: "eu-west-1",
    maxAttempts: 1,
    credentials: access.issue(ROLE),
  };
  return { access, client, close: server.close };
}

export function temporaryDirectory(): string {
  return mkdtempSync(join(tmpdir(), "loveless-test-"));
}

/** Settles when `condition` holds; rejects with `what` when that takes longer than the deadline. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  deadlineMs = 10_000,
): Promise<void> {
  const deadline = Date.now() + deadlineMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Waited ${String(deadlineMs)} ms in vain until ${what}.`);
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
  }
}
