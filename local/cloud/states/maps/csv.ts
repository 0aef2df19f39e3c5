/** CSV as a distributed Map reads it: RFC 4180, with another delimiter if asked. */

/** Rows of fields; empty lines are dropped. */
export function parseCsv(text: string, delimiter = ","): readonly (readonly string[])[] {
  const rows: string[][] = [];
  let row: string[] = [];
  let field = "";
  let quoted = false;
  /** A quote begins a quoted field only where the field begins. */
  let begun = false;
  const endField = (): void => {
    row.push(field);
    field = "";
    begun = false;
  };
  const endRow = (): void => {
    if (row.length === 0 && !begun && field === "") return;
    endField();
    rows.push(row);
    row = [];
  };
  for (let at = text.startsWith("\uFEFF") ? 1 : 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (quoted) {
      if (character !== '"') field += character;
      else if (text[at + 1] === '"') {
        field += '"';
        at++;
      } else quoted = false;
    } else if (character === '"' && !begun && field === "") {
      quoted = true;
      begun = true;
    } else if (character === delimiter) endField();
    else if (character === "\n" || character === "\r") {
      if (character === "\r" && text[at + 1] === "\n") at++;
      endRow();
    } else field += character;
  }
  endRow();
  return rows;
}
