import { readFileSync } from "node:fs";
import { makeSnapshot, SNAPSHOT_FILE, snapshotText } from "../../policies/iam/snapshot";
import { PAGE_FILE, rulesPage } from "../../policies/page";
import { GROUPS } from "../../policies/rule";
import { RULES } from "../../policies/rules";
import type { GraphResource } from "../../local/graph";
import { CASES } from "./cases/all";
import { type Case, graphOf } from "./cases/case";
import { judge } from "./judge";

function fired({ rule, settings }: Case, resources: readonly GraphResource[]): readonly string[] {
  const rules = RULES.filter(({ id }) => id === rule);
  return judge(graphOf(resources), rules, { ...settings }).violations.map(({ message }) => message);
}

describe.each(CASES)("$rule", (each) => {
  it("says nothing of what is valid", () => {
    expect(fired(each, each.valid)).toEqual([]);
  });

  it.each(Object.entries(each.breaks))("fires when %s, and names resource, value and mend", (_, change) => {
    const broken = change(each.valid);
    const messages = fired(each, broken);
    expect(messages.length).toBeGreaterThan(0);
    const names = broken.map(({ name }) => name).join("|");
    const mend = RULES.find(({ id }) => id === each.rule)?.mend ?? "";
    for (const message of messages) {
      expect(message).toMatch(new RegExp(`^(${names}): .+; `));
      expect(message.endsWith(`; ${mend}.`)).toBe(true);
    }
  });

  if (each.alsoValid !== undefined) {
    it.each(Object.entries(each.alsoValid))("says nothing when %s", (_, change) => {
      expect(fired(each, change(each.valid))).toEqual([]);
    });
  }
});

describe("the rules", () => {
  it("are each tried: one case for every rule", () => {
    expect(CASES.map(({ rule }) => rule).sort()).toEqual(RULES.map(({ id }) => id).sort());
  });

  it("hold each requirement, 1 to 69, and are 60 or more", () => {
    expect([...new Set(RULES.map(({ requirement }) => requirement))]).toEqual(
      Array.from({ length: 69 }, (_, i) => i + 1),
    );
    expect(RULES.length).toBeGreaterThanOrEqual(60);
  });

  it("stand in every group, each with a name of its own", () => {
    expect(new Set(RULES.map(({ group }) => group))).toEqual(new Set(GROUPS));
    expect(new Set(RULES.map(({ id }) => id)).size).toBe(RULES.length);
  });

  it("never show a secret's value", () => {
    const secret = "hunter2-hunter2";
    const messages = CASES.flatMap((each) =>
      Object.values(each.breaks).flatMap((change) => fired(each, change(each.valid))),
    );
    expect(messages.filter((message) => message.includes(secret))).toEqual([]);
  });

  it("are on the page: policies/RULES.md is fresh", () => {
    expect(readFileSync(PAGE_FILE, "utf8")).toBe(rulesPage(RULES));
  });
});

it("knows IAM's actions as the package that it was made from: snapshot.json is fresh", async () => {
  expect(readFileSync(SNAPSHOT_FILE, "utf8")).toBe(snapshotText(await makeSnapshot()));
});
