/** ARNs of state machines. `…:stateMachine:NAME` may have a qualifier behind it: a version's number or an alias's name. */

/** The machine's own ARN: a qualifier is an eighth part. */
export function unqualified(arn: string): string {
  let end = -1;
  for (let colon = 0; colon < 7; colon++) {
    end = arn.indexOf(":", end + 1);
    if (end === -1) return arn;
  }
  return arn.slice(0, end);
}

/** Undefined when there is none. */
export function qualifierOf(arn: string): string | undefined {
  const machine = unqualified(arn);
  return machine.length === arn.length ? undefined : arn.slice(machine.length + 1);
}
