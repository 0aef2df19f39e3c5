import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { imagesOf, parseDockerfile } from "../../../local/cloud/images";
import { programOf } from "../../../local/cloud/program";
import { graphOf, resource } from "./graphs";
import { temporaryDirectory } from "./loopback";

describe("a Dockerfile", () => {
  test("its last stage's last CMD names the handler", () => {
    const text =
      'FROM a AS build\nCMD ["wrong"]\nFROM b\nCMD ["old.handler"]\nENV A=1 B="two words"\nCMD [ "index.handler" ]\n';
    expect(parseDockerfile(text)).toEqual({
      command: ["index.handler"],
      entryPoint: null,
      environment: { A: "1", B: "two words" },
      workingDirectory: null,
    });
  });

  test("a stage inherits from the stage that it is built from", () => {
    const text =
      'FROM x AS base\nENV ROOT=/srv\nCMD ["a.b"]\nFROM base\nENV LIB=${ROOT}/lib\nWORKDIR /srv\nENTRYPOINT ["/run"]\n';
    expect(parseDockerfile(text)).toEqual({
      command: ["a.b"],
      entryPoint: ["/run"],
      environment: { ROOT: "/srv", LIB: "/srv/lib" },
      workingDirectory: "/srv",
    });
  });

  test("a target chooses its stage", () => {
    const text = 'FROM x AS first\nCMD ["first.handler"]\nFROM y AS second\nCMD ["second.handler"]\n';
    expect(parseDockerfile(text, "first").command).toEqual(["first.handler"]);
    expect(() => parseDockerfile(text, "third")).toThrow("no stage named third");
  });

  test.each([
    ["FROM x\n", "no CMD"],
    ["FROM x\nCMD node index.js\n", "must be a JSON array"],
    ["", "no FROM"],
  ])("%j is refused with the mend", (text, words) => {
    expect(() => parseDockerfile(text)).toThrow(words);
  });
});

describe("an image of the graph", () => {
  const directory = temporaryDirectory();
  mkdirSync(join(directory, "fn"));
  writeFileSync(join(directory, "fn/Dockerfile"), 'FROM x\nCMD ["index.handler"]\n');
  writeFileSync(
    join(directory, "fn/other.Dockerfile"),
    'FROM x\nENTRYPOINT ["/usr/bin/python3"]\nCMD ["app.handler"]\n',
  );

  test("is found by its reference, in the build context relative to the program", () => {
    const images = imagesOf(
      graphOf(
        resource("awsx:ecr:Image", "fn", { context: "fn" }, { imageUri: "r@sha256:1" }),
        resource(
          "docker-build:index:Image",
          "other",
          { context: { location: "./fn" }, dockerfile: { location: "./fn/other.Dockerfile" } },
          { ref: "r@sha256:2" },
        ),
      ),
      directory,
    );
    expect(images.find("r@sha256:1")).toMatchObject({
      context: join(directory, "fn"),
      command: ["index.handler"],
    });
    expect(images.find("r@sha256:2")).toMatchObject({
      entryPoint: ["/usr/bin/python3"],
      command: ["app.handler"],
    });
    expect(images.find("elsewhere@sha256:3")).toMatchObject({
      why: expect.stringContaining("elsewhere@sha256:3"),
    });
  });

  test("without a Dockerfile can't be run, and says why", () => {
    const images = imagesOf(
      graphOf(resource("awsx:ecr:Image", "no", { context: "no" }, { imageUri: "no@sha256:4" })),
      directory,
    );
    expect(images.find("no@sha256:4")).toMatchObject({ why: expect.stringContaining("no such file") });
  });
});

test("AWS's entry point becomes our Runtime API client; any other one stays", () => {
  const image = {
    context: "/code",
    entryPoint: null,
    command: ["index.handler"],
    environment: {},
    workingDirectory: null,
  };
  expect(programOf(image).entryPoint[0]).toBe(process.execPath);
  expect(programOf(image).entryPoint[1]).toMatch(/runtime-client[/\\]main\.mjs$/);
  expect(programOf(image).command).toEqual(["index.handler"]);
  expect(programOf(image, { entryPoint: ["/own"], command: ["x.y"] })).toMatchObject({
    entryPoint: ["/own"],
    command: ["x.y"],
  });
});
