/** Grants: typed ones by ARN, a raw one with its reason, and documents in which each Sid is one scope. */
import { policyDocument } from "../../components/iam/document";
import { deployStack } from "../../components/iam/deploy/deploy";
import { rawStatement, readItems, readSecret, sendMessages, writeItems } from "../../components/iam/grants";
import { useKey } from "../../components/iam/key";

const TABLE = "arn:aws:dynamodb:eu-west-1:123456789012:table/jobs";
const SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:token";

test("rows are read with the table's indexes, and written without them", () => {
  expect(readItems(TABLE)[0]?.Resource).toEqual([TABLE, `${TABLE}/index/*`]);
  expect(writeItems(TABLE)[0]?.Resource).toEqual([TABLE]);
});

test("a secret's ARN is completed by the six characters that Secrets Manager adds, and no more", () => {
  expect(readSecret(SECRET)[0]?.Resource).toEqual([`${SECRET}-??????`]);
  expect(readSecret(`${SECRET}-a1B2c3`)[0]?.Resource).toEqual([`${SECRET}-a1B2c3`]);
});

test("a key is used through one service alone", () => {
  expect(useKey("arn:key", "sqs", "eu-west-1")).toMatchObject([
    {
      Resource: ["arn:key"],
      Condition: { StringEquals: { "kms:ViaService": "sqs.eu-west-1.amazonaws.com" } },
    },
  ]);
});

test("a raw statement without a reason is refused", () => {
  const [statement] = sendMessages("arn:queue");
  if (statement === undefined) throw new Error("There is no statement.");
  expect(rawStatement("the queue belongs to another team", statement)).toEqual([statement]);
  expect(() => rawStatement(" ", statement)).toThrow(
    'The statement SendMessages needs a reason of 10 characters or more, got " "; say why no typed grant will do.',
  );
});

test("one grant made for two things is one statement about both", () => {
  const { Statement } = policyDocument([
    ...sendMessages("arn:one"),
    ...sendMessages("arn:two"),
    ...sendMessages("arn:one"),
  ]);
  expect(Statement).toMatchObject([{ Sid: "SendMessages", Resource: ["arn:one", "arn:two"] }]);
});

test("two different grants of one name are refused", () => {
  const other = { Sid: "SendMessages", Effect: "Allow", Action: ["sqs:*"], Resource: ["arn:two"] } as const;
  expect(() => policyDocument([...sendMessages("arn:one"), other])).toThrow(
    /Two statements are called SendMessages/,
  );
});

test("a deploy role fits into the 10,240 characters that IAM has for a role", () => {
  const document = policyDocument(
    deployStack({
      accountId: "123456789012",
      region: "ap-southeast-2",
      // With a longer one, the names of roles would pass IAM's 64 characters.
      prefix: "long-project-and-production",
      permissionsBoundaryArn: "arn:aws:iam::123456789012:policy/a-rather-long-boundary",
    }),
  );
  expect(JSON.stringify(document).length).toBeLessThan(10_240);
});
