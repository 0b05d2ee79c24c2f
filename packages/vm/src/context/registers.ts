import { type Btf, sizeOf } from "@rbgen/btf";
import { RingBufError } from "@rbgen/runtime";
import type { FieldValue } from "../world/write-fields.ts";
import { writeFields } from "../world/write-fields.ts";

/** What a probe's context may tell: arguments of the function in their order or by name, its result, and registers by name. */
export interface ProbeContext {
  /** What `PT_REGS_PARM1` to `PT_REGS_PARM6` give; by name where the target's BTF has the function. */
  readonly args?: readonly FieldValue[] | { readonly [name: string]: FieldValue };
  /** What `PT_REGS_RC` gives. */
  readonly ret?: FieldValue;
  /** What `PT_REGS_IP` gives. */
  readonly ip?: FieldValue;
  /** Members of `struct pt_regs` by name. */
  readonly regs?: { readonly [name: string]: FieldValue };
}

/** Where an architecture passes arguments: members of its `struct pt_regs`. */
const x86 = { size: 168, args: ["di", "si", "dx", "cx", "r8", "r9"], ret: "ax", ip: "ip" } as const;
/** `struct pt_regs` of x86-64: 8 bytes each. */
const x86Registers = [
  "r15",
  "r14",
  "r13",
  "r12",
  "bp",
  "bx",
  "r11",
  "r10",
  "r9",
  "r8",
  "ax",
  "cx",
  "dx",
  "si",
  "di",
  "orig_ax",
  "ip",
  "cs",
  "flags",
  "sp",
  "ss",
] as const;

/**
 * `struct pt_regs` of x86-64, or of the target where its BTF has one with the same registers.
 * @throws RingBufError EINVAL for more than six arguments, a name that the function does not have, or no such register.
 */
export function registersContext(context: ProbeContext, target: Btf | undefined, functionName: string): Uint8Array {
  const values: Record<string, FieldValue> = { ...context.regs };
  const args = namedOrListed(context.args ?? [], target, functionName);
  if (args.length > x86.args.length) {
    throw new RingBufError(
      `${args.length} arguments: a probe sees ${x86.args.length} in registers, the others on the stack`,
      {
        code: "EINVAL",
      },
    );
  }
  args.forEach((value, index) => {
    values[x86.args[index] as string] = value;
  });
  if (context.ret !== undefined) values[x86.ret] = context.ret;
  if (context.ip !== undefined) values[x86.ip] = context.ip;
  const declared = target?.findKind("struct", "pt_regs")[0];
  if (declared?.members.some(({ name }) => name === "di")) {
    const bytes = new Uint8Array(sizeOf(declared));
    writeFields(bytes, declared, values, "pt_regs");
    return bytes;
  }
  return builtIn(values);
}

function builtIn(values: Readonly<Record<string, FieldValue>>): Uint8Array {
  const u64 = { kind: "int", name: "unsigned long", size: 8, signed: false, char: false, bool: false } as const;
  const members = x86Registers.map((name, index) => ({ name, type: u64, bitOffset: 64 * index }));
  const bytes = new Uint8Array(x86.size);
  writeFields(bytes, { kind: "struct", name: "pt_regs", size: x86.size, members } as never, values, "pt_regs");
  return bytes;
}

function namedOrListed(
  args: readonly FieldValue[] | { readonly [name: string]: FieldValue },
  target: Btf | undefined,
  functionName: string,
): readonly FieldValue[] {
  if (Array.isArray(args)) return args;
  const found = target?.findKind("func", functionName)[0];
  if (found === undefined) {
    throw new RingBufError(`the target's BTF has no function ${functionName}: give its arguments as an array`, {
      code: "EINVAL",
    });
  }
  const { params } = found.proto;
  const values: FieldValue[] = params.map(() => 0);
  for (const [name, value] of Object.entries(args)) {
    const at = params.findIndex((param) => param.name === name);
    if (at < 0) {
      throw new RingBufError(
        `${functionName} has no argument ${name}; it has ${params.map((param) => param.name).join(", ")}`,
        { code: "EINVAL" },
      );
    }
    values[at] = value as FieldValue;
  }
  return values;
}
