/** Entry point of the policy pack, for `pulumi preview|up --policy-pack policies` and for `npm run preview`. */
import { PolicyPack } from "@pulumi/policy";
import { runtime } from "@pulumi/pulumi";
import { ConfigError, parseConfig } from "./config";
import { policiesOf } from "./pack";
import { RULES } from "./rules";

try {
  // The Pulumi CLI hands the stack's settings to the pack as it does to the program.
  const settings = runtime.allConfig();
  const policies = policiesOf(RULES, parseConfig(settings, RULES, new Date()), settings);
  new PolicyPack("loveless", { description: "What may be deployed of Loveless.", policies });
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  // One line, without the stack of a program that is not at fault.
  console.error(`The policy pack's settings are wrong: ${error.message}`);
  process.exit(1);
}
