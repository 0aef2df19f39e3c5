/** Step Functions of the local cloud: the service on the wire, and what the resource graph declares in it. */
import type { Access } from "../access";
import type { Clock } from "../clock";
import { answeringWhenCommitted } from "../keeper";
import { jsonService, type Service } from "../service";
import { createActivities, type ActivityState } from "./activities/activities";
import { createAssumeRole } from "./assume-role";
import { createAliases, type Route } from "./machines/aliases";
import { createActivityMetrics, type MetricSink } from "./activities/activity-metrics";
import { activityOperations } from "./activities/activity-operations";
import { createDefinitionReader, type DefinitionReader } from "./definition/definition";
import { executionOperations } from "./executions/execution-operations";
import type { Execution } from "./executions/execution";
import type { RunOptions } from "./executions/execution-run";
import { createExecutions, type Invoker } from "./executions/executions";
import type { HistoryEvent } from "./executions/history";
import type { StatesStore } from "./executions/journal";
import { readExecutions } from "./executions/kept-executions";
import { machineOperations } from "./machines/machine-operations";
import { createIntegrations } from "./integrations/integrations";
import type { FindService } from "./integrations/service-call";
import { createMapRuns } from "./maps/map-runs";
import { mapRunOperations } from "./maps/map-run-operations";
import { unqualified } from "./machines/machine-arn";
import { createMachines, type Machine, type MachineDefinition } from "./machines/machines";
import { createObjectStore } from "./maps/object-store";
import { createTags } from "./machines/tags";
import { testStateOperation } from "./test-state";
import { createTaskTokens } from "./activities/task-tokens";
import { aliasOperations, versionOperations } from "./machines/version-operations";

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
  /** What must outlive this process. @default nothing is kept */
  readonly store?: StatesStore;
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
  /**
   * Once, when all that they call is there: the executions that ran when the process before this one ended go on from their
   * last event. Gives them.
   */
  goOn(): readonly Execution[];
  /** Answers every open poll with a null token, now and from now on. */
  answerPolls(): void;
  /** Answers every open poll with a null token, and aborts every execution; where they are kept, they go on elsewhere. */
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

interface LeavableStore extends StatesStore {
  /** What comes after does not count any more. */
  leave(): void;
}

function untilLeft(store: StatesStore): LeavableStore {
  let left = false;
  return {
    documents: (kind) => store.documents(kind),
    executions: () => store.executions(),
    keep(kind, key, value) {
      if (!left) store.keep(kind, key, value);
    },
    append(execution, entry) {
      if (!left) store.append(execution, entry);
    },
    forget(execution) {
      if (!left) store.forget(execution);
    },
    committed: () => (left ? Promise.resolve() : store.committed()),
    leave() {
      left = true;
    },
  };
}

export function createStates(options: StatesOptions): States {
  const { access, clock, region, accountId, invoker, metrics, random = Math.random } = options;
  const arnPrefix = `arn:aws:states:${region}:${accountId}`;
  const listeners = new Set<EventListener>();
  const tokens = createTaskTokens(clock);
  const activityMetrics = createActivityMetrics(metrics);
  const store = options.store === undefined ? null : untilLeft(options.store);
  const activities = createActivities(clock, activityMetrics, tokens, options.activityTimeoutFrom, store);
  const reader = options.readDefinition ?? createDefinitionReader();
  const machines = createMachines(clock, reader, random, store);
  const aliases = createAliases(clock, machines);
  const mapRuns = createMapRuns(store, ({ arn }) => {
    executions.mapRunEnded(arn);
  });
  const services: FindService = (name) => (name === "states" ? inner : options.services?.(name));
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
  const kept = store === null ? [] : readExecutions(store, machines);
  machines.dropRevisions(kept);
  const runOptions: RunOptions = {
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
  };
  const executions = createExecutions({
    ...runOptions,
    onEvent: (executionArn, event) => {
      for (const listener of listeners) listener(executionArn, event);
    },
    store,
    kept,
  });
  const tags = createTags(
    (arn) => activities.find(arn) !== undefined || machines.list().some((machine) => machine.arn === arn),
    store,
  );
  const inner: Service = jsonService(access, {
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
      TestState: testStateOperation(runOptions, reader),
    },
  });
  return {
    service: answeringWhenCommitted(inner, store),
    createActivity({ arn, name }) {
      activities.create(arn, name);
    },
    createStateMachine(machine) {
      machines.declare(machine);
    },
    createVersion({ arn, description }) {
      machines.publish(unqualified(arn), {
        description,
        revisionId: undefined,
        number: Number(arn.split(":")[7]),
      });
    },
    createAlias({ arn, routes, description }) {
      aliases.declare({ arn, name: arn.split(":")[7] ?? "", routes, description });
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
    goOn: executions.goOn,
    answerPolls: activities.close,
    async close() {
      if (store === null) executions.abort("The local cloud was closed.");
      else {
        await store.committed().catch(() => undefined);
        store.leave();
        executions.leave();
      }
      activities.close();
      tokens.close();
      // Those who waited for a poll or an execution go on in microtasks: they have gone on when this resolves.
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}
