/** Refusals while a run goes on: told once for each role and action, kept with their calls, and the end of a run that waits. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAccess, type Access, type IamMode } from "../../../local/cloud/access";
import { identitiesOf } from "../../../local/iam/identities";
import { watchRefusals, writeCalls } from "../../../local/start/refusals";
import { ACCOUNT } from "../iam/ask";
import { graphOf, role, roleArn } from "../iam/graphs";

const ME = { arn: roleArn("me-1"), sessionName: "s1" };
const readA = { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::a/*" };

function accessOf(mode: IamMode): Access {
  return createAccess({ identities: identitiesOf(graphOf(...role("me", [readA])), ACCOUNT), mode });
}

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

test("a refusal is told once for each role and action, in AWS's words", () => {
  const access = accessOf("report");
  const said: string[] = [];
  const refusals = watchRefusals(access, { ends: true, minuteSeconds: 5, say: (text) => said.push(text) });
  for (const key of ["1", "2"]) access.use(ME, { action: "s3:PutObject", resource: `arn:aws:s3:::a/${key}` });
  jest.advanceTimersByTime(60_000);
  refusals.stop();
  expect(said).toEqual([
    `IAM: would be refused on AWS: User: arn:aws:sts::${ACCOUNT}:assumed-role/me-1/s1 is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::a/1" because no identity-based policy allows the s3:PutObject action`,
  ]);
  expect(refusals.signal.aborted).toBe(false);
});

test.each([
  ["strict IAM ends a run two local minutes after a refusal", "strict", true, true],
  ["a stack that stays up is not ended by one", "strict", false, false],
] as const)("%s", (_sentence, mode, ends, aborted) => {
  const access = accessOf(mode);
  const refusals = watchRefusals(access, { ends, minuteSeconds: 5, say: () => undefined });
  expect(() => {
    access.use(ME, { action: "s3:PutObject", resource: "arn:aws:s3:::a/1" });
  }).toThrow("is not authorized");
  jest.advanceTimersByTime(9_000);
  expect(refusals.signal.aborted).toBe(false);
  jest.advanceTimersByTime(2_000);
  expect(refusals.signal.aborted).toBe(aborted);
  refusals.stop();
});

test("the calls of a run are kept one a line, with their keys and whether they are allowed", async () => {
  const access = accessOf("report");
  access.use(ME, {
    action: "s3:GetObject",
    resource: "arn:aws:s3:::a/1",
    context: { "s3:TlsVersion": "1.3" },
  });
  access.use(ME, { action: "s3:PutObject", resource: "arn:aws:s3:::a/1" });
  const directory = mkdtempSync(join(tmpdir(), "loveless-calls-"));
  try {
    await writeCalls(access, directory);
    const lines = readFileSync(join(directory, "iam-calls.jsonl"), "utf8").trimEnd().split("\n");
    const call = { principal: ME.arn, sessionName: "s1", resource: "arn:aws:s3:::a/1", count: 1 };
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(
      expect.arrayContaining([
        { ...call, action: "s3:GetObject", context: { "s3:TlsVersion": "1.3" }, allowed: true },
        { ...call, action: "s3:PutObject", allowed: false },
      ]),
    );
  } finally {
    rmSync(directory, { recursive: true });
  }
});
