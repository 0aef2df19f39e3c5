/** The policies that resources of a graph carry themselves, by the ARN of the resource: who else may do what to them. */
import { resourcesOfType, type Graph, type GraphResource } from "../graph";
import { textOf } from "./declared";
import { compile } from "./document";
import type { Policy } from "./evaluate";

/** Resources whose policy is a resource of its own: `of` names the property that refers to the one that has it. */
const APART: readonly { readonly type: string; readonly of: string }[] = [
  { type: "aws:s3/bucketPolicy:BucketPolicy", of: "bucket" },
  { type: "aws:sqs/queuePolicy:QueuePolicy", of: "queueUrl" },
  { type: "aws:kms/keyPolicy:KeyPolicy", of: "keyId" },
  { type: "aws:ecr/repositoryPolicy:RepositoryPolicy", of: "repository" },
];
const INLINE = ["aws:s3/bucket:Bucket", "aws:sqs/queue:Queue", "aws:kms/key:Key"];

export function resourcePolicies(graph: Graph, accountId: string): ReadonlyMap<string, readonly Policy[]> {
  const found = new Map<string, Policy[]>();
  const add = (arn: string, policy: Policy): void => {
    found.set(arn, [...(found.get(arn) ?? []), policy]);
  };
  const own = (resource: GraphResource): string => textOf(resource, "arn");
  const referred = (type: string, reference: string): string =>
    (graph.resources
      .filter((resource) => resource.type.split("/")[0] === type.split("/")[0] && own(resource) !== "")
      .find((each) =>
        [own(each), each.id, textOf(each, "url"), textOf(each, "name"), textOf(each, "bucket")].includes(
          reference,
        ),
      )?.outputs["arn"] as string | undefined) ?? reference;

  for (const { type, of } of APART) {
    for (const resource of resourcesOfType(graph, type)) {
      const arn = referred(type, textOf(resource, of));
      const text = textOf(resource, "policy");
      const document = type.startsWith("aws:ecr/") ? onRepository(text, arn) : text;
      add(arn, compile(document, `policy of ${resource.name}`, "resource"));
    }
  }
  for (const type of INLINE) {
    for (const resource of resourcesOfType(graph, type)) {
      const document = textOf(resource, "policy");
      if (document !== "") add(own(resource), compile(document, `policy of ${resource.name}`, "resource"));
    }
  }
  for (const resource of resourcesOfType(graph, "aws:lambda/permission:Permission")) {
    const arn = referred(resource.type, textOf(resource, "function"));
    add(arn, compile(permissionDocument(resource, arn), `permission ${resource.name}`, "resource"));
  }
  // A key without a policy of its own has the one that KMS gives it, which leaves it to the account's identities:
  // https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
  for (const resource of resourcesOfType(graph, "aws:kms/key:Key")) {
    if (!found.has(own(resource)))
      add(own(resource), compile(defaultKeyPolicy(accountId), "default key policy", "resource"));
  }
  return found;
}

/** A repository's policy is about the repository, and may not say so: https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html */
function onRepository(text: string, arn: string): object {
  const document = JSON.parse(text) as { readonly Statement: readonly object[] };
  return {
    ...document,
    Statement: document.Statement.map((statement) => ({ ...statement, Resource: arn })),
  };
}

/** The statement that lambda:AddPermission writes: https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html */
function permissionDocument(resource: GraphResource, functionArn: string): object {
  const principal = textOf(resource, "principal");
  const [sourceArn, sourceAccount] = [textOf(resource, "sourceArn"), textOf(resource, "sourceAccount")];
  const qualifier = textOf(resource, "qualifier");
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Sid: textOf(resource, "statementId") || resource.name,
        Effect: "Allow",
        Principal:
          principal === "*" ? "*" : principal.includes(".") ? { Service: principal } : { AWS: principal },
        Action: textOf(resource, "action"),
        Resource: qualifier === "" ? functionArn : `${functionArn}:${qualifier}`,
        Condition: {
          ...(sourceArn === "" ? {} : { ArnLike: { "aws:SourceArn": sourceArn } }),
          ...(sourceAccount === "" ? {} : { StringEquals: { "aws:SourceAccount": sourceAccount } }),
        },
      },
    ],
  };
}

function defaultKeyPolicy(accountId: string): object {
  const account = { AWS: `arn:aws:iam::${accountId}:root` };
  return {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: account, Action: "kms:*", Resource: "*" }],
  };
}
