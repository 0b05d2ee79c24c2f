import { resolve } from "../layout/strip.ts";
import type { Type } from "../types.ts";
import type { CodePlace, CodeRange } from "./code-place.ts";
import type { Entry } from "./entries.ts";
import type { DebugFile } from "./file.ts";
import { DebugLocations } from "./locations.ts";
import { tag } from "./names.ts";
import type { DebugTypes } from "./types.ts";

/** A register that a pointer variable begins to be in at an instruction. */
export interface PointerVariable {
  readonly register: number;
  /** What it points to. */
  readonly target: Type;
}

/** A variable that lies in its function's frame while the code is in one of `ranges`. */
export interface FrameVariable {
  readonly type: Type;
  /** Bytes from the lowest byte of the frame on. */
  readonly offset: number;
  readonly ranges: readonly CodeRange[];
}

/** Variables of the functions of an object, where its compiler put them. */
export class DebugVariables {
  readonly #pointers = new Map<string, PointerVariable[]>();
  readonly #frame: FrameVariable[] = [];
  readonly #locations: DebugLocations;
  readonly #types: DebugTypes;

  /** @throws BtfError for debug information that contradicts itself. */
  constructor(file: DebugFile, types: DebugTypes) {
    this.#locations = new DebugLocations(file);
    this.#types = types;
    for (const unit of file.units) {
      for (const entry of unit.children) if (entry.tag === tag.subprogram) this.#scope(entry, []);
    }
  }

  /** Pointers that are in registers from this instruction on. */
  pointersAt({ section, at }: CodePlace): readonly PointerVariable[] {
    return this.#pointers.get(`${section}:${at}`) ?? [];
  }

  /** Variables in the frame of the function that an instruction is of, in scope there. */
  inFrame({ section, at }: CodePlace): readonly FrameVariable[] {
    const isThere = (range: CodeRange): boolean => range.section === section && range.start <= at && at < range.end;
    return this.#frame.filter(({ ranges }) => ranges.some(isThere));
  }

  #scope(entry: Entry, outer: readonly CodeRange[]): void {
    const ranges = this.#locations.rangesOf(entry) ?? outer;
    for (const child of entry.children) {
      if (child.tag === tag.lexicalBlock || child.tag === tag.inlinedSubroutine) this.#scope(child, ranges);
      else if (child.tag === tag.variable || child.tag === tag.formalParameter) this.#variable(child, ranges);
    }
  }

  #variable(entry: Entry, scope: readonly CodeRange[]): void {
    const locations = this.#locations.locationsOf(entry);
    if (locations.length === 0) return;
    const type = this.#types.typeOf(entry);
    if (type === undefined) return;
    const pointer = resolve(type);
    for (const { range, expression } of locations) {
      const ranges = range === undefined ? scope : [range];
      if (pointer.kind !== "ptr") {
        const offset = offsetInFrame(expression);
        if (offset !== undefined) this.#frame.push({ type, offset, ranges });
        continue;
      }
      const register = registerOf(expression);
      if (register === undefined) continue;
      for (const { section, start } of ranges) {
        const key = `${section}:${start}`;
        this.#pointers.set(key, [...(this.#pointers.get(key) ?? []), { register, target: pointer.target }]);
      }
    }
  }
}

/** The register that holds a variable: `DW_OP_reg0` to `reg31`, or `DW_OP_breg0` to `breg31` as it is and as the value. */
function registerOf(expression: Uint8Array): number | undefined {
  const [operation = 0, offset, value] = expression;
  if (operation >= 0x50 && operation <= 0x6f && expression.length === 1) return operation - 0x50;
  const isValue = operation >= 0x70 && operation <= 0x8f && expression.length === 3 && offset === 0 && value === 0x9f;
  return isValue ? operation - 0x70 : undefined;
}

/**
 * Where a variable, or its first piece, lies in the frame: `DW_OP_fbreg`, or `DW_OP_breg10` for the pointer to the stack. That points
 * behind the frame in BPF, and clang counts from the lowest byte of the frame on all the same.
 */
function offsetInFrame(expression: Uint8Array): number | undefined {
  const [operation] = expression;
  if (operation !== 0x91 && operation !== 0x7a) return undefined;
  const last = expression.findIndex((byte, at) => at > 0 && byte < 0x80);
  // DW_OP_piece
  const isWhole = last > 0 && last < 5 && (last + 1 === expression.length || expression[last + 1] === 0x93);
  if (!isWhole) return undefined;
  const offset = expression.slice(1, last + 1).reduceRight((value, byte) => value * 128 + (byte & 0x7f), 0);
  return offset < 2 ** (7 * last - 1) ? offset : offset - 2 ** (7 * last);
}
