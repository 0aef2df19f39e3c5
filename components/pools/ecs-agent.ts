/** What an instance is told when it starts: the settings of its ECS agent. */

export interface AgentSettings {
  readonly cluster: string;
  readonly gpu: boolean;
  /** The instance may be started to wait in a warm pool. */
  readonly warm: boolean;
}

/**
 * User data that writes the agent's settings; plain text.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-agent-config.html
 */
export function agentUserData({ cluster, gpu, warm }: AgentSettings): string {
  const settings = [
    `ECS_CLUSTER=${cluster}`,
    "ECS_AWSVPC_BLOCK_IMDS=true",
    "ECS_ENABLE_SPOT_INSTANCE_DRAINING=true",
    ...(gpu ? ["ECS_ENABLE_GPU_SUPPORT=true"] : []),
    // Not to join the cluster while it waits: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using-warm-pool.html
    ...(warm ? ["ECS_WARM_POOLS_CHECK=true"] : []),
  ];
  return `#!/bin/sh\ncat >> /etc/ecs/ecs.config <<'SETTINGS'\n${settings.join("\n")}\nSETTINGS\n`;
}
