/** Gives a graph's assets and archives the form in which Pulumi's engine sends them to a policy pack. */
import type { Json } from "../graph";

// The signatures of https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/sig/sig.go
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const ASSET = "c44067f5952c0a294b673a41bacd8c17";
const ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7";

type JsonObject = { [key: string]: Json };

/** Leaves everything else as it is. */
export function withAssets(value: Json): Json {
  if (Array.isArray(value)) return value.map(withAssets);
  if (typeof value !== "object" || value === null) return value;
  return (
    asset(value) ??
    Object.fromEntries(Object.entries(value).map(([key, inner]): [string, Json] => [key, withAssets(inner)]))
  );
}

function asset({ kind, ...rest }: JsonObject): JsonObject | null {
  const [key, value] = Object.entries(rest)[0] ?? [];
  if (key === undefined || value === undefined || Object.keys(rest).length !== 1) return null;
  // The SDK refuses an asset whose text is empty.
  if (kind === "text" && key === "text") return { [SIGNATURE]: ASSET, text: value === "" ? " " : value };
  if (kind === "file" && key === "path") return { [SIGNATURE]: ASSET, path: value };
  if (kind === "remote" && key === "uri") return { [SIGNATURE]: ASSET, uri: value };
  if (kind === "archive" && ["assets", "path", "uri"].includes(key)) {
    return { [SIGNATURE]: ARCHIVE, [key]: withAssets(value) };
  }
  return null;
}
