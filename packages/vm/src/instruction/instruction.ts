/** Operations of two operands, as RFC 9669 names them; `sdiv`, `smod` are DIV and MOD with offset 1. */
export type AluOperation =
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "sdiv"
  | "mod"
  | "smod"
  | "or"
  | "and"
  | "xor"
  | "lsh"
  | "rsh"
  | "arsh";

/** Conditions of jumps; those with `s` compare signed numbers. */
export type Condition = "eq" | "ne" | "gt" | "ge" | "lt" | "le" | "set" | "sgt" | "sge" | "slt" | "sle";

/** What an atomic instruction does to memory. */
export type AtomicOperation = "add" | "or" | "and" | "xor" | "xchg" | "cmpxchg";

export type AccessSize = 1 | 2 | 4 | 8;

/** The second operand: a register, or a number that is sign-extended. */
export type Operand = { readonly register: number } | { readonly imm: number };

/** One instruction of a program, decoded and held against the reserved fields. Registers are 0 to 10. */
export type Instruction =
  | {
      readonly kind: "alu";
      readonly operation: AluOperation;
      readonly wide: boolean;
      readonly dst: number;
      readonly operand: Operand;
    }
  | { readonly kind: "neg"; readonly wide: boolean; readonly dst: number }
  /** `bits` of the source are sign-extended (movsx) if there are fewer than the width. */
  | {
      readonly kind: "move";
      readonly wide: boolean;
      readonly dst: number;
      readonly operand: Operand;
      readonly bits: 8 | 16 | 32 | 64;
    }
  /** The low `bits` in another byte order, the others 0. */
  | {
      readonly kind: "swap";
      readonly dst: number;
      readonly bits: 16 | 32 | 64;
      readonly to: "le" | "be" | "swapped";
    }
  /** 64 bits at once, two slots: a number, or a pointer that loading resolved. */
  | { readonly kind: "constant"; readonly dst: number; readonly low: number; readonly high: number }
  | {
      readonly kind: "load";
      readonly dst: number;
      readonly src: number;
      readonly offset: number;
      readonly size: AccessSize;
      readonly signed: boolean;
      /** A load-acquire. */
      readonly acquire: boolean;
    }
  | {
      readonly kind: "store";
      readonly dst: number;
      readonly offset: number;
      readonly size: AccessSize;
      readonly operand: Operand;
      /** A store-release. */
      readonly release: boolean;
    }
  | {
      readonly kind: "atomic";
      readonly operation: AtomicOperation;
      readonly fetch: boolean;
      readonly dst: number;
      readonly src: number;
      readonly offset: number;
      readonly size: 4 | 8;
    }
  /** BPF_LD | BPF_ABS and BPF_IND: bytes of the packet in network byte order into r0; the program returns 0 beyond its end. */
  | { readonly kind: "packet"; readonly size: 1 | 2 | 4; readonly src: number | undefined; readonly imm: number }
  | { readonly kind: "jump"; readonly target: number }
  | {
      readonly kind: "branch";
      readonly condition: Condition;
      readonly wide: boolean;
      readonly dst: number;
      readonly operand: Operand;
      readonly target: number;
    }
  /** Goes on, until the function's turns are used up; then jumps. */
  | { readonly kind: "may-goto"; readonly target: number }
  | { readonly kind: "call"; readonly target: number }
  | { readonly kind: "helper"; readonly id: number }
  | { readonly kind: "kfunc"; readonly id: number; readonly module: number }
  /** A helper whose number is in a register: of other engines, not the kernel's. */
  | { readonly kind: "call-register"; readonly register: number }
  | { readonly kind: "exit" };

/** Instructions by slot of 8 bytes, as jumps and line information count them; the second slot of a constant is undefined. */
export type Instructions = readonly (Instruction | undefined)[];
