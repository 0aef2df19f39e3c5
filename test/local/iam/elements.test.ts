/** What the elements of a policy mean: each row says a sentence of the documentation page that it names. */
import {
  ACCOUNT,
  allow,
  ask,
  deny,
  document,
  ROLE,
  SESSION,
  USER,
  type Asked,
  type Documents,
  type Verdict,
} from "./ask";

/** Under https://docs.aws.amazon.com/IAM/latest/UserGuide/. */
type Row = readonly [page: string, sentence: string, documents: Documents, asked: Asked, verdict: Verdict];

const OBJECT = "arn:aws:s3:::data/tiles/1.png";
const LAMBDA = `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:split`;

// prettier-ignore
const rows: readonly Row[] = [
  // Action and NotAction
  ["reference_policies_elements_action.html", "an action is allowed by its name", { identity: allow({ Action: "s3:GetObject" }) }, {}, "yes"],
  ["reference_policies_elements_action.html", "another action of the same service is not", { identity: allow({ Action: "s3:PutObject" }) }, {}, "no by identity"],
  ["reference_policies_elements_action.html", "prefix and name of an action are not case sensitive", { identity: allow({ Action: "S3:getobject" }) }, {}, "yes"],
  ["reference_policies_elements_action.html", "several actions are a list, of which one must match", { identity: allow({ Action: ["s3:PutObject", "s3:GetObject"] }) }, {}, "yes"],
  ["reference_policies_elements_action.html", "* stands for any characters, none included", { identity: allow({ Action: "s3:Get*" }) }, {}, "yes"],
  ["reference_policies_elements_action.html", "* may stand in the middle of a name", { identity: allow({ Action: "s3:*Object" }) }, {}, "yes"],
  ["reference_policies_elements_action.html", "? stands for one character", { identity: allow({ Action: "s3:?etObject" }) }, {}, "yes"],
  ["reference_policies_elements_action.html", "? never stands for none", { identity: allow({ Action: "s3:GetObject?" }) }, {}, "no by identity"],
  ["reference_policies_elements_action.html", "all actions of one service are not those of another", { identity: allow({ Action: "sqs:*" }) }, {}, "no by identity"],
  ["reference_policies_elements_notaction.html", "NotAction matches everything except the listed actions", { identity: allow({ NotAction: "iam:*" }) }, {}, "yes"],
  ["reference_policies_elements_notaction.html", "NotAction with Allow does not allow what it lists", { identity: allow({ NotAction: ["iam:*", "s3:*"] }) }, {}, "no by identity"],
  ["reference_policies_elements_notaction.html", "NotAction with Deny denies what is not listed", { identity: [allow(), deny({ NotAction: "sqs:*" })] }, {}, "denied by identity"],

  // Resource and NotResource
  ["reference_policies_elements_resource.html", "a resource is allowed by its ARN", { identity: allow({ Resource: OBJECT }) }, {}, "yes"],
  ["reference_policies_elements_resource.html", "another resource is not", { identity: allow({ Resource: "arn:aws:s3:::data/tiles/2.png" }) }, {}, "no by identity"],
  ["reference_policies_elements_resource.html", "* in an ARN stands for any characters, slashes included", { identity: allow({ Resource: "arn:aws:s3:::data/*" }) }, {}, "yes"],
  ["reference_policies_elements_resource.html", "the objects of a bucket are not the bucket", { identity: allow({ Resource: "arn:aws:s3:::data" }) }, {}, "no by identity"],
  ["reference_policies_elements_resource.html", "? in an ARN stands for one character", { identity: allow({ Resource: "arn:aws:s3:::data/tiles/?.png" }) }, {}, "yes"],
  ["reference_policies_elements_resource.html", "ARNs are case sensitive", { identity: allow({ Resource: "arn:aws:s3:::data/Tiles/1.png" }) }, {}, "no by identity"],
  ["reference_policies_elements_resource.html", "several resources are a list, of which one must match", { identity: allow({ Resource: ["arn:aws:s3:::other/*", "arn:aws:s3:::data/*"] }) }, {}, "yes"],
  ["reference_policies_elements_notresource.html", "NotResource matches everything except the listed resources", { identity: allow({ NotResource: "arn:aws:s3:::other/*" }) }, {}, "yes"],
  ["reference_policies_elements_notresource.html", "NotResource with Deny spares what it lists", { identity: [allow(), deny({ NotResource: "arn:aws:s3:::data/*" })] }, {}, "yes"],
  ["reference_policies_elements_notresource.html", "NotResource with Deny denies all that it does not list", { identity: [allow(), deny({ NotResource: "arn:aws:s3:::other/*" })] }, {}, "denied by identity"],

  // Effect
  ["reference_policies_elements_effect.html", "by default access is denied", { identity: allow({ Action: "sqs:SendMessage" }) }, {}, "no by identity"],
  ["reference_policies_elements_effect.html", "a Deny overrides every Allow", { identity: [allow(), deny({ Action: "s3:GetObject" })] }, {}, "denied by identity"],
  ["reference_policies_evaluation-logic_AccessPolicyLanguage_Interplay.html", "the order of statements does not matter", { identity: [deny({ Action: "s3:GetObject" }), allow()] }, {}, "denied by identity"],

  // Principal and NotPrincipal
  ["reference_policies_elements_principal.html", "a role's ARN stands for all of its sessions", { resource: allow({ Principal: { AWS: ROLE } }) }, {}, "yes"],
  ["reference_policies_elements_principal.html", "a session's ARN stands for that session", { resource: allow({ Principal: { AWS: SESSION } }) }, {}, "yes"],
  ["reference_policies_elements_principal.html", "another session's ARN does not", { resource: allow({ Principal: { AWS: `${SESSION}2` } }) }, {}, "no by identity"],
  ["reference_policies_elements_principal.html", "* stands for everybody", { resource: allow({ Principal: "*" }) }, {}, "yes"],
  ["reference_policies_elements_principal.html", '{ "AWS": "*" } is the same as *', { resource: allow({ Principal: { AWS: "*" } }) }, {}, "yes"],
  ["reference_policies_elements_principal.html", "an account delegates: its identities need policies of their own", { resource: allow({ Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` } }) }, {}, "no by identity"],
  ["reference_policies_elements_principal.html", "the number of an account is short for its ARN", { identity: allow({ Action: "sqs:*" }), resource: deny({ Principal: { AWS: ACCOUNT } }) }, {}, "denied by resource"],
  ["reference_policies_elements_principal.html", "a service is named by its service principal", { resource: allow({ Principal: { Service: "scheduler.amazonaws.com" } }) }, { caller: { arn: "scheduler.amazonaws.com" } }, "yes"],
  ["reference_policies_elements_principal.html", "one service is not another", { resource: allow({ Principal: { Service: "events.amazonaws.com" } }) }, { caller: { arn: "scheduler.amazonaws.com" } }, "no by resource"],
  ["reference_policies_elements_principal.html", "several principals are a list, of which one must match", { resource: allow({ Principal: { AWS: [USER, ROLE] } }) }, {}, "yes"],
  ["reference_policies_elements_principal.html", "no wildcard matches a part of a principal's name", { resource: allow({ Principal: { AWS: `arn:aws:iam::${ACCOUNT}:role/*` } }) }, {}, "no by identity"],
  ["reference_policies_elements_notprincipal.html", "Deny with NotPrincipal denies who is not listed", { identity: allow(), resource: deny({ NotPrincipal: { AWS: [USER, ACCOUNT] } }) }, {}, "denied by resource"],
  ["reference_policies_elements_notprincipal.html", "it spares a session of which session, role and account are listed", { identity: allow(), resource: deny({ NotPrincipal: { AWS: [SESSION, ROLE, ACCOUNT] } }) }, {}, "yes"],
  ["reference_policies_elements_notprincipal.html", "it denies a session of which the role alone is listed", { identity: allow(), resource: deny({ NotPrincipal: { AWS: [ROLE] } }) }, {}, "denied by resource"],

  // Variables
  ["reference_policies_variables.html", "a variable in a resource is replaced by its value", { identity: allow({ Resource: "arn:aws:s3:::data/${aws:PrincipalTag/team}/*" }) }, { context: { "aws:PrincipalTag/team": "tiles" } }, "yes"],
  ["reference_policies_variables.html", "names of variables are not case sensitive", { identity: allow({ Resource: "arn:aws:s3:::data/${AWS:principaltag/Team}/*" }) }, { context: { "aws:PrincipalTag/team": "tiles" } }, "yes"],
  ["reference_policies_variables.html", "a variable without a value makes the statement void", { identity: allow({ Resource: ["*", "arn:aws:s3:::${aws:username}"] }) }, {}, "no by identity"],
  ["reference_policies_variables.html", "a variable may have a default value", { identity: allow({ Resource: "arn:aws:s3:::data/${aws:PrincipalTag/team, 'tiles'}/*" }) }, {}, "yes"],
  ["reference_policies_variables.html", "${*} is an asterisk and not a wildcard", { identity: allow({ Resource: "arn:aws:s3:::data/${*}" }) }, {}, "no by identity"],
  ["reference_policies_variables.html", "${?} and ${$} are a question mark and a dollar sign", { identity: allow({ Resource: "arn:aws:s3:::data/${$}${?}" }) }, { resource: "arn:aws:s3:::data/$?" }, "yes"],
  ["reference_policies_variables.html", "a wildcard in a value is no wildcard", { identity: allow({ Resource: "arn:aws:s3:::data/${aws:username}" }) }, { context: { "aws:username": "*" } }, "no by identity"],
  ["reference_policies_elements_version.html", "documents of 2008 have no variables: ${...} is a literal there", { identity: document(allow({ Resource: "arn:aws:s3:::data/${aws:username}" }), "2008-10-17") }, { context: { "aws:username": "ann" }, resource: "arn:aws:s3:::data/ann" }, "no by identity"],
  ["reference_policies_elements_version.html", "a document without a Version is one of 2008", { identity: { Statement: allow({ Resource: "arn:aws:s3:::data/${aws:username}" }) } }, { context: { "aws:username": "ann" }, resource: "arn:aws:s3:::data/${aws:username}" }, "yes"],

  // Evaluation within one account, across accounts, boundaries, sessions
  ["reference_policies_evaluation-logic_policy-eval-basics-single-account.html", "within an account, identity and resource policies add up", { identity: allow({ Action: "sqs:*" }), resource: allow({ Principal: { AWS: ROLE }, Action: "s3:GetObject" }) }, {}, "yes"],
  ["reference_policies_evaluation-logic.html", "a denial in the resource's policy wins over the identity's", { identity: allow(), resource: deny({ Principal: "*" }) }, {}, "denied by resource"],
  ["access_policies_boundaries.html", "a boundary limits what the identity's policies allow", { identity: allow(), boundary: allow({ Action: "sqs:*" }) }, {}, "no by boundary"],
  ["access_policies_boundaries.html", "a boundary alone allows nothing", { identity: allow({ Action: "sqs:*" }), boundary: allow() }, {}, "no by identity"],
  ["access_policies_boundaries.html", "what both allow is allowed", { identity: allow({ Action: "s3:*" }), boundary: allow({ Action: "s3:Get*" }) }, {}, "yes"],
  ["access_policies_boundaries.html", "a denial in a boundary is one", { identity: allow(), boundary: [allow(), deny({ Action: "s3:*" })] }, {}, "denied by boundary"],
  ["reference_policies_evaluation-logic_policy-eval-basics-single-account.html", "a resource policy that names the role is limited by the boundary", { resource: allow({ Principal: { AWS: ROLE } }), boundary: allow({ Action: "sqs:*" }) }, {}, "no by boundary"],
  ["reference_policies_evaluation-logic_policy-eval-basics-single-account.html", "one that names the session is not", { resource: allow({ Principal: { AWS: SESSION } }), boundary: allow({ Action: "sqs:*" }) }, {}, "yes"],
  ["reference_policies_evaluation-logic_policy-eval-basics-single-account.html", "one that names a user is not", { resource: allow({ Principal: { AWS: USER } }), boundary: allow({ Action: "sqs:*" }) }, { caller: { arn: USER } }, "yes"],
  ["access_policies.html#policies_session", "a session policy limits what the role allows", { identity: allow(), session: allow({ Resource: "arn:aws:s3:::data/out/*" }) }, {}, "no by session"],
  ["access_policies.html#policies_session", "a session policy grants nothing itself", { identity: allow({ Action: "sqs:*" }), session: allow() }, {}, "no by identity"],
  ["access_policies.html#policies_session", "what role and session allow is allowed", { identity: allow(), session: allow({ Action: "s3:GetObject" }) }, {}, "yes"],
  ["access_policies.html#policies_session", "a resource policy that names the session adds to what a session policy leaves", { identity: allow(), session: allow({ Action: "sqs:*" }), resource: allow({ Principal: { AWS: SESSION } }) }, {}, "yes"],
  ["reference_policies_evaluation-logic-cross-account.html", "a foreign resource needs a yes from its own policy", { identity: allow() }, { resourceAccount: "999999999999" }, "no by resource"],
  ["reference_policies_evaluation-logic-cross-account.html", "and from the identity's", { resource: allow({ Principal: { AWS: ROLE } }) }, { resourceAccount: "999999999999" }, "no by identity"],
  ["reference_policies_evaluation-logic-cross-account.html", "what both allow is allowed across accounts", { identity: allow(), resource: allow({ Principal: { AWS: ROLE } }) }, { resourceAccount: "999999999999" }, "yes"],

  // Trust
  ["id_roles_create_for-service.html", "a service takes on a role that trusts it", { trust: { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" } }, { caller: { arn: "lambda.amazonaws.com" }, action: "sts:AssumeRole", resource: ROLE }, "yes"],
  ["id_roles_create_for-service.html", "a service does not take on a role that trusts another", { trust: { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" } }, { caller: { arn: "ecs-tasks.amazonaws.com" }, action: "sts:AssumeRole", resource: ROLE }, "no by resource"],
  ["confused-deputy.html", "aws:SourceAccount keeps a service from acting for others", { trust: { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole", Condition: { StringEquals: { "aws:SourceAccount": ACCOUNT } } } }, { caller: { arn: "lambda.amazonaws.com" }, action: "sts:AssumeRole", resource: ROLE, context: { "aws:SourceAccount": "999999999999" } }, "no by resource"],
  ["confused-deputy.html", "aws:SourceArn may name all resources of a kind", { trust: { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole", Condition: { ArnLike: { "aws:SourceArn": `arn:aws:lambda:*:${ACCOUNT}:function:*` } } } }, { caller: { arn: "lambda.amazonaws.com" }, action: "sts:AssumeRole", resource: ROLE, context: { "aws:SourceArn": LAMBDA } }, "yes"],
  ["reference_policies_evaluation-logic_policy-eval-basics-single-account.html", "a role's trust policy must agree, whatever the caller's own policies allow", { identity: allow(), trust: { Effect: "Allow", Principal: { AWS: USER }, Action: "sts:AssumeRole" } }, { action: "sts:AssumeRole", resource: ROLE }, "no by resource"],
  ["id_roles_terms-and-concepts.html", "a trusted account leaves it to the caller's own policies", { trust: { Effect: "Allow", Principal: { AWS: ACCOUNT }, Action: "sts:AssumeRole" } }, { caller: { arn: USER }, action: "sts:AssumeRole", resource: ROLE }, "no by identity"],
];

test.each(rows)("%s: %s", (_page, _sentence, documents, asked, verdict) => {
  expect(ask(documents, asked)).toBe(verdict);
});
