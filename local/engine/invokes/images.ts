/** Data sources that find machine images: AWS's public parameters and getAmi. */
import { hex } from "../identity";
import type { DataSource } from "./data-source";

/** An image that no account has, the same for the same question. */
function imageId(question: string): string {
  return `ami-${hex(question, 17)}`;
}

/**
 * Public parameters of AWS: for the ECS-optimised images, `…/recommended` holds JSON and `…/recommended/image_id` the id.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/retrieve-ecs-optimized_AMI.html
 */
const getParameter: DataSource = (args, { region }) => {
  const name = typeof args.name === "string" ? args.name : "";
  if (!/^\/aws\/service\/.*\/recommended(\/image_id)?$|^\/aws\/service\/ami-/.test(name)) {
    throw new Error(
      `The local engine knows no SSM parameter "${name}", only the machine images under /aws/service/; ` +
        "take the value from the stack's settings, or declare the parameter in the program.",
    );
  }
  const id = imageId(`${region} ${name.replace(/\/image_id$/, "")}`);
  const value = name.endsWith("/recommended")
    ? JSON.stringify({ image_id: id, image_name: `local-${id}`, os: "Amazon Linux 2023", schema_version: 1 })
    : id;
  return {
    id: name,
    name,
    arn: `arn:aws:ssm:${region}::parameter${name}`,
    region,
    type: "String",
    value,
    insecureValue: value,
    version: 1,
    withDecryption: true,
  };
};

const getAmi: DataSource = (args, { region, accountId }) => {
  const id = imageId(`${region} ${JSON.stringify(args)}`);
  return {
    ...args,
    id,
    imageId: id,
    region,
    arn: `arn:aws:ec2:${region}::image/${id}`,
    architecture: "x86_64",
    name: `local-${id}`,
    ownerId: accountId,
    rootDeviceName: "/dev/xvda",
    state: "available",
  };
};

/** By token. */
export const images: Readonly<Record<string, DataSource>> = {
  "aws:ssm/getParameter:getParameter": getParameter,
  "aws:ec2/getAmi:getAmi": getAmi,
};
