import { Attributes, cString, littleEndian } from "./attributes.ts";
import { callBpf, command, objectInfo, textOf } from "./bpf-call.ts";

/** BPF_PROG_STREAM_READ_BY_FD (Linux 6.17) → how many bytes of a program's stream went into `bytes`, 0 for nothing new | −errno. */
export function readProgramStream(programFd: number, stream: number, bytes: Uint8Array): number {
  const attributes = new Attributes(24).pointer(0, bytes).u32(8, bytes.byteLength).u32(12, stream).u32(16, programFd);
  return callBpf(command.streamRead, attributes);
}

/** BPF_PROG_LOAD of a program that returns 0 at once, of a kind, on a function of the kernel where it is for one → fd | −errno. */
export function loadNothing(type: number, attachType = 0, functionId = 0): number {
  // r0 = 0; exit
  const code = Uint8Array.of(0xb7, 0, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0);
  const attributes = new Attributes(112)
    .u32(0, type)
    .u32(4, 2)
    .pointer(8, code)
    .pointer(16, cString("GPL"))
    .text(48, "rbgen_doctor", 15)
    .u32(68, attachType)
    .u32(108, functionId);
  return callBpf(command.programLoad, attributes);
}

/** BPF_PROG_GET_NEXT_ID → the next program's id after `id`, or −errno: ENOENT after the last. */
export function nextProgramId(id: number): number {
  const attributes = new Attributes(12).u32(0, id);
  const result = callBpf(command.programNextId, attributes);
  return result < 0 ? result : attributes.getU32(4);
}

/** BPF_PROG_GET_FD_BY_ID → fd | −errno. */
export function programFdById(id: number): number {
  return callBpf(command.programFdById, new Attributes(12).u32(0, id));
}

/** BPF_BTF_GET_FD_BY_ID → fd | −errno. */
export function btfFdById(id: number): number {
  return callBpf(command.btfFdById, new Attributes(12).u32(0, id));
}

/** `struct bpf_prog_info`, as far as it is used here. */
export interface ProgramInfo {
  /** At most 15 bytes: the kernel keeps no more. */
  readonly name: string;
  /** Of the maps that the program uses. */
  readonly mapIds: readonly number[];
  /** 0 where the program was loaded without BTF. */
  readonly btfId: number;
}

/** The kernel's description of a program, or −errno. */
export function programInfo(fd: number): ProgramInfo | number {
  let ids = new Uint8Array(0);
  for (;;) {
    const bytes = new Uint8Array(136);
    const view = new DataView(bytes.buffer);
    view.setUint32(52, ids.byteLength / 4, littleEndian);
    const result = ids.byteLength > 0 ? objectInfo(fd, bytes, 56, ids) : objectInfo(fd, bytes);
    if (result < 0) return result;
    const count = view.getUint32(52, littleEndian);
    if (count * 4 <= ids.byteLength) {
      const mapIds = [...new Uint32Array(ids.buffer, 0, count)];
      return { name: textOf(bytes.subarray(64, 80)), mapIds, btfId: view.getUint32(128, littleEndian) };
    }
    ids = new Uint8Array(count * 4);
  }
}

/** The type information that a program or map was loaded with, or −errno. */
export function btfBytes(fd: number): Uint8Array | number {
  const size = new Uint8Array(16);
  const result = objectInfo(fd, size);
  if (result < 0) return result;
  const bytes = new Uint8Array(new DataView(size.buffer).getUint32(8, littleEndian));
  const filled = new Uint8Array(16);
  new DataView(filled.buffer).setUint32(8, bytes.byteLength, littleEndian);
  const read = objectInfo(fd, filled, 0, bytes);
  return read < 0 ? read : bytes;
}

/** What a run of a program is given: the context for programs that take one, packet bytes for those that take data. */
export interface RunInput {
  readonly context?: Uint8Array | undefined;
  readonly data?: Uint8Array | undefined;
  readonly dataOut?: Uint8Array | undefined;
  readonly repeat?: number | undefined;
  /** CPU to run on, for a raw tracepoint. */
  readonly cpu?: number | undefined;
}

/** How a run ended: result of the system call, and the program's own return value. */
export interface RunResult {
  readonly result: number;
  readonly returnValue: number;
  readonly dataOutLength: number;
}

/** BPF_F_TEST_RUN_ON_CPU. */
const runOnCpu = 1;

/**
 * BPF_PROG_TEST_RUN. The context is copied in and, for a SEC("syscall") program, back into the same bytes; a
 * `ctx_out` of its own is refused by the kernel there.
 */
export function runProgram(fd: number, input: RunInput): RunResult {
  const attributes = new Attributes(80).u32(0, fd);
  if (input.data !== undefined && input.data.byteLength > 0) {
    attributes.u32(8, input.data.byteLength).pointer(16, input.data);
  }
  if (input.dataOut !== undefined && input.dataOut.byteLength > 0) {
    attributes.u32(12, input.dataOut.byteLength).pointer(24, input.dataOut);
  }
  if (input.repeat !== undefined) attributes.u32(32, input.repeat);
  if (input.context !== undefined && input.context.byteLength > 0) {
    attributes.u32(40, input.context.byteLength).pointer(48, input.context);
  }
  if (input.cpu !== undefined) attributes.u32(64, runOnCpu).u32(68, input.cpu);
  const result = callBpf(command.programRun, attributes);
  return { result, returnValue: attributes.getU32(4) | 0, dataOutLength: attributes.getU32(12) };
}
