import { isAbsolute, resolve } from "node:path";

/** Options of a compiler whose value is a folder of includes. */
const folderOptions = ["-I", "-isystem", "-iquote", "-idirafter"] as const;

interface Entry {
  readonly directory: string;
  readonly file: string;
  readonly words: readonly string[];
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
  for (const { directory, words } of own.length > 0 ? own : entries) {
    for (const name of includeFolders(words)) found.add(isAbsolute(name) ? name : resolve(directory, name));
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
    const words =
      typeof command === "string" ? shellWords(command) : Array.isArray(list) ? list.map((word) => String(word)) : [];
    return { directory: resolve(folder, directory), file, words };
  });
}

function includeFolders(words: readonly string[]): readonly string[] {
  return words.flatMap((word, index) => {
    const option = folderOptions.find((name) => word.startsWith(name));
    if (option === undefined) return [];
    const value = word === option ? words[index + 1] : word.slice(option.length);
    return value === undefined || value === "" ? [] : [value];
  });
}

/** Words as a shell takes them apart, by blanks, quotes and backslashes. */
function shellWords(command: string): readonly string[] {
  const pieces = /((?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'\\])+)/gs;
  return [...command.matchAll(pieces)].map(([word]) =>
    word.replace(/"((?:\\.|[^"\\])*)"|'([^']*)'|\\(.)/gs, (_, double?: string, single?: string, one?: string) =>
      double === undefined ? (single ?? one ?? "") : double.replace(/\\(["\\$`])/g, "$1"),
    ),
  );
}
