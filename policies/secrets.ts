/** Tells a secret by its form, or by the name that it is given; names that only point at a secret are let through. */

/** Forms that are secrets wherever they stand. */
const FORMS: readonly (readonly [RegExp, string])[] = [
  [/\b(AKIA|ASIA)[0-9A-Z]{16}\b/, "an AWS access key"],
  [/-----BEGIN ([A-Z]+ )*PRIVATE KEY-----/, "a private key"],
  [/\bgh[pousr]_[A-Za-z0-9]{36,}\b/, "a GitHub token"],
  [/\bxox[abprs]-[A-Za-z0-9-]{10,}/, "a Slack token"],
  [/\b[rs]k_live_[A-Za-z0-9]{16,}/, "a Stripe key"],
  [/\bAIza[0-9A-Za-z_-]{35}\b/, "a Google key"],
  [/\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@"'{}$]*:[^\s/:@"'{}$]+@/i, "a password within a URL"],
];

/** The last word says what a variable holds: DATABASE_PASSWORD does, PASSWORD_FILE, SECRET_ARN and TOKEN_URL do not. */
const NAME =
  /(^|[_.-]|(?<=[a-z0-9])(?=[A-Z]))(password|passwd|passphrase|pwd|secret|secrets|token|credential|credentials|api_?key|secret_?key|private_?key|access_?key|access_?key_?id|secret_?access_?key|session_?token|auth_?data)$/i;

/** Values that point at a secret, or are none: references, paths, switches, numbers, templates. */
const NO_SECRET =
  /^(arn:|\/|ssm:|ssm-secure:|secretsmanager:|\{\{resolve:|\$|https?:\/\/[^@]*$|s3:\/\/|true$|false$|yes$|no$|on$|off$|none$|null$|[\d.]+$|<.*>$|\*+$)/i;

/** Why `value` looks like a secret, or null. */
function secretIn(value: string): string | null {
  return FORMS.find(([form]) => form.test(value))?.[1] ?? null;
}

/** Why a variable looks like a secret, or null. */
export function secretVariable(name: string, value: string): string | null {
  const form = secretIn(value);
  if (form !== null) return form;
  return NAME.test(name) && value.trim() !== "" && !NO_SECRET.test(value.trim())
    ? "a secret, by its name"
    : null;
}

/** Why a script holds a secret, or null: the assignments of literals are its variables. */
export function secretInScript(script: string): string | null {
  const form = secretIn(script);
  if (form !== null) return form;
  for (const [, name = "", quoted, bare] of script.matchAll(
    /\b([A-Za-z_][A-Za-z0-9_]*)=(?:["']([^"'\n]*)["']|([^\s"';&|]*))/g,
  )) {
    if (secretVariable(name, quoted ?? bare ?? "") !== null) return `${name}, which is a secret by its name`;
  }
  return null;
}
