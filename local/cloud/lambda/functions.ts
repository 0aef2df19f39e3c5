/** The Lambda functions of a graph, as this machine can start them: from an image's build context, or a code archive. */
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { z } from "zod";
import type { GraphResource } from "../../graph";
import type { Images } from "../images";
import { programOf, type Program } from "../program";
import { isNotRunnable, propertiesOf, type NotRunnable } from "../properties";

/** A Lambda function, ready to be started. */
export interface FunctionDefinition {
  readonly arn: string;
  readonly name: string;
  readonly roleArn: string;
  /** Name of the log group that it writes to. */
  readonly logGroup: string;
  /** X-Ray traces it. */
  readonly isTraced: boolean;
  readonly timeoutSeconds: number;
  /** Null: no bound of its own. */
  readonly reservedConcurrency: number | null;
  readonly deadLetterArn: string | null;
  readonly memoryMib: number;
  readonly program: Program;
  /** Null for a code archive. */
  readonly imageUri: string | null;
  /** The function's own variables. */
  readonly environment: Readonly<Record<string, string>>;
}

const functionSchema = z.object({
  arn: z.string(),
  name: z.string(),
  role: z.string(),
  packageType: z.string().default("Zip"),
  imageUri: z.string().optional(),
  imageConfig: z
    .object({ commands: z.array(z.string()).optional(), entryPoints: z.array(z.string()).optional() })
    .optional(),
  runtime: z.string().optional(),
  handler: z.string().optional(),
  code: z.unknown().optional(),
  /** Lambda's own defaults. */
  timeout: z.number().default(3),
  memorySize: z.number().default(128),
  /** -1: no bound of its own. */
  reservedConcurrentExecutions: z.number().default(-1),
  deadLetterConfig: z.object({ targetArn: z.string() }).optional(),
  loggingConfig: z.object({ logGroup: z.string().optional() }).optional(),
  tracingConfig: z.object({ mode: z.string() }).optional(),
  environment: z.object({ variables: z.record(z.string(), z.string()).default({}) }).optional(),
});

type LambdaFunction = z.infer<typeof functionSchema>;

/** `codeDirectory` is where zip functions are unpacked, one folder each. */
export function functionDefinition(
  resource: GraphResource,
  images: Images,
  codeDirectory: string,
): FunctionDefinition | NotRunnable {
  const lambda = propertiesOf(resource, functionSchema);
  if (isNotRunnable(lambda)) return lambda;
  const program =
    lambda.packageType === "Image" ? imageProgram(lambda, images) : zipProgram(lambda, codeDirectory);
  if (isNotRunnable(program)) return program;
  return {
    arn: lambda.arn,
    name: lambda.name,
    roleArn: lambda.role,
    logGroup: lambda.loggingConfig?.logGroup ?? `/aws/lambda/${lambda.name}`,
    isTraced: lambda.tracingConfig?.mode === "Active",
    timeoutSeconds: lambda.timeout,
    reservedConcurrency: lambda.reservedConcurrentExecutions < 0 ? null : lambda.reservedConcurrentExecutions,
    deadLetterArn: lambda.deadLetterConfig?.targetArn ?? null,
    memoryMib: lambda.memorySize,
    program,
    imageUri: lambda.imageUri ?? null,
    environment: lambda.environment?.variables ?? {},
  };
}

function imageProgram(lambda: LambdaFunction, images: Images): Program | NotRunnable {
  const image = images.find(lambda.imageUri ?? "");
  if (isNotRunnable(image)) return image;
  return programOf(image, {
    entryPoint: lambda.imageConfig?.entryPoints,
    command: lambda.imageConfig?.commands,
  });
}

function zipProgram(lambda: LambdaFunction, codeDirectory: string): Program | NotRunnable {
  if (lambda.runtime?.startsWith("nodejs") !== true) {
    return { why: `its runtime is ${lambda.runtime ?? "not given"}: without Docker only nodejs can be run` };
  }
  const code = archive.safeParse(lambda.code);
  if (!code.success) return { why: "its code is not an archive of this program, such as AssetArchive" };
  const taskRoot = join(codeDirectory, lambda.name);
  unpack(code.data, taskRoot);
  return programOf({
    context: taskRoot,
    entryPoint: null,
    command: [lambda.handler ?? "index.handler"],
    environment: {},
    workingDirectory: null,
  });
}

type Archive =
  | { readonly kind: "archive"; readonly path: string }
  | { readonly kind: "archive"; readonly assets: Readonly<Record<string, Asset>> };
type Asset =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "file"; readonly path: string }
  | Archive;

/** As the engine writes assets into the graph; a zip file is not among what can be unpacked, a folder is. */
const archive: z.ZodType<Archive> = z.lazy(() =>
  z.union([
    z.object({ kind: z.literal("archive"), path: z.string().refine((path) => !path.endsWith(".zip")) }),
    z.object({ kind: z.literal("archive"), assets: z.record(z.string(), asset) }),
  ]),
);
const asset: z.ZodType<Asset> = z.lazy(() =>
  z.union([
    z.object({ kind: z.literal("text"), text: z.string() }),
    z.object({ kind: z.literal("file"), path: z.string() }),
    archive,
  ]),
);

function unpack(content: Asset, target: string): void {
  if (content.kind === "text") {
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content.text);
    return;
  }
  if ("path" in content) {
    mkdirSync(dirname(target), { recursive: true });
    cpSync(content.path, target, { recursive: true });
    return;
  }
  mkdirSync(target, { recursive: true });
  // normalize("/" + name) has no ".." left: an archive never writes outside its folder.
  for (const [name, child] of Object.entries(content.assets))
    unpack(child, join(target, normalize(`/${name}`)));
}
