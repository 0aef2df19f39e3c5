/** Rights to call Lambda functions. */
import type { Statement } from "./document";

/** Call these functions; no statement at all when there are none, since IAM takes no empty list. */
export function invokeFunctions(functionArns: readonly string[]): readonly Statement[] {
  if (functionArns.length === 0) return [];
  return [
    { Sid: "InvokeFunctions", Effect: "Allow", Action: ["lambda:InvokeFunction"], Resource: functionArns },
  ];
}
