import { errno } from "../errno.ts";
import { type Execution, giveInteger, giveWords } from "../run/execution.ts";
import { isNull, lowOf, numberOf, readFrom, sizeIn } from "./arguments.ts";
import type { HelperDefinition } from "./helper-definition.ts";
import { packetIn } from "./packet.ts";
import { classifierTypes } from "./program-types.ts";

const replacers = [...classifierTypes, "lwt_xmit"];
/** `BPF_F_HDR_FIELD_MASK`, `BPF_F_PSEUDO_HDR`, `BPF_F_MARK_MANGLED_0`, `BPF_F_MARK_ENFORCE`, `BPF_F_IPV6`. */
const flag = { size: 0xf, pseudo: 0x10, mangled: 0x20, enforce: 0x40, ipv6: 0x80 } as const;

/** Helpers of checksums of the internet (net/core/filter.c, include/net/checksum.h): words are as they lie in the packet. */
export const checksumHelpers: readonly HelperDefinition[] = [
  { id: 10, name: "bpf_l3_csum_replace", types: replacers, run: (execution) => replace(execution, 0, false) },
  {
    id: 11,
    name: "bpf_l4_csum_replace",
    types: replacers,
    run: (execution) => replace(execution, flag.pseudo | flag.mangled | flag.enforce | flag.ipv6, true),
  },
  {
    id: 28,
    name: "bpf_csum_diff",
    types: [...classifierTypes, "xdp", "lwt_in", "lwt_out", "lwt_xmit", "lwt_seg6local"],
    run: difference,
  },
];

/** Sum of two words with the carry added at the end (`csum_add`). */
function add(left: number, right: number): number {
  const sum = (left >>> 0) + (right >>> 0);
  return sum > 0xffffffff ? (sum + 1) >>> 0 : sum;
}

/** `csum_sub` */
function subtract(left: number, right: number): number {
  return add(left, ~right >>> 0);
}

/** A word's sum in 16 bits (`csum_from32to16`). */
function fold(word: number): number {
  const once = (word >>> 16) + (word & 0xffff);
  return ((once >>> 16) + (once & 0xffff)) & 0xffff;
}

/** `csum_partial`: the sum of words, the last one with zeros behind its bytes. */
function partial(bytes: DataView, from: number, size: number, seed: number): number {
  let sum = seed >>> 0;
  const whole = from + (size & ~3);
  for (let at = from; at < whole; at += 4) sum = add(sum, bytes.getUint32(at, true));
  let rest = 0;
  for (let at = from + size - 1; at >= whole; at -= 1) rest = (rest << 8) | bytes.getUint8(at);
  return add(sum, rest);
}

/** `bpf_csum_diff`: what changes in a checksum where `from` gives way to `to`. */
function difference(execution: Execution): void {
  const { memory } = execution;
  const [fromSize, toSize] = [sizeIn(execution, 2), sizeIn(execution, 4)];
  const seed = lowOf(memory, 5) >>> 0;
  const from = fromSize === 0 && isNull(memory, 1) ? 0 : readFrom(memory, 1, fromSize);
  const to = toSize === 0 && isNull(memory, 3) ? 0 : readFrom(memory, 3, toSize);
  const { view } = memory;
  let sum = seed;
  if (fromSize > 0 && toSize > 0) sum = subtract(partial(view, to, toSize, seed), partial(view, from, fromSize, 0));
  else if (toSize > 0) sum = partial(view, to, toSize, seed);
  else if (fromSize > 0) sum = ~partial(view, from, fromSize, ~seed >>> 0) >>> 0;
  giveWords(memory, fold(sum), 0);
}

function replace(execution: Execution, allowed: number, transport: boolean): void {
  giveInteger(execution.memory, replaced(execution, allowed, transport));
}

/** `bpf_l3_csum_replace` and `bpf_l4_csum_replace`: the checksum at an offset, for a field that changes. */
function replaced(execution: Execution, allowed: number, transport: boolean): number {
  const { memory } = execution;
  const packet = packetIn(execution);
  const offset = lowOf(memory, 2) >>> 0;
  const [from, to] = [numberOf(memory, 3), numberOf(memory, 4)];
  const flags = numberOf(memory, 5);
  packet.renew();
  if ((flags & ~BigInt(flag.size | allowed)) !== 0n) return errno.EINVAL;
  const known = Number(flags);
  const at = offset > 0xffff || (offset & 1) !== 0 ? undefined : packet.at(offset, 2);
  if (at === undefined) return errno.EFAULT;
  const old = memory.view.getUint16(at, true);
  const mangled = transport && (known & flag.mangled) !== 0;
  if (mangled && (known & flag.enforce) === 0 && old === 0) return 0;
  const bits = (known & flag.size) === 2 ? 16 : 32;
  const [before, after] = [Number(BigInt.asUintN(bits, from)), Number(BigInt.asUintN(bits, to))];
  let sum: number;
  switch (known & flag.size) {
    case 0:
      if (from !== 0n) return errno.EINVAL;
      sum = ~fold(add(after, ~old >>> 0)) & 0xffff;
      break;
    case 2:
    case 4:
      sum = ~fold(add(subtract(~old >>> 0, before), after)) & 0xffff;
      break;
    default:
      return errno.EINVAL;
  }
  memory.watch?.(packet.region, offset, at, 2);
  memory.view.setUint16(at, mangled && sum === 0 ? 0xffff : sum, true);
  return 0;
}
