// A function that uses its rights, and looks for those of others.
import { request } from "node:http";
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { SFNClient, SendTaskSuccessCommand } from "@aws-sdk/client-sfn";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { listening } from "./listening.mjs";

/** `read`: objects by their ARNs; `token`: a task's, to answer with the worker's rights. */
export const handler = async ({ read = [], token }) => {
  const identity = await new STSClient().send(new GetCallerIdentityCommand({}));
  return {
    arn: identity.Arn,
    objects: await Promise.all(read.map((arn) => readObject(arn))),
    answered: token === undefined ? null : await attempt(() => answer(token)),
    secrets: Object.keys(process.env).filter((name) =>
      /SECRET|SESSION_TOKEN|RELATIVE_URI|^LOVELESS_|^ECS_/.test(name),
    ),
  };
};

function readObject(arn) {
  const [bucket, ...key] = arn.replace("arn:aws:s3:::", "").split("/");
  const command = new GetObjectCommand({ Bucket: bucket, Key: key.join("/") });
  return attempt(async () =>
    (await new S3Client({ forcePathStyle: true }).send(command)).Body.transformToString(),
  );
}

/** To where the worker's calls go: on AWS both have one endpoint. */
function answer(taskToken) {
  const client = new SFNClient();
  return client.send(new SendTaskSuccessCommand({ taskToken, output: '"forged"' }));
}

async function attempt(action) {
  try {
    return await action();
  } catch (error) {
    return error.name;
  }
}

/** Posts an answer for `id`, and asks for credentials without a token, at every port that listens on this machine. */
export const intrude = async ({ id, worker }) => {
  const own = new URL(`http://${process.env.AWS_LAMBDA_RUNTIME_API}`).port;
  const statuses = [];
  for (const port of listening(worker)) {
    if (port === own) continue;
    statuses.push(await call("POST", port, `/2018-06-01/runtime/invocation/${id}/response`, '"forged"'));
    statuses.push(await call("GET", port, "/credentials"));
  }
  return statuses;
};

function call(method, port, path, body) {
  return new Promise((resolve) => {
    request({ host: "127.0.0.1", port, method, path }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on("error", (error) => resolve(error.code))
      .end(body);
  });
}
