import { dirname, resolve } from "node:path";
import { generateFile, type RbgenConfig, type Script } from "rbgen/node";
import { checkedOptions } from "./checked-options.ts";
import {
  type DeclarationForm,
  declarationPath,
  presentForm,
  removeOtherForm,
  writeDeclaration,
} from "./declaration-file.ts";

/** What the plugin is given. */
export interface RbgenPluginOptions {
  /**
   * The configuration, or the path of one; unless given, the nearest `rbgen.config.ts`, `.js` or `.json` of the input's
   * folder, as the command has it. Options that it has for one of its `inputs` hold for that input here, too.
   */
  readonly config?: string | RbgenConfig;
  /** Which paths of imports are C or BPF, as `/\.hh$/`; `.h`, `.bpf.c` and `.bpf.o` unless given. */
  readonly include?: RegExp;
  /**
   * Where types are written for TypeScript, whenever an input is loaded; false writes none. Unless given, the form in which rbgen wrote
   * them before, else `"beside"`.
   */
  readonly declarations?: DeclarationForm | false;
}

/** An input as a module. */
export interface ImportedModule {
  readonly code: string;
  /** A source map, version 3, that leads to the lines of C; null where the input has none. */
  readonly map: string | null;
  /** Absolute paths of every file that it was made of. */
  readonly read: readonly string[];
  /** Absolute paths where a file would make it another one. */
  readonly missing: readonly string[];
  /** What was warned of; empty where nothing was. */
  readonly warnings: string;
}

/** What is wrong with an input, and what it was made of as far as it was read. */
export class ImportError extends Error {
  override readonly name = "ImportError";
  /** Absolute paths. */
  readonly read: readonly string[];
  /** Absolute paths where a file would change what is wrong. */
  readonly missing: readonly string[];

  constructor(message: string, read: readonly string[], missing: readonly string[]) {
    super(message);
    this.read = read;
    this.missing = missing;
    // Of the plugin, in which nothing is wrong: bundlers print it below the place in C.
    this.stack = `${this.name}: ${message}`;
  }
}

/**
 * Makes a module of an input, and writes its declarations.
 * @param path absolute
 * @throws ImportError
 */
export async function importInput(path: string, options: RbgenPluginOptions): Promise<ImportedModule> {
  const { config, declarations = presentForm(path) } = options;
  const { file, text, read, missing } = await generateFile(path, {
    cwd: dirname(path),
    script: `${path}.js`,
    ...(config !== undefined && { config }),
  });
  const script: Script | undefined = file?.script;
  if (script === undefined) throw new ImportError(text.trimEnd(), read, missing);
  try {
    if (declarations !== false) {
      const target = declarationPath(path, declarations);
      // Its map would be one more file beside the header.
      writeDeclaration(target, withoutLink(script.declarations));
      removeOtherForm(path, declarations);
    }
  } catch (error) {
    throw new ImportError(error instanceof Error ? error.message : String(error), read, missing);
  }
  return { code: withoutLink(script.code), map: script.maps?.code ?? null, read, missing, warnings: text.trimEnd() };
}

/** A text without the line that names its source map. */
function withoutLink(text: string): string {
  return text.replace(/\/\/# sourceMappingURL=.*\n?$/, "");
}

/**
 * Writes the declarations of inputs, as loading them does: before a type check that no bundler has gone before.
 * @param inputs paths, as seen from the working folder
 * @throws Error for options that there are not; ImportError for an input that is wrong, and for a file in the declarations' place that rbgen did not write
 */
export async function writeDeclarations(inputs: readonly string[], options: RbgenPluginOptions = {}): Promise<void> {
  checkedOptions(options);
  for (const input of inputs) {
    const path = resolve(input);
    await importInput(path, { ...options, declarations: options.declarations || presentForm(path) });
  }
}
