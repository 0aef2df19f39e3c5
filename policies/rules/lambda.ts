/** What is required of Lambda functions, and of who may call them. */
import { each } from "../known";
import type { Finding, Rule } from "../rule";
import { secretVariable } from "../secrets";
import {
  identitiesOf,
  ifKnown,
  ofType,
  refersTo,
  type Stack,
  type StackSubject,
  type Subject,
} from "../subject";
import * as types from "../types";
import { isPresent, list, object, shown, text, unless } from "../values";

/**
 * Past their deprecation date in November 2026: no patches come.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
 */
const DEPRECATED =
  /^(nodejs(|4\.3(-edge)?|6\.10|8\.10|10\.x|12\.x|14\.x|16\.x|18\.x|20\.x)|python(2\.7|3\.6|3\.7|3\.8|3\.9|3\.10)|ruby(2\.5|2\.7|3\.2)|java8|go1\.x|provided(\.al2)?|dotnet(core[0-9.]+|5\.0|6|7|8))$/;

const SERVICE_PRINCIPAL = /\.amazonaws\.com(\.cn)?$/;

function permission({ props }: Subject): readonly string[] {
  const principal = text(props.principal);
  if (principal === "*") {
    const narrowed =
      isPresent(props.principalOrgId) || isPresent(props.sourceArn) || isPresent(props.sourceAccount);
    return narrowed || props.functionUrlAuthType === "AWS_IAM" ? [] : ['principal is "*"'];
  }
  if (!SERVICE_PRINCIPAL.test(principal)) return [];
  const pinned = [props.sourceArn, props.sourceAccount, props.eventSourceToken].some(isPresent);
  return pinned ? [] : [`sourceArn is not set, and the principal is ${principal}`];
}

function reachable(subject: Subject): readonly string[] {
  if (subject.type === types.PERMISSION) return permission(subject);
  const { authorizationType } = subject.props;
  return unless(authorizationType === "AWS_IAM", "authorizationType", authorizationType);
}

function runtime({ props }: Subject): readonly string[] {
  if (props.packageType === "Image") return [];
  return DEPRECATED.test(text(props.runtime))
    ? [`runtime is ${shown(props.runtime)}, which is deprecated`]
    : [];
}

function environment({ props }: Subject): readonly string[] {
  const variables = object(object(props.environment).variables);
  return each(Object.keys(variables), (name) => {
    const reason = secretVariable(name, text(variables[name]));
    // Never the value: it would land in a log.
    return reason === null ? [] : [`environment has ${name}: ${reason}`];
  });
}

/** Calls these functions without waiting: type, property that holds the ARN, and how to read it. */
const ASYNCHRONOUS: readonly (readonly [string, string, (subject: StackSubject) => readonly string[]])[] = [
  [types.SCHEDULE, "target", ({ props }) => [text(object(props.target).arn)]],
  [types.EVENT_TARGET, "arn", ({ props }) => [text(props.arn)]],
  [
    types.SUBSCRIPTION,
    "endpoint",
    ({ props }) => (props.protocol === "lambda" ? [text(props.endpoint)] : []),
  ],
  [
    types.BUCKET_NOTIFICATION,
    "lambdaFunctions",
    ({ props }) => list(props.lambdaFunctions).map((one) => text(object(one).lambdaFunctionArn)),
  ],
];

/** By its ARN, or by the ARN of one of its versions and aliases. */
function names(
  caller: StackSubject,
  property: string,
  read: () => readonly string[],
  target: StackSubject,
): boolean {
  const arns = ifKnown(read);
  const own = identitiesOf(target).filter((identity) => identity.startsWith("arn:"));
  if (
    arns !== undefined &&
    own.some((arn) => arns.some((each) => each === arn || each.startsWith(`${arn}:`)))
  )
    return true;
  return refersTo(caller, property, read, target);
}

function failures(stack: Stack): readonly Finding[] {
  const configs = ofType(stack, types.INVOKE_CONFIG).filter(({ props }) =>
    isPresent(object(object(props.destinationConfig).onFailure).destination),
  );
  return each(ofType(stack, types.FUNCTION), (subject) => {
    const caller = ASYNCHRONOUS.flatMap(([type, property, read]) =>
      ofType(stack, type).filter((each) => names(each, property, () => read(each), subject)),
    )[0];
    if (caller === undefined || isPresent(object(subject.props.deadLetterConfig).targetArn)) return [];
    return configs.some((config) =>
      names(config, "functionName", () => [text(config.props.functionName)], subject),
    )
      ? []
      : [{ subject, found: `${caller.name} calls it without waiting, and nothing hears of its failures` }];
  });
}

/** A setting named reservedConcurrency, at any depth of the stack's settings, that reserves some: 0 means none. */
function setsConcurrency(settings: Stack["settings"]): boolean {
  return Object.entries(settings).some(([key, value]) =>
    /reservedConcurrency$/.test(key)
      ? /^[1-9]\d*$/.test(value)
      : /"reservedConcurrency":\s*[1-9]/.test(value),
  );
}

function autoscalerConcurrency(stack: Stack): readonly Finding[] {
  if (!setsConcurrency(stack.settings)) return [];
  return each(ofType(stack, types.FUNCTION), (subject) => {
    const parent = stack.resources.find(({ urn }) => urn === subject.parent);
    if (parent?.type !== "loveless:index:Autoscaler") return [];
    const { reservedConcurrentExecutions: reserved } = subject.props;
    return Number(reserved ?? -1) >= 0
      ? []
      : [
          {
            subject,
            found: `the stack's settings reserve concurrency for it, and reservedConcurrentExecutions is ${shown(reserved)}`,
          },
        ];
  });
}

const group = "Lambda" as const;
const on = (check: (subject: Subject) => readonly string[]): Rule["validate"] => ({
  on: "resource",
  types: [types.FUNCTION],
  check,
});

export const lambdaRules: readonly Rule[] = [
  {
    id: "lambda-not-public",
    requirement: 47,
    group,
    title: "Functions are called by somebody in particular",
    what: "A permission for a service has a `sourceArn` (or a source account or token), one for `*` is narrowed by a condition, and a function URL asks for AWS_IAM.",
    why: "Otherwise anybody's bucket, rule or browser calls the function.",
    severity: "critical",
    enforcement: "mandatory",
    references: ["Lambda.1", "CKV_AWS_258", "CKV_AWS_301", "CKV_AWS_364"],
    mend: "set sourceArn to what calls it, or authorizationType to AWS_IAM",
    validate: { on: "resource", types: [types.PERMISSION, types.FUNCTION_URL], check: reachable },
  },
  {
    id: "lambda-supported-runtime",
    requirement: 48,
    group,
    title: "Runtimes are supported",
    what: "`runtime` is none of those that are past their deprecation date. Images bring their own.",
    why: "A deprecated runtime gets no security patches, and one day takes no updates.",
    severity: "medium",
    enforcement: "mandatory",
    references: ["Lambda.2", "CKV_AWS_363"],
    mend: "move to a supported runtime",
    validate: on(runtime),
  },
  {
    id: "lambda-tracing",
    requirement: 49,
    group,
    title: "Functions are traced",
    what: "`tracingConfig.mode` is `Active`.",
    why: "A task is followed through the state machine and its functions by its trace.",
    severity: "low",
    enforcement: "mandatory",
    references: ["Lambda.7", "CKV_AWS_50"],
    mend: 'set tracingConfig.mode to "Active"',
    validate: on(({ props }) => {
      const { mode } = object(props.tracingConfig);
      return unless(mode === "Active", "tracingConfig.mode", mode);
    }),
  },
  {
    id: "lambda-no-secret-in-environment",
    requirement: 50,
    group,
    title: "No secret stands in a function's environment",
    what: "No variable is named for a password, key or token and holds a literal, and none has the form of a known secret.",
    why: "Everybody who may read a function's configuration reads its environment.",
    severity: "critical",
    enforcement: "mandatory",
    references: ["CKV_AWS_45"],
    mend: "store it in Secrets Manager and pass the secret's ARN",
    validate: on(environment),
  },
  {
    id: "lambda-reserved-concurrency",
    requirement: 51,
    group,
    title: "Functions have a concurrency of their own",
    what: "`reservedConcurrentExecutions` is set.",
    why: "One busy function otherwise takes the account's concurrency from all others.",
    severity: "low",
    enforcement: "advisory",
    references: ["CKV_AWS_115"],
    mend: "set reservedConcurrentExecutions",
    validate: on(({ props }) =>
      unless(
        isPresent(props.reservedConcurrentExecutions) && Number(props.reservedConcurrentExecutions) >= 0,
        "reservedConcurrentExecutions",
        props.reservedConcurrentExecutions,
      ),
    ),
  },
  {
    id: "lambda-autoscaler-concurrency",
    requirement: 51,
    group,
    title: "The autoscaler keeps the concurrency that its stack sets",
    what: "Where the stack's settings have a `reservedConcurrency`, the function of the autoscaler has `reservedConcurrentExecutions`.",
    why: "An autoscaler that waits for other functions scales too late, or never.",
    severity: "high",
    enforcement: "mandatory",
    references: ["CKV_AWS_115", "Loveless"],
    mend: "pass the setting on to the function",
    validate: { on: "stack", types: [types.FUNCTION], check: autoscalerConcurrency },
  },
  {
    id: "lambda-failure-destination",
    requirement: 52,
    group,
    title: "Failures of asynchronous calls are heard",
    what: "A function that a schedule, event rule, topic or bucket calls has a dead-letter target, or an `aws.lambda.FunctionEventInvokeConfig` with an on-failure destination.",
    why: "Nobody waits for the answer, so an event that failed is otherwise gone.",
    severity: "medium",
    enforcement: "mandatory",
    references: ["CKV_AWS_116"],
    mend: "set destinationConfig.onFailure of an aws.lambda.FunctionEventInvokeConfig",
    validate: { on: "stack", types: [types.FUNCTION], check: failures },
  },
  {
    id: "lambda-vpc",
    requirement: 53,
    group,
    title: "Functions are in a VPC",
    what: "`vpcConfig` has subnets.",
    why: "What leaves the function can then be limited and logged.",
    severity: "low",
    enforcement: "advisory",
    references: ["Lambda.3", "CKV_AWS_117"],
    mend: "set vpcConfig, or exempt the function if it calls AWS alone",
    validate: on(({ props }) => {
      const { subnetIds } = object(props.vpcConfig);
      return unless(list(subnetIds).length > 0, "vpcConfig.subnetIds", subnetIds);
    }),
  },
  {
    id: "lambda-code-signing",
    requirement: 53,
    group,
    title: "Code is signed",
    what: "`codeSigningConfigArn` is set on functions from archives; Lambda can't check images, which are named by digest.",
    why: "Only what the pipeline signed then runs.",
    severity: "low",
    enforcement: "advisory",
    references: ["CKV_AWS_272"],
    mend: "set codeSigningConfigArn, or exempt the function if the pipeline alone may deploy it",
    validate: on(({ props }) =>
      unless(
        props.packageType === "Image" || isPresent(props.codeSigningConfigArn),
        "codeSigningConfigArn",
        props.codeSigningConfigArn,
      ),
    ),
  },
];
