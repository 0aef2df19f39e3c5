import { sessionPolicy } from "../../worker/session-policy";

const BUCKET = "arn:aws:s3:::data";
const TABLE = "arn:aws:dynamodb:eu-central-1:123456789012:table/objects";
const read = (...Resource: string[]) => ({ Effect: "Allow" as const, Action: ["s3:GetObject"], Resource });

function statements(...options: Parameters<typeof sessionPolicy>): unknown {
  return (JSON.parse(sessionPolicy(...options)) as { Statement: unknown }).Statement;
}

test.each([
  ["an object of a granted bucket", { image: `${BUCKET}/a.png` }, [`${BUCKET}/*`], [`${BUCKET}/a.png`]],
  ["a bucket, for the grant on what is in it", { bucket: BUCKET }, [`${BUCKET}/*`], [`${BUCKET}/*`]],
  ["the granted ARN itself, deep in an array", { list: [{ at: [TABLE] }] }, [TABLE], [TABLE]],
  ["two of three objects", [`${BUCKET}/a`, `${BUCKET}/b`], [`${BUCKET}/?`], [`${BUCKET}/a`, `${BUCKET}/b`]],
])("%s narrows the grant", (_what, input, granted, narrowed) => {
  expect(statements([read(...granted)], JSON.stringify(input))).toEqual([read(...narrowed)]);
});

test.each([
  ["nothing", {}],
  ["an ARN that is not granted", { image: "arn:aws:s3:::other/a.png" }],
  ["a bucket whose name only begins alike", { bucket: "arn:aws:s3:::dat" }],
  ["an ARN with a wildcard, which names no single thing", { image: `${BUCKET}/*` }],
  ["a policy variable", { image: `${BUCKET}/\${aws:username}` }],
  ["an ARN within a longer text", { text: `see ${BUCKET}/a.png` }],
])("%s in the input gives no rights at all", (_what, input) => {
  expect(statements([read(`${BUCKET}/*`)], JSON.stringify(input))).toEqual([
    { Effect: "Deny", Action: "*", Resource: "*" },
  ]);
});

test("a grant on all resources names no ARN and is kept, with its condition", () => {
  const metrics = {
    Effect: "Allow" as const,
    Action: ["cloudwatch:PutMetricData"],
    Resource: ["*"],
    Condition: { StringEquals: { "cloudwatch:namespace": "Mine" } },
  };
  expect(statements([metrics, read(`${BUCKET}/*`)], "{}")).toEqual([metrics]);
});

test("a policy that is longer than STS takes is an error that says so", () => {
  const input = Array.from({ length: 100 }, (_each, index) => `${BUCKET}/object-${String(index)}`);
  expect(() => sessionPolicy([read(`${BUCKET}/*`)], JSON.stringify(input))).toThrow(/STS takes 2048/);
});
