/** Finds the pools of a stack: services whose task starts a Loveless worker, with what the autoscaler knows of them. */
import { ifKnown, ofType, refersTo, type Stack, type StackSubject, identitiesOf } from "./subject";
import type { Properties, Value } from "./known";
import { SERVICE, TASK_DEFINITION } from "./types";
import { list, object, parsed, text } from "./values";

/** The variable by which a worker is told what it serves: worker/settings.ts. */
const ACTIVITY_VARIABLE = "LOVELESS_ACTIVITY_ARN";

export interface Pool {
  readonly service: StackSubject;
  readonly task: StackSubject;
  readonly activityArn: string;
  readonly usesGpu: boolean;
  /** Undefined: no autoscaler of the stack has it in its settings. */
  readonly maxWorkers: number | undefined;
}

/** Pools whose task definition is known; in preview, before anything is, there are none. */
export function pools(stack: Stack): readonly Pool[] {
  const tasks = ofType(stack, TASK_DEFINITION);
  const settings = poolSettings(stack);
  return ofType(stack, SERVICE).flatMap((service) => {
    const task = tasks.find((each) =>
      refersTo(service, "taskDefinition", () => service.props.taskDefinition, each),
    );
    const containers =
      task === undefined
        ? []
        : (ifKnown(() => list(parsed(task.props.containerDefinitions)).map(object)) ?? []);
    const activityArn = containers.flatMap(environmentOf).find(([name]) => name === ACTIVITY_VARIABLE)?.[1];
    if (task === undefined || activityArn === undefined) return [];
    const own = settings.find(({ serviceArn }) => identitiesOf(service).includes(text(serviceArn)));
    return [
      {
        service,
        task,
        activityArn,
        usesGpu: containers.some(({ resourceRequirements }) =>
          list(resourceRequirements).some((one) => object(one).type === "GPU"),
        ),
        maxWorkers: typeof own?.maxWorkers === "number" ? own.maxWorkers : undefined,
      },
    ];
  });
}

export function servedActivities(stack: Stack): ReadonlySet<string> {
  return new Set(pools(stack).map(({ activityArn }) => activityArn));
}

function environmentOf({ environment }: Properties): readonly (readonly [string, string])[] {
  return list(environment)
    .map(object)
    .map(({ name, value }) => [text(name), text(value)] as const);
}

/** The `pools` of an autoscaler's settings, wherever the stack keeps them: a function's environment or a parameter. */
function poolSettings(stack: Stack): readonly Properties[] {
  return stack.resources.flatMap((resource) => {
    const texts: readonly Value[] =
      ifKnown(() => [
        ...Object.values(object(object(resource.props.environment).variables)),
        resource.props.value,
      ]) ?? [];
    return texts
      .filter((value) => typeof value === "string" && value.includes('"serviceArn"'))
      .flatMap((value) => list(object(parsed(value)).pools).map(object));
  });
}
