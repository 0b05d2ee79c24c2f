import type { VmMemory } from "../memory/memory.ts";
import type { ContextMembers, Region } from "../memory/region.ts";

/** Bytes in front of a packet (`XDP_PACKET_HEADROOM`), of which programs may not move its start into the first (`struct xdp_frame`). */
const headroom = 256;
const frameBytes = 40;
/** Bytes from the start of that room that a packet of one page may reach to: behind them is `struct skb_shared_info`. */
const hardEnd = 4096 - 320;

/**
 * A packet in a VM's memory. Programs get pointers to a region that is just its bytes, and another one when its bounds
 * move: the pointers from before are no good then, as the verifier has it.
 */
export class Packet {
  readonly #memory: VmMemory;
  /** The packet with room around it, which no pointer reaches. */
  readonly #room: Region;
  #region: Region;
  #start: number = headroom;
  #end: number;

  constructor(memory: VmMemory, bytes: Uint8Array) {
    this.#memory = memory;
    this.#end = headroom + bytes.byteLength;
    this.#room = memory.allocate(Math.max(hardEnd, this.#end), {
      kind: "packet",
      name: "room of the packet",
      access: "none",
    });
    memory.bytes.set(bytes, this.#room.address + headroom);
    this.#region = this.#carve();
  }

  /** What programs' pointers point to. */
  get region(): Region {
    return this.#region;
  }

  get length(): number {
    return this.#end - this.#start;
  }

  /** A copy of what it is now. */
  get bytes(): Uint8Array {
    const { address } = this.#room;
    return this.#memory.bytes.slice(address + this.#start, address + this.#end);
  }

  /** Address of `size` of its bytes; undefined where it has not so many. */
  at(offset: number, size: number): number | undefined {
    return offset + size <= this.length ? this.#room.address + this.#start + offset : undefined;
  }

  /** Pointers into it that programs have are no good any more. */
  renew(): void {
    this.#memory.release(this.#region);
    this.#region = this.#carve();
  }

  /** Moves its first and last byte; false, and nothing happens, where there is no room, or no Ethernet header would be left. */
  adjust(head: number, tail: number): boolean {
    const [start, end] = [this.#start + head, this.#end + tail];
    if (start < frameBytes || end > this.#room.size || end - start < 14) return false;
    if (end > this.#end) {
      const { address } = this.#room;
      this.#memory.bytes.fill(0, address + this.#end, address + end);
    }
    this.#start = start;
    this.#end = end;
    this.renew();
    return true;
  }

  /** Has programs see it without its first `bytes`, or with them again for a negative number. */
  pull(bytes: number): void {
    this.#start += bytes;
    this.renew();
  }

  /** Gives its memory back. */
  release(): void {
    this.#memory.release(this.#region);
    this.#memory.release(this.#room);
  }

  #carve(): Region {
    return this.#memory.carve(this.#room, this.#start, this.length, { kind: "packet", name: "packet", owner: this });
  }
}

/** `struct xdp_md`: six words, of which three are pointers into the packet. */
export class XdpContext implements ContextMembers {
  static readonly size = 24;
  readonly #packet: Packet;
  readonly #words: Int32Array = new Int32Array(6);

  constructor(packet: Packet, ingressIfindex: number) {
    this.#packet = packet;
    this.#words[3] = ingressIfindex;
  }

  read(offset: number, size: number, into: Int32Array): string | undefined {
    if (size !== 4 || offset % 4 !== 0) return `invalid bpf_context access off=${offset} size=${size}`;
    const { region, length } = this.#packet;
    const word = offset / 4;
    into[1] = 0;
    if (word > 2) {
      into[0] = this.#words[word] as number;
      return undefined;
    }
    into[0] = word === 1 ? length : 0;
    into[1] = region.id;
    return undefined;
  }

  write(offset: number, size: number): string | undefined {
    return `invalid bpf_context access off=${offset} size=${size}: struct xdp_md is read-only`;
  }
}

/** Members of `struct __sk_buff` that are no plain words, by their offset (include/uapi/linux/bpf.h). */
const skb = { len: 0, data: 76, dataEnd: 80, dataMeta: 140, size: 192 } as const;
/** Members that programs may write: mark, queue_mapping, priority, tc_index, cb[5], tc_classid, tstamp. */
const writable: readonly (readonly [from: number, to: number])[] = [
  [8, 12],
  [12, 16],
  [32, 36],
  [44, 48],
  [48, 68],
  [72, 76],
  [152, 160],
];

/** `struct __sk_buff`: words of it are memory of its own, those that tell of the packet come from it. */
export class SkbContext implements ContextMembers {
  static readonly size: number = skb.size;
  readonly #packet: Packet;
  readonly #view: DataView;

  constructor(packet: Packet, initial: Uint8Array) {
    const bytes = new Uint8Array(skb.size);
    bytes.set(initial.subarray(0, skb.size));
    this.#packet = packet;
    this.#view = new DataView(bytes.buffer);
  }

  /** A copy of its bytes, with the packet's length. */
  get bytes(): Uint8Array {
    this.#view.setUint32(skb.len, this.#packet.length, true);
    return new Uint8Array(this.#view.buffer.slice(0));
  }

  read(offset: number, size: number, into: Int32Array): string | undefined {
    const { region, length } = this.#packet;
    into[1] = 0;
    if (offset === skb.data || offset === skb.dataEnd || offset === skb.dataMeta) {
      if (size !== 4) return `invalid bpf_context access off=${offset} size=${size}`;
      into[0] = offset === skb.dataEnd ? length : 0;
      into[1] = region.id;
      return undefined;
    }
    if (offset % size !== 0) return `misaligned bpf_context access off=${offset} size=${size}`;
    this.#view.setUint32(skb.len, length, true);
    const { byteLength } = this.#view;
    if (offset + size > byteLength) return `invalid bpf_context access off=${offset} size=${size}`;
    if (size === 8) {
      into[0] = this.#view.getInt32(offset, true);
      into[1] = this.#view.getInt32(offset + 4, true);
    } else if (size === 4) into[0] = this.#view.getInt32(offset, true);
    else if (size === 2) into[0] = this.#view.getUint16(offset, true);
    else into[0] = this.#view.getUint8(offset);
    return undefined;
  }

  write(offset: number, size: number, low: number, high: number): string | undefined {
    const allowed = writable.some(([from, to]) => offset >= from && offset + size <= to);
    if (!allowed || offset % size !== 0) return `invalid bpf_context access off=${offset} size=${size}`;
    if (size === 8) {
      this.#view.setInt32(offset, low, true);
      this.#view.setInt32(offset + 4, high, true);
    } else if (size === 4) this.#view.setInt32(offset, low, true);
    else if (size === 2) this.#view.setInt16(offset, low, true);
    else this.#view.setInt8(offset, low);
    return undefined;
  }
}
