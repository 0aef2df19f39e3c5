/** What an instance is told when it starts: the settings of its ECS agent. */

/**
 * User data that writes the agent's settings; plain text.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-agent-config.html
 */
export function agentUserData(clusterName: string, gpu: boolean): string {
  const settings = [
    `ECS_CLUSTER=${clusterName}`,
    "ECS_AWSVPC_BLOCK_IMDS=true",
    "ECS_ENABLE_SPOT_INSTANCE_DRAINING=true",
    ...(gpu ? ["ECS_ENABLE_GPU_SUPPORT=true"] : []),
  ];
  return `#!/bin/sh\ncat >> /etc/ecs/ecs.config <<'SETTINGS'\n${settings.join("\n")}\nSETTINGS\n`;
}
