/** What AWS IAM and AWS KMS answer when their resources are created. */
import { hex, iamUniqueId, uuid } from "../identity";
import { arn, CREATED_AT, globalArn, type ModelTable, named, type Subject, text } from "./model";

function path(subject: Subject): string {
  return text(subject, "path") === "" ? "/" : text(subject, "path");
}

export const iam: ModelTable = {
  "aws:iam/role:Role": {
    autoname: named(64),
    computed: (role) => ({
      id: text(role, "name"),
      arn: globalArn(role, "iam", `role${path(role)}${text(role, "name")}`),
      createDate: CREATED_AT,
      maxSessionDuration: 3600,
      path: "/",
      uniqueId: iamUniqueId("AROA", role.urn),
    }),
  },
  "aws:iam/policy:Policy": {
    autoname: named(128),
    computed: (policy) => {
      const policyArn = globalArn(policy, "iam", `policy${path(policy)}${text(policy, "name")}`);
      return {
        id: policyArn,
        arn: policyArn,
        attachmentCount: 0,
        path: "/",
        policyId: iamUniqueId("ANPA", policy.urn),
      };
    },
  },
  "aws:iam/rolePolicy:RolePolicy": {
    autoname: named(128),
    computed: (policy) => ({ id: `${text(policy, "role")}:${text(policy, "name")}` }),
  },
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": {
    computed: (attachment) => ({ id: `${text(attachment, "role")}/${text(attachment, "policyArn")}` }),
  },
  "aws:iam/instanceProfile:InstanceProfile": {
    autoname: named(128),
    computed: (profile) => ({
      id: text(profile, "name"),
      arn: globalArn(profile, "iam", `instance-profile${path(profile)}${text(profile, "name")}`),
      createDate: CREATED_AT,
      path: "/",
      uniqueId: iamUniqueId("AIPA", profile.urn),
    }),
  },
  "aws:iam/openIdConnectProvider:OpenIdConnectProvider": {
    computed: (provider) => {
      const providerArn = globalArn(
        provider,
        "iam",
        `oidc-provider/${text(provider, "url").replace(/^https:\/\//, "")}`,
      );
      return { id: providerArn, arn: providerArn, thumbprintLists: [] };
    },
  },
};

export const kms: ModelTable = {
  "aws:kms/key:Key": {
    computed: (key) => {
      const keyId = uuid(key.urn);
      return {
        id: keyId,
        keyId,
        arn: arn(key, "kms", `key/${keyId}`),
        customerMasterKeySpec: "SYMMETRIC_DEFAULT",
        keyUsage: "ENCRYPT_DECRYPT",
        multiRegion: false,
        policy: "",
        rotationPeriodInDays: 365,
      };
    },
  },
  "aws:kms/alias:Alias": {
    computed: (alias) => {
      // The provider puts alias/ before a name of its own making.
      const name =
        text(alias, "name") === "" ? `alias/${alias.name}-${hex(alias.urn, 7)}` : text(alias, "name");
      const target = text(alias, "targetKeyId");
      return {
        id: name,
        name,
        arn: arn(alias, "kms", name),
        targetKeyArn: target.startsWith("arn:") ? target : arn(alias, "kms", `key/${target}`),
      };
    },
  },
  "aws:kms/keyPolicy:KeyPolicy": { computed: (policy) => ({ id: text(policy, "keyId") }) },
};
