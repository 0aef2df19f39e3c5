/** What is read from a build context: the process in the image, and the tag of its content. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { contentTag } from "../../components/images/content-tag";
import { imageConfigOf } from "../../components/images/dockerfile";

let context: string;

beforeEach(() => {
  context = mkdtempSync(join(tmpdir(), "loveless-context-"));
});
afterEach(() => {
  rmSync(context, { recursive: true, force: true });
});

function dockerfile(...lines: readonly string[]): void {
  writeFileSync(join(context, "Dockerfile"), lines.join("\n"));
}

describe("the process in an image", () => {
  test("is the handler of the last CMD, behind the entry point of AWS's base images", () => {
    dockerfile("FROM a AS build", 'CMD ["build.handler"]', "FROM b", 'CMD [ "index.handler" ]');
    expect(imageConfigOf(context)).toEqual({
      entryPoint: ["/lambda-entrypoint.sh"],
      command: ["index.handler"],
    });
  });

  test("is behind the entry point that the Dockerfile names", () => {
    dockerfile("FROM b", 'ENTRYPOINT ["/usr/bin/python3", "-m", "awslambdaric"]', 'CMD ["app.handler"]');
    expect(imageConfigOf(context).entryPoint).toEqual(["/usr/bin/python3", "-m", "awslambdaric"]);
  });

  test.each([
    ["no CMD", ["FROM a"]],
    ["a CMD that a shell would run", ["FROM a", "CMD index.handler"]],
  ])("is asked for when the Dockerfile has %s", (_what, lines) => {
    dockerfile(...lines);
    expect(() => imageConfigOf(context)).toThrow(/names no handler, got no CMD .*; end it with one, such as/);
  });
});

describe("the tag of a content", () => {
  function tagAfter(change: () => void): string {
    change();
    return contentTag(context, ["."]);
  }

  test("changes with a content and with a name, and with nothing else", () => {
    const file = (name: string, text: string) => () => {
      writeFileSync(join(context, name), text);
    };
    const first = tagAfter(file("a.ts", "1"));
    expect(tagAfter(file("a.ts", "1"))).toBe(first);
    const second = tagAfter(file("a.ts", "2"));
    const third = tagAfter(file("b.ts", "2"));
    expect(new Set([first, second, third]).size).toBe(3);
  });

  test("passes over what the image installs for itself", () => {
    const before = tagAfter(() => undefined);
    const after = tagAfter(() => {
      mkdirSync(join(context, "node_modules"));
      writeFileSync(join(context, "node_modules/x.js"), "1");
    });
    expect(after).toBe(before);
  });
});
