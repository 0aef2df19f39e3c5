/** The blueprint: the stack's settings, the components that they describe, and what the stack gives back. */
import { Autoscaler } from "./components/autoscaler";
import { catalogueDefinition } from "./components/catalogue";
import { Cluster } from "./components/cluster";
import { DataBucket } from "./components/data-bucket";
import { FunctionImage } from "./components/function-image";
import { readObjects, writeObjects } from "./components/iam/objects";
import { instancesOf } from "./components/instances";
import { Network } from "./components/network";
import { readSettings } from "./components/settings";
import { StatelessFunction } from "./components/stateless-function";
import { WorkerImage } from "./components/worker-image";
import { Workflow } from "./components/workflow";

const FUNCTIONS = ["split", "detect", "merge"] as const;

const settings = readSettings(FUNCTIONS);
const { logRetentionDays, retainData: retain } = settings;

const network = new Network("network", settings.network);
const cluster = new Cluster("cluster", { network, instances: instancesOf(settings.functions, retain) });
const data = new DataBucket("data", { retain });
const workerImage = new WorkerImage("worker", { retain });
const grants = [data.arn.apply((arn) => readObjects(arn)), data.arn.apply((arn) => writeObjects(arn))];

function declare(name: (typeof FUNCTIONS)[number]): StatelessFunction {
  const image = new FunctionImage(name, { context: `examples/${name}`, retain });
  return new StatelessFunction(name, {
    ...settings.functions[name],
    image,
    grants,
    cluster,
    workerImage,
    logRetentionDays,
  });
}

const [split, detect, merge] = [declare("split"), declare("detect"), declare("merge")];
const functions = [split, detect, merge];
const definition = catalogueDefinition({ split, detect, merge });

const workflow = new Workflow("catalogue", { definition, functions, logRetentionDays });
new Autoscaler("autoscaler", { cluster, pools: functions.flatMap((each) => each.pools), logRetentionDays });

/** The state machine. */
export const stateMachineArn = workflow.stateMachine.arn;
/** Its alias: start executions through this. */
export const workflowArn = workflow.alias.arn;
/** Where the images go in, and the catalogues come out. */
export const bucketName = data.bucket.bucket;
