/** What Amazon ECS, Amazon ECR and EC2 Auto Scaling answer when its resources are created. */
import { uuid } from "../identity";
import { arn, first, type ModelTable, named, text } from "./model";

export const ecs: ModelTable = {
  "aws:ecs/cluster:Cluster": {
    autoname: named(255),
    computed: (cluster) => {
      const clusterArn = arn(cluster, "ecs", `cluster/${text(cluster, "name")}`);
      return { id: clusterArn, arn: clusterArn };
    },
  },
  "aws:ecs/service:Service": {
    autoname: named(255),
    computed: (service) => {
      const cluster = text(service, "cluster").split("/").at(-1) ?? "";
      const serviceArn = arn(
        service,
        "ecs",
        `service/${cluster === "" ? "default" : cluster}/${text(service, "name")}`,
      );
      return { id: serviceArn, arn: serviceArn, launchType: service.inputs.launchType ?? "", triggers: {} };
    },
  },
  "aws:ecs/taskDefinition:TaskDefinition": {
    computed: (definition) => {
      const family = text(definition, "family");
      const withoutRevision = arn(definition, "ecs", `task-definition/${family}`);
      return {
        id: family,
        arn: `${withoutRevision}:1`,
        arnWithoutRevision: withoutRevision,
        revision: 1,
        networkMode: "bridge",
      };
    },
  },
  "aws:ecs/capacityProvider:CapacityProvider": {
    autoname: named(255),
    computed: (provider) => {
      const providerArn = arn(provider, "ecs", `capacity-provider/${text(provider, "name")}`);
      return { id: providerArn, arn: providerArn };
    },
  },
  "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": {
    computed: (providers) => ({ id: text(providers, "clusterName") }),
  },
};

export const ecr: ModelTable = {
  "aws:ecr/repository:Repository": {
    autoname: { property: "name", maxLength: 256, lowerCase: true },
    computed: (repository) => {
      const name = text(repository, "name");
      return {
        id: name,
        arn: arn(repository, "ecr", `repository/${name}`),
        registryId: repository.accountId,
        repositoryUrl: `${repository.accountId}.dkr.ecr.${repository.region}.amazonaws.com/${name}`,
        imageTagMutability: "MUTABLE",
      };
    },
  },
  "aws:ecr/lifecyclePolicy:LifecyclePolicy": {
    computed: (policy) => ({ id: text(policy, "repository"), registryId: policy.accountId }),
  },
  "aws:ecr/repositoryPolicy:RepositoryPolicy": {
    computed: (policy) => ({ id: text(policy, "repository"), registryId: policy.accountId }),
  },
};

/** The build that awsx:ecr:Image makes; local/engine/remote/ecr.ts knows the digest. */
export const docker: ModelTable = {
  "docker-build:index:Image": { computed: ({ urn }) => ({ id: uuid(urn) }) },
};

export const autoscaling: ModelTable = {
  "aws:autoscaling/group:Group": {
    autoname: named(255),
    computed: (group) => {
      const name = text(group, "name");
      const template = first(group.inputs.launchTemplate);
      return {
        id: name,

        arn: arn(group, "autoscaling", `autoScalingGroup:${name}:autoScalingGroupName/${name}`),
        availabilityZones: [],
        defaultCooldown: 300,
        desiredCapacity: group.inputs.minSize ?? 0,
        healthCheckType: "EC2",
        launchTemplate: template,
        predictedCapacity: 0,
        serviceLinkedRoleArn: `arn:aws:iam::${group.accountId}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling`,
        vpcZoneIdentifiers: [],
        warmPoolSize: 0,
      };
    },
  },
  "aws:autoscaling/policy:Policy": {
    autoname: named(255),
    computed: (policy) => ({
      id: text(policy, "name"),
      arn: arn(policy, "autoscaling", `scalingPolicy:${text(policy, "name")}`),
    }),
  },
  "aws:autoscaling/lifecycleHook:LifecycleHook": {
    autoname: named(255),
    computed: (hook) => ({ id: text(hook, "name") }),
  },
};
