/** The blueprint: the stack's settings, the components that they describe, and what the stack gives back. */
import { Autoscaler } from "./components/autoscaler";
import { catalogueDefinition } from "./components/catalogue";
import { Cluster } from "./components/cluster";
import { DataBucket } from "./components/data-bucket";
import { DeployRole } from "./components/deploy-role";
import { EncryptionKey } from "./components/encryption-key";
import { FunctionImage } from "./components/images/function-image";
import { WorkerImage } from "./components/images/worker-image";
import { Network } from "./components/network/network";
import { Observability } from "./components/observability/observability";
import { needsNetwork, poolPlacements } from "./components/settings/function-entry";
import { readSettings } from "./components/settings/stack-settings";
import { applyToStack, stackTags } from "./components/stack-wide";
import { StatelessFunction } from "./components/stateless-function";
import { Workflow } from "./components/workflow";

const FUNCTIONS = ["split", "detect", "merge"] as const;

const settings = readSettings(FUNCTIONS);
const { functionRole, retainData: retain } = settings;
applyToStack(settings);

const key = new EncryptionKey("key", { retain });
const logs = { key, retentionDays: settings.logRetentionDays };
const data = new DataBucket("data", { key, retain });

// Where every function is on Lambda there is no network, no cluster and no worker image.
const inside = Object.values(settings.functions).filter(needsNetwork);
const onPools = inside.filter((each) => poolPlacements(each).length > 0);
const network =
  inside.length === 0
    ? undefined
    : new Network("network", { settings: settings.network, functions: inside, logs });
const cluster =
  network === undefined || onPools.length === 0
    ? undefined
    : new Cluster("cluster", {
        network,
        logs,
        functions: settings.functions,
        tags: stackTags(settings),
        retain,
      });
const workerImage = new WorkerImage("worker", {
  architectures: onPools.map((each) => each.architecture),
  imageUris: settings.workerImageUris,
  key,
  retain,
});

function declare(name: (typeof FUNCTIONS)[number], grants = data.readAndWrite()): StatelessFunction {
  const own = settings.functions[name];
  const { imageUri, architecture } = own;
  const image = new FunctionImage(name, { context: `examples/${name}`, imageUri, architecture, key, retain });
  return new StatelessFunction(name, {
    ...own,
    image,
    grants,
    payloads: data.payloads(),
    functionRole,
    cluster,
    workerImage,
    network,
    key,
    logs,
  });
}

const [split, detect, merge] = [declare("split"), declare("detect"), declare("merge")];
const functions = [split, detect, merge];
const pools = functions.flatMap((each) => each.pools);

const definition = catalogueDefinition({ split, detect, merge });
const workflow = new Workflow("catalogue", { definition, functions, callers: settings.callers, key, logs });
const signal = settings.autoscaler.fastSignal ? workflow.log : undefined;
const autoscaler =
  cluster === undefined
    ? undefined
    : new Autoscaler("autoscaler", { ...settings.autoscaler, cluster, pools, signal, key, logs });
new Observability("observability", {
  ...settings.alarms,
  ...settings.budget,
  workflow,
  functions,
  cluster,
  autoscaler,
  key,
});
if (settings.deployment !== undefined) new DeployRole("deploy", settings.deployment);

/** The state machine. */
export const stateMachineArn = workflow.stateMachine.arn;
/** Its alias: start executions through this. */
export const workflowArn = workflow.alias.arn;
/** The role that may do so, and nothing else. */
export const callerRoleArn = workflow.callerRole.arn;
/** Where the images go in, and the catalogues come out. */
export const bucketName = data.bucket.bucket;
/** What this stack runs, by digest: put them into the next stack's `imageUri` to promote them unchanged. */
export const imageUris = Object.fromEntries(functions.map((each) => [each.name, each.imageUri]));
