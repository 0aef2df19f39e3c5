/** Data sources: what the program may ask AWS, answered without AWS. */
import type { AwsProvider } from "../aws";
import type { JsonObject } from "../wire";
import { account } from "./account";
import { images } from "./images";
import { policyDocument } from "./policy-document";

/** Answers one data source. Pure. */
export type DataSource = (args: JsonObject, provider: AwsProvider) => JsonObject;

const DATA_SOURCES: Readonly<Record<string, DataSource>> = {
  ...account,
  ...images,
  "aws:iam/getPolicyDocument:getPolicyDocument": policyDocument,
};

/** Throws, with the data sources there are, on one that is not among them. */
export function invokeDataSource(token: string, args: JsonObject, provider: AwsProvider): JsonObject {
  const source = DATA_SOURCES[token];
  if (source === undefined) {
    const known = Object.keys(DATA_SOURCES).map((name) => name.split(":").at(-1) ?? "");
    throw new Error(
      `The local engine has no answer to the data source ${token}, only to ${known.join(", ")}; add it to local/engine/invokes.`,
    );
  }
  return source(args, provider);
}
