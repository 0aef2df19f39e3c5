/** What AWS Lambda answers when its resources are created. */
import { hex, uuid } from "../identity";
import { arn, CREATED_AT, type ModelTable, named, type Subject, text } from "./model";

function invokeArn(subject: Subject, functionArn: string): string {
  return `arn:aws:apigateway:${subject.region}:lambda:path/2015-03-31/functions/${functionArn}/invocations`;
}

/** A function is named by its name or by its ARN. */
function functionArnOf(subject: Subject, property: string): string {
  const value = text(subject, property);
  return value.startsWith("arn:") ? value : arn(subject, "lambda", `function:${value}`);
}

export const lambda: ModelTable = {
  "aws:lambda/function:Function": {
    autoname: named(64),
    computed: (lambdaFunction) => {
      const functionArn = arn(lambdaFunction, "lambda", `function:${text(lambdaFunction, "name")}`);
      const version = lambdaFunction.inputs.publish === true ? "1" : "$LATEST";
      return {
        id: text(lambdaFunction, "name"),
        arn: functionArn,
        architectures: ["x86_64"],
        codeSha256: hex(lambdaFunction.urn, 64),
        ephemeralStorage: { size: 512 },
        invokeArn: invokeArn(lambdaFunction, functionArn),
        lastModified: CREATED_AT,
        memorySize: 128,
        packageType: "Zip",
        qualifiedArn: `${functionArn}:${version}`,
        qualifiedInvokeArn: invokeArn(lambdaFunction, `${functionArn}:${version}`),
        reservedConcurrentExecutions: -1,
        signingJobArn: "",
        signingProfileVersionArn: "",
        sourceCodeSize: 0,
        timeout: 3,
        version,
      };
    },
  },
  "aws:lambda/alias:Alias": {
    autoname: named(128),
    computed: (alias) => {
      const aliasArn = `${functionArnOf(alias, "functionName")}:${text(alias, "name")}`;
      return { id: aliasArn, arn: aliasArn, invokeArn: invokeArn(alias, aliasArn) };
    },
  },
  "aws:lambda/permission:Permission": {
    autoname: { property: "statementId", maxLength: 100 },
    computed: (permission) => ({ id: text(permission, "statementId") }),
  },
  "aws:lambda/functionUrl:FunctionUrl": {
    computed: (url) => {
      const urlId = hex(url.urn, 32);
      return {
        id: text(url, "functionName"),
        functionArn: functionArnOf(url, "functionName"),
        functionUrl: `https://${urlId}.lambda-url.${url.region}.on.aws/`,
        urlId,
      };
    },
  },
  "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": {
    computed: (config) => ({ id: text(config, "functionName") }),
  },
  "aws:lambda/eventSourceMapping:EventSourceMapping": {
    computed: (mapping) => {
      const id = uuid(mapping.urn);
      return {
        id,
        uuid: id,
        arn: arn(mapping, "lambda", `event-source-mapping:${id}`),
        functionArn: functionArnOf(mapping, "functionName"),
        lastModified: CREATED_AT,
        state: "Enabled",
      };
    },
  },
  "aws:lambda/layerVersion:LayerVersion": {
    computed: (layer) => {
      const layerArn = arn(layer, "lambda", `layer:${text(layer, "layerName")}`);
      return { id: `${layerArn}:1`, arn: `${layerArn}:1`, layerArn, version: "1", createdDate: CREATED_AT };
    },
  },
};

export const scheduler: ModelTable = {
  "aws:scheduler/schedule:Schedule": {
    autoname: named(64),
    computed: (schedule) => {
      const group = text(schedule, "groupName") === "" ? "default" : text(schedule, "groupName");
      const path = `${group}/${text(schedule, "name")}`;
      return {
        id: path,
        arn: arn(schedule, "scheduler", `schedule/${path}`),
        groupName: group,
        scheduleExpressionTimezone: "UTC",
        state: "ENABLED",
      };
    },
  },
  "aws:scheduler/scheduleGroup:ScheduleGroup": {
    autoname: named(64),
    computed: (group) => ({
      id: text(group, "name"),
      arn: arn(group, "scheduler", `schedule-group/${text(group, "name")}`),
      creationDate: CREATED_AT,
      lastModificationDate: CREATED_AT,
      state: "ACTIVE",
    }),
  },
};
