import { VerifierError } from "@rbgen/runtime/emulated";
import type { Region } from "../memory/region.ts";

/** A function that was running when a program faulted, and where it was. */
export interface FaultFrame {
  /** Name of the function. */
  readonly function: string;
  /** Slot of the instruction. */
  readonly instruction: number;
  /** "probe.bpf.c:42:7", where the object has line information. */
  readonly place: string | undefined;
  /** The line of C, where the object has it. */
  readonly source: string | undefined;
}

/** What a fault tells. */
export interface FaultReport {
  /** Errno of the verifier's refusal. */
  readonly code: "EACCES" | "EINVAL";
  /** What is wrong, and what was expected. */
  readonly reason: string;
  /** From the function that faulted to the program's first. */
  readonly frames: readonly FaultFrame[];
  /** The instruction in words. */
  readonly text: string;
  /** r0 to r10 as unsigned 64-bit numbers. */
  readonly registers: readonly bigint[];
  /** The registers as a person reads them, those of pointers with their region. */
  readonly registerText: readonly string[];
  /** What the pointer of a wrong access points to. */
  readonly region: Region | undefined;
}

/** A run that ended because of what the kernel's verifier would not have let pass, or no kernel would do. */
export class ProgramFault extends VerifierError implements Omit<FaultReport, "code"> {
  readonly reason: string;
  readonly frames: readonly FaultFrame[];
  readonly text: string;
  readonly registers: readonly bigint[];
  readonly registerText: readonly string[];
  readonly region: Region | undefined;

  constructor(report: FaultReport) {
    super(report.code, describe(report));
    this.name = "ProgramFault";
    this.reason = report.reason;
    this.frames = report.frames;
    this.text = report.text;
    this.registers = report.registers;
    this.registerText = report.registerText;
    this.region = report.region;
  }

  /** Slot of the instruction that faulted. */
  get instruction(): number {
    return this.frames[0]?.instruction ?? 0;
  }

  /** "probe.bpf.c:42:7", where the object has line information. */
  get place(): string | undefined {
    return this.frames[0]?.place;
  }
}

function describe({ reason, frames, text, registerText }: FaultReport): string {
  const lines = [reason];
  frames.forEach((frame, depth) => {
    const where = frame.place === undefined ? `instruction ${frame.instruction}` : frame.place;
    lines.push(`    ${depth === 0 ? "in" : "called by"} ${frame.function} (${where})`);
    if (depth === 0 && frame.source !== undefined) lines.push(`      | ${frame.source.trim()}`);
  });
  lines.push(`    instruction ${frames[0]?.instruction ?? 0}: ${text}`);
  if (registerText.length > 0) lines.push(`    ${registerText.join(", ")}`);
  return lines.join("\n");
}
