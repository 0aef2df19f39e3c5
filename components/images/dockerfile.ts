/** What a Dockerfile says of the process in its image. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DockerfileParser, type JSONInstruction } from "dockerfile-ast";

/** The entry point of AWS's base images, and of images that name none. */
const DEFAULT_ENTRY_POINT = ["/lambda-entrypoint.sh"];

/** What runs in a container of the image; one argument, given to Lambda's ImageConfig and to the worker. */
export interface ImageConfig {
  readonly entryPoint: readonly string[];
  /** The handler, for AWS's base images: `["index.handler"]`. */
  readonly command: readonly string[];
  /** Absent: the image's own. */
  readonly workingDirectory?: string;
}

/** @throws Error when the Dockerfile ends in no CMD that names a handler, or in one that a shell would run. */
export function imageConfigOf(context: string): ImageConfig {
  const path = join(context, "Dockerfile");
  const dockerfile = DockerfileParser.parse(readFileSync(path, "utf8"));
  const entryPoint = lastOf(dockerfile.getENTRYPOINTs());
  const command = lastOf(dockerfile.getCMDs());
  if (command === null) {
    throw new Error(
      `${path} names no handler, got no CMD ["..."]; end it with one, such as CMD ["index.handler"].`,
    );
  }
  return { entryPoint: entryPoint ?? DEFAULT_ENTRY_POINT, command };
}

/** The words of the last of the instructions in JSON form; null when it is missing, or in the form that a shell runs. */
function lastOf(instructions: readonly JSONInstruction[]): readonly string[] | null {
  const words = instructions.at(-1)?.getJSONStrings() ?? [];
  return words.length === 0 ? null : words.map((word) => word.getJSONValue());
}
