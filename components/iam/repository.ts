/** The policy of a repository: who may pull beside the roles that are granted it. */
import type { Statement } from "./document";

/** Lambda pulls an image when a function is created and when it comes back from rest: https://docs.aws.amazon.com/lambda/latest/dg/images-create.html#gettingstarted-images-permissions */
export function pullAsLambda(accountId: string, region: string): readonly Statement[] {
  return [
    {
      Sid: "PullAsLambda",
      Effect: "Allow",
      Principal: { Service: "lambda.amazonaws.com" },
      Action: ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
      Condition: { StringLike: { "aws:SourceArn": `arn:aws:lambda:${region}:${accountId}:function:*` } },
    },
  ];
}
