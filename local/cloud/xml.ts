/** The little XML that S3 and STS answer in. */

/** Text or attribute content; what XML 1.0 can't hold at all becomes a character reference, as S3 writes it. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"\r\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, (character) => {
    return `&#x${character.charCodeAt(0).toString(16)};`;
  });
}
