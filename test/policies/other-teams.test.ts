import { join } from "node:path";
import { runProgram } from "../../local/engine/run";
import type { Graph } from "../../local/graph";
import { changed, judge } from "./judge";

// One cache for all programs: compiling @pulumi/aws takes longer than a run.
process.env.NODE_COMPILE_CACHE = join(__dirname, "../../.loveless/compile-cache");

const project = { projectDirectory: join(__dirname, "fixtures/other-teams"), stack: "prod" };

describe("what other teams write", () => {
  let up: Graph;
  let preview: Graph;

  beforeAll(async () => {
    [up, preview] = await Promise.all([
      runProgram({ ...project, mode: "up" }),
      runProgram({ ...project, mode: "preview" }),
    ]);
  });

  it("is valid: 60 resources of other shapes, and no rule fires", () => {
    expect(up.resources.filter(({ custom }) => custom).length).toBeGreaterThanOrEqual(60);
    expect(judge(up).violations).toEqual([]);
    expect(judge(up).undecided).toEqual([]);
  });

  it("is valid in preview too, as far as it can be judged", () => {
    expect(judge(preview).violations).toEqual([]);
  });

  it("is judged item by item in preview: an unknown statement hides no other", () => {
    const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
    const graph = changed(preview, "aws:iam/rolePolicy:RolePolicy", "pipeline-deploys", ({ inputs }) => ({
      inputs: {
        ...inputs,
        policy: {
          Statement: [
            { Effect: "Allow", Action: "s3:GetObject", Resource: unknown },
            { Effect: "Allow", Action: "*", Resource: unknown },
          ],
        },
      },
    }));
    const { violations, undecided } = judge(graph);
    expect(violations.map(({ rule }) => rule)).toEqual(["iam-no-admin"]);
    expect(undecided).toContain("iam-no-exfiltration");
  });
});
