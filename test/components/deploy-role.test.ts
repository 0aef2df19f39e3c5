/** The deploy role against every type of resource that a stack has: what it takes to make each and to take it away. */
import { deployStack } from "../../components/iam/deploy/deploy";
import { policyDocument } from "../../components/iam/document";
import { expand } from "../../policies/iam/actions";
import { runProgram } from "../../local/engine/run";
import type { Graph } from "../../local/graph";
import { projectOf, REPOSITORY } from "./stacks";
import { rmSync } from "node:fs";

/** IAM's limit for the inline policies of a role together: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const INLINE_CHARACTERS = 10_240;

/**
 * What the AWS provider calls, by the type of the resource; null where another resource's calls do it. A type that is not
 * here fails the test: say what it takes.
 */
const CALLS: Readonly<Record<string, readonly string[] | null>> = {
  "aws:autoscaling/group:Group": ["autoscaling:CreateAutoScalingGroup", "autoscaling:DeleteAutoScalingGroup"],
  "aws:budgets/budget:Budget": ["budgets:ModifyBudget", "budgets:ViewBudget"],
  "aws:cloudwatch/dashboard:Dashboard": ["cloudwatch:PutDashboard", "cloudwatch:DeleteDashboards"],
  "aws:cloudwatch/logGroup:LogGroup": [
    "logs:CreateLogGroup",
    "logs:DeleteLogGroup",
    "logs:PutRetentionPolicy",
  ],
  "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter": [
    "logs:PutSubscriptionFilter",
    "logs:DescribeSubscriptionFilters",
    "logs:DeleteSubscriptionFilter",
  ],
  "aws:cloudwatch/metricAlarm:MetricAlarm": ["cloudwatch:PutMetricAlarm", "cloudwatch:DeleteAlarms"],
  "aws:cloudwatch/queryDefinition:QueryDefinition": ["logs:PutQueryDefinition", "logs:DeleteQueryDefinition"],
  "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": ["ec2:RevokeSecurityGroupIngress"],
  "aws:ec2/eip:Eip": ["ec2:AllocateAddress", "ec2:ReleaseAddress"],
  "aws:ec2/flowLog:FlowLog": ["ec2:CreateFlowLogs", "ec2:DeleteFlowLogs"],
  "aws:ec2/internetGateway:InternetGateway": ["ec2:CreateInternetGateway", "ec2:DetachInternetGateway"],
  "aws:ec2/launchTemplate:LaunchTemplate": ["ec2:CreateLaunchTemplate", "ec2:DeleteLaunchTemplate"],
  "aws:ec2/natGateway:NatGateway": ["ec2:CreateNatGateway", "ec2:DeleteNatGateway"],
  "aws:ec2/route:Route": ["ec2:CreateRoute", "ec2:DeleteRoute"],
  "aws:ec2/routeTable:RouteTable": ["ec2:CreateRouteTable", "ec2:DeleteRouteTable"],
  "aws:ec2/routeTableAssociation:RouteTableAssociation": ["ec2:AssociateRouteTable"],
  "aws:ec2/securityGroup:SecurityGroup": ["ec2:CreateSecurityGroup", "ec2:DeleteSecurityGroup"],
  "aws:ec2/subnet:Subnet": ["ec2:CreateSubnet", "ec2:DeleteSubnet"],
  "aws:ec2/vpc:Vpc": ["ec2:CreateVpc", "ec2:DeleteVpc"],
  "aws:ec2/vpcEndpoint:VpcEndpoint": ["ec2:CreateVpcEndpoint", "ec2:DeleteVpcEndpoints"],
  "aws:ecr/lifecyclePolicy:LifecyclePolicy": ["ecr:PutLifecyclePolicy", "ecr:DeleteLifecyclePolicy"],
  "aws:ecr/repository:Repository": ["ecr:CreateRepository", "ecr:DeleteRepository"],
  "aws:ecr/repositoryPolicy:RepositoryPolicy": ["ecr:SetRepositoryPolicy", "ecr:DeleteRepositoryPolicy"],
  "aws:ecs/capacityProvider:CapacityProvider": ["ecs:CreateCapacityProvider", "ecs:DeleteCapacityProvider"],
  "aws:ecs/cluster:Cluster": ["ecs:CreateCluster", "ecs:DeleteCluster"],
  "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": ["ecs:PutClusterCapacityProviders"],
  "aws:ecs/service:Service": ["ecs:CreateService", "ecs:UpdateService", "ecs:DeleteService"],
  "aws:ecs/taskDefinition:TaskDefinition": ["ecs:RegisterTaskDefinition", "ecs:DeregisterTaskDefinition"],
  "aws:iam/instanceProfile:InstanceProfile": ["iam:CreateInstanceProfile", "iam:AddRoleToInstanceProfile"],
  "aws:iam/role:Role": ["iam:CreateRole", "iam:DeleteRole", "iam:PassRole"],
  "aws:iam/rolePolicy:RolePolicy": ["iam:PutRolePolicy", "iam:DeleteRolePolicy"],
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": ["iam:AttachRolePolicy", "iam:DetachRolePolicy"],
  "aws:kms/key:Key": ["kms:CreateKey", "kms:ScheduleKeyDeletion", "kms:PutKeyPolicy"],
  "aws:lambda/function:Function": ["lambda:CreateFunction", "lambda:DeleteFunction"],
  "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": ["lambda:PutFunctionEventInvokeConfig"],
  "aws:lambda/permission:Permission": ["lambda:AddPermission", "lambda:GetPolicy", "lambda:RemovePermission"],
  "aws:s3/bucket:Bucket": ["s3:CreateBucket", "s3:DeleteBucket"],
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": ["s3:PutLifecycleConfiguration"],
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": ["s3:PutBucketOwnershipControls"],
  "aws:s3/bucketPolicy:BucketPolicy": ["s3:PutBucketPolicy", "s3:DeleteBucketPolicy"],
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": ["s3:PutBucketPublicAccessBlock"],
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": [
    "s3:PutEncryptionConfiguration",
  ],
  "aws:s3/bucketVersioning:BucketVersioning": ["s3:PutBucketVersioning"],
  "aws:scheduler/schedule:Schedule": ["scheduler:CreateSchedule", "scheduler:DeleteSchedule"],
  "aws:sfn/activity:Activity": ["states:CreateActivity", "states:DeleteActivity"],
  "aws:sfn/alias:Alias": ["states:CreateStateMachineAlias", "states:DeleteStateMachineAlias"],
  "aws:sfn/stateMachine:StateMachine": ["states:CreateStateMachine", "states:PublishStateMachineVersion"],
  "aws:sns/topic:Topic": ["sns:CreateTopic", "sns:DeleteTopic"],
  "aws:sns/topicPolicy:TopicPolicy": ["sns:SetTopicAttributes"],
  "aws:sns/topicSubscription:TopicSubscription": ["sns:Subscribe", "sns:Unsubscribe"],
  "aws:sqs/queue:Queue": ["sqs:CreateQueue", "sqs:DeleteQueue"],
  "aws:sqs/queuePolicy:QueuePolicy": ["sqs:SetQueueAttributes"],
  "aws:ssm/parameter:Parameter": [
    "ssm:PutParameter",
    "ssm:GetParameter",
    "ssm:DeleteParameter",
    "ssm:DescribeParameters",
    "ssm:AddTagsToResource",
    "ssm:ListTagsForResource",
  ],
  "docker-build:index:Image": ["ecr:PutImage", "ecr:UploadLayerPart", "ecr:GetAuthorizationToken"],
};

const statementsOf = (prefix: string) =>
  deployStack({
    accountId: "123456789012",
    region: "eu-west-1",
    prefix,
    permissionsBoundaryArn: "arn:aws:iam::123456789012:policy/boundary",
  });
const statements = statementsOf("loveless-prod");

/** Types of resources that are really made, of prod and of a stack with what prod has not. */
async function types(): Promise<readonly string[]> {
  const project = projectOf({
    dev: (config) => {
      Object.assign(config, { "loveless:autoscaler": { fastSignal: true } });
      Object.assign(config["loveless:functions"]?.["detect"] ?? {}, { placement: "managed-instances" });
    },
  });
  try {
    const run = (projectDirectory: string, stack: string): Promise<Graph> =>
      runProgram({ projectDirectory, stack, mode: "up" });
    const graphs = [await run(project, "dev"), await run(REPOSITORY, "prod")];
    const all = graphs.flatMap(({ resources }) => resources.map(({ type }) => type));
    return [...new Set(all)].filter((type) => /^(aws|docker-build):/.test(type)).sort();
  } finally {
    rmSync(project, { recursive: true, force: true });
  }
}

test("the deploy role may make and take away every type of resource that a stack has", async () => {
  const allowed = new Set(statements.flatMap(({ Action }) => Action).flatMap((action) => expand(action)));
  const missing = (await types()).flatMap((type) => {
    const calls = CALLS[type];
    if (calls === undefined) return [`${type}: say in CALLS what it takes`];
    return (calls ?? []).filter((action) => !allowed.has(action)).map((action) => `${type}: ${action}`);
  });
  expect(missing).toEqual([]);
}, 60_000);

test("its document fits a role's inline policies, however long the names are, and names only actions that exist", () => {
  // With a function of six characters project and stack have 26, the dash between them included.
  const text = JSON.stringify(policyDocument(statementsOf("p".repeat(26))));
  expect(text.length).toBeLessThan(INLINE_CHARACTERS);
  for (const action of statements.flatMap(({ Action }) => Action))
    expect([action, expand(action).length > 0]).toEqual([action, true]);
});
