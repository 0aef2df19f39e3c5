/** Stands in for the awsx component provider: the outputs of its components, and the children that they would have. */
import type { GraphResource } from "../../graph";
import type { Synthesis, SynthesisOptions } from "./children";
import { image, repository } from "./ecr";
import { vpc } from "./vpc";

// The components' source: https://github.com/pulumi/pulumi-awsx/tree/v3.8.0/awsx (ec2/vpc.ts, ecr/image.ts, ecr/repository.ts)
const COMPONENTS: Readonly<
  Record<string, (component: GraphResource, options: SynthesisOptions) => Synthesis>
> = {
  "awsx:ec2:Vpc": vpc,
  "awsx:ecr:Image": image,
  "awsx:ecr:Repository": repository,
};

export function isRemoteComponent(type: string): boolean {
  return type in COMPONENTS;
}

/** Throws, in awsx's sense, on arguments that it would refuse. */
export function synthesise(component: GraphResource, options: SynthesisOptions): Synthesis {
  const build = COMPONENTS[component.type];
  if (build === undefined)
    throw new Error(`${component.type} is not a remote component that the local engine knows.`);
  return build(component, options);
}
