/** A documentation page as something that can be run: its files, and its commands with the output that it shows. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

export interface PageCommand {
  /** As it stands on the page, without `$`. */
  readonly text: string;
  /** `…` stands for anything within a line. */
  readonly output: string;
}

interface Block {
  readonly language: string;
  /** The second word behind the fence: a file's name, or which server the commands are for. */
  readonly name: string;
  readonly lines: readonly string[];
}

function blocksOf(page: string): readonly Block[] {
  const fences = readFileSync(page, "utf8").matchAll(/^```(\w*) ?(\S*)\n([^]*?)^```$/gm);
  return [...fences].map(([, language = "", name = "", text = ""]) => ({
    language,
    name,
    lines: text.split("\n").slice(0, -1),
  }));
}

/** Writes every named file of the page below `directory`. */
export function writeFiles(page: string, directory: string): void {
  for (const { language, name, lines } of blocksOf(page)) {
    if (language === "console" || name === "") continue;
    const file = join(directory, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${lines.join("\n")}\n`);
  }
}

/** The commands of every `console` block of that name, in order. */
export function commandsOf(page: string, name: string): readonly PageCommand[] {
  const blocks = blocksOf(page).filter((block) => block.language === "console" && block.name === name);
  return blocks.flatMap(({ lines }) => commandsIn(lines));
}

function commandsIn(lines: readonly string[]): readonly PageCommand[] {
  const commands: { text: string; output: string[] }[] = [];
  for (const line of lines) {
    const last = commands.at(-1);
    if (line.startsWith("$ ")) commands.push({ text: line.slice(2), output: [] });
    else if (last?.output.length === 0 && last.text.endsWith("\\")) last.text += `\n${line}`;
    else last?.output.push(line);
  }
  return commands.map(({ text, output }) => ({ text, output: output.join("\n") }));
}

/** What a command's output must match. */
export function patternOf({ output }: PageCommand): RegExp {
  const words = output.split("…").map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${words.join(".*")}$`);
}
