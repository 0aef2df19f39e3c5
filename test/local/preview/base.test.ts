/** What `npm run preview -- --base` says where there is nothing to compare with. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { graphAt } from "../../../local/preview/base";

const ROOT = resolve(__dirname, "../../..");
const { signal } = new AbortController();

test("a copy of the project that is no git repository is told from a commit that is not there", async () => {
  const projectDirectory = mkdtempSync(join(tmpdir(), "loveless-no-git-"));
  try {
    await expect(graphAt({ projectDirectory, stack: "dev", ref: "main", signal })).rejects.toThrow(
      /^--base compares with a commit of \S+, which git does not take for a repository \(fatal: not a git repository .*\); clone it by git, or leave --base out\.$/,
    );
  } finally {
    rmSync(projectDirectory, { recursive: true });
  }
});

test("a commit that is not there is named", async () => {
  await expect(
    graphAt({ projectDirectory: ROOT, stack: "dev", ref: "no-such-branch", signal }),
  ).rejects.toThrow(/^There is no commit "no-such-branch" in \S+; give a branch, a tag or a commit/);
});
