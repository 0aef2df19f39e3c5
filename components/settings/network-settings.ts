/** What a stack file says of the network: one of its own, or one that exists. */
import { z } from "zod";

/**
 * How workers reach AWS. Monthly prices are those of eu-west-1 for the hours alone; NAT adds $0.048 a GB, an endpoint
 * $0.011: https://aws.amazon.com/vpc/pricing/ and https://aws.amazon.com/privatelink/pricing/
 */
export const NAT_GATEWAYS = {
  /** No way out but interface endpoints: about $8 a month for each and zone; 6 in 2 zones are $96, with ec2 9 are $144. */
  none: "None",
  /** One for all zones: about $35 a month; losing its zone stops every worker. */
  single: "Single",
  /** About $35 a month for each zone. */
  "one-per-zone": "OnePerAz",
} as const;

const created = z.strictObject(
  {
    cidrBlock: z.cidrv4({ error: 'an IPv4 block, such as "10.20.0.0/16"' }),
    /** Availability zones. */
    zones: z
      .int({ error: "2 to 4 zones" })
      .min(2, { error: "2 to 4 zones" })
      .max(4, { error: "2 to 4 zones" }),
    natGateways: z.enum(["none", "single", "one-per-zone"], { error: '"none", "single" or "one-per-zone"' }),
    /** Services beside those of the blueprint that functions call through endpoints, where natGateways is none: "sqs", "dynamodb". */
    endpointServices: z
      .array(z.string().regex(/^[a-z0-9.-]+$/), { error: 'a list of AWS services, such as "sqs"' })
      .default([]),
  },
  { error: "cidrBlock, zones and natGateways, or vpcId and privateSubnetIds" },
);

const existing = z.strictObject(
  {
    vpcId: z.string({ error: 'a VPC, such as "vpc-0a1b2c"' }).regex(/^vpc-[0-9a-f]+$/, {
      error: 'a VPC, such as "vpc-0a1b2c"',
    }),
    /** Its subnets must reach AWS, by NAT or endpoints. */
    privateSubnetIds: z
      .array(z.string().regex(/^subnet-[0-9a-f]+$/, { error: 'a subnet, such as "subnet-0a1b2c"' }), {
        error: "a list of two private subnets or more, in different zones",
      })
      .min(2, { error: "a list of two private subnets or more, in different zones" }),
  },
  { error: "vpcId and privateSubnetIds" },
);

export type CreatedNetwork = z.infer<typeof created>;
export type ExistingNetwork = z.infer<typeof existing>;
export type NetworkSettings = CreatedNetwork | ExistingNetwork;

/** The schema that fits what was written: a union would complain of both. */
export function networkSchema(found: unknown): typeof created | typeof existing {
  return typeof found === "object" && found !== null && "vpcId" in found ? existing : created;
}
