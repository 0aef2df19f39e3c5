/** What the deployed IAM documents grant, what of it was used here, and what AWS would refuse. */
import type { GrantUse, IamUse, RoleUse } from "../messages";
import { ask } from "./api";
import { fill, h, say } from "./dom";
import { count, number } from "./format";
import type { Context, View } from "./view";

const LOOK_EVERY_MS = 2_000;
const WORDS = { used: "Used", unused: "Unused", excused: "Excused" } as const;
const CLASSES = { used: "succeeded", unused: "aborted", excused: "idle" } as const;

export function iamView(_: Context): View {
  const figures = h("div", { class: "figures" });
  const refused = h("div", {});
  const roles = h("div", { class: "roles" });
  const lead = h("p", { class: "lead" });
  const element = h(
    "div",
    { class: "view" },
    h("div", { class: "heading" }, h("h1", {}, "IAM")),
    lead,
    figures,
    refused,
    roles,
  );
  let shown = "";
  let timer = 0;
  let closed = false;

  function show(iam: IamUse): void {
    const key = JSON.stringify(iam);
    if (key === shown) return;
    shown = key;
    say(
      lead,
      iam.mode === "strict"
        ? "Every call is judged by the documents that would be deployed, and refused as AWS would."
        : "Every call is judged by the documents that would be deployed. What AWS would refuse is noted, and goes through.",
    );
    const grants = iam.roles.flatMap((role) => role.grants);
    const counted = (use: GrantUse["use"]): number => grants.filter((grant) => grant.use === use).length;
    fill(
      figures,
      figure("Granted", grants.length, "action on resource"),
      figure("Used", counted("used"), "by a call of this run"),
      figure("Unused", counted("unused"), "by nothing so far"),
      figure("Excused", counted("excused"), "with a reason in writing"),
      figure("Refused", iam.refused.length, "kinds of calls"),
    );
    fill(refused, refusedBlock(iam));
    const open = new Set([...roles.querySelectorAll("details[open]")].map((each) => each.id));
    fill(roles, ...(iam.roles.length === 0 ? [noRoles()] : iam.roles.map((role) => roleBlock(role, open))));
  }

  const beat = (): void => {
    void ask<IamUse>("/api/iam")
      .then(
        (iam) => {
          if (iam !== null && !closed) show(iam);
        },
        () => undefined,
      )
      .finally(() => {
        if (!closed) timer = window.setTimeout(beat, LOOK_EVERY_MS);
      });
  };
  beat();
  return {
    title: "IAM",
    element,
    topics: {},
    close() {
      closed = true;
      window.clearTimeout(timer);
    },
  };
}

function figure(label: string, value: number, note: string): HTMLElement {
  return h(
    "div",
    { class: "figure" },
    h("span", { class: "label" }, label),
    h("span", { class: "value" }, number(value)),
    h("span", { class: "note" }, note),
  );
}

function refusedBlock({ refused, mode }: IamUse): HTMLElement {
  if (refused.length === 0)
    return h(
      "p",
      { class: "none" },
      "No call was refused. One that the documents do not allow is told here, in AWS's words.",
    );
  return h(
    "section",
    { class: "card refused", "aria-labelledby": "refused" },
    h("h2", { id: "refused" }, mode === "strict" ? "Refused" : "AWS would refuse"),
    h(
      "ul",
      {},
      ...refused.map(({ message, count: times }) =>
        h(
          "li",
          {},
          h("span", { class: "message" }, message),
          h("span", { class: "note" }, count(times, "time")),
        ),
      ),
    ),
  );
}

function noRoles(): HTMLElement {
  return h(
    "div",
    { class: "empty" },
    h("h2", {}, "No roles"),
    h("p", {}, "Roles that the program declares appear here, with each grant and whether something used it."),
  );
}

function roleBlock({ role, arn, calls, grants }: RoleUse, open: ReadonlySet<string>): HTMLElement {
  const used = grants.filter(({ use }) => use === "used").length;
  const unused = grants.filter(({ use }) => use === "unused").length;
  const id = `role-${role}`;
  return h(
    "details",
    { class: "card role", id, open: open.has(id) },
    h(
      "summary",
      {},
      h("h2", {}, role),
      h(
        "span",
        { class: "note" },
        `${String(used)} of ${String(grants.length)} grants used · ${count(calls, "call")}`,
      ),
      unused === 0 ? null : h("span", { class: "badge aborted" }, `${String(unused)} unused`),
    ),
    h("p", { class: "note mono arn" }, arn),
    h(
      "div",
      { class: "table-box", tabindex: 0, role: "region", "aria-label": `Grants of ${role}` },
      h(
        "table",
        {},
        h(
          "thead",
          {},
          h("tr", {}, ...["Use", "Action", "Resource"].map((name) => h("th", { scope: "col" }, name))),
        ),
        h("tbody", {}, ...grants.map(grantRow)),
      ),
    ),
  );
}

function grantRow({ action, resource, use, reason, usedActions }: GrantUse): HTMLElement {
  const more = usedActions.length === 0 ? reason : `needed for ${usedActions.join(", ")}`;
  return h(
    "tr",
    {},
    h("td", {}, h("span", { class: `badge ${CLASSES[use]}` }, WORDS[use])),
    h("td", {}, action, more === null ? null : h("span", { class: "sub" }, more)),
    h("td", { class: "mono line-text" }, resource),
  );
}
