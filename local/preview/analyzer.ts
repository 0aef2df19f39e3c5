/** Sends a graph to a policy pack, as Pulumi's engine sends a program's resources, and gives what the pack says. */
import type { ServiceError } from "@grpc/grpc-js";
import {
  AnalyzeRequest,
  type AnalyzeResponse,
  type AnalyzerInfo,
  AnalyzerPropertyDependencies,
  AnalyzerResource,
  AnalyzerResourceOptions,
  AnalyzeStackRequest,
  EnforcementLevel,
  PolicySeverity,
  PolicyType,
} from "@pulumi/pulumi/proto/analyzer_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { toStruct } from "../engine/wire";
import type { Graph, GraphResource, Json } from "../graph";
import { type PackProcess, PolicyPackError } from "./pack-process";
import { withAssets } from "./wire-assets";

/** A rule as the pack describes it. */
export interface RuleInfo {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly severity: "low" | "medium" | "high" | "critical" | null;
  readonly mend: string;
  readonly url: string;
  readonly aboutStack: boolean;
}

/** What the pack said of one resource; of the stack as a whole `urn` is "". */
export interface Diagnostic {
  readonly rule: string;
  readonly urn: string;
  readonly message: string;
  readonly isMandatory: boolean;
}

export interface Analysis {
  readonly diagnostics: readonly Diagnostic[];
  /** How often a rule looked at a resource, or at the stack. */
  readonly evaluations: number;
}

type Call<Request, Response> = (
  request: Request,
  callback: (error: ServiceError | null, response: Response) => void,
) => unknown;

export async function rulesOf({ client }: PackProcess): Promise<readonly RuleInfo[]> {
  const info = await answer<Empty, AnalyzerInfo>(
    (request, done) => client.getAnalyzerInfo(request, done),
    new Empty(),
  );
  return info.getPoliciesList().map((policy) => ({
    id: policy.getName(),
    title: policy.getDisplayname() || policy.getName(),
    description: policy.getDescription(),
    severity: severityOf(policy.getSeverity()),
    mend: policy.getRemediationSteps(),
    url: policy.getUrl(),
    aboutStack: policy.getPolicyType() === PolicyType.POLICY_TYPE_STACK,
  }));
}

/** Every resource by itself, then all of them together. Rejects with PolicyPackError when a rule fails. */
export async function analyze(
  { client }: PackProcess,
  graph: Graph,
  rules: readonly RuleInfo[],
): Promise<Analysis> {
  const aboutStack = rules.filter((rule) => rule.aboutStack).length;
  const responses = await Promise.all(
    graph.resources.map(async (resource) => {
      const response = await answer<AnalyzeRequest, AnalyzeResponse>(
        (request, done) => client.analyze(request, done),
        requestOf(resource),
      );
      const judged = rules.length - aboutStack - response.getNotApplicableList().length;
      return { diagnostics: diagnosticsOf(response, resource.urn), evaluations: judged };
    }),
  );
  const whole = await answer<AnalyzeStackRequest, AnalyzeResponse>(
    (request, done) => client.analyzeStack(request, done),
    new AnalyzeStackRequest().setResourcesList(graph.resources.map(stackResourceOf)),
  );
  responses.push({
    diagnostics: diagnosticsOf(whole, ""),
    evaluations: aboutStack - whole.getNotApplicableList().length,
  });
  return {
    diagnostics: responses.flatMap(({ diagnostics }) => diagnostics),
    evaluations: responses.reduce((sum, { evaluations }) => sum + evaluations, 0),
  };
}

function answer<Request, Response>(call: Call<Request, Response>, request: Request): Promise<Response> {
  return new Promise((resolve, reject) => {
    call(request, (error, response) => {
      if (error === null) resolve(response);
      else reject(new PolicyPackError(ruleError(error.details)));
    });
  });
}

/** The SDK wraps what a rule threw between a headline and a stack trace. */
function ruleError(details: string): string {
  const lines = details.split("\n").filter((line) => !/^\s+at /.test(line) && line.trim() !== "");
  const [headline = "The policy pack failed without a word.", thrown] = lines;
  const message = thrown?.replace(/^\w*Error: /, "");
  // Ours names the rule and the resource itself.
  if (message?.startsWith("The rule ") === true) return message;
  return message === undefined ? headline : `${headline.replace(/:$/, "")}: ${message}`;
}

function diagnosticsOf(response: AnalyzeResponse, urn: string): readonly Diagnostic[] {
  return response.getDiagnosticsList().map((diagnostic) => ({
    rule: diagnostic.getPolicyname(),
    urn: diagnostic.getUrn() || urn,
    message: diagnostic.getMessage(),
    isMandatory: diagnostic.getEnforcementlevel() !== EnforcementLevel.ADVISORY,
  }));
}

function requestOf(resource: GraphResource): AnalyzeRequest {
  const { tagsAll } = resource.outputs;
  return (
    new AnalyzeRequest()
      .setUrn(resource.urn)
      .setType(resource.type)
      .setName(resource.name)
      // The provider's Check adds the default tags before Pulumi asks its policies.
      .setProperties(
        toStruct(wired(tagsAll === undefined ? resource.inputs : { ...resource.inputs, tagsAll })),
      )
      .setOptions(optionsOf(resource))
  );
}

function stackResourceOf(resource: GraphResource): AnalyzerResource {
  const message = new AnalyzerResource()
    .setUrn(resource.urn)
    .setType(resource.type)
    .setName(resource.name)
    .setProperties(
      toStruct(wired(resource.id === null ? resource.outputs : { ...resource.outputs, id: resource.id })),
    )
    .setOptions(optionsOf(resource))
    .setParent(resource.parent ?? "")
    .setDependenciesList([...resource.dependencies]);
  for (const [property, urns] of Object.entries(resource.propertyDependencies)) {
    message
      .getPropertydependenciesMap()
      .set(property, new AnalyzerPropertyDependencies().setUrnsList([...urns]));
  }
  return message;
}

function wired(properties: GraphResource["inputs"]): { [key: string]: Json } {
  return Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, withAssets(value)]));
}

function optionsOf(resource: GraphResource): AnalyzerResourceOptions {
  return new AnalyzerResourceOptions()
    .setProtect(resource.protect)
    .setIgnorechangesList([...resource.ignoreChanges])
    .setParent(resource.parent ?? "");
}

function severityOf(severity: PolicySeverity): RuleInfo["severity"] {
  switch (severity) {
    case PolicySeverity.POLICY_SEVERITY_LOW:
      return "low";
    case PolicySeverity.POLICY_SEVERITY_MEDIUM:
      return "medium";
    case PolicySeverity.POLICY_SEVERITY_HIGH:
      return "high";
    case PolicySeverity.POLICY_SEVERITY_CRITICAL:
      return "critical";
    case PolicySeverity.POLICY_SEVERITY_UNSPECIFIED:
      return null;
  }
}
