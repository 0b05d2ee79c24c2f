import type { Helper } from "../run/execution.ts";

/** A helper that programs may call by its number. */
export interface HelperDefinition {
  /** `BPF_FUNC_*`. */
  readonly id: number;
  /** With its `bpf_`. */
  readonly name: string;
  /** Program types that have it, as `BPF_PROG_TYPE_*` in lower case; all unless told. */
  readonly types?: readonly string[];
  /** Sections, by what their names begin with, whose programs do not have it although others of their type do. */
  readonly notIn?: readonly string[];
  /** What it does. */
  readonly run: Helper;
}

/** A function of the kernel (`__ksym`) that programs may call by its name. */
export interface KernelFunction {
  /** The kernel's name of it. */
  readonly name: string;
  /** Types of programs that may call it; all unless told. */
  readonly types?: readonly string[];
  /** What it does. */
  readonly run: Helper;
}
