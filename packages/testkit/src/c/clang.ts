import { spawn } from "node:child_process";
import { findProgram } from "../tools.ts";

/** What clang said of one translation unit. */
export interface Compiled {
  readonly accepted: boolean;
  /** The object, where one was asked for and made. */
  readonly object: Uint8Array;
  readonly messages: string;
}

/** Folders that clang for BPF looks into on Debian, with the one of the host's own `asm/`. */
export const systemFolders: readonly string[] = ["/usr/local/include", `/usr/include/${triplet()}`, "/usr/include"];

function triplet(): string {
  const names: Readonly<Record<string, string>> = {
    x64: "x86_64-linux-gnu",
    arm64: "aarch64-linux-gnu",
    s390x: "s390x-linux-gnu",
  };
  return names[process.arch] ?? process.arch;
}

/** Compiles `source` for BPF with BTF; `-fsyntax-only` among `flags` only checks it. */
export function compile(
  source: string,
  endian: "little" | "big" = "little",
  flags: readonly string[] = [],
): Promise<Compiled> {
  const program = findProgram("clang");
  if (program === undefined) throw new Error("clang is not installed");
  const args = [
    "-target",
    endian === "big" ? "bpfeb" : "bpf",
    "-g",
    "-O0",
    "-w",
    "-ferror-limit=20",
    "-isystem",
    systemFolders[1]!,
    "-x",
    "c",
    ...flags,
    "-c",
    "-o",
    "-",
    "-",
  ];
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
    const out: Uint8Array[] = [];
    const said: Uint8Array[] = [];
    child.stdout.on("data", (chunk: Uint8Array) => out.push(chunk));
    child.stderr.on("data", (chunk: Uint8Array) => said.push(chunk));
    child.stdin.on("error", () => {});
    child.on("error", reject);
    child.on("close", (code) => {
      const text = new TextDecoder().decode(Buffer.concat(said));
      resolve({ accepted: code === 0, object: new Uint8Array(Buffer.concat(out)), messages: text });
    });
    child.stdin.end(source);
  });
}

/** Runs `work` on every item, two at a time. */
export async function inPairs<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) await work(items[next++]!);
  };
  await Promise.all([worker(), worker()]);
}
