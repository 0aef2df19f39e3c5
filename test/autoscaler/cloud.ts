/** CloudWatch (the local cloud's own) and the two operations of ECS that the autoscaler calls, behind one real endpoint. */
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { ECSClient } from "@aws-sdk/client-ecs";
import { createAccess } from "../../local/cloud/access";
import { createCloudWatch } from "../../local/cloud/metrics/cloudwatch";
import { startServer } from "../../local/cloud/server";
import { type CloudRequest, jsonService, type Service, ServiceError } from "../../local/cloud/service";

export const CLUSTER = "arn:aws:ecs:eu-west-1:123456789012:cluster/loveless";

/** Counts of a service; those that `fails` names can't be updated. */
export interface FakeService {
  desiredCount: number;
  runningCount: number;
  status?: string;
  fails?: boolean;
  /** So many calls are throttled before one is served. */
  throttles?: number;
  deployments?: readonly object[];
  tags?: readonly { readonly key: string; readonly value: string }[];
}

export interface TestCloud {
  readonly endpoint: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly clients: { readonly cloudWatch: CloudWatchClient; readonly ecs: ECSClient };
  /** By ARN. */
  readonly services: Map<string, FakeService>;
  /** Operations in the order of their arrival, with what they named. */
  readonly calls: string[];
  /** What a call is refused with, if at all: by its operation and its body. */
  refusal: (operation: string, body: string) => { readonly code: string; readonly status: number } | null;
  /** Adds to a metric of Step Functions. */
  record(activityArn: string, name: string, value: number, timeMs: number): void;
  close(): Promise<void>;
}

/** `cloudWatch` stands in for the local cloud's. */
export async function startCloud(
  now: () => number,
  cloudWatch?: (access: ReturnType<typeof createAccess>) => Service,
): Promise<TestCloud> {
  const access = createAccess();
  const metrics = createCloudWatch({ access, clock: { now, after: () => () => undefined } });
  const services = new Map<string, FakeService>();
  const calls: string[] = [];
  const monitoring = cloudWatch?.(access) ?? metrics.service;
  /** Answers as the service does, but for what the test refuses. */
  const refusable = (service: Service): Service => ({
    ...service,
    async handle(request) {
      const operation = String(request.headers["x-amz-target"]).split(".")[1] ?? "";
      const refused = cloud.refusal(operation, request.body.toString());
      if (refused === null) return service.handle(request);
      const headers = { "Content-Type": String(request.headers["content-type"]) };
      return { status: refused.status, headers, body: JSON.stringify({ __type: refused.code, message: "" }) };
    },
  });
  const server = await startServer(access, [
    refusable({
      ...monitoring,
      handle: (request) => {
        calls.push(callOf(request));
        return monitoring.handle(request);
      },
    }),
    refusable(ecs(access, services, calls)),
  ]);
  const credentials = access.issue("arn:aws:iam::123456789012:role/autoscaler");
  const options = { endpoint: server.endpoint, region: "eu-west-1", credentials };
  const clients = { cloudWatch: new CloudWatchClient(options), ecs: new ECSClient(options) };
  const cloud: TestCloud = {
    endpoint: server.endpoint,
    refusal: () => null,
    environment: {
      AWS_ENDPOINT_URL: server.endpoint,
      AWS_REGION: "eu-west-1",
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_SESSION_TOKEN: credentials.sessionToken,
    },
    clients,
    services,
    calls,
    record: (activityArn, name, value, timeMs) => {
      const dimensions = { ActivityArn: activityArn };
      metrics.record({ namespace: "AWS/States", name, dimensions, value, unit: "Count", timeMs });
    },
    close: async () => {
      clients.cloudWatch.destroy();
      clients.ecs.destroy();
      await server.close();
    },
  };
  return cloud;
}

function withoutTagsUnlessAsked(service: FakeService | undefined, include: unknown): object {
  const isAsked = Array.isArray(include) && include.includes("TAGS");
  return isAsked ? { ...service } : { ...service, tags: undefined };
}

/** The operation; of GetMetricData also how many queries it has, since each is paid. */
function callOf(request: CloudRequest): string {
  const operation = String(request.headers["x-amz-target"]).split(".")[1] ?? "";
  if (operation !== "GetMetricData") return operation;
  const input = JSON.parse(request.body.toString()) as { MetricDataQueries: unknown[] };
  return `${operation} ${String(input.MetricDataQueries.length)}`;
}

function ecs(
  access: ReturnType<typeof createAccess>,
  services: Map<string, FakeService>,
  calls: string[],
): Service {
  const needs = () => [];
  return jsonService(access, {
    signingName: "ecs",
    targetPrefix: "AmazonEC2ContainerServiceV20141113",
    version: "1.1",
    operations: {
      DescribeServices: {
        needs,
        run: (input) => {
          const arns = input["services"] as string[];
          calls.push(`DescribeServices ${String(arns.length)}`);
          if (arns.length > 10) throw new ServiceError("InvalidParameterException", "at most 10");
          const found = arns.filter((arn) => services.has(arn));
          return {
            services: found.map((serviceArn) => ({
              serviceArn,
              status: "ACTIVE",
              pendingCount: 0,
              ...withoutTagsUnlessAsked(services.get(serviceArn), input["include"]),
            })),
            failures: arns.filter((arn) => !services.has(arn)).map((arn) => ({ arn, reason: "MISSING" })),
          };
        },
      },
      TagResource: {
        needs,
        run: (input) => {
          const found = services.get(String(input["resourceArn"]));
          if (found === undefined) throw new ServiceError("ClusterNotFoundException", "Not found.");
          calls.push(`TagResource ${String(input["resourceArn"])}`);
          found.tags = input["tags"] as NonNullable<FakeService["tags"]>;
          return {};
        },
      },
      UpdateService: {
        needs,
        run: (input) => {
          const { cluster, service, desiredCount, ...rest } = input as Record<string, unknown>;
          calls.push(`UpdateService ${String(service)} ${String(desiredCount)}`);
          const found = services.get(String(service));
          if (found?.throttles !== undefined && found.throttles-- > 0) {
            throw new ServiceError("ThrottlingException", "Rate exceeded");
          }
          if (
            cluster !== CLUSTER ||
            found === undefined ||
            found.fails === true ||
            Object.keys(rest).length > 0
          ) {
            throw new ServiceError("ServiceNotActiveException", "Service was not ACTIVE.");
          }
          found.desiredCount = Number(desiredCount);
          return {};
        },
      },
    },
  });
}
