/** Step Functions of the local cloud: the service on the wire, and what the resource graph declares in it. */
import type { Access } from "../access";
import type { Clock } from "../clock";
import { jsonService, type Service } from "../service";
import { createActivities, type ActivityState } from "./activities";
import { createAssumeRole } from "./assume-role";
import { createAliases, type Route } from "./aliases";
import { createActivityMetrics, type MetricSink } from "./activity-metrics";
import { activityOperations } from "./activity-operations";
import { createDefinitionReader, type DefinitionReader } from "./definition";
import { executionOperations } from "./execution-operations";
import type { Execution } from "./execution";
import { createExecutions, type Invoker } from "./executions";
import type { HistoryEvent } from "./history";
import { machineOperations } from "./machine-operations";
import { createIntegrations } from "./integrations/integrations";
import type { FindService } from "./integrations/service-call";
import { createMapRuns } from "./map-runs";
import { mapRunOperations } from "./map-run-operations";
import { unqualified } from "./machine-arn";
import { createMachines, type Machine, type MachineDefinition } from "./machines";
import { createObjectStore } from "./object-store";
import { createTags } from "./tags";
import { createTaskTokens } from "./task-tokens";
import { aliasOperations, versionOperations } from "./version-operations";

export interface StatesOptions {
  readonly access: Access;
  readonly clock: Clock;
  readonly region: string;
  readonly accountId: string;
  readonly invoker: Invoker;
  readonly metrics: MetricSink;
  /** Other services that state machines may call, by their signing names. @default none */
  readonly services?: FindService;
  /** In [0, 1): jitter, the routes of aliases, States.MathRandom. @default Math.random */
  readonly random?: () => number;
  /** @default createDefinitionReader() */
  readonly readDefinition?: DefinitionReader;
  /**
   * The event at which a task's TimeoutSeconds begins to count.
   * @default "ActivityStarted", as documented; see createActivities.
   */
  readonly activityTimeoutFrom?: "ActivityStarted" | "ActivityScheduled";
}

/** `event.details` is what GetExecutionHistory has under `…EventDetails`. */
export type EventListener = (executionArn: string, event: HistoryEvent) => void;

export interface States {
  readonly service: Service;
  createActivity(activity: { readonly arn: string; readonly name: string }): void;
  /** Throws ServiceError InvalidDefinition with a sentence for what can't be run here. */
  createStateMachine(machine: MachineDefinition): void;
  /** Publishes the state machine as it is now under the version's own ARN, `…:stateMachine:NAME:NUMBER`. */
  createVersion(version: { readonly arn: string; readonly description?: string }): void;
  /** `arn` is `…:stateMachine:NAME:ALIAS`. The versions must exist. */
  createAlias(alias: {
    readonly arn: string;
    readonly routes: readonly Route[];
    readonly description?: string;
  }): void;
  /** Hears each event of each execution as it happens; the function returned ends that. */
  onEvent(listener: EventListener): () => void;
  /** What is inside, for whoever shows it: not to be changed. */
  readonly view: StatesView;
  /** Answers every open poll with a null token, and aborts every execution. */
  close(): Promise<void>;
}

export interface StatesView {
  machines(): readonly Machine[];
  /** Latest first; without those that are forgotten. */
  executions(): readonly Execution[];
  /** Undefined when it is not known, or not any more. */
  execution(arn: string): Execution | undefined;
  /** Null when there is no such activity. */
  activity(arn: string): ActivityState | null;
}

export function createStates(options: StatesOptions): States {
  const { access, clock, region, accountId, invoker, metrics, random = Math.random } = options;
  const arnPrefix = `arn:aws:states:${region}:${accountId}`;
  const listeners = new Set<EventListener>();
  const tokens = createTaskTokens(clock);
  const activityMetrics = createActivityMetrics(metrics);
  const activities = createActivities(clock, activityMetrics, tokens, options.activityTimeoutFrom);
  const machines = createMachines(clock, options.readDefinition ?? createDefinitionReader(), random);
  const aliases = createAliases(clock, machines);
  const mapRuns = createMapRuns();
  const services: FindService = (name) => (name === "states" ? service : options.services?.(name));
  const integrations = createIntegrations({
    invoker,
    services,
    accountId,
    clock,
    executions: {
      async whenEnded(arn, signal) {
        const execution = executions.known(arn);
        if (execution !== undefined) await executions.whenEnded(execution, signal);
      },
    },
  });
  const executions = createExecutions({
    clock,
    surroundings: {
      random,
      region,
      accountId,
      activities,
      tokens,
      integrations,
      mapRuns,
      objects: createObjectStore(services),
      assumeRole: createAssumeRole(services, access),
    },
    invoker,
    onEvent: (executionArn, event) => {
      for (const listener of listeners) listener(executionArn, event);
    },
  });
  const tags = createTags(
    (arn) => activities.find(arn) !== undefined || machines.list().some((machine) => machine.arn === arn),
  );
  const service: Service = jsonService(access, {
    signingName: "states",
    targetPrefix: "AWSStepFunctions",
    version: "1.0",
    operations: {
      ...machineOperations(machines, tags, {
        arnPrefix,
        onRemoved: ({ arn }) => {
          executions.abort("The state machine was deleted.", arn);
        },
      }),
      ...versionOperations(machines),
      ...aliasOperations(machines, aliases),
      ...executionOperations(executions, machines, clock),
      ...mapRunOperations(mapRuns, executions),
      ...activityOperations(activities, tokens, tags, arnPrefix),
      ...tags.operations,
    },
  });
  return {
    service,
    createActivity({ arn, name }) {
      activities.create(arn, name);
    },
    createStateMachine(machine) {
      machines.create(machine);
    },
    createVersion({ arn, description }) {
      machines.publish(unqualified(arn), {
        description,
        revisionId: undefined,
        number: Number(arn.split(":")[7]),
      });
    },
    createAlias({ arn, routes, description }) {
      aliases.create({ arn, name: arn.split(":")[7] ?? "", routes, description });
    },
    onEvent(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    view: {
      machines: machines.list,
      executions: executions.list,
      execution: executions.known,
      activity: activities.stateOf,
    },
    async close() {
      executions.abort("The local cloud was closed.");
      activities.close();
      tokens.close();
      // Those who waited for a poll or an execution go on in microtasks: they have gone on when this resolves.
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}
