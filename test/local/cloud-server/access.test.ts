import { createAccess } from "../../../local/cloud/access";

const ROLE = "arn:aws:iam::123456789012:role/worker";

test("credentials name their principal, and each issue is another set", () => {
  const access = createAccess();
  const [one, other] = [access.issue(ROLE), access.issue(ROLE)];
  expect(one.accessKeyId).toMatch(/^ASIA[0-9A-F]{16}$/);
  expect(one.accessKeyId).not.toBe(other.accessKeyId);
  expect(access.principalOf(one.accessKeyId)).toEqual({ arn: ROLE });
  expect(access.principalOf(other.accessKeyId)).toEqual({ arn: ROLE });
  expect(access.principalOf("ASIANOBODY")).toBeNull();
});

test("uses are counted by principal, action and resource", () => {
  const access = createAccess();
  const principal = { arn: ROLE };
  access.use(principal, { action: "states:GetActivityTask", resource: "arn:a" });
  access.use(principal, { action: "states:GetActivityTask", resource: "arn:a" });
  access.use(principal, { action: "states:GetActivityTask", resource: "arn:b" });
  access.use({ arn: "arn:other" }, { action: "states:GetActivityTask", resource: "arn:a" });
  expect(access.records().map(({ principal: who, resource, count }) => [who, resource, count])).toEqual([
    [ROLE, "arn:a", 2],
    [ROLE, "arn:b", 1],
    ["arn:other", "arn:a", 1],
  ]);
});
