/** The answer of ListObjectsV2, from XML to what the SDK for Java makes of it. */
import type { JsonObject } from "../definition/asl";

export function readList(xml: string): JsonObject {
  const one = (name: string): string | undefined => textOf(withoutLists, name);
  const withoutLists = xml.replace(/<(Contents|CommonPrefixes)>.*?<\/\1>/gs, "");
  const contents = elements(xml, "Contents").map((entry) => ({
    Key: textOf(entry, "Key") ?? "",
    LastModified: (textOf(entry, "LastModified") ?? "").replace(".000Z", "Z"),
    ETag: textOf(entry, "ETag") ?? "",
    Size: Number(textOf(entry, "Size") ?? 0),
    StorageClass: textOf(entry, "StorageClass") ?? "STANDARD",
  }));
  const prefixes = elements(xml, "CommonPrefixes").map((entry) => ({
    Prefix: textOf(entry, "Prefix") ?? "",
  }));
  const list: JsonObject = {
    IsTruncated: one("IsTruncated") === "true",
    KeyCount: Number(one("KeyCount") ?? 0),
    MaxKeys: Number(one("MaxKeys") ?? 1000),
    Name: one("Name") ?? "",
    Prefix: one("Prefix") ?? "",
  };
  if (contents.length > 0) list["Contents"] = contents;
  if (prefixes.length > 0) list["CommonPrefixes"] = prefixes;
  for (const field of ["Delimiter", "NextContinuationToken", "ContinuationToken", "StartAfter"]) {
    const value = one(field);
    if (value !== undefined && value !== "") list[field] = value;
  }
  return list;
}

function elements(xml: string, name: string): readonly string[] {
  return [...xml.matchAll(new RegExp(`<${name}>(.*?)</${name}>`, "gs"))].map((match) => match[1] ?? "");
}

function textOf(xml: string, name: string): string | undefined {
  const text = new RegExp(`<${name}>(.*?)</${name}>`, "s").exec(xml)?.[1];
  return text?.replace(/&(lt|gt|quot|apos|amp|#x[0-9a-fA-F]+|#\d+);/g, (_, entity: string) =>
    character(entity),
  );
}

function character(entity: string): string {
  const named = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" }[entity];
  if (named !== undefined) return named;
  const code = entity.startsWith("#x") ? parseInt(entity.slice(2), 16) : Number(entity.slice(1));
  return String.fromCodePoint(code);
}
