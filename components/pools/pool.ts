/** What the pools of all placements have in common: what the autoscaler, the dashboard and the alarms know of them. */
import type * as aws from "@pulumi/aws";
import type { Profile } from "../../autoscaler/settings";
import type { PoolPlacement } from "../settings/function-entry";

export interface Pool {
  readonly name: string;
  readonly functionName: string;
  readonly placement: PoolPlacement;
  readonly service: aws.ecs.Service;
  readonly activity: aws.sfn.Activity;
  readonly slots: number;
  readonly minWorkers: number;
  readonly maxWorkers: number;
  /** What a wait is worth against a worker. */
  readonly profile: Profile;
  /** What one worker costs an hour; null where nobody has said. */
  readonly dollarsPerWorkerHour: number | null;
  readonly maxDollarsPerHour: number | null;
}
