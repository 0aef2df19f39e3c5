/** How what a run makes in Docker is found again, and removed. Also run by plain Node (reaper.ts): built-ins only. */

/** On every container and volume of a run. */
export const RUN_LABEL = "loveless.run";
/** On the container of a function's execution environment. */
export const ENVIRONMENT_LABEL = "loveless.environment";
/** On every image that was built for a run; they stay, and make the next build fast. */
export const IMAGE_LABEL = "loveless.local-cloud";

/** Runs `docker` with these arguments; resolves with its standard output, whatever the exit code. */
export type Ask = (args: readonly string[]) => Promise<string>;

/** Removes every container that has the label, running or not. */
export async function removeContainers(ask: Ask, label: string): Promise<void> {
  const ids = words(await ask(["ps", "--all", "--quiet", "--filter", `label=${label}`]));
  if (ids.length > 0) await ask(["rm", "--force", "--volumes", ...ids]);
}

/** Removes every container and volume of a run. */
export async function sweep(ask: Ask, run: string): Promise<void> {
  const label = `${RUN_LABEL}=${run}`;
  await removeContainers(ask, label);
  const volumes = words(await ask(["volume", "ls", "--quiet", "--filter", `label=${label}`]));
  if (volumes.length > 0) await ask(["volume", "rm", "--force", ...volumes]);
}

function words(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}
