import { execFileSync } from "node:child_process";
import { findProgram } from "../tools.ts";

/** A type as `bpftool btf dump -j` prints it: keys and values by its own names, enumerators as decimal strings. */
export type BpftoolType = { readonly id: number; readonly kind: string; readonly name: string } & Readonly<
  Record<string, unknown>
>;

/** What bpftool reads from a BTF or ELF file, in order of ids. */
export function bpftoolDump(path: string, base?: string): readonly BpftoolType[] {
  const bpftool = findProgram("bpftool");
  if (bpftool === undefined) throw new Error("bpftool is not installed");
  const args = [...(base === undefined ? [] : ["-B", base]), "btf", "dump", "file", path, "-j"];
  const text = execFileSync(bpftool, args, { encoding: "utf8", maxBuffer: 1 << 30, stdio: "pipe" });
  // Enumerators may pass 2^53, where JSON's numbers end.
  const exact = text.replace(/"val":(-?\d+)/g, '"val":"$1"');
  return (JSON.parse(exact) as { types: BpftoolType[] }).types;
}
