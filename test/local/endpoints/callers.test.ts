/** Who may call the endpoints: by keys and signatures where there are policies, anybody where there are none. */
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListBucketsCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  ListActivitiesCommand,
  SFNClient,
  StartExecutionCommand,
} from "@aws-sdk/client-sfn";
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { until } from "../cloud/loopback";
import { ACCOUNT, openCloud, type TestCloud } from "./clouds";

const KEY = "AKIALOCALADA00000001";
const SECRET = "a-secret-of-ada";
const POLICIES = `
users:
  ada:
    accessKeyId: ${KEY}
    secretAccessKey: ${SECRET}
    policies:
      - Version: "2012-10-17"
        Statement:
          - { Effect: Allow, Action: ["states:*", "s3:*", "lambda:*"], Resource: "*" }
          - { Effect: Allow, Action: "sts:AssumeRole", Resource: "arn:aws:iam::${ACCOUNT}:role/reader" }
          - { Effect: Allow, Action: "iam:PassRole", Resource: "arn:aws:iam::${ACCOUNT}:role/*" }
  guest:
    accessKeyId: AKIALOCALGUEST000001
    secretAccessKey: a-secret-of-guest
    managedPolicies: []
roles:
  reader:
    trust: { Version: "2012-10-17", Statement: [{ Effect: Allow, Principal: { AWS: "arn:aws:iam::${ACCOUNT}:root" }, Action: "sts:AssumeRole" }] }
    policies: [{ Version: "2012-10-17", Statement: [{ Effect: Allow, Action: "states:ListActivities", Resource: "*" }] }]
  workflow:
    trust: { Version: "2012-10-17", Statement: [{ Effect: Allow, Principal: { Service: states.amazonaws.com }, Action: "sts:AssumeRole" }] }
resources:
  arn:aws:s3:::open:
    Version: "2012-10-17"
    Statement: [{ Effect: Allow, Principal: "*", Action: "s3:PutObject", Resource: "arn:aws:s3:::open/*" }]
`;

let cloud: TestCloud;
const states = (...keys: string[]): SFNClient => new SFNClient(cloud.client(...keys));
const s3 = (...keys: string[]): S3Client => new S3Client(cloud.client(...keys));
const sts = (...keys: string[]): STSClient => new STSClient(cloud.client(...keys));

describe("with policies", () => {
  beforeAll(async () => {
    cloud = await openCloud(POLICIES);
  });
  afterAll(async () => {
    await cloud.end();
  });

  test("a user is who signs with the user's key and secret", async () => {
    const identity = await sts(KEY, SECRET).send(new GetCallerIdentityCommand());
    expect(identity).toMatchObject({ Arn: `arn:aws:iam::${ACCOUNT}:user/ada`, Account: ACCOUNT });
  });

  test.each([
    [
      "Step Functions",
      () => states("AKIANOBODY0000000000", SECRET).send(new ListActivitiesCommand()),
      "UnrecognizedClientException",
    ],
    ["S3", () => s3("AKIANOBODY0000000000", SECRET).send(new ListBucketsCommand()), "InvalidAccessKeyId"],
    [
      "STS",
      () => sts("AKIANOBODY0000000000", SECRET).send(new GetCallerIdentityCommand()),
      "InvalidClientTokenId",
    ],
  ])("a key that nobody has is refused as %s does", async (_service, call, name) => {
    await expect(call()).rejects.toMatchObject({ name });
  });

  test.each([
    [
      "Step Functions",
      () => states(KEY, "wrong").send(new ListActivitiesCommand()),
      "InvalidSignatureException",
    ],
    ["S3", () => s3(KEY, "wrong").send(new ListBucketsCommand()), "SignatureDoesNotMatch"],
    ["STS", () => sts(KEY, "wrong").send(new GetCallerIdentityCommand()), "SignatureDoesNotMatch"],
  ])("a signature by another secret is refused as %s does", async (_service, call, name) => {
    await expect(call()).rejects.toMatchObject({ name });
  });

  test("what is signed holds for odd keys of objects, queries and bodies", async () => {
    const client = s3(KEY, SECRET);
    await client.send(new CreateBucketCommand({ Bucket: "open" }));
    const Key = "a b+c/(d)'!*~ü=&?.txt";
    await client.send(new PutObjectCommand({ Bucket: "open", Key, Body: "content" }));
    const { Body } = await client.send(new GetObjectCommand({ Bucket: "open", Key }));
    expect(await Body?.transformToString()).toBe("content");
    const lambda = new LambdaClient(cloud.client(KEY, SECRET));
    const FunctionName = `arn:aws:lambda:eu-north-1:${ACCOUNT}:function:none`;
    // Signed rightly, for it comes as far as the function that there is not.
    await expect(lambda.send(new InvokeCommand({ FunctionName }))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
  });

  test("what no policy allows is refused in AWS's words, and what a resource's policy allows is not", async () => {
    const guest = s3("AKIALOCALGUEST000001", "a-secret-of-guest");
    await expect(guest.send(new ListBucketsCommand())).rejects.toMatchObject({
      name: "AccessDenied",
      message: expect.stringMatching(
        /^User: \S+:user\/guest is not authorized to perform: s3:ListAllMyBuckets .*because no identity-based policy/,
      ) as string,
    });
    await s3(KEY, SECRET)
      .send(new CreateBucketCommand({ Bucket: "open" }))
      .catch(() => undefined);
    await guest.send(new PutObjectCommand({ Bucket: "open", Key: "from-guest", Body: "x" }));
  });

  test("a role that was taken on has its own rights, and needs its session's token", async () => {
    const RoleArn = `arn:aws:iam::${ACCOUNT}:role/reader`;
    const { Credentials: keys } = await sts(KEY, SECRET).send(
      new AssumeRoleCommand({ RoleArn, RoleSessionName: "test" }),
    );
    const [id = "", secret = "", token = ""] = [keys?.AccessKeyId, keys?.SecretAccessKey, keys?.SessionToken];
    await states(id, secret, token).send(new ListActivitiesCommand());
    await expect(s3(id, secret, token).send(new ListBucketsCommand())).rejects.toMatchObject({
      name: "AccessDenied",
    });
    await expect(states(id, secret).send(new ListActivitiesCommand())).rejects.toMatchObject({
      name: "UnrecognizedClientException",
    });
  });

  test.each(["reader", "nobody"])(
    "Step Functions does not take the role %s, which does not trust it",
    async (role) => {
      const create = new CreateStateMachineCommand({
        name: role,
        definition: JSON.stringify({ StartAt: "Done", States: { Done: { Type: "Succeed" } } }),
        roleArn: `arn:aws:iam::${ACCOUNT}:role/${role}`,
      });
      await expect(states(KEY, SECRET).send(create)).rejects.toMatchObject({
        name: "AccessDeniedException",
        message:
          "Neither the global service principal states.amazonaws.com, nor the regional one is authorized to assume the provided role.",
      });
    },
  );

  test("a state machine acts as its role, which may do what its policies say and nothing more", async () => {
    const client = states(KEY, SECRET);
    const { stateMachineArn } = await client.send(
      new CreateStateMachineCommand({
        name: "reads",
        definition: JSON.stringify({
          StartAt: "Read",
          States: {
            Read: {
              Type: "Task",
              Resource: "arn:aws:states:::aws-sdk:s3:getObject",
              Parameters: { Bucket: "open", Key: "a" },
              End: true,
            },
          },
        }),
        roleArn: `arn:aws:iam::${ACCOUNT}:role/workflow`,
      }),
    );
    const { executionArn } = await client.send(new StartExecutionCommand({ stateMachineArn }));
    const describe = () => client.send(new DescribeExecutionCommand({ executionArn }));
    await until("it has ended", async () => (await describe()).status !== "RUNNING");
    expect(await describe()).toMatchObject({
      status: "FAILED",
      cause: expect.stringMatching(
        /assumed-role\/workflow\/\S+ is not authorized to perform: s3:GetObject/,
      ) as string,
    });
  });
});

describe("without policies", () => {
  beforeAll(async () => {
    cloud = await openCloud(null);
  });
  afterAll(async () => {
    await cloud.end();
  });

  test("any credentials do", async () => {
    const identity = await sts("whatever", "whatever").send(new GetCallerIdentityCommand());
    expect(identity.Arn).toBe(`arn:aws:iam::${ACCOUNT}:user/you`);
    await s3("x", "y").send(new CreateBucketCommand({ Bucket: "mine" }));
  });

  test("a role that was taken on is itself, whatever its name", async () => {
    const { Credentials: keys } = await sts().send(
      new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${ACCOUNT}:role/any`, RoleSessionName: "test" }),
    );
    const identity = await sts(keys?.AccessKeyId ?? "", keys?.SecretAccessKey ?? "").send(
      new GetCallerIdentityCommand(),
    );
    expect(identity.Arn).toBe(`arn:aws:sts::${ACCOUNT}:assumed-role/any/test`);
  });
});
