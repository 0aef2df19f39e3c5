/** A preview for people, in a terminal: the tree, who may do what, what changes, what is not allowed. */
import type { Comparison } from "./compare";
import { iamMatrix } from "./iam-matrix";
import { type Preview, summarise } from "./report";
import { drawTree } from "./tree";
import { labelOf, listViolations } from "./violations";

export function textOf(preview: Preview): readonly string[] {
  const { graph, judgement, comparison } = preview;
  return [
    ...drawTree(graph),
    "",
    ...listMatrix(preview),
    ...(comparison === null ? [] : ["", ...listChanges(comparison)]),
    "",
    ...section("Policies", listViolations(judgement)),
    "",
    ...summarise(preview),
  ];
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`)];
}

function listMatrix({ graph }: Preview): readonly string[] {
  const { trust, rows, attached } = iamMatrix(graph);
  const roles = [...new Set(trust.map(({ role }) => role))];
  const lines = roles.flatMap((role) => [
    ...trust
      .filter((each) => each.role === role)
      .map(
        ({ principals, condition }) =>
          `${role} (taken on by ${principals.join(", ")}${condition === "" ? "" : `, if ${condition}`})`,
      ),
    ...rows
      .filter((each) => each.role === role)
      .map(
        ({ effect, actions, resources, condition }) =>
          `  ${effect === "Allow" ? "may" : "may not"} ${actions.join(", ")} on ${resources.join(", ")}${condition === "" ? "" : ` if ${condition}`}`,
      ),
    ...attached.filter((each) => each.role === role).map(({ policyArn }) => `  may what ${policyArn} says`),
  ]);
  return section("Who may do what", lines);
}

function listChanges({ added, removed, changed }: Comparison): readonly string[] {
  const lines = [
    ...added.map((urn) => `+ ${labelOf(urn)}`),
    ...removed.map((urn) => `- ${labelOf(urn)}`),
    ...changed.flatMap(({ urn, changes }) => [
      `~ ${labelOf(urn)}`,
      ...changes.map(
        ({ path, before, after }) => `    ${path}: ${before ?? "(none)"} → ${after ?? "(none)"}`,
      ),
    ]),
  ];
  return section("Changes", lines.length === 0 ? ["none"] : lines);
}
