/** The rights of every role of every graph: only ARNs of its own component or its grants, and a reason beside each `*`. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { reasonOf } from "../../../components/iam/document";
import { resourcesOfType, type Graph, type GraphResource } from "../../../local/graph";
import { iamPage } from "../iam-page";
import { rights } from "../declared";
import { jsonInput, REPOSITORY, resource } from "../stacks";
import { BOUNDARY, type Graphs } from "./graphs";

interface Trust {
  readonly Statement: readonly {
    readonly Principal: {
      readonly Service?: string;
      readonly AWS?: string | string[];
      readonly Federated?: string;
    };
    readonly Condition?: object;
  }[];
}

const ACCOUNT_ROOT = "arn:aws:iam::123456789012:root";

function roles(graph: Graph): readonly GraphResource[] {
  return resourcesOfType(graph, "aws:iam/role:Role");
}

/** The function or component that a role belongs to, by its name. */
const OWNERS: readonly (readonly [RegExp, RegExp])[] = [
  [/^(split|detect|merge)-policy$/, /^(logs|s3|kms|secretsmanager)$/],
  [/^(split|detect|merge)-worker-policy$/, /^(states|ecs|s3|kms|iam|secretsmanager)$/],
  [/^(split|detect|merge)-function-policy$/, /^(s3|kms|secretsmanager)$/],
  [/-execution-policy$/, /^(ecr|logs)$/],
  [/^autoscaler-policy$/, /^(logs|ecs|sqs|kms|ssm)$/],
  [/^autoscaler-schedule-policy$/, /^lambda$/],
  [/^catalogue-policy$/, /^(lambda|kms)$/],
  [/^catalogue-caller-policy$/, /^(states|kms)$/],
  [/-instances-policy$/, /^ecs$/],
  [/-infra-policy$/, /^iam$/],
  [/^network-flow-policy$/, /^logs$/],
];

export function describeRights(graphs: () => Graphs): void {
  describe("the rights of a role", () => {
    test("have a written reason beside each wildcard, and no wildcard action", () => {
      for (const graph of Object.values(graphs())) {
        for (const policy of resourcesOfType(graph, "aws:iam/rolePolicy:RolePolicy")) {
          for (const { Sid, Action, Resource } of rights(graph, policy.name)) {
            if (Resource.includes("*"))
              expect([policy.name, Sid, reasonOf({ Sid })?.length ?? 0]).toEqual([
                policy.name,
                Sid,
                expect.any(Number) as unknown,
              ]);
            if (Resource.includes("*")) expect(reasonOf({ Sid })).toMatch(/.{20}/);
            if (policy.name !== "deploy-policy")
              expect(Action.filter((action) => action.includes("*"))).toEqual([]);
          }
        }
      }
    });

    test("reach only services that their component uses, and only things that the graph declares", () => {
      for (const name of ["dev", "staging", "prod", "onManagedInstances"] as const) {
        const graph = graphs()[name];
        const declared = graph.resources
          .flatMap(({ outputs }) => [outputs["arn"], outputs["dashboardArn"]])
          .filter((arn) => typeof arn === "string");
        for (const policy of resourcesOfType(graph, "aws:iam/rolePolicy:RolePolicy")) {
          const owner = OWNERS.find(([pattern]) => pattern.test(policy.name));
          expect([policy.name, owner]).not.toEqual([policy.name, undefined]);
          const scoped = rights(graph, policy.name)
            .flatMap(({ Resource }) => Resource)
            .filter((arn) => arn !== "*");
          for (const arn of scoped) {
            expect([policy.name, arn.split(":")[2]]).toEqual([
              policy.name,
              expect.stringMatching(owner?.[1] ?? /^$/),
            ]);
            expect([policy.name, arn, declared.some((each) => isOf(arn, each))]).toEqual([
              policy.name,
              arn,
              true,
            ]);
          }
        }
      }
    });

    test("of a worker and of its function are apart where the stack says so", () => {
      const { dev, staging } = graphs();
      const actions = (graph: Graph, policy: string): string[] =>
        rights(graph, policy).flatMap(({ Action }) => Action);
      expect(actions(dev, "merge-worker-policy")).toContain("s3:GetObject");
      expect(actions(staging, "merge-worker-policy").filter((action) => action.startsWith("s3:"))).toEqual(
        [],
      );
      expect(actions(staging, "merge-worker-policy")).toContain("sts:AssumeRole");
      expect(actions(staging, "merge-function-policy")).toEqual(
        expect.arrayContaining(["s3:GetObject", "s3:PutObject"]),
      );
      expect(
        actions(staging, "merge-function-policy").filter((action) => action.startsWith("states:")),
      ).toEqual([]);
      const trust = jsonInput<Trust>(
        resource(staging, "aws:iam/role:Role", "merge-function-role"),
        "assumeRolePolicy",
      );
      expect(trust.Statement[0]?.Principal).toEqual({
        AWS: [resource(staging, "aws:iam/role:Role", "merge-worker-role").outputs["arn"]],
      });
    });

    test("of a worker are its own activity, its cluster's protection, the data bucket and the key", () => {
      const { dev } = graphs();
      const arn = (type: string, name: string) => String(resource(dev, type, name).outputs["arn"]);
      const bucket = arn("aws:s3/bucket:Bucket", "data-bucket");
      const cluster = arn("aws:ecs/cluster:Cluster", "cluster");
      const activity = arn("aws:sfn/activity:Activity", "merge");
      const key = arn("aws:kms/key:Key", "key");
      const touched = rights(dev, "merge-worker-policy").flatMap(({ Resource }) => Resource);
      expect([...new Set(touched)].sort()).toEqual(
        [key, activity, `${cluster.replace(":cluster/", ":task/")}/*`, bucket, `${bucket}/*`].sort(),
      );
    });
  });

  describe("a role", () => {
    test("trusts one service of this account, one of its own roles, this account or one repository's jobs", () => {
      for (const graph of Object.values(graphs())) {
        const own = roles(graph).map(({ outputs }) => outputs["arn"]);
        for (const role of roles(graph)) {
          const trust = jsonInput<Trust>(role, "assumeRolePolicy");
          expect(trust.Statement).toHaveLength(1);
          const [{ Principal, Condition } = { Principal: {} }] = trust.Statement;
          if (Principal.Service !== undefined) {
            const pinned = { StringEquals: { "aws:SourceAccount": "123456789012" } };
            expect(Condition).toEqual(Principal.Service === "ec2.amazonaws.com" ? undefined : pinned);
          } else if (Principal.Federated !== undefined) {
            expect(Condition).toMatchObject({
              StringEquals: { "token.actions.githubusercontent.com:sub": "repo:owner/name:environment:dev" },
            });
          } else {
            for (const arn of [Principal.AWS ?? []].flat()) expect([ACCOUNT_ROOT, ...own]).toContain(arn);
          }
        }
      }
    });

    test("is bounded by the stack's permissions boundary, where it has one", () => {
      for (const role of roles(graphs().unusual)) expect(role.inputs["permissionsBoundary"]).toBe(BOUNDARY);
      for (const role of roles(graphs().dev)) expect(role.inputs).not.toHaveProperty("permissionsBoundary");
    });

    test("that deploys can give no role more than the boundary, nor read data", () => {
      const statements = rights(graphs().unusual, "deploy-policy");
      for (const statement of statements.filter(({ Action }) => Action.includes("iam:PutRolePolicy"))) {
        expect(statement.Condition).toEqual({ StringEquals: { "iam:PermissionsBoundary": BOUNDARY } });
      }
      const actions = statements.flatMap(({ Action }) => Action);
      expect(actions).toContain("iam:PutRolePolicy");
      for (const data of [
        "s3:GetObject",
        "sqs:ReceiveMessage",
        "logs:GetLogEvents",
        "secretsmanager:GetSecretValue",
      ])
        expect(actions).not.toContain(data);
      const scoped = statements
        .filter(({ Resource }) => !Resource.includes("*"))
        .flatMap(({ Resource, Condition }) => (Condition === undefined ? Resource : []));
      for (const arn of scoped) expect(arn).toContain("loveless-dev");
    });
  });

  test("are written down in docs/iam.md as they are", () => {
    const page = readFileSync(join(REPOSITORY, "docs/iam.md"), "utf8");
    expect({ page, mend: "npm run docs:iam" }).toEqual({
      page: iamPage(graphs().prod),
      mend: "npm run docs:iam",
    });
  });

  test("the key is used by services of this account alone, and no statement of it is for everybody", () => {
    const key = resource(graphs().prod, "aws:kms/key:Key", "key");
    expect(key.inputs).toMatchObject({ enableKeyRotation: true });
    const { Statement } = jsonInput<{ Statement: { Principal: object | string; Condition?: object }[] }>(
      key,
      "policy",
    );
    const services = Statement.flatMap(({ Principal }) =>
      typeof Principal === "object" && "Service" in Principal ? [Principal.Service] : [],
    );
    // Without any one of them log groups can't be made, or alarms and budgets reach nobody.
    expect(services).toEqual([
      "logs.eu-west-1.amazonaws.com",
      "delivery.logs.amazonaws.com",
      "cloudwatch.amazonaws.com",
      "budgets.amazonaws.com",
    ]);
    for (const { Principal, Condition } of Statement) {
      expect(Principal).not.toBe("*");
      if (JSON.stringify(Principal).includes("Service"))
        expect(JSON.stringify(Condition)).toContain("123456789012");
    }
  });
}

/** Whether a right on `arn` is one on what `declared` names: itself, or what belongs to it. */
function isOf(arn: string, declared: string): boolean {
  const family = declared
    .replace(":cluster/", ":(task|container-instance)/")
    .replace(":stateMachine:", ":(stateMachine|execution):");
  return new RegExp(`^${family.replaceAll("*", "\\*")}([:/].*)?$`).test(arn) || arn === declared;
}
