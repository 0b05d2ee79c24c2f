import type { Instructions } from "../instruction/instruction.ts";
import { InstructionError } from "../instruction/instruction-error.ts";
import { maxFrames, stackBytes } from "../memory/layout.ts";
import { tailCallHelper, timerCallbackHelper } from "../run/code.ts";

/** A function as call chains see it. */
export interface ChainedFunction {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  /** Bytes of its stack that it uses. */
  readonly depth: number;
}

/** Of a program whose chains are looked at. */
export interface Chains {
  readonly instructions: Instructions;
  readonly functions: readonly ChainedFunction[];
  /** Functions by the slots of the constants that point to them: callbacks. */
  readonly callbacks: ReadonlyMap<number, number>;
  /** `BPF_PROG_TYPE_*` in lower case; undefined for bare code. */
  readonly type: string | undefined;
  /** Whether the function at a slot returns an integer. */
  readonly returnsInteger: (start: number) => boolean;
}

/** What a chain of calls may have on its stack where one of its functions makes tail calls. */
const tailCallStack = 256;
/** Stacks are rounded up to this (verifier.c `round_up_stack_depth`, with a JIT). */
const rounded = 16;
/** `BPF_PRIV_STACK_MIN_SIZE` */
const leastPrivate = 64;

/** Types whose functions have large stacks of their own, off the kernel's (verifier.c `bpf_enable_priv_stack`, on x86-64). */
const privateStacks: ReadonlySet<string> = new Set(["kprobe", "tracepoint", "perf_event", "raw_tracepoint", "tracing"]);

interface Call {
  readonly slot: number;
  readonly callee: ChainedFunction;
}

/**
 * No function calls itself, by others either; no chain of calls and callbacks has more than eight frames, or more than 512
 * bytes of stack (verifier.c `check_max_stack_depth`); functions that make tail calls return an integer.
 * @throws InstructionError at the call that is one too many, or where such a function begins
 */
export function checkCallChains(chains: Chains): void {
  const { instructions, functions, callbacks, type } = chains;
  const byStart = new Map(functions.map((one) => [one.start, one]));
  const [main] = functions;
  if (main === undefined) return;
  for (const one of functions) {
    if (one === main || !makesTailCalls(instructions, one) || chains.returnsInteger(one.start)) continue;
    throw new InstructionError(one.start, "tail_call is only allowed in functions that return 'int'");
  }
  const later = laterCallbacks(instructions, functions, callbacks);
  const tailCalls = functions.some((one) => makesTailCalls(instructions, one));
  const calls = new Map(functions.map((one) => [one, callsOf(chains, one, byStart, later)]));
  const own = type !== undefined && privateStacks.has(type) && !tailCalls;
  for (const start of later) {
    const one = byStart.get(start) as ChainedFunction;
    if (makesTailCalls(instructions, one)) throw new InstructionError(start, "cannot tail call within async cb");
    new Walk(instructions, calls, false).from(one);
  }
  new Walk(instructions, calls, own).from(main);
}

/** Goes through the chains that begin with one function. */
class Walk {
  readonly #instructions: Instructions;
  readonly #calls: ReadonlyMap<ChainedFunction, readonly Call[]>;
  readonly #own: boolean;
  readonly #active = new Set<ChainedFunction>();
  /** The most frames and bytes that a function was reached with: what is no more was looked at. */
  readonly #reached = new Map<ChainedFunction, { frames: number; bytes: number }>();

  constructor(instructions: Instructions, calls: ReadonlyMap<ChainedFunction, readonly Call[]>, own: boolean) {
    this.#instructions = instructions;
    this.#calls = calls;
    this.#own = own;
  }

  from(one: ChainedFunction): void {
    this.#visit(one, one.start, 1, 0);
  }

  #visit(one: ChainedFunction, slot: number, frames: number, before: number): void {
    if (this.#active.has(one)) throw new InstructionError(slot, `recursive call of ${one.name}`);
    const known = this.#reached.get(one);
    if (known !== undefined && known.frames >= frames && known.bytes >= before) return;
    this.#reached.set(one, {
      frames: Math.max(frames, known?.frames ?? 0),
      bytes: Math.max(before, known?.bytes ?? 0),
    });
    if (frames > maxFrames) throw new InstructionError(slot, `the call stack of ${frames} frames is too deep`);
    if (frames > 1 && before >= tailCallStack && makesTailCalls(this.#instructions, one)) {
      const what = `tail_calls are not allowed when call stack of previous frames is ${before} bytes`;
      throw new InstructionError(slot, `${what}. Too large`);
    }
    const mine = Math.ceil(one.depth / rounded) * rounded;
    const bytes = this.#own && mine >= leastPrivate ? before : before + mine;
    if (bytes > stackBytes) {
      throw new InstructionError(slot, `combined stack size of ${frames} calls is ${bytes}. Too large`);
    }
    this.#active.add(one);
    for (const { slot: at, callee } of this.#calls.get(one) ?? []) this.#visit(callee, at, frames + 1, bytes);
    this.#active.delete(one);
  }
}

/** Functions that run by themselves, later: callbacks of timers. */
function laterCallbacks(
  instructions: Instructions,
  functions: readonly ChainedFunction[],
  callbacks: ReadonlyMap<number, number>,
): ReadonlySet<number> {
  const later = new Set<number>();
  for (const [slot, start] of callbacks) {
    const end = functions.find((one) => slot >= one.start && slot < one.end)?.end ?? instructions.length;
    let at = slot + 1;
    while (at < end && instructions[at]?.kind !== "helper") at += 1;
    const next = instructions[at];
    if (at < end && next?.kind === "helper" && next.id === timerCallbackHelper) later.add(start);
  }
  return later;
}

function callsOf(
  { instructions, callbacks }: Chains,
  one: ChainedFunction,
  byStart: ReadonlyMap<number, ChainedFunction>,
  later: ReadonlySet<number>,
): readonly Call[] {
  const calls: Call[] = [];
  for (let slot = one.start; slot < one.end; slot += 1) {
    const instruction = instructions[slot];
    const callback = callbacks.get(slot);
    const start = instruction?.kind === "call" ? instruction.target : callback;
    if (start === undefined || (callback !== undefined && later.has(callback))) continue;
    const callee = byStart.get(start);
    if (callee !== undefined) calls.push({ slot, callee });
  }
  return calls;
}

function makesTailCalls(instructions: Instructions, { start, end }: ChainedFunction): boolean {
  for (let slot = start; slot < end; slot += 1) {
    const instruction = instructions[slot];
    if (instruction?.kind === "helper" && instruction.id === tailCallHelper) return true;
  }
  return false;
}
