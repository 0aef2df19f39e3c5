/** docs/iam.md: who may do what in a stack, each `*` with its reason. `npm run docs:iam` writes it, and a test holds it. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { deployStack } from "../../components/iam/deploy/deploy";
import { reasonOf, type Statement } from "../../components/iam/document";
import { runProgram } from "../../local/engine/run";
import { resourcesOfType, type Graph, type GraphResource } from "../../local/graph";
import { namesOf } from "../../local/preview/names";

const PROJECT_DIRECTORY = join(__dirname, "../..");
/** The stack with a role of every kind but those of managed instances. */
const STACK = "prod";

const HEAD = `# Who may do what

Every role of the stack \`${STACK}\`, and every statement of its document. Written by \`npm run docs:iam\` from what the program declares; a test fails when it is stale. Resources are called by their names in the program.

Roles on \`managed-instances\` have, beside what is here, AWS's own policies AmazonECSInfrastructureRolePolicyForManagedInstances and AmazonECSInstanceRolePolicyForManagedInstances: the service changes what it needs.
`;

/** The whole page. */
export function iamPage(graph: Graph): string {
  const names = namesOf(graph);
  const roles = resourcesOfType(graph, "aws:iam/role:Role").toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const sections = roles.map((role) => [
    `## ${role.name}`,
    "",
    `Taken on by ${principalsOf(role)
      .map((each) => code(names.shorten(each)))
      .join(", ")}.`,
    "",
    ...table(documentsOf(graph, role).flatMap(statementsOf), names.shorten),
  ]);
  return [HEAD, ...sections.flat(), ...deploySection()].join("\n");
}

/** No stack of the repository has it: it needs a repository on GitHub. Pure, so a made-up scope shows it. */
function deploySection(): readonly string[] {
  const scope = {
    accountId: "ACCOUNT",
    region: "REGION",
    prefix: "PROJECT-STACK",
    permissionsBoundaryArn: "BOUNDARY",
  };
  return [
    "## deploy-role",
    "",
    "Taken on by jobs of `loveless:deployment.githubRepository` in the GitHub environment that is called like the stack.",
    "",
    ...table(deployStack(scope), (text) => text),
  ];
}

function table(statements: readonly Statement[], shorten: (text: string) => string): readonly string[] {
  const rows = statements.map((statement) => {
    const { Action, Resource = [], Condition = {} } = statement;
    const conditions = Object.entries(Condition).flatMap(([operator, keys]) =>
      Object.entries(keys).map(
        ([key, values]) => `${key} ${operator} ${[values].flat().map(shorten).join(" or ")}`,
      ),
    );
    const why = Resource.includes("*") ? ` ${reasonOf(statement) ?? ""}` : "";
    return `| ${[
      statement.Sid,
      Action.map(code).join("<br>"),
      `${Resource.map((each) => code(shorten(each))).join("<br>")}${why}`,
      conditions.map(code).join("<br>"),
    ].join(" | ")} |`;
  });
  return ["| for | actions | resources | condition |", "|---|---|---|---|", ...rows, ""];
}

function documentsOf(graph: Graph, role: GraphResource): readonly string[] {
  return resourcesOfType(graph, "aws:iam/rolePolicy:RolePolicy")
    .filter(({ inputs }) => inputs["role"] === role.outputs["name"])
    .map(({ inputs }) => String(inputs["policy"]));
}

function statementsOf(document: string): readonly Statement[] {
  return (JSON.parse(document) as { readonly Statement: readonly Statement[] }).Statement;
}

function principalsOf(role: GraphResource): readonly string[] {
  const [trust] = statementsOf(String(role.inputs["assumeRolePolicy"]));
  return Object.values(trust?.Principal ?? {}).flat() as string[];
}

function code(text: string): string {
  return `\`${text}\``;
}

async function main(): Promise<void> {
  const graph = await runProgram({ projectDirectory: PROJECT_DIRECTORY, stack: STACK, mode: "up" });
  writeFileSync(join(PROJECT_DIRECTORY, "docs/iam.md"), iamPage(graph));
}

if (require.main === module) void main();
