/** Reads the settings at each call, so that a changed parameter counts from the next tick on, without a deployment. */
import { GetParametersCommand, type SSMClient } from "@aws-sdk/client-ssm";
import { AUTOSCALER_PARAMETER, parseAutoscalerSettings, type AutoscalerSettings } from "./settings";

/** Rejects with what SSM says, and with a line that names what is wrong in the settings. */
export async function readSettings(
  ssm: SSMClient,
  environment: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<AutoscalerSettings> {
  const names = environment[AUTOSCALER_PARAMETER]?.split(",");
  if (names === undefined) return parseAutoscalerSettings(environment);
  const { Parameters = [] } = await ssm.send(new GetParametersCommand({ Names: names }), {
    abortSignal: signal,
  });
  // The answer has an order of its own. Without some of its pools a plan would leave them alone, and nobody would know.
  const values = names.map((name) => {
    const value = Parameters.find(({ Name }) => Name === name)?.Value;
    if (value !== undefined) return value;
    throw new Error(`The parameter ${name} is not there. It is made by components/autoscaler.ts.`);
  });
  return parseAutoscalerSettings(environment, values);
}
