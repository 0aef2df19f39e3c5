/** A budget of this stack's own costs, told by its tag. Activate the tag `Stack` for cost allocation once per account. */
import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { stackPrefix } from "../naming";

/** Of the amount that was really spent, in percent. */
const WARN_AT = 80;

/** Declares `${name}`; the first two budgets of an account are free. */
export function monthlyBudget(
  name: string,
  args: { readonly dollarsPerMonth: number; readonly topicArn: pulumi.Input<string> },
  opts: pulumi.CustomResourceOptions,
): void {
  const tell = {
    comparisonOperator: "GREATER_THAN",
    thresholdType: "PERCENTAGE",
    subscriberSnsTopicArns: [args.topicArn],
  };
  new aws.budgets.Budget(
    name,
    {
      budgetType: "COST",
      timeUnit: "MONTHLY",
      limitAmount: String(args.dollarsPerMonth),
      limitUnit: "USD",
      costFilters: [{ name: "TagKeyValue", values: [`user:Stack$${stackPrefix()}`] }],
      notifications: [
        { ...tell, notificationType: "ACTUAL", threshold: WARN_AT },
        { ...tell, notificationType: "FORECASTED", threshold: 100 },
      ],
    },
    opts,
  );
}
