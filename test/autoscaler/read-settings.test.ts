/** The settings as the handler reads them: from parameters of a real Parameter Store over HTTP. */
import { SSMClient } from "@aws-sdk/client-ssm";
import { readSettings } from "../../autoscaler/read-settings";
import { acrossParameters } from "../../autoscaler/settings";
import { createAccess } from "../../local/cloud/access";
import { startServer } from "../../local/cloud/server";
import { createSsm } from "../../local/cloud/ssm";

const ROLE = "arn:aws:iam::123456789012:role/autoscaler";
const poolOf = (name: string) => ({
  function: name,
  activityArn: `arn:aws:states:eu-west-1:123456789012:activity:${name}`,
  serviceArn: `arn:aws:ecs:eu-west-1:123456789012:service/main/${name}`,
  slots: 1,
  minWorkers: 0,
  maxWorkers: 2,
});

/** Reads what is named, from a store in which there is `stored`. */
async function read(names: string, stored: Readonly<Record<string, object>>) {
  const access = createAccess();
  const clock = { now: () => 0, after: () => () => undefined };
  const ssm = createSsm({ access, clock, region: "eu-west-1", accountId: "123456789012" });
  for (const [name, value] of Object.entries(stored))
    ssm.putParameter({ name, type: "String", value: JSON.stringify(value) });
  const server = await startServer(access, [ssm.service]);
  const credentials = access.issue(ROLE);
  const client = new SSMClient({ endpoint: server.endpoint, region: "eu-west-1", credentials });
  try {
    const environment = { LOVELESS_AUTOSCALER_PARAMETER: names };
    return await readSettings(client, environment, AbortSignal.timeout(10_000));
  } finally {
    client.destroy();
    await server.close();
  }
}

const first = { clusterArn: "arn:aws:ecs:eu-west-1:123456789012:cluster/main", minuteSeconds: 60 };

test("pools may stand in several parameters, and are told in the order of those", async () => {
  const settings = await read("settings,settings-2", {
    "settings-2": { pools: [poolOf("c")] },
    settings: { ...first, pools: [poolOf("a"), poolOf("b")] },
  });
  expect(settings).toMatchObject({ minuteSeconds: 60, canaryMinutes: 0 });
  expect(settings.pools.map((pool) => pool.function)).toEqual(["a", "b", "c"]);
});

test("settings too large for one parameter are spread, and read as they were written", async () => {
  const names = Array.from({ length: 40 }, (_, index) => `function-${String(index)}`);
  const values = acrossParameters({ ...first, pools: names.map(poolOf) });
  const stored = values.map((value, index) => [`settings-${String(index)}`, value] as const);
  for (const [, value] of stored) expect(JSON.stringify(value).length).toBeLessThanOrEqual(8 * 1024);
  const settings = await read(stored.map(([name]) => name).join(","), Object.fromEntries(stored));
  expect(stored).toHaveLength(3);
  expect(settings.pools.map((pool) => pool.function)).toEqual(names);
});

test("a parameter that is not there is an error, not fewer pools", async () => {
  const settings = { ...first, pools: [] };
  await expect(read("settings,settings-2", { settings })).rejects.toThrow(
    "The parameter settings-2 is not there. It is made by components/autoscaler.ts.",
  );
});

test("a parameter without pools is named as what it is", async () => {
  const stored = { settings: { ...first, pools: [] }, "settings-2": { pool: [] } };
  await expect(read("settings,settings-2", stored)).rejects.toThrow(
    /^settings,settings-2 is wrong: pools\.0: /,
  );
});
