import { constants } from "node:os";
import type { PerfRingOptions } from "@rbgen/runtime/backend";
import { loadAddon } from "../addon/load-addon.ts";
import { littleEndian } from "../kernel/attributes.ts";
import { kernelError } from "../kernel/errno.ts";
import { held, type OwnedDescriptor } from "../kernel/open-map.ts";

/** Of include/uapi/linux/perf_event.h: types, what is sampled, and what a read gives. */
const software = 1;
const bpfOutput = 10n;
const sampleRaw = 1n << 10n;
const formatTotalTimeEnabled = 1n;
const formatLost = 1n << 4n;
/** The bit `watermark` of the attributes' flags. */
const watermark = 1n << 14n;
/** PERF_ATTR_SIZE_VER0: what is needed here is in the first version of `struct perf_event_attr`. */
const attributeBytes = 64;
/** The bit `write_backward` of the attributes' flags. */
const writeBackward = 1n << 27n;
const closeOnExec = 8;
/** `_IO('$', 0)`. */
const ioctlEnable = 0x2400;
/** `_IOW('$', 9, __u32)`. */
const ioctlPauseOutput = 0x40042409;

/** One CPU's event that BPF programs send to, and whether it counts what it drops (from Linux 6.0 on). */
export interface OutputEvent extends OwnedDescriptor {
  readonly counts: boolean;
}

/**
 * Opens the event of one CPU, or undefined where that CPU went offline.
 * @throws RingBufError EPERM, EACCES without CAP_PERFMON; EMFILE, ENOMEM.
 */
export function openOutputEvent(cpu: number, options: PerfRingOptions): OutputEvent | undefined {
  const addon = loadAddon();
  let counts = true;
  let fd = addon.perfEventOpen(attributesOf(options, true), -1, cpu, closeOnExec, null);
  if (fd === -constants.errno.EINVAL) {
    counts = false;
    fd = addon.perfEventOpen(attributesOf(options, false), -1, cpu, closeOnExec, null);
  }
  const owner = held(addon.own(fd));
  if (fd === -constants.errno.ENODEV) return undefined;
  if (fd < 0) throw kernelError(fd, "perf_event_open", explain(fd, cpu));
  return { fd, owner, counts };
}

/**
 * Lets samples in.
 * @throws RingBufError
 */
export function enable(event: OutputEvent, cpu: number): void {
  const result = loadAddon().control(event.fd, ioctlEnable, 0);
  if (result < 0) throw kernelError(result, "ioctl", `the event of CPU ${cpu} cannot be enabled`);
}

/**
 * Lets no sample in, or lets them in again.
 * @throws RingBufError
 */
export function pause(event: OutputEvent, paused: boolean, cpu: number): void {
  const result = loadAddon().control(event.fd, ioctlPauseOutput, paused ? 1 : 0);
  if (result < 0)
    throw kernelError(result, "ioctl", `the ring of CPU ${cpu} cannot be ${paused ? "paused" : "resumed"}`);
}

/** Samples that found no room, or undefined where the kernel does not count them. */
export function lostBy(event: OutputEvent): number | undefined {
  const lost = counters(event)?.[2];
  return lost === undefined ? undefined : Number(lost);
}

/**
 * Nanoseconds that the event has been enabled. They stand still once its CPU went offline, for good: the kernel takes the
 * event out of its context (kernel/events/core.c `perf_event_exit_cpu_context`), and nothing else tells of it.
 */
export function enabledNs(event: OutputEvent): bigint | undefined {
  return counters(event)?.[1];
}

/** The value, the time enabled, and where it is counted what was lost; undefined where the read fails. */
function counters(event: OutputEvent): BigUint64Array | undefined {
  const words = new BigUint64Array(event.counts ? 3 : 2);
  const read = loadAddon().readFd(event.fd, new Uint8Array(words.buffer));
  return read === words.byteLength ? words : undefined;
}

function attributesOf({ wakeupEvents, watermarkBytes, overwritable }: PerfRingOptions, counts: boolean): Uint8Array {
  const bytes = new Uint8Array(attributeBytes);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, software, littleEndian);
  view.setUint32(4, attributeBytes, littleEndian);
  view.setBigUint64(8, bpfOutput, littleEndian);
  view.setBigUint64(16, 1n, littleEndian); // every sample
  view.setBigUint64(24, sampleRaw, littleEndian);
  view.setBigUint64(32, formatTotalTimeEnabled | (counts ? formatLost : 0n), littleEndian);
  view.setBigUint64(
    40,
    (watermarkBytes === undefined ? 0n : watermark) | (overwritable ? writeBackward : 0n),
    littleEndian,
  );
  view.setUint32(48, watermarkBytes ?? wakeupEvents, littleEndian);
  return bytes;
}

function explain(errno: number, cpu: number): string {
  const what = `no event for CPU ${cpu}`;
  return errno === -constants.errno.EACCES || errno === -constants.errno.EPERM
    ? `${what}: events of a whole CPU need CAP_PERFMON (kernel.perf_event_paranoid)`
    : what;
}
