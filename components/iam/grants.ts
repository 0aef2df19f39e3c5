/** What a function may be granted beside objects of a bucket: rows, messages, keys and secrets, each by its ARN. */
import type { Statement } from "./document";

/** Read the items of a DynamoDB table, and of its indexes. */
export function readItems(tableArn: string): readonly Statement[] {
  return [
    {
      Sid: "ReadItems",
      Effect: "Allow",
      Action: ["dynamodb:BatchGetItem", "dynamodb:ConditionCheckItem", "dynamodb:GetItem", "dynamodb:Query"],
      Resource: [tableArn, `${tableArn}/index/*`],
    },
  ];
}

/** Write and delete the items of a DynamoDB table. */
export function writeItems(tableArn: string): readonly Statement[] {
  return [
    {
      Sid: "WriteItems",
      Effect: "Allow",
      Action: ["dynamodb:BatchWriteItem", "dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem"],
      Resource: [tableArn],
    },
  ];
}

/** Send messages to an SQS queue. */
export function sendMessages(queueArn: string): readonly Statement[] {
  return [{ Sid: "SendMessages", Effect: "Allow", Action: ["sqs:SendMessage"], Resource: [queueArn] }];
}

/** Read the value of a secret in Secrets Manager. An ARN without the six random characters at its end is completed by them. */
export function readSecret(secretArn: string): readonly Statement[] {
  const complete = /-[A-Za-z0-9]{6}$/.test(secretArn) ? secretArn : `${secretArn}-??????`;
  return [
    { Sid: "ReadSecret", Effect: "Allow", Action: ["secretsmanager:GetSecretValue"], Resource: [complete] },
  ];
}

/** Anything else. The reason is for whoever reviews it, and a grant without one is refused. */
export function rawStatement(reason: string, statement: Statement): readonly Statement[] {
  if (reason.trim().length >= 10) return [statement];
  throw new Error(
    `The statement ${statement.Sid} needs a reason of 10 characters or more, got ${JSON.stringify(reason)}; say why no typed grant will do.`,
  );
}
