import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inScratchFolder } from "../compile.ts";

/** Opens an object against the types of a file, relocates and loads it with libbpf, which tells what it does. */
const source = `
#include <stdarg.h>
#include <stdio.h>
#include <bpf/libbpf.h>
static FILE *log;
static int print(enum libbpf_print_level level, const char *format, va_list arguments) { return vfprintf(log, format, arguments); }
int main(int count, char **arguments) {
  (void)count;
  log = fopen(arguments[3], "w");
  libbpf_set_print(print);
  LIBBPF_OPTS(bpf_object_open_opts, options, .btf_custom_path = arguments[2]);
  struct bpf_object *object = bpf_object__open_file(arguments[1], &options);
  if (!object) return 2;
  bpf_object__load(object);
  bpf_object__close(object);
  fclose(log);
  return 0;
}`;

/** What libbpf says of CO-RE: a line for each instruction that it changed, and whether it gave up. */
export interface LibbpfRelocations {
  /** Function, number of the relocation in its section, instruction in the function, and what became of it. */
  readonly patches: readonly string[];
  /** Function and number of the relocation that was refused. */
  readonly refused: string | undefined;
}

const patched = /prog '(.*)': relo #(\d+): patched insn #(\d+) \(.*\) (imm64|imm|off|mem_sz) (\d+) -> (\d+)/;
const substituted = /prog '(.*)': relo #(\d+): substituting insn #(\d+)/;

/** Relocates `object` with libbpf against the types of `target`: an object, or raw BTF. */
export function relocateByLibbpf(object: Uint8Array, target: Uint8Array): LibbpfRelocations {
  const log = inScratchFolder((folder) => {
    const at = (name: string): string => join(folder, name);
    writeFileSync(at("relocate.c"), source);
    execFileSync("gcc", ["-w", "-o", at("relocate"), at("relocate.c"), "-lbpf"], { stdio: "pipe" });
    writeFileSync(at("object.o"), object);
    writeFileSync(at("target"), target);
    execFileSync(at("relocate"), [at("object.o"), at("target"), at("log")], { stdio: "pipe" });
    return readFileSync(at("log"), "utf8");
  });
  const patches: string[] = [];
  let last = "";
  let refused: string | undefined;
  for (const line of log.split("\n")) {
    const begun = /prog '(.*)': relo #(\d+): </.exec(line);
    if (begun !== null) last = `${begun[1]} #${begun[2]}`;
    const value = patched.exec(line);
    if (value !== null)
      patches.push(`${value[1]} #${value[2]} insn ${value[3]} ${value[4]} ${value[5]} -> ${value[6]}`);
    const poison = substituted.exec(line);
    if (poison !== null) patches.push(`${poison[1]} #${poison[2]} insn ${poison[3]} poison`);
    if (/failed to perform CO-RE relocations/.test(line)) refused = last;
  }
  return { patches, refused };
}
