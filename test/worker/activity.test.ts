/** The calls to Step Functions as they are on the wire. */
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { GetActivityTaskCommand, SFNClient } from "@aws-sdk/client-sfn";
import { connectActivity } from "../../worker/activity";

const activityArn = "arn:aws:states:eu-central-1:123456789012:activity:detect";

test("a call says who makes it as the SDK's own calls do, but for the features that it used", async () => {
  const heard: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    heard.push(request.headers);
    request.resume().on("end", () => response.writeHead(200).end("{}"));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const before = { ...process.env };
  process.env["AWS_ENDPOINT_URL"] = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  process.env["AWS_ACCESS_KEY_ID"] = "key";
  process.env["AWS_SECRET_ACCESS_KEY"] = "secret";
  try {
    const activity = connectActivity({
      activityArn,
      region: "eu-central-1",
      slots: 1,
      heartbeatSeconds: 30,
      workerName: "test",
    });
    expect(await activity.poll()).toBeNull();
    await activity.succeed("token", "{}");
    await activity.beat("token");
    const bare = new SFNClient({ region: "eu-central-1" });
    await bare.send(new GetActivityTaskCommand({ activityArn }));
    bare.destroy();
    const agents = heard.map((headers) => headers["user-agent"]);
    const own = agents.pop()?.replace(/ m\/\S*/, "");
    expect(own).toMatch(/^aws-sdk-js\/3\S* .*api\/sfn#3/);
    expect(agents).toEqual([own, own, own]);
    expect(heard.every(({ authorization }) => authorization?.startsWith("AWS4-HMAC-SHA256"))).toBe(true);
  } finally {
    process.env = before;
    server.closeAllConnections();
    server.close();
  }
});
