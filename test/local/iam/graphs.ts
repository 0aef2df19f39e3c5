/** Small resource graphs for the tests of IAM: a role, a bucket and what a test adds. */
import type { Graph, GraphResource, Json } from "../../../local/graph";
import { handMadeGraph, recorded } from "../../hand-made-graph";
import { ACCOUNT } from "./ask";

export function resource(
  type: string,
  name: string,
  inputs: { readonly [key: string]: Json },
  outputs: { readonly [key: string]: Json } = {},
): GraphResource {
  const id = typeof outputs["id"] === "string" ? outputs["id"] : name;
  return recorded(type, name, inputs, { id, outputs: { ...inputs, ...outputs } });
}

export function graphOf(...resources: readonly GraphResource[]): Graph {
  return handMadeGraph(resources);
}

export function policy(...statements: readonly object[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: statements });
}

export function roleArn(name: string): string {
  return `arn:aws:iam::${ACCOUNT}:role/${name}`;
}

/** A role `NAME-1` with the logical name `NAME`, which trusts `trusted`, and an inline policy. */
export function role(
  name: string,
  statements: readonly object[],
  more: { readonly trusted?: object; readonly [key: string]: Json | object | undefined } = {},
): readonly GraphResource[] {
  const { trusted = { Service: "lambda.amazonaws.com" }, ...inputs } = more;
  const trust = policy({ Effect: "Allow", Principal: trusted, Action: ["sts:AssumeRole", "sts:TagSession"] });
  const physical = `${name}-1`;
  return [
    resource(
      "aws:iam/role:Role",
      name,
      { assumeRolePolicy: trust, ...(inputs as { [key: string]: Json }) },
      {
        name: physical,
        arn: roleArn(physical),
        uniqueId: "AROAEXAMPLE",
      },
    ),
    ...(statements.length === 0
      ? []
      : [
          resource("aws:iam/rolePolicy:RolePolicy", `${name}-policy`, {
            role: physical,
            policy: policy(...statements),
          }),
        ]),
  ];
}

export function bucket(name: string): GraphResource {
  return resource("aws:s3/bucket:Bucket", name, {}, { bucket: name, id: name, arn: `arn:aws:s3:::${name}` });
}

export function bucketPolicy(name: string, ...statements: readonly object[]): GraphResource {
  return resource("aws:s3/bucketPolicy:BucketPolicy", `${name}-policy`, {
    bucket: name,
    policy: policy(...statements),
  });
}
