/** Made-up identities that are the same on every run: hashes of the URN stand where AWS and Pulumi draw lots. */
import { createHash } from "node:crypto";

/** Hexadecimal digits of the SHA-256 of a text; at most 64. */
export function hex(text: string, digits: number): string {
  return createHash("sha256").update(text).digest("hex").slice(0, digits);
}

/** A UUID of a text (version 4 in form). */
export function uuid(text: string): string {
  const digits = hex(text, 32);
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `4${digits.slice(13, 16)}`,
    `a${digits.slice(17, 20)}`,
    digits.slice(20),
  ].join("-");
}

/** An EC2 identifier, as `subnet-` and 17 digits. */
export function ec2Id(prefix: string, urn: string): string {
  return `${prefix}-${hex(`${prefix} ${urn}`, 17)}`;
}

/** An IAM unique identifier, as `AROA` and 17 letters and digits. */
export function iamUniqueId(prefix: string, urn: string): string {
  return `${prefix}${hex(urn, 17).toUpperCase()}`;
}
