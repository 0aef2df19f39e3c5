import { type Exemption, parseConfig } from "../../policies/config";
import { exemptionOf } from "../../policies/exemptions";
import { RULES } from "../../policies/rules";

const TODAY = new Date("2026-11-20T12:00:00Z");
const exemption: Exemption = {
  rule: "ecr-immutable-tags",
  resource: "shop-*",
  reason: "The build of the old shop pushes latest; it ends in spring.",
  expires: "2027-04-30",
};

function parse(config: Record<string, unknown>) {
  const texts = Object.entries(config).map(([key, value]) => [key, JSON.stringify(value)]);
  return parseConfig(Object.fromEntries(texts) as Record<string, string>, RULES, TODAY);
}

describe("the settings of the pack", () => {
  it("may be absent", () => {
    expect(parse({ "aws:region": "eu-west-1" })).toEqual({ levels: {}, exemptions: [] });
  });

  it("hold through the day that they name, whichever way YAML reads it", () => {
    const last = { ...exemption, expires: "2026-11-20" };
    expect(parse({ "policies:exemptions": [last] }).exemptions).toEqual([last]);
    expect(
      parse({ "policies:exemptions": [{ ...last, expires: "2026-11-20T00:00:00Z" }] }).exemptions,
    ).toEqual([last]);
  });

  it("share a reason among the resources of a list", () => {
    const { exemptions } = parse({ "policies:exemptions": [{ ...exemption, resource: ["shop", "store"] }] });
    expect(exemptions).toEqual([
      { ...exemption, resource: "shop" },
      { ...exemption, resource: "store" },
    ]);
  });

  it("exempt the named resource from the named rule, and nothing else", () => {
    const find = (rule: string, name: string) =>
      exemptionOf([exemption], rule, { name, urn: `urn:pulumi:x::y::z::${name}` });
    expect(find("ecr-immutable-tags", "shop-old")).toBe(exemption);
    expect(find("ecr-immutable-tags", "workshop-old")).toBeUndefined();
    expect(find("ecr-scan-on-push", "shop-old")).toBeUndefined();
  });

  it.each([
    [
      "an expired exemption",
      { "policies:exemptions": [{ ...exemption, expires: "2026-11-19" }] },
      "policies:exemptions[0]: the exemption of shop-* from ecr-immutable-tags expired on 2026-11-19; mend the resource, or renew the exemption with its reason.",
    ],
    [
      "a misspelt rule",
      { "policies:exemptions": [{ ...exemption, rule: "ecr-imutable-tags" }] },
      'policies:exemptions[0].rule: got "ecr-imutable-tags", allowed is a rule of policies/RULES.md; did you mean ecr-immutable-tags?',
    ],
    [
      "a rule that is nothing like one",
      { "policies:levels": { everything: "disabled" } },
      'policies:levels: got "everything", allowed is a rule of policies/RULES.md.',
    ],
    [
      "a misspelt key",
      { "policies:exemption": [exemption] },
      "policies:exemption: there is no such key; allowed are policies:levels and policies:exemptions.",
    ],
    [
      "a key of an exemption that is none",
      { "policies:exemptions": [{ ...exemption, until: "2027-01-01" }] },
      'policies:exemptions[0]: got "until", allowed is rule, resource, reason, expires.',
    ],
    [
      "a missing reason",
      { "policies:exemptions": [{ ...exemption, reason: "" }] },
      'policies:exemptions[0].reason: got "", allowed is a reason of 10 characters or more.',
    ],
    [
      "everything exempted",
      { "policies:exemptions": [{ ...exemption, resource: "*" }] },
      'policies:exemptions[0].resource: got "*", allowed is the name or URN of a resource, with 3 characters besides *.',
    ],
    [
      "a day that is none",
      { "policies:exemptions": [{ ...exemption, expires: "2027-02-30" }] },
      'policies:exemptions[0].expires: got "2027-02-30", allowed is a day, such as "2027-06-30".',
    ],
    [
      "a level that is none",
      { "policies:levels": { "ecs-not-root": "off" } },
      'policies:levels.ecs-not-root: got "off", allowed is mandatory, advisory, disabled.',
    ],
    [
      "a list that is none",
      { "policies:exemptions": exemption },
      /^policies:exemptions: got \{.*allowed is a list of /,
    ],
  ])("refuse %s in one line", (_, config, message) => {
    expect(() => parse(config)).toThrow(message);
  });
});
