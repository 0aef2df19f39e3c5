/** What Amazon CloudWatch, AWS Budgets and Amazon EventBridge answer when their resources are created. */
import { uuid } from "../identity";
import { arn, globalArn, type ModelTable, named, text } from "./model";

export const observability: ModelTable = {
  "aws:cloudwatch/logGroup:LogGroup": {
    autoname: named(512),
    computed: (group) => ({
      id: text(group, "name"),
      arn: arn(group, "logs", `log-group:${text(group, "name")}`),
      logGroupClass: "STANDARD",
      retentionInDays: 0,
      skipDestroy: false,
    }),
  },
  "aws:cloudwatch/logStream:LogStream": {
    autoname: named(512),
    computed: (stream) => ({
      id: text(stream, "name"),
      arn: arn(
        stream,
        "logs",
        `log-group:${text(stream, "logGroupName")}:log-stream:${text(stream, "name")}`,
      ),
    }),
  },
  "aws:cloudwatch/logMetricFilter:LogMetricFilter": {
    autoname: named(512),
    computed: (filter) => ({ id: text(filter, "name") }),
  },
  "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter": {
    autoname: named(512),
    computed: (filter) => ({ id: text(filter, "name") }),
  },
  "aws:cloudwatch/metricAlarm:MetricAlarm": {
    autoname: named(255),
    computed: (alarm) => ({
      id: text(alarm, "name"),
      arn: arn(alarm, "cloudwatch", `alarm:${text(alarm, "name")}`),
      actionsEnabled: true,
      treatMissingData: "missing",
    }),
  },
  "aws:cloudwatch/compositeAlarm:CompositeAlarm": {
    computed: (alarm) => ({
      id: text(alarm, "alarmName"),
      arn: arn(alarm, "cloudwatch", `alarm:${text(alarm, "alarmName")}`),
    }),
  },
  "aws:cloudwatch/dashboard:Dashboard": {
    computed: (dashboard) => ({
      id: text(dashboard, "dashboardName"),
      dashboardArn: globalArn(dashboard, "cloudwatch", `dashboard/${text(dashboard, "dashboardName")}`),
    }),
  },
  "aws:cloudwatch/queryDefinition:QueryDefinition": {
    autoname: named(255),
    computed: (query) => ({ id: uuid(query.urn), queryDefinitionId: uuid(query.urn) }),
  },
  "aws:budgets/budget:Budget": {
    autoname: named(100),
    computed: (budget) => ({
      id: `${budget.accountId}:${text(budget, "name")}`,
      accountId: budget.accountId,
      arn: globalArn(budget, "budgets", `budget/${text(budget, "name")}`),
    }),
  },
  "aws:cloudwatch/eventRule:EventRule": {
    autoname: named(64),
    computed: (rule) => ({
      id: text(rule, "name"),
      arn: arn(rule, "events", `rule/${text(rule, "name")}`),
      eventBusName: "default",
      state: "ENABLED",
    }),
  },
  "aws:cloudwatch/eventTarget:EventTarget": {
    autoname: { property: "targetId", maxLength: 64 },
    computed: (target) => ({
      id: `${text(target, "rule")}-${text(target, "targetId")}`,
      eventBusName: "default",
    }),
  },
};
