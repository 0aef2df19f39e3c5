/** Reads the settings at each call, so that a changed parameter counts from the next tick on, without a deployment. */
import { GetParameterCommand, type SSMClient } from "@aws-sdk/client-ssm";
import { AUTOSCALER_PARAMETER, parseAutoscalerSettings, type AutoscalerSettings } from "./settings";

/** Rejects with what SSM says, and with a line that names what is wrong in the settings. */
export async function readSettings(
  ssm: SSMClient,
  environment: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<AutoscalerSettings> {
  const name = environment[AUTOSCALER_PARAMETER];
  if (name === undefined) return parseAutoscalerSettings(environment);
  const { Parameter } = await ssm.send(new GetParameterCommand({ Name: name }), { abortSignal: signal });
  return parseAutoscalerSettings(environment, Parameter?.Value ?? "");
}
