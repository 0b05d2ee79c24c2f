import { UsageError } from "./exit-code.ts";

/** A command line with what a compiler alone wants taken out. */
export interface Arguments {
  readonly args: readonly string[];
  /** What says nothing about a layout, as it was given. */
  readonly ignored: readonly string[];
}

/** Options of C compilers with one dash and many letters, as this command's parser has them. */
const translated: Readonly<Record<string, string>> = {
  "-isystem": "--isystem",
  "-iquote": "--iquote",
  "-include": "--include",
  "-idirafter": "--isystem",
  "-isysroot": "--sysroot",
};
/** Those that are spelt alike here. */
const shared = ["-I", "-D", "-U"];
/** Those whose value may be the next argument, and that say nothing about a layout. */
const valued = ["-x", "-arch", "-MF", "-MT", "-MQ", "-Xclang", "-Xpreprocessor", "-mllvm", "-T", "-L", "-l"];
/** Those that say nothing about a layout, by how they begin. */
const prefixes = [
  "-W",
  "-O",
  "-g",
  "-f",
  "-m",
  "-std=",
  "-M",
  "-l",
  "-L",
  "-pedantic",
  "-nostd",
  "-rtlib=",
  "-save-temps",
];
const plain = new Set(["-c", "-S", "-E", "-w", "-s", "-pipe", "-pthread", "-ansi", "-static", "-shared", "-no-pie"]);
/** Those that lay types out, or read `char`, in another way than the target does. */
const changing =
  /^-(?:fpack-struct|fshort-enums|fshort-wchar|funsigned-char|fsigned-char|funsigned-bitfields|mms-bitfields)/;

/** Which words with a dash, of those that mean nothing here, are left to a compiler. */
type Compilers = "all" | "usual" | "none";

/**
 * The arguments as rbgen's parser takes them, so that a Makefile's CFLAGS can be given as they are: `-isystemDIR` and the like
 * become long options, `--target=bpfeb` becomes `--endian=big`, and what only a compiler wants is left out. Behind `--` every
 * word with a dash is a compiler's, known or not, and `-o` names its output.
 * @param own the long options of our parser
 * @throws UsageError for a flag by which a compiler lays types out in another way than rbgen does
 */
export function takeCompilerFlags(argv: readonly string[], own: ReadonlySet<string>): Arguments {
  const args: string[] = [];
  const ignored: string[] = [];
  let compilerOnly = false;
  for (let index = 0; index < argv.length; ) {
    const word = argv[index]!;
    // Our own option with one dash is a slip, for our parser to tell.
    const compilers = compilerOnly ? "all" : own.has(`-${word}`) ? "none" : "usual";
    const [flag, count] = flagAt(argv, index, compilers);
    if (word === "--") compilerOnly = true;
    else if (flag === "ignored") ignored.push(...argv.slice(index, index + count));
    else args.push(...flag);
    index += count;
  }
  return { args, ignored };
}

/** What the flag at `index` becomes, and how many words it takes. */
function flagAt(argv: readonly string[], index: number, compilers: Compilers): ["ignored" | string[], number] {
  const word = argv[index]!;
  const value = argv[index + 1];
  const words = value === undefined ? 1 : 2;
  const target = /^--?target(?:=(.*))?$/s.exec(word);
  if (target !== null) {
    const joined = target[1] !== undefined;
    return [endianOf(target[1] ?? value ?? ""), joined ? 1 : words];
  }
  if (changing.test(word)) {
    throw new UsageError(`${word} changes layouts, and rbgen lays types out as clang does for BPF without it`);
  }
  const long = Object.keys(translated).find((name) => word.startsWith(name));
  if (long !== undefined) {
    const option = translated[long]!;
    if (word !== long) return [[`${option}=${word.slice(long.length)}`], 1];
    return [[option, ...argv.slice(index + 1, index + words)], words];
  }
  if (shared.includes(word)) return [argv.slice(index, index + words), words];
  if (shared.some((name) => word.startsWith(name)) || !isCompilers(word, compilers)) return [[word], 1];
  return ["ignored", valued.includes(word) || word === "-o" ? words : 1];
}

/** What a target says here: the byte order. */
function endianOf(target: string): "ignored" | string[] {
  if (/^bpfeb\b/.test(target)) return ["--endian=big"];
  if (/^bpf(?:el)?\b/.test(target)) return "ignored";
  throw new UsageError(`the target ${target} is not BPF: rbgen lays types out for bpf, bpfel and bpfeb`);
}

function isCompilers(word: string, compilers: Compilers): boolean {
  if (compilers === "none" || !word.startsWith("-") || word === "-") return false;
  return (
    compilers === "all" ||
    plain.has(word) ||
    valued.includes(word) ||
    prefixes.some((prefix) => word.startsWith(prefix))
  );
}
