/** URLs that carry their signature: given to somebody without credentials, for one operation and a time. */
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { presignedProblem } from "../../../local/cloud/signature/presigned";
import { ACCOUNT, openCloud, type TestCloud } from "./clouds";

const ADA = ["AKIALOCALADA00000001", "a-secret-of-ada"] as const;
const GUEST = ["AKIALOCALGUEST000001", "a-secret-of-guest"] as const;
const POLICIES = `
users:
  ada:
    accessKeyId: ${ADA[0]}
    secretAccessKey: ${ADA[1]}
    policies: [{ Version: "2012-10-17", Statement: [{ Effect: Allow, Action: ["s3:*", "sts:AssumeRole"], Resource: "*" }] }]
  guest:
    accessKeyId: ${GUEST[0]}
    secretAccessKey: ${GUEST[1]}
    policies: [{ Version: "2012-10-17", Statement: [{ Effect: Allow, Action: "s3:GetObject", Resource: "*", Condition: { StringEquals: { "s3:authType": "REST-HEADER" } } }] }]
roles:
  reader:
    trust: { Version: "2012-10-17", Statement: [{ Effect: Allow, Principal: { AWS: "arn:aws:iam::${ACCOUNT}:root" }, Action: "sts:AssumeRole" }] }
    policies: [{ Version: "2012-10-17", Statement: [{ Effect: Allow, Action: "s3:GetObject", Resource: "*" }] }]
`;
const KEY = "a b+c/(d)'!*~ü=&?.txt";
const WEEK_SECONDS = 7 * 24 * 60 * 60;

/** Of the SDK's own signer, as `@aws-sdk/s3-request-presigner` calls it. */
interface Presigner {
  presign(
    request: object,
    options: { readonly expiresIn: number; readonly signingDate: Date },
  ): Promise<{ readonly path: string; readonly query: Readonly<Record<string, string>> }>;
}

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await openCloud(POLICIES);
  const s3 = new S3Client(cloud.client(...ADA));
  await s3.send(new CreateBucketCommand({ Bucket: "shared" }));
  await s3.send(new PutObjectCommand({ Bucket: "shared", Key: KEY, Body: "content" }));
});
afterAll(async () => {
  await cloud.end();
});

interface Wanted {
  readonly method?: string;
  readonly keys?: readonly string[];
  readonly query?: Readonly<Record<string, string>>;
  readonly expiresIn?: number;
  /** How long ago it was signed. */
  readonly agoSeconds?: number;
  readonly key?: string;
}

async function presigned(wanted: Wanted = {}, of: TestCloud = cloud): Promise<string> {
  const { method = "GET", keys = ADA, query = {}, expiresIn = 60, agoSeconds = 0, key = KEY } = wanted;
  const { signer } = new S3Client(of.client(...keys)).config;
  const { host, hostname, port } = new URL(of.endpoint);
  const path = `/shared/${key.split("/").map(escaped).join("/")}`;
  const headers = { host, "X-Amz-Content-Sha256": "UNSIGNED-PAYLOAD" };
  const request = { method, protocol: "http:", hostname, port: Number(port), path, query, headers };
  const signingDate = new Date(Date.now() - agoSeconds * 1000);
  const signed = await ((await signer()) as unknown as Presigner).presign(request, {
    expiresIn,
    signingDate,
  });
  const parameters = Object.entries(signed.query).map(
    ([name, value]) => `${escaped(name)}=${escaped(value)}`,
  );
  return `${of.endpoint}${signed.path}?${parameters.join("&")}`;
}

function escaped(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

async function answerTo(url: string, init: RequestInit = {}): Promise<{ status: number; text: string }> {
  const response = await fetch(url, init);
  return { status: response.status, text: await response.text() };
}

const refused = (status: number, code: string) => ({
  status,
  text: expect.stringContaining(`<Code>${code}</Code>`) as string,
});

describe("with policies, a presigned URL", () => {
  test("gives the object to whoever has it, as the one who signed", async () => {
    expect(await answerTo(await presigned())).toEqual({ status: 200, text: "content" });
  });

  test("takes an object, of whatever content", async () => {
    const url = await presigned({ method: "PUT", key: "sent" });
    expect((await answerTo(url, { method: "PUT", body: "from somebody" })).status).toBe(200);
    expect(await answerTo(await presigned({ key: "sent" }))).toEqual({ status: 200, text: "from somebody" });
  });

  test("says how the object is to be answered", async () => {
    const query = { "response-content-disposition": 'attachment; filename="stars.txt"' };
    const response = await fetch(await presigned({ query }));
    expect(response.headers.get("content-disposition")).toBe('attachment; filename="stars.txt"');
  });

  test("is good for its method, its key and its query alone", async () => {
    const wrong = refused(403, "SignatureDoesNotMatch");
    const url = await presigned();
    expect(await answerTo(url, { method: "PUT", body: "x" })).toEqual(wrong);
    expect(await answerTo(url.replace("/shared/a", "/shared/b"))).toEqual(wrong);
    expect(await answerTo(`${url}&response-content-type=text%2Fhtml`)).toEqual(wrong);
    expect(await answerTo(url.replace("X-Amz-Expires=60", "X-Amz-Expires=600"))).toEqual(wrong);
    expect(await answerTo(await presigned({ keys: [ADA[0], "wrong"] }))).toEqual(wrong);
  });

  test("is good until X-Amz-Expires seconds after X-Amz-Date", async () => {
    expect((await answerTo(await presigned({ agoSeconds: 50 }))).status).toBe(200);
    const late = await answerTo(await presigned({ agoSeconds: 61 }));
    expect(late).toEqual(refused(403, "AccessDenied"));
    expect(late.text).toContain("Request has expired");
    const early = await answerTo(await presigned({ agoSeconds: -1000 }));
    expect(early.text).toContain("Request is not yet valid");
  });

  test("is good for a week at most", async () => {
    const week = { expiresIn: WEEK_SECONDS, agoSeconds: WEEK_SECONDS - 60 };
    expect((await answerTo(await presigned(week))).status).toBe(200);
  });

  // The SDK's signer makes none of these.
  test.each(["604801", "0", "-1", "soon", ""])("is not good for %j seconds", (expires) => {
    const url = `/shared/a?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20261120T120000Z&X-Amz-Expires=${expires}`;
    const request = { method: "GET", url, headers: {}, body: Buffer.alloc(0) };
    expect(presignedProblem(request, Date.UTC(2026, 10, 20, 12))).toBe("wrong-expires");
  });

  test("takes no header of S3's that was not signed", async () => {
    const url = await presigned({ method: "PUT", key: "more" });
    const headers = { "x-amz-meta-who": "me" };
    const answer = await answerTo(url, { method: "PUT", body: "x", headers });
    expect(answer).toEqual(refused(403, "AccessDenied"));
    expect(answer.text).toContain("not signed");
  });

  test("of a key that nobody has is refused", async () => {
    const url = await presigned({ keys: ["AKIANOBODY0000000000", "any"] });
    expect(await answerTo(url)).toEqual(refused(403, "InvalidAccessKeyId"));
  });

  test("is judged by the rights of who signed, and known as presigned to conditions", async () => {
    const url = await presigned({ keys: GUEST });
    expect(await answerTo(url)).toEqual(refused(403, "AccessDenied"));
  });

  test("of a role that was taken on carries its session's token", async () => {
    const sts = new STSClient(cloud.client(...ADA));
    const RoleArn = `arn:aws:iam::${ACCOUNT}:role/reader`;
    const { Credentials: keys } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "test" }));
    const [id = "", secret = "", token = ""] = [keys?.AccessKeyId, keys?.SecretAccessKey, keys?.SessionToken];
    expect((await answerTo(await presigned({ keys: [id, secret, token] }))).text).toBe("content");
    const tokenless = await presigned({ keys: [id, secret] });
    expect(await answerTo(tokenless)).toEqual(refused(400, "InvalidToken"));
  });
});

test("without policies a presigned URL of any credentials will do, also an old one", async () => {
  const open = await openCloud(null);
  try {
    const s3 = new S3Client(open.client());
    await s3.send(new CreateBucketCommand({ Bucket: "shared" }));
    await s3.send(new PutObjectCommand({ Bucket: "shared", Key: KEY, Body: "open" }));
    const url = await presigned({ keys: ["any", "thing"], agoSeconds: 3600 }, open);
    expect(await answerTo(url)).toEqual({ status: 200, text: "open" });
    expect((await answerTo(`${open.endpoint}/shared/x`)).status).toBe(403);
  } finally {
    await open.end();
  }
});
