/** A preview as Markdown, for a comment on a pull request: what a reviewer must know first, the rest folded away. */
import type { ChangedResource, Comparison } from "./compare";
import { iamMatrix, type MatrixRow } from "./iam-matrix";
import type { Preview } from "./report";
import { drawTree } from "./tree";
import { byResource, labelOf } from "./violations";

/** GitHub refuses a comment above 65,536 characters; the rest is room for other stacks. */
const MOST_CHARACTERS = 60_000;

export function markdownOf(preview: Preview): string {
  const { graph, comparison } = preview;
  const whole = [
    `## ${title(preview)}`,
    "",
    headline(preview),
    "",
    ...preview.notes.flatMap((note) => [note, ""]),
    ...violations(preview),
    ...(comparison === null ? [] : changes(comparison)),
    ...rights(preview),
    ...folded(`Resources (${String(graph.resources.length)})`, ["```text", ...drawTree(graph), "```"]),
  ].join("\n");
  if (whole.length <= MOST_CHARACTERS) return `${whole}\n`;
  return `${whole.slice(0, MOST_CHARACTERS)}\n\n…cut off; run \`npm run preview -- --stack ${graph.stack}\` for the rest.\n`;
}

function title({ graph, judgement }: Preview): string {
  return `${judgement.mandatory.length > 0 ? "❌" : "✅"} Stack ${graph.stack}`;
}

function headline({ graph, judgement, comparison }: Preview): string {
  const { rules, mandatory, advisory, exempted } = judgement;
  const counts = `**${String(mandatory.length)} mandatory**, ${String(advisory.length)} advisory, ${String(exempted.length)} exempted violations of ${String(rules.length)} rules`;
  if (comparison === null) return `${String(graph.resources.length)} resources; ${counts}.`;
  const { added, removed, changed } = comparison;
  return `${String(added.length)} added, ${String(removed.length)} removed, ${String(changed.length)} changed of ${String(graph.resources.length)} resources; ${counts}.`;
}

function violations({ judgement }: Preview): readonly string[] {
  const severity = new Map(judgement.rules.map((rule) => [rule.id, rule.severity ?? ""]));
  const all = byResource(judgement).flatMap((group) => group.violations);
  const row = ({ kind, rule, urn, message }: (typeof all)[number]): string =>
    `| ${kind} | [${rule}](policies/RULES.md#${rule}) | ${severity.get(rule) ?? ""} | ${cell(labelOf(urn))} | ${cell(message)} |`;
  const head = ["| | Rule | Severity | Resource | What is wrong, and the mend |", "|---|---|---|---|---|"];
  const [open, exempted] = [
    all.filter(({ kind }) => kind !== "exempted"),
    all.filter(({ kind }) => kind === "exempted"),
  ];
  return [
    ...(open.length === 0 ? [] : ["### Policies", "", ...head, ...open.map(row), ""]),
    ...(exempted.length === 0
      ? []
      : folded(`Exempted (${String(exempted.length)})`, [...head, ...exempted.map(row)])),
  ];
}

function changes({ added, removed, changed }: Comparison): readonly string[] {
  if (added.length + removed.length + changed.length === 0) return ["### Changes", "", "None.", ""];
  const detail = ({ urn, changes: list }: ChangedResource): readonly string[] => [
    `- **~** ${code(labelOf(urn))}`,
    ...list.map(
      ({ path, before, after }) =>
        `  - ${code(path)}: ${before === null ? "(none)" : code(before)} → ${after === null ? "(none)" : code(after)}`,
    ),
  ];
  return [
    "### Changes",
    "",
    ...added.map((urn) => `- **+** ${code(labelOf(urn))}`),
    ...removed.map((urn) => `- **−** ${code(labelOf(urn))}`),
    ...changed.flatMap(detail),
    "",
  ];
}

/** With a base, the rights that are new or gone come first: they are what a reviewer looks for. */
function rights({ graph, base }: Preview): readonly string[] {
  const { rows } = iamMatrix(graph);
  const old = base === null ? null : iamMatrix(base).rows;
  const table = (items: readonly MatrixRow[]): readonly string[] => [
    "| Role | | Actions | Resources | If |",
    "|---|---|---|---|---|",
    ...items.map(
      ({ role, effect, actions, resources, condition }) =>
        `| ${cell(role)} | ${effect} | ${cell(actions.join(", "))} | ${cell(resources.join(", "))} | ${cell(condition)} |`,
    ),
  ];
  const without = (items: readonly MatrixRow[], others: readonly MatrixRow[]): readonly MatrixRow[] => {
    const known = new Set(others.map((each) => JSON.stringify(each)));
    return items.filter((each) => !known.has(JSON.stringify(each)));
  };
  const [gained, lost] = old === null ? [[], []] : [without(rows, old), without(old, rows)];
  return [
    ...(gained.length === 0 ? [] : ["### Rights that are new", "", ...table(gained), ""]),
    ...(lost.length === 0 ? [] : ["### Rights that are gone", "", ...table(lost), ""]),
    ...folded("Who may do what", table(rows)),
  ];
}

function folded(summary: string, lines: readonly string[]): readonly string[] {
  return [`<details><summary>${summary}</summary>`, "", ...lines, "", "</details>", ""];
}

/** Text from a program can't break out of its cell, nor call people or issues. */
function cell(text: string): string {
  return text
    .replaceAll(/\s+/g, " ")
    .replaceAll("|", "\\|")
    .replaceAll("<", "&lt;")
    .replaceAll("*", "\\*")
    .replaceAll("@", "@\u200b");
}

function code(text: string): string {
  const ticks = text.includes("`") ? "``" : "`";
  return `${ticks}${text.replaceAll(/\s+/g, " ")}${ticks}`;
}
