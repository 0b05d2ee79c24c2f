import { isAbsolute, resolve } from "node:path";

/** Options of a compiler whose value is a folder of includes. */
const folderOptions = ["-I", "-isystem", "-iquote", "-idirafter"] as const;

interface Entry {
  readonly directory: string;
  readonly file: string;
  readonly command: unknown;
  readonly list: unknown;
}

/**
 * Folders of includes, absolute, that a compilation database gives the source at `source`; all that it gives where it does
 * not compile that file, as of a header.
 * @param folder of the database: what relative directories in it begin at
 * @throws TypeError for a text that is none (https://clang.llvm.org/docs/JSONCompilationDatabase.html)
 */
export function foldersOfDatabase(text: string, folder: string, source: string): readonly string[] {
  const entries = entriesOf(text, folder);
  const own = entries.filter(({ directory, file }) => resolve(directory, file) === source);
  const found = new Set<string>();
  for (const { directory, ...entry } of own.length > 0 ? own : entries) {
    for (const name of includeFolders(wordsOf(entry))) found.add(isAbsolute(name) ? name : resolve(directory, name));
  }
  return [...found];
}

function entriesOf(text: string, folder: string): readonly Entry[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new TypeError("it is no JSON");
  }
  if (!Array.isArray(value)) throw new TypeError("a list of commands is wanted");
  return value.map((entry: unknown): Entry => {
    const { directory, file, command, arguments: list }: Record<string, unknown> = Object(entry);
    if (typeof directory !== "string" || typeof file !== "string") {
      throw new TypeError("each command needs a directory and a file");
    }
    return { directory: resolve(folder, directory), file, command, list };
  });
}

/** Words of the command; where both are there, clang takes `arguments` as well. */
function wordsOf({ command, list }: Pick<Entry, "command" | "list">): readonly string[] {
  if (list === undefined) return typeof command === "string" ? shellWords(command) : [];
  if (Array.isArray(list) && list.every((word) => typeof word === "string")) return list;
  throw new TypeError("the arguments of a command are a list of strings");
}

function includeFolders(words: readonly string[]): readonly string[] {
  return words.flatMap((word, index) => {
    const option = folderOptions.find((name) => word.startsWith(name));
    if (option === undefined) return [];
    const value = word === option ? words[index + 1] : word.slice(option.length);
    return value === undefined || value === "" ? [] : [value];
  });
}

/** Words as a shell takes them apart, by blanks, quotes and backslashes. What has no end goes on to the end of the text. */
function shellWords(command: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  let at = 0;
  const take = (end: number): void => {
    word = (word ?? "") + command.slice(at, end);
    at = end;
  };
  while (at < command.length) {
    const character = command[at]!;
    if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      at += 1;
    } else if (character === "\\") {
      at += 1;
      take(at + 1);
    } else if (character === "'") {
      at += 1;
      take(endOf(command, at, /'/g));
      at += 1;
    } else if (character === '"') {
      at += 1;
      while (at < command.length && command[at] !== '"') {
        // Before anything else a backslash is itself.
        if (command[at] === "\\" && /["\\$`]/.test(command[at + 1] ?? "")) {
          at += 1;
          take(at + 1);
        } else take(endOf(command, at + 1, /["\\]/g));
      }
      word ??= "";
      at += 1;
    } else take(endOf(command, at + 1, /[\s"'\\]/g));
  }
  return word === undefined ? words : [...words, word];
}

/** Where `end` is found from `from` on; the end of the text where it is nowhere. */
function endOf(text: string, from: number, end: RegExp): number {
  end.lastIndex = from;
  return end.exec(text)?.index ?? text.length;
}
