import { constants } from "node:os";
import { loadAddon } from "../addon/load-addon.ts";
import { checkOptions, shown } from "../kernel/arguments.ts";
import { isWord, littleEndian } from "../kernel/attributes.ts";
import { kernelError, ringError } from "../kernel/errno.ts";
import { createPerfLink } from "../kernel/link-commands.ts";
import { held, type OwnedDescriptor } from "../kernel/open-map.ts";
import { checkCookie, checkNumber } from "./attach-arguments.ts";
import { type Attached, type Explain, refusal } from "./attached.ts";
import { type Link, linkOfDescriptor } from "./link.ts";

/** `PERF_TYPE_*` of include/uapi/linux/perf_event.h. */
const types = { hardware: 0, software: 1, tracepoint: 2, hw_cache: 3, raw: 4, breakpoint: 5 } as const;

/** PERF_ATTR_SIZE_VER1: up to `config2`. */
const attributeBytes = 72;
/** Bits of the attributes' flags. */
const disabled = 1n;
const frequency = 1n << 10n;
const closeOnExec = 8;
/** `_IO('$', 0)`, `_IOW('$', 8, __u32)`. */
const ioctlEnable = 0x2400;
const ioctlSetBpf = 0x40042408;

/** Which perf event a program of SEC("perf_event") runs on. */
export interface PerfEventOptions {
  /** `PERF_TYPE_*`, or the number of a PMU (`/sys/bus/event_source/devices/NAME/type`). */
  readonly type: keyof typeof types | number;
  /** What is counted: `PERF_COUNT_*` of the type. */
  readonly config: number | bigint;
  /** The program runs each time as many were counted. */
  readonly samplePeriod?: number | bigint | undefined;
  /** The program runs about as many times a second. */
  readonly sampleFreq?: number | undefined;
  /** The thread of this number alone; all of a CPU unless told. */
  readonly pid?: number | undefined;
  /** One CPU; all that the thread runs on unless told. Without `pid` it has to be told: an event of all processes is one CPU's. */
  readonly cpu?: number | undefined;
  /** What `bpf_get_attach_cookie` gives the program (Linux 5.15). */
  readonly cookie?: bigint | undefined;
}

/** `struct perf_event_attr`, as far as it is used here, and the CPU and process of perf_event_open(2). */
export interface EventDefinition {
  readonly type: number;
  readonly config: bigint;
  /** What `config1` points to. */
  readonly name?: Uint8Array | undefined;
  readonly config2?: bigint | undefined;
  readonly sample?: { readonly every: bigint; readonly asFrequency: boolean } | undefined;
  readonly pid: number;
  readonly cpu: number;
}

/**
 * The event that `options` tell of.
 * @throws RingBufError EINVAL
 */
function perfEventOf(options: PerfEventOptions): EventDefinition {
  const { type, config, samplePeriod, sampleFreq, pid, cpu } = checkOptions(options, "a perf event", {
    type: true,
    config: true,
    samplePeriod: true,
    sampleFreq: true,
    pid: true,
    cpu: true,
    cookie: true,
  });
  const number = typeof type === "string" && Object.hasOwn(types, type) ? types[type] : type;
  if (!isWord(number)) {
    throw ringError("EINVAL", `type is a number or one of ${Object.keys(types).join(", ")}, not ${shown(type)}`);
  }
  if (samplePeriod !== undefined && sampleFreq !== undefined) {
    throw ringError("EINVAL", "a perf event has a samplePeriod or a sampleFreq, not both");
  }
  if (sampleFreq !== undefined && !isWord(sampleFreq)) {
    throw ringError("EINVAL", `sampleFreq is how often a second, not ${shown(sampleFreq)}`);
  }
  const every = sampleFreq ?? samplePeriod;
  const event = {
    type: number,
    config: word64(config, "config"),
    sample:
      every === undefined
        ? undefined
        : {
            every: word64(every, sampleFreq === undefined ? "samplePeriod" : "sampleFreq"),
            asFrequency: sampleFreq !== undefined,
          },
    pid: checkNumber(pid, "pid"),
    cpu: checkNumber(cpu, "cpu"),
  };
  if (event.pid < 0 && event.cpu < 0) {
    throw ringError("EINVAL", "an event of all processes is one CPU's: tell cpu, and attach to each CPU; or tell pid");
  }
  return event;
}

function word64(value: number | bigint, what: string): bigint {
  const whole = typeof value === "number" && Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof whole === "bigint" && BigInt.asUintN(64, whole) === whole) return whole;
  throw ringError("EINVAL", `${what} is a whole number of 64 bits, not ${shown(value)}`);
}

/**
 * Runs the program on an event that is opened for it.
 * @throws RingBufError with what `explain` says of a refusal.
 */
export function attachToEvent(program: Attached, event: EventDefinition, cookie: bigint, explain: Explain): Link {
  const addon = loadAddon();
  const fd = addon.perfEventOpen(attributesOf(event), event.pid, event.cpu, closeOnExec, event.name ?? null);
  const owner = held(addon.own(fd));
  if (fd < 0) throw kernelError(fd, "perf_event_open", refusal(program.what, fd, explain));
  try {
    const linkFd = createPerfLink(program.fd, fd, cookie);
    const linkOwner = held(addon.own(linkFd));
    if (linkFd === -constants.errno.EINVAL) return attachByIoctl(program, { fd, owner }, cookie);
    if (linkFd < 0)
      throw kernelError(
        linkFd,
        "BPF_LINK_CREATE",
        refusal(program.what, linkFd, () => undefined),
      );
    enable(program, { fd, owner: linkOwner });
    // the link holds the event
    addon.disown(owner);
    return linkOfDescriptor(program.what, { fd: linkFd, owner: linkOwner });
  } catch (error) {
    addon.disown(owner);
    throw error;
  }
}

/**
 * Before Linux 5.15 the event itself holds its program.
 * @throws RingBufError EINVAL for a program of another type; ENOTSUP for a cookie.
 */
export function attachByIoctl({ what, fd }: Attached, event: OwnedDescriptor, cookie: bigint): Link {
  const result = loadAddon().control(event.fd, ioctlSetBpf, fd);
  if (result < 0)
    throw kernelError(
      result,
      "PERF_EVENT_IOC_SET_BPF",
      refusal(what, result, () => undefined),
    );
  if (cookie !== 0n) {
    throw ringError("ENOTSUP", `${what}: this kernel gives no cookie to programs of perf events: Linux 5.15 does`);
  }
  enable({ what }, event);
  return linkOfDescriptor(what, event, "this kernel has no links of perf events: Linux 5.15 has");
}

/** Closes what holds the program where it cannot be enabled. */
function enable({ what }: { readonly what: string }, { fd, owner }: OwnedDescriptor): void {
  const addon = loadAddon();
  const result = addon.control(fd, ioctlEnable, 0);
  if (result >= 0) return;
  addon.disown(owner);
  throw kernelError(result, "PERF_EVENT_IOC_ENABLE", what);
}

function attributesOf({ type, config, config2 = 0n, sample }: EventDefinition): Uint8Array {
  const bytes = new Uint8Array(attributeBytes);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, type, littleEndian);
  view.setUint32(4, attributeBytes, littleEndian);
  view.setBigUint64(8, config, littleEndian);
  view.setBigUint64(16, sample?.every ?? 0n, littleEndian);
  view.setBigUint64(40, disabled | (sample?.asFrequency === true ? frequency : 0n), littleEndian);
  view.setBigUint64(64, config2, littleEndian);
  return bytes;
}

/**
 * Attaches to a perf event of the caller's.
 * @throws RingBufError
 */
export function attachPerfEvent(program: Attached, options: PerfEventOptions): Link {
  const event = perfEventOf(options);
  const cookie = checkCookie(options.cookie);
  return attachToEvent(program, event, cookie, (code) => {
    const which = `perf event ${event.type}/0x${event.config.toString(16)}`;
    switch (code) {
      case "ENOENT":
      case "ENODEV":
      case "EOPNOTSUPP":
      case "ENOTSUP":
        return `this machine has no ${which}, or a virtual one hides it`;
      case "ESRCH":
        return `there is no thread ${event.pid}`;
      case "EINVAL":
        return `the kernel does not take ${which}${event.cpu < 0 ? "" : ` on CPU ${event.cpu}`}`;
      default:
        return undefined;
    }
  });
}
