/** Which stack is deployed, and how its rights are written. */

export interface DeployScope {
  readonly accountId: string;
  readonly region: string;
  /** `PROJECT-STACK`, with which every name begins. */
  readonly prefix: string;
  /** On every role that is made, so that nobody gets more through one than the boundary allows. */
  readonly permissionsBoundaryArn: string;
}

/** `SERVICE:VERBNOUN` for each verb and noun. */
export function verbs(
  service: string,
  each: readonly string[],
  ...nouns: readonly string[]
): readonly string[] {
  return nouns.flatMap((noun) => each.map((verb) => `${service}:${verb}${noun}`));
}
