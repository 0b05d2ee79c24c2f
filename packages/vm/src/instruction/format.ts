import type { Condition, Instruction, Operand } from "./instruction.ts";

const signs = {
  add: "+=",
  sub: "-=",
  mul: "*=",
  div: "/=",
  sdiv: "s/=",
  mod: "%=",
  smod: "s%=",
  or: "|=",
  and: "&=",
  xor: "^=",
  lsh: "<<=",
  rsh: ">>=",
  arsh: "s>>=",
} as const;

const comparisons: Readonly<Record<Condition, string>> = {
  eq: "==",
  ne: "!=",
  gt: ">",
  ge: ">=",
  lt: "<",
  le: "<=",
  set: "&",
  sgt: "s>",
  sge: "s>=",
  slt: "s<",
  sle: "s<=",
};

/** An instruction as clang's assembler and the verifier's log write it; jumps name the slot that they go to. */
export function formatInstruction(
  instruction: Instruction,
  nameOf: (kind: "helper" | "kfunc", id: number) => string | undefined,
): string {
  const register = (index: number, wide = true): string => `${wide ? "r" : "w"}${index}`;
  const operand = (given: Operand, wide: boolean): string =>
    "register" in given ? register(given.register, wide) : String(given.imm);
  const place = (base: number, offset: number): string => `(r${base} ${offset < 0 ? "-" : "+"} ${Math.abs(offset)})`;
  switch (instruction.kind) {
    case "alu": {
      const { operation, wide, dst } = instruction;
      return `${register(dst, wide)} ${signs[operation]} ${operand(instruction.operand, wide)}`;
    }
    case "neg":
      return `${register(instruction.dst, instruction.wide)} = -${register(instruction.dst, instruction.wide)}`;
    case "move": {
      const { wide, dst, bits } = instruction;
      const extended = bits < (wide ? 64 : 32) ? `(s${bits})` : "";
      return `${register(dst, wide)} = ${extended}${operand(instruction.operand, wide)}`;
    }
    case "swap": {
      const { dst, bits, to } = instruction;
      return `r${dst} = ${to === "swapped" ? "bswap" : to}${bits} r${dst}`;
    }
    case "constant": {
      const value = (BigInt(instruction.high >>> 0) << 32n) | BigInt(instruction.low >>> 0);
      return `r${instruction.dst} = 0x${value.toString(16)} ll`;
    }
    case "load": {
      const { dst, src, offset, size, signed, acquire } = instruction;
      const type = `${signed ? "s" : "u"}${size * 8} *`;
      if (acquire) return `r${dst} = load_acquire((${type})${place(src, offset)})`;
      return `r${dst} = *(${type})${place(src, offset)}`;
    }
    case "store": {
      const { dst, offset, size, release } = instruction;
      const type = `u${size * 8} *`;
      const value = operand(instruction.operand, true);
      if (release) return `store_release((${type})${place(dst, offset)}, ${value})`;
      return `*(${type})${place(dst, offset)} = ${value}`;
    }
    case "atomic": {
      const { operation, fetch, dst, src, offset, size } = instruction;
      const at = `(u${size * 8} *)${place(dst, offset)}`;
      if (operation === "cmpxchg") return `r0 = cmpxchg(${at}, r0, r${src})`;
      if (operation === "xchg") return `r${src} = xchg(${at}, r${src})`;
      if (fetch) return `r${src} = atomic_fetch_${operation}(${at}, r${src})`;
      return `lock *${at} ${signs[operation]} r${src}`;
    }
    case "packet": {
      const { size, src, imm } = instruction;
      return `r0 = *(u${size * 8} *)skb[${src === undefined ? "" : `r${src} + `}${imm}]`;
    }
    case "jump":
      return `goto ${instruction.target}`;
    case "branch": {
      const { condition, wide, dst, target } = instruction;
      const right = operand(instruction.operand, wide);
      return `if ${register(dst, wide)} ${comparisons[condition]} ${right} goto ${target}`;
    }
    case "may-goto":
      return `may_goto ${instruction.target}`;
    case "call":
      return `call ${instruction.target}`;
    case "helper":
    case "kfunc":
      return `call ${nameOf("helper", instruction.id) ?? `#${instruction.id}`}`;
    case "call-register":
      return `callx r${instruction.register}`;
    case "exit":
      return "exit";
  }
}
