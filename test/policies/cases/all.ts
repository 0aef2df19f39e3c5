/** The cases of all rules: one for each. */
import type { Case } from "./case";
import { containerCases } from "./containers";
import { networkCases } from "./network";
import { operationsCases } from "./operations";
import { poolCases } from "./pools";
import { rightsCases } from "./rights";
import { workloadCases } from "./workloads";

export const CASES: readonly Case[] = [
  ...containerCases,
  ...networkCases,
  ...rightsCases,
  ...workloadCases,
  ...operationsCases,
  ...poolCases,
];
