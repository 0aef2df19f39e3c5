/** The XML of S3's requests: elements and their text, without attributes that matter. */

/** What stands within each element of that name, as it came. */
export function elementsOf(xml: string, name: string): readonly string[] {
  const element = new RegExp(`<${name}(?:\\s[^>]*)?>(.*?)</${name}\\s*>`, "gs");
  return [...xml.matchAll(element)].map((match) => match[1] ?? "");
}

/** Null when there is no such element. */
export function textOf(xml: string, name: string): string | null {
  const text = elementsOf(xml, name)[0];
  return text === undefined ? null : text.replace(ENTITY, (_, entity: string) => characterOf(entity));
}

const ENTITY = /&(lt|gt|quot|apos|amp|#x[0-9a-fA-F]{1,6}|#\d{1,7});/g;
const NAMED: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };
const LAST_CHARACTER = 0x10ffff;

function characterOf(entity: string): string {
  const named = NAMED[entity];
  if (named !== undefined) return named;
  const code = entity.startsWith("#x") ? parseInt(entity.slice(2), 16) : Number(entity.slice(1));
  return code > LAST_CHARACTER ? "\ufffd" : String.fromCodePoint(code);
}
