/** ECR, task definitions, services and clusters: one valid stack per rule, and its breaks. */
import * as types from "../../../policies/types";
import { arn, type Case, type Inputs, resource, set, unset, without } from "./case";

const DIGEST = `shop@sha256:${"a".repeat(64)}`;
const container: Inputs = {
  name: "shop",
  image: DIGEST,
  user: "1000:1000",
  readonlyRootFilesystem: true,
  environment: [{ name: "STAGE", value: "prod" }],
  logConfiguration: { logDriver: "awslogs" },
};
const task = resource(types.TASK_DEFINITION, "task", {
  containerDefinitions: [container, { ...container, name: "second" }],
  taskRoleArn: arn("iam", "task"),
  executionRoleArn: arn("iam", "execution"),
  networkMode: "awsvpc",
  volumes: [{ name: "files", efsVolumeConfiguration: { transitEncryption: "ENABLED" } }],
});
const windows = set("task.runtimePlatform", { operatingSystemFamily: "WINDOWS_SERVER_2022_CORE" });
const everybody = {
  Statement: [
    {
      Effect: "Allow",
      Principal: { AWS: arn("iam", "root") },
      Action: "ecr:BatchGetImage",
      Condition: { StringEquals: { "aws:PrincipalOrgID": "o-1" } },
    },
  ],
};
const repository = resource(types.REPOSITORY, "shop", {
  imageTagMutability: "IMMUTABLE",
  imageScanningConfiguration: { scanOnPush: true },
  encryptionConfigurations: [{ encryptionType: "KMS", kmsKey: arn("kms", "key") }],
  forceDelete: false,
});
const first = "task.containerDefinitions.0";
const second = "task.containerDefinitions.1";

export const containerCases: readonly Case[] = [
  {
    rule: "ecr-immutable-tags",
    valid: [repository],
    breaks: {
      "tags can be pushed again": set("shop.imageTagMutability", "MUTABLE"),
      "nothing is said of tags": unset("shop.imageTagMutability"),
      "the exclusion takes in every tag": (all) =>
        set("shop.imageTagMutabilityExclusionFilters", [{ filter: "*", filterType: "WILDCARD" }])(
          set("shop.imageTagMutability", "IMMUTABLE_WITH_EXCLUSION")(all),
        ),
    },
  },
  {
    rule: "ecr-scan-on-push",
    valid: [repository],
    breaks: {
      "scanning is off": set("shop.imageScanningConfiguration.scanOnPush", false),
      "nothing is said of scanning": unset("shop.imageScanningConfiguration"),
    },
    alsoValid: {
      "the registry scans everything": (all) => [
        ...unset("shop.imageScanningConfiguration")(all),
        resource(types.REGISTRY_SCANNING, "registry", {
          rules: [{ scanFrequency: "SCAN_ON_PUSH", repositoryFilters: [{ filter: "*" }] }],
        }),
      ],
    },
  },
  {
    rule: "ecr-lifecycle-policy",
    valid: [
      repository,
      resource(types.LIFECYCLE_POLICY, "lifecycle", {
        repository: "shop",
        policy: { rules: [{ rulePriority: 1 }] },
      }),
    ],
    breaks: {
      "no policy is there": without("lifecycle"),
      "the policy is another repository's": set("lifecycle.repository", "other"),
      "the policy has no rules": set("lifecycle.policy.rules", []),
    },
  },
  {
    rule: "ecr-no-public-policy",
    valid: [resource(types.REPOSITORY_POLICY, "readers", { repository: "shop", policy: everybody })],
    breaks: {
      "everybody may pull": (all) =>
        unset("readers.policy.Statement.0.Condition")(set("readers.policy.Statement.0.Principal", "*")(all)),
      "everybody may pull, as AWS": (all) =>
        unset("readers.policy.Statement.0.Condition")(
          set("readers.policy.Statement.0.Principal.AWS", "*")(all),
        ),
    },
    alsoValid: { "everybody of an organisation": set("readers.policy.Statement.0.Principal", "*") },
  },
  {
    rule: "ecr-customer-key",
    valid: [repository],
    breaks: {
      "AWS's own key encrypts": unset("shop.encryptionConfigurations.0.kmsKey"),
      "no key encrypts": set("shop.encryptionConfigurations.0.encryptionType", "AES256"),
      "nothing is said of keys": unset("shop.encryptionConfigurations"),
    },
  },
  {
    rule: "ecr-no-force-delete",
    valid: [repository],
    breaks: { "production is deleted with its images": set("shop.forceDelete", true) },
    alsoValid: {
      "it is not production": (all) =>
        set("shop.forceDelete", true)(all).map((each) => ({ ...each, urn: each.urn.replace("prod", "dev") })),
      "the stack only sounds like it": (all) =>
        set(
          "shop.forceDelete",
          true,
        )(all).map((each) => ({ ...each, urn: each.urn.replace("prod", "product-tests") })),
    },
  },
  {
    rule: "ecs-not-privileged",
    valid: [task],
    breaks: { "a container is privileged": set(`${second}.privileged`, true) },
  },
  {
    rule: "ecs-not-root",
    valid: [task],
    breaks: {
      "the image decides": unset(`${second}.user`),
      "it is root": set(`${first}.user`, "root"),
      "it is 0": set(`${first}.user`, "0"),
      "it is root of a group": set(`${first}.user`, "0:1000"),
      "it is Windows' administrator": (all) => windows(set(`${first}.user`, "ContainerAdministrator")(all)),
    },
    alsoValid: { "Windows has no root": (all) => windows(unset(`${first}.user`)(all)) },
  },
  {
    rule: "ecs-read-only-root",
    valid: [task],
    breaks: {
      "it may write": set(`${first}.readonlyRootFilesystem`, false),
      "nothing is said of writing": unset(`${second}.readonlyRootFilesystem`),
    },
    alsoValid: { "Windows has none": (all) => windows(unset(`${first}.readonlyRootFilesystem`)(all)) },
  },
  { rule: "ecs-no-host-pid", valid: [task], breaks: { "it sees the host": set("task.pidMode", "host") } },
  {
    rule: "ecs-no-host-network",
    valid: [task],
    breaks: { "it is on the host's network": set("task.networkMode", "host") },
  },
  {
    rule: "ecs-no-secret-in-environment",
    valid: [task],
    breaks: {
      "a password stands there": set(`${second}.environment`, [
        { name: "DB_PASSWORD", value: "correct horse" },
      ]),
      "a token stands there in camel case": set(`${first}.environment`, [
        { name: "apiToken", value: "8fd2c1" },
      ]),
      "an access key stands under an innocent name": set(`${first}.environment`, [
        { name: "NOTE", value: "AKIAIOSFODNN7EXAMPLE" },
      ]),
      "an address holds a password": set(`${first}.environment`, [
        { name: "DATABASE", value: "postgres://shop:hunter2@db.internal/shop" },
      ]),
    },
    alsoValid: {
      "names that point at secrets": set(`${first}.environment`, [
        { name: "SECRET_ARN", value: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:x" },
        { name: "PASSWORD", value: "/parameters/password" },
        { name: "TOKEN_URL", value: "https://example.com/token" },
        { name: "MAX_TOKENS", value: "100" },
        { name: "KEYBOARD", value: "qwerty" },
      ]),
    },
  },
  {
    rule: "ecs-logging",
    valid: [task],
    breaks: {
      "nothing is logged": unset(`${second}.logConfiguration`),
      "no driver logs": unset(`${first}.logConfiguration.logDriver`),
      "the driver is none": set(`${first}.logConfiguration.logDriver`, "none"),
    },
    alsoValid: {
      "the log router itself": (all) =>
        set(`${first}.firelensConfiguration`, { type: "fluentbit" })(unset(`${first}.logConfiguration`)(all)),
    },
  },
  {
    rule: "ecs-roles-apart",
    valid: [task],
    breaks: { "one role serves both": set("task.taskRoleArn", arn("iam", "execution")) },
  },
  {
    rule: "ecs-efs-tls",
    valid: [task],
    breaks: {
      "files cross in the clear": set("task.volumes.0.efsVolumeConfiguration.transitEncryption", "DISABLED"),
      "nothing is said of TLS": unset("task.volumes.0.efsVolumeConfiguration.transitEncryption"),
    },
  },
  {
    rule: "ecs-image-by-digest",
    valid: [task],
    breaks: {
      "an image is named by tag": set(`${second}.image`, "shop:1.2.3"),
      "an image has no tag": set(`${first}.image`, "shop"),
      "the digest is cut": set(`${first}.image`, "shop@sha256:aaaa"),
    },
  },
  {
    rule: "ecs-no-public-ip",
    valid: [
      resource(types.SERVICE, "service", { networkConfiguration: { assignPublicIp: false } }),
      resource(types.EVENT_TARGET, "event", { ecsTarget: { networkConfiguration: { subnets: [] } } }),
      resource(types.SCHEDULE, "schedule", {
        target: { ecsParameters: { networkConfiguration: { subnets: [] } } },
      }),
    ],
    breaks: {
      "a service is public": set("service.networkConfiguration.assignPublicIp", true),
      "an event starts a public task": set("event.ecsTarget.networkConfiguration.assignPublicIp", true),
      "a schedule starts a public task": set(
        "schedule.target.ecsParameters.networkConfiguration.assignPublicIp",
        true,
      ),
    },
  },
  {
    rule: "ecs-latest-platform",
    valid: [resource(types.SERVICE, "service", { platformVersion: "LATEST" })],
    breaks: { "the platform is old": set("service.platformVersion", "1.3.0") },
    alsoValid: {
      "the newest number": set("service.platformVersion", "1.4.0"),
      none: unset("service.platformVersion"),
    },
  },
  {
    rule: "ecs-container-insights",
    valid: [
      resource(types.CLUSTER, "cluster", { settings: [{ name: "containerInsights", value: "enabled" }] }),
    ],
    breaks: {
      "insights are off": set("cluster.settings.0.value", "disabled"),
      "nothing is said of insights": unset("cluster.settings"),
    },
    alsoValid: { "insights are enhanced": set("cluster.settings.0.value", "enhanced") },
  },
  {
    rule: "ecs-exec-off-or-logged",
    valid: [
      resource(types.CLUSTER, "cluster", {
        configuration: { executeCommandConfiguration: { logging: "DEFAULT" } },
      }),
      resource(types.SERVICE, "service", { cluster: "cluster", enableExecuteCommand: true }),
    ],
    breaks: {
      "sessions are logged nowhere": set("cluster.configuration.executeCommandConfiguration.logging", "NONE"),
      "sessions go to a place that is not named": set(
        "cluster.configuration.executeCommandConfiguration.logging",
        "OVERRIDE",
      ),
      "the cluster says nothing of sessions": unset("cluster.configuration"),
    },
    alsoValid: {
      "no shell is let in": (all) =>
        set("service.enableExecuteCommand", false)(unset("cluster.configuration")(all)),
    },
  },
  {
    rule: "ecs-termination-protection",
    valid: [
      resource(types.CAPACITY_PROVIDER, "provider", {
        autoScalingGroupProvider: { managedTerminationProtection: "ENABLED" },
      }),
    ],
    breaks: {
      "instances at work are ended": set(
        "provider.autoScalingGroupProvider.managedTerminationProtection",
        "DISABLED",
      ),
      "nothing is said of protection": unset(
        "provider.autoScalingGroupProvider.managedTerminationProtection",
      ),
    },
    alsoValid: { "it has no group": unset("provider.autoScalingGroupProvider") },
  },
];
