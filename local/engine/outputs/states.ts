/** What AWS Step Functions answers when its resources are created. */
import { arn, CREATED_AT, first, type ModelTable, named, text } from "./model";
import { uuid } from "../identity";

export const states: ModelTable = {
  "aws:sfn/activity:Activity": {
    autoname: named(80),
    computed: (activity) => {
      const activityArn = arn(activity, "states", `activity:${text(activity, "name")}`);
      return { id: activityArn, arn: activityArn, creationDate: CREATED_AT };
    },
  },
  "aws:sfn/stateMachine:StateMachine": {
    autoname: named(80),
    computed: (machine) => {
      const machineArn = arn(machine, "states", `stateMachine:${text(machine, "name")}`);
      return {
        id: machineArn,
        arn: machineArn,
        creationDate: CREATED_AT,
        revisionId: uuid(machine.urn),
        stateMachineVersionArn: machine.inputs.publish === true ? `${machineArn}:1` : machineArn,
        status: "ACTIVE",
        type: "STANDARD",
        versionDescription: "",
      };
    },
  },
  "aws:sfn/alias:Alias": {
    autoname: named(80),
    computed: (alias) => {
      const version = first(alias.inputs.routingConfigurations).stateMachineVersionArn;
      // arn:aws:states:REGION:ACCOUNT:stateMachine:NAME:VERSION, without the version.
      const machineArn = typeof version === "string" ? version.split(":").slice(0, 7).join(":") : "";
      const aliasArn = `${machineArn}:${text(alias, "name")}`;
      return { id: aliasArn, arn: aliasArn, creationDate: CREATED_AT };
    },
  },
};
