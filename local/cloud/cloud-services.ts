/** The services of the local cloud that live in this process, tied to each other. */
import { join } from "node:path";
import type { Identities } from "../iam/identities";
import type { Access } from "./access";
import type { Clock } from "./clock";
import { withCreatedMachines } from "./created-machines";
import { createCloudWatch } from "./metrics/cloudwatch";
import type { DelayRange } from "./metrics/delay-range";
import { createDestinations } from "./lambda/destinations";
import type { FaultSpec } from "./faults/fault-spec";
import { createFaults, type Faults } from "./faults/faults";
import { invokerWithFaults } from "./faults/faulty-invoker";
import { withFaults } from "./faults/faulty-service";
import { createLambda, type Lambda } from "./lambda/lambda";
import { createLateMetrics } from "./metrics/late-metrics";
import { createLogSources, type LogSources } from "./logs/log-sources";
import { createLogTails } from "./logs/log-tail";
import { createLogs, type Deliver, type Logs } from "./logs/logs";
import { createSubscriptions } from "./logs/subscriptions";
import { invocationByLogs } from "./realise-messaging";
import { createS3, type S3 } from "./s3/s3";
import { createScheduler, type Scheduler } from "./scheduler";
import type { Service } from "./service";
import { createSqs, type Sqs } from "./sqs/sqs";
import { createSsm, type Ssm } from "./ssm";
import { createStates, type States } from "./states/states";
import type { State } from "./state-store/state";
import { createSts } from "./sts";

export interface CloudServicesOptions {
  readonly access: Access;
  readonly identities: Identities;
  readonly clock: Clock;
  readonly region: string;
  readonly accountId: string;
  /** Of the run: objects are files below it. */
  readonly runDirectory: string;
  readonly minuteSeconds: number;
  readonly faults: readonly FaultSpec[];
  readonly seed: number;
  readonly metricDelay: DelayRange;
  readonly logDelay: DelayRange;
  /** The service principal as which CloudWatch Logs invokes functions. */
  readonly logsPrincipal: string;
  readonly warn: (message: string) => void;
  /** What outlives the process, and what came back of it. @default nothing */
  readonly state?: State | undefined;
}

export interface CloudServices {
  readonly states: States;
  readonly s3: S3;
  readonly sqs: Sqs;
  readonly ssm: Ssm;
  readonly logs: Logs;
  readonly logSources: LogSources;
  readonly lambda: Lambda;
  readonly scheduler: Scheduler;
  readonly deliver: Deliver;
  readonly faults: Faults;
  /** What the endpoint answers by; each behind its faults. `more`: services that live elsewhere. */
  endpointServices(more: readonly Service[]): readonly Service[];
  /** What is on its way between services gets lost. */
  stopDeliveries(): void;
}

export function createCloudServices(options: CloudServicesOptions): CloudServices {
  const { access, clock, region, accountId, minuteSeconds, warn, state } = options;
  const faults = createFaults(options.faults, options.seed);
  const guarded = (service: Service): Service => withFaults(service, faults, clock);

  const cloudWatch = createCloudWatch({ access, clock, records: state?.metrics });
  const metrics = createLateMetrics({ metrics: cloudWatch, clock, faults, delay: options.metricDelay });
  const keeper = state?.keeper;
  const sqs = createSqs({ ...options, keeper });
  const ssm = createSsm({ ...options, keeper });
  const logs = createLogs({ ...options, metrics: cloudWatch, records: state?.logs });
  const directory = state?.objectDirectory ?? join(options.runDirectory, "s3");
  const s3 = createS3({ access, clock, directory, records: state?.s3 });
  const { send, invokeBy } = createDestinations(sqs);
  const lambda = createLambda({ access, clock, minuteSeconds, send, warn });
  const invoker = invokerWithFaults(lambda.invoker, faults, clock);
  invokeBy(invoker);
  const scheduler = createScheduler({ clock, invoker, minuteSeconds, send, warn });
  const byName = new Map<string, Service>();
  const states = createStates({
    access,
    clock,
    region,
    accountId,
    invoker,
    metrics,
    services: (name) => byName.get(name),
    ...(state === undefined ? {} : { store: state.states }),
  });
  const logSources = createLogSources({ logs, tails: createLogTails(clock), states, clock });
  const machineOptions = {
    access,
    arnPrefix: `arn:aws:states:${region}:${accountId}`,
    follow: logSources.followExecutions,
  };
  const ended = new AbortController();
  const subscriptions = createSubscriptions({
    clock,
    accountId,
    faults,
    delay: options.logDelay,
    invoke({ group, destinationArn }, payload) {
      const { context } = invocationByLogs(group, destinationArn);
      const caller = { arn: options.logsPrincipal };
      invoker.handOver(destinationArn, payload, caller, ended.signal, context).catch((error: unknown) => {
        warn(`Log events of ${group} did not reach ${destinationArn}: ${(error as Error).message}`);
      });
    },
  });
  const own = [
    states.service,
    s3.service,
    cloudWatch.service,
    lambda.service,
    sqs.service,
    ssm.service,
    logs.service,
  ];
  const sts = createSts(access, { identities: options.identities, now: clock.now });
  for (const service of [...own, sts].map(guarded)) byName.set(service.signingName, service);

  return {
    states,
    s3,
    sqs,
    ssm,
    logs,
    logSources,
    lambda,
    scheduler,
    deliver: subscriptions.deliver,
    faults,
    endpointServices: (more) =>
      [...byName.values(), ...more.map(guarded)].map((each) =>
        each.signingName === "states" ? withCreatedMachines(each, machineOptions) : each,
      ),
    stopDeliveries() {
      ended.abort();
      subscriptions.close();
      metrics.close();
    },
  };
}
