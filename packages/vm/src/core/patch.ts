import type { Endian } from "@rbgen/btf";
import { CoreError } from "./core-error.ts";
import type { CoreResolution } from "./resolve.ts";

/** Bytes of an instruction. */
const instructionSize = 8;
/** `BPF_JMP | BPF_CALL`. */
const call = 0x85;
/** `BPF_LD | BPF_IMM | BPF_DW`: the instruction with 64 bits of immediate, in two slots. */
const loadImmediate = 0x18;

/** Helper number of an instruction that must not be reached: 0xbad2310, "bad relo", as libbpf writes it. */
export const poisonedHelper = 195_896_080;

const sizeCodes: ReadonlyMap<number, number> = new Map([
  [8, 0x18],
  [4, 0x00],
  [2, 0x08],
  [1, 0x10],
]);

/** What was done to an instruction. */
export type Patch =
  | { readonly kind: "immediate" | "offset" | "immediate64"; readonly before: bigint; readonly after: bigint }
  | { readonly kind: "poison"; readonly reason: string };

/**
 * Writes a resolution into the instruction at byte `offset` of `code` (libbpf `bpf_core_patch_insn`): the immediate of an
 * arithmetic instruction, the offset and size of a load or store, the 64 bits of a `ld_imm64`; or a call of
 * {@link poisonedHelper}.
 * @throws {@link CoreError} for an instruction of another kind, one that holds something else, or a value that does not fit.
 */
export function patchInstruction(code: Uint8Array, offset: number, endian: Endian, resolution: CoreResolution): Patch {
  if (offset % instructionSize !== 0 || offset + instructionSize > code.length) {
    throw new CoreError(`there is no instruction at byte ${offset} of ${code.length}`);
  }
  const view = new DataView(code.buffer, code.byteOffset, code.byteLength);
  const little = endian === "little";
  const opcode = view.getUint8(offset);
  if (resolution.kind === "poison") return poison(view, offset, little, resolution.reason);
  const { before, after, certain, memory, misread } = resolution;
  const expect = (held: bigint): void => {
    if (certain && BigInt.asUintN(64, held) !== before) {
      throw new CoreError(`the instruction holds ${held}, its relocation ${before}`);
    }
  };
  switch (opcode & 7) {
    case 4:
    case 7: {
      if ((opcode & 8) !== 0) break;
      const held = BigInt(view.getInt32(offset + 4, little));
      expect(held);
      // The immediate is sign-extended; as 32 bits it may also be a number without sign.
      if (after !== BigInt.asUintN(64, BigInt.asIntN(32, after)) && after >> 32n !== 0n) {
        throw new CoreError(`${after} does not fit into the 32 bits of an immediate`);
      }
      view.setInt32(offset + 4, Number(BigInt.asIntN(32, after)), little);
      return { kind: "immediate", before: held, after };
    }
    case 1:
    case 2:
    case 3: {
      const held = BigInt(view.getInt16(offset + 2, little));
      expect(held);
      if (after > 0x7fffn) throw new CoreError(`${after} does not fit into the offset of a load or store`);
      if (misread !== undefined) return poison(view, offset, little, misread);
      view.setInt16(offset + 2, Number(after), little);
      if (memory.before !== memory.after) {
        const code = sizeCodes.get(memory.after);
        if (sizeCodes.get(memory.before) !== (opcode & 0x18)) {
          throw new CoreError(`the instruction does not access the ${memory.before} bytes of its member`);
        }
        if (code === undefined) throw new CoreError(`no load or store takes ${memory.after} bytes`);
        view.setUint8(offset, (opcode & ~0x18) | code);
      }
      return { kind: "offset", before: held, after };
    }
    case 0: {
      if (opcode !== loadImmediate || !isPlainImmediate(view, offset, little)) break;
      const low = BigInt(view.getUint32(offset + 4, little));
      const held = low | (BigInt(view.getUint32(offset + 12, little)) << 32n);
      expect(held);
      view.setUint32(offset + 4, Number(after & 0xffff_ffffn), little);
      view.setUint32(offset + 12, Number(after >> 32n), little);
      return { kind: "immediate64", before: held, after };
    }
  }
  throw new CoreError(`instruction 0x${opcode.toString(16).padStart(2, "0")} has no place for a relocation`);
}

/** Whether it is a `ld_imm64` of a number: no register names what the number stands for, and its second slot is one. */
function isPlainImmediate(view: DataView, offset: number, little: boolean): boolean {
  if (offset + 2 * instructionSize > view.byteLength) return false;
  const source = little ? view.getUint8(offset + 1) >> 4 : view.getUint8(offset + 1) & 15;
  return source === 0 && view.getUint16(offset + 2) === 0 && view.getUint32(offset + 8) === 0;
}

function poison(view: DataView, offset: number, little: boolean, reason: string): Patch {
  const slots = view.getUint8(offset) === loadImmediate && offset + 16 <= view.byteLength ? 2 : 1;
  for (let at = offset; at < offset + slots * instructionSize; at += instructionSize) {
    view.setUint8(at, call);
    view.setUint8(at + 1, 0);
    view.setUint16(at + 2, 0);
    view.setInt32(at + 4, poisonedHelper, little);
  }
  return { kind: "poison", reason };
}
