import type { ChunkEvent, ExecEvent, FlagsEvent, FlowEvent, PathEvent, Tick } from "./shapes.gen.ts";

// What a careful programmer writes by hand for the six shapes: the same length and range checks, the same results.

const decoder = new TextDecoder();
const encoder = new TextEncoder();

function need(view: DataView, offset: number, byteLength: number, size: number): void {
  if (byteLength < size || offset + byteLength > view.byteLength)
    throw new RangeError(`${byteLength} bytes, not ${size}`);
}

function room(view: DataView, offset: number, size: number): void {
  if (offset + size > view.byteLength) throw new RangeError(`no room for ${size} bytes`);
}

function text(view: DataView, offset: number, length: number): string {
  let result = "";
  for (let i = 0; i < length; i++) {
    const byte = view.getUint8(offset + i);
    if (byte === 0) return result;
    if (byte > 127) {
      let end = i;
      while (end < length && view.getUint8(offset + end) !== 0) end++;
      return decoder.decode(new Uint8Array(view.buffer, view.byteOffset + offset, end).slice());
    }
    result += String.fromCharCode(byte);
  }
  return result;
}

function putText(value: string, view: DataView, offset: number, length: number): void {
  const bytes = encoder.encode(value);
  if (bytes.length > length) throw new RangeError(`${value} is too long`);
  const target = new Uint8Array(view.buffer, view.byteOffset + offset, length);
  target.set(bytes);
  target.fill(0, bytes.length);
}

function u32(value: number): number {
  if (value >>> 0 !== value) throw new RangeError(`${value}`);
  return value;
}

function u16(value: number): number {
  if ((value & 0xffff) !== value) throw new RangeError(`${value}`);
  return value;
}

function s32(value: number): number {
  if ((value | 0) !== value) throw new RangeError(`${value}`);
  return value;
}

function ubits(value: number, bits: number): number {
  if (value >>> bits !== 0 || value >>> 0 !== value) throw new RangeError(`${value}`);
  return value;
}

function sbits(value: number, bits: number): number {
  if ((value << (32 - bits)) >> (32 - bits) !== value) throw new RangeError(`${value}`);
  return value & (2 ** bits - 1);
}

function u64(value: bigint): bigint {
  if (BigInt.asUintN(64, value) !== value) throw new RangeError(`${value}`);
  return value;
}

export function decodeTick(view: DataView, offset: number, byteLength: number): Tick {
  need(view, offset, byteLength, 16);
  return {
    ts: view.getBigUint64(offset, true),
    pid: view.getUint32(offset + 8, true),
    cpu: view.getUint32(offset + 12, true),
  };
}

export function encodeTick(value: Tick, view: DataView, offset: number): number {
  room(view, offset, 16);
  view.setBigUint64(offset, u64(value.ts), true);
  view.setUint32(offset + 8, u32(value.pid), true);
  view.setUint32(offset + 12, u32(value.cpu), true);
  return 16;
}

export function decodeExec(view: DataView, offset: number, byteLength: number): ExecEvent {
  need(view, offset, byteLength, 48);
  return {
    tsNs: view.getBigUint64(offset, true),
    pid: view.getUint32(offset + 8, true),
    ppid: view.getUint32(offset + 12, true),
    uid: view.getUint32(offset + 16, true),
    comm: text(view, offset + 20, 16),
    exitCode: view.getInt32(offset + 36, true),
    cgroup: view.getBigUint64(offset + 40, true),
  };
}

export function encodeExec(value: ExecEvent, view: DataView, offset: number): number {
  room(view, offset, 48);
  view.setBigUint64(offset, u64(value.tsNs), true);
  view.setUint32(offset + 8, u32(value.pid), true);
  view.setUint32(offset + 12, u32(value.ppid), true);
  view.setUint32(offset + 16, u32(value.uid), true);
  putText(value.comm, view, offset + 20, 16);
  view.setInt32(offset + 36, s32(value.exitCode), true);
  view.setBigUint64(offset + 40, u64(value.cgroup), true);
  return 48;
}

export function decodeFlags(view: DataView, offset: number, byteLength: number): FlagsEvent {
  need(view, offset, byteLength, 16);
  const bits = view.getUint32(offset + 4, true);
  return {
    pid: view.getUint32(offset, true),
    proto: bits & 15,
    dir: (bits >>> 4) & 1,
    delta: (bits << 16) >> 21,
    mark: bits >>> 16,
    sport: view.getUint16(offset + 8, true),
    dport: view.getUint16(offset + 10),
    len: view.getUint32(offset + 12, true),
  };
}

export function encodeFlags(value: FlagsEvent, view: DataView, offset: number): number {
  room(view, offset, 16);
  view.setUint32(offset, u32(value.pid), true);
  const low = ubits(value.proto, 4) | (ubits(value.dir, 1) << 4) | (sbits(value.delta, 11) << 5);
  view.setUint32(offset + 4, low | (ubits(value.mark, 16) << 16), true);
  view.setUint16(offset + 8, u16(value.sport), true);
  view.setUint16(offset + 10, u16(value.dport));
  view.setUint32(offset + 12, u32(value.len), true);
  return 16;
}

function endpoint(view: DataView, offset: number): FlowEvent["src"] {
  return { addr: view.getUint32(offset), port: view.getUint16(offset + 4), family: view.getUint16(offset + 6, true) };
}

function putEndpoint(value: FlowEvent["src"], view: DataView, offset: number): void {
  view.setUint32(offset, u32(value.addr));
  view.setUint16(offset + 4, u16(value.port));
  view.setUint16(offset + 6, u16(value.family), true);
}

export function decodeFlow(view: DataView, offset: number, byteLength: number): FlowEvent {
  need(view, offset, byteLength, 72);
  const counts: number[] = [];
  for (let i = 0; i < 8; i++) counts.push(view.getUint32(offset + 40 + i * 4, true));
  return {
    ts: view.getBigUint64(offset, true),
    src: endpoint(view, offset + 8),
    dst: endpoint(view, offset + 16),
    rx: view.getBigUint64(offset + 24, true),
    tx: view.getBigUint64(offset + 32, true),
    counts,
  };
}

export function encodeFlow(value: FlowEvent, view: DataView, offset: number): number {
  room(view, offset, 72);
  view.setBigUint64(offset, u64(value.ts), true);
  putEndpoint(value.src, view, offset + 8);
  putEndpoint(value.dst, view, offset + 16);
  view.setBigUint64(offset + 24, u64(value.rx), true);
  view.setBigUint64(offset + 32, u64(value.tx), true);
  if (value.counts.length !== 8) throw new RangeError("counts");
  for (let i = 0; i < 8; i++) view.setUint32(offset + 40 + i * 4, u32(value.counts[i]!), true);
  return 72;
}

export function decodePath(view: DataView, offset: number, byteLength: number): PathEvent {
  need(view, offset, byteLength, 280);
  return {
    pid: view.getUint32(offset, true),
    flags: view.getUint32(offset + 4, true),
    comm: text(view, offset + 8, 16),
    path: text(view, offset + 24, 256),
  };
}

export function encodePath(value: PathEvent, view: DataView, offset: number): number {
  room(view, offset, 280);
  view.setUint32(offset, u32(value.pid), true);
  view.setUint32(offset + 4, u32(value.flags), true);
  putText(value.comm, view, offset + 8, 16);
  putText(value.path, view, offset + 24, 256);
  return 280;
}

export function decodeChunk(view: DataView, offset: number, byteLength: number): ChunkEvent {
  need(view, offset, byteLength, 16);
  return {
    ts: view.getBigUint64(offset, true),
    pid: view.getUint32(offset + 8, true),
    len: view.getUint32(offset + 12, true),
    data: new Uint8Array(view.buffer, view.byteOffset + offset + 16, byteLength - 16).slice(),
  };
}

export function encodeChunk(value: ChunkEvent, view: DataView, offset: number): number {
  room(view, offset, 16 + value.data.length);
  view.setBigUint64(offset, u64(value.ts), true);
  view.setUint32(offset + 8, u32(value.pid), true);
  view.setUint32(offset + 12, u32(value.len), true);
  new Uint8Array(view.buffer, view.byteOffset + offset + 16, value.data.length).set(value.data);
  return 16 + value.data.length;
}
