/** Data sources about the account, its region and zones. */
import type { DataSource } from "./data-source";

/** Zones of a region, by letter; three, as awsx takes by default and most regions have. */
const ZONE_LETTERS = ["a", "b", "c"];

/** Names of the availability zones of a region. */
export function availabilityZones(region: string): readonly string[] {
  return ZONE_LETTERS.map((letter) => `${region}${letter}`);
}

const getCallerIdentity: DataSource = (_args, { accountId }) => ({
  id: accountId,
  accountId,
  arn: `arn:aws:iam::${accountId}:user/local`,
  userId: "AIDALOCALLOCALLOCAL00",
});

const getRegion: DataSource = (_args, { region }) => ({
  id: region,
  name: region,
  region,
  description: region,
  endpoint: `ec2.${region}.amazonaws.com`,
});

const getPartition: DataSource = () => ({
  id: "aws",
  partition: "aws",
  dnsSuffix: "amazonaws.com",
  reverseDnsPrefix: "com.amazonaws",
});

const getAvailabilityZones: DataSource = (args, { region }) => ({
  ...args,
  id: region,
  region,
  names: [...availabilityZones(region)],
  zoneIds: ZONE_LETTERS.map((_letter, index) => `${region}-az${String(index + 1)}`),
  groupNames: [region],
});

/** By token. */
export const account: Readonly<Record<string, DataSource>> = {
  "aws:index/getCallerIdentity:getCallerIdentity": getCallerIdentity,
  "aws:index/getRegion:getRegion": getRegion,
  "aws:index/getPartition:getPartition": getPartition,
  "aws:index/getAvailabilityZones:getAvailabilityZones": getAvailabilityZones,
};
