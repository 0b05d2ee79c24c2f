import { invalid } from "../invalid.ts";
import { fromHex } from "./hex.ts";
import {
  type DeclaredMemory,
  type Hex,
  type Outcome,
  type RecordedEvent,
  type RecordedRun,
  type RecordedSetup,
  type RecordedTask,
  type Recording,
  type RingInput,
  recordingFormat,
} from "./recording.ts";

const u32 = 0xffffffff;

/** A part of a recording that is to be read, and the way to it. */
class Part {
  readonly path: string;
  readonly value: unknown;

  constructor(value: unknown, path: string) {
    this.value = value;
    this.path = path;
  }

  refuse(what: string): never {
    throw invalid(`${this.path} is no ${what}`);
  }

  /** A member of an object, which may be absent. */
  at(name: string): Part {
    const { value } = this;
    if (typeof value !== "object" || value === null || Array.isArray(value)) this.refuse("object");
    const own = Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
    return new Part(own, `${this.path}.${name}`);
  }

  get absent(): boolean {
    return this.value === undefined;
  }

  list(): readonly Part[] {
    const { value } = this;
    if (!Array.isArray(value)) this.refuse("list");
    return Array.from(value, (one, index) => new Part(one, `${this.path}[${index}]`));
  }

  /** Two of a kind each. */
  pair(): readonly [Part, Part] {
    const [one, other, more] = this.list();
    if (one === undefined || other === undefined || more !== undefined) this.refuse("list of two");
    return [one, other];
  }

  entries(): readonly (readonly [name: string, part: Part])[] {
    const { value } = this;
    if (typeof value !== "object" || value === null || Array.isArray(value)) this.refuse("object");
    return Object.entries(value).map(([name, one]) => [name, new Part(one, `${this.path}[${JSON.stringify(name)}]`)]);
  }

  /** What is made of each member. */
  record<T>(read: (part: Part) => T): { readonly [name: string]: T } {
    return Object.fromEntries(this.entries().map(([name, part]) => [name, read(part)]));
  }

  text(): string {
    return typeof this.value === "string" ? this.value : this.refuse("text");
  }

  oneOf<T extends string>(...taken: readonly T[]): T {
    const found = taken.find((one) => one === this.value);
    return found ?? this.refuse(`one of ${taken.map((one) => JSON.stringify(one)).join(", ")}`);
  }

  integer(least: number, most: number): number {
    const { value } = this;
    if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return value;
    return this.refuse(`integer from ${least} to ${most}`);
  }

  truth(): boolean {
    return typeof this.value === "boolean" ? this.value : this.refuse("truth value");
  }

  finite(): number {
    const { value } = this;
    return typeof value === "number" && Number.isFinite(value) ? value : this.refuse("number");
  }

  /** A decimal number of 64 bits, unsigned unless told. */
  decimal(least = 0n): string {
    const text = this.text();
    const fits = /^(0|-?[1-9]\d{0,19})$/.test(text) && BigInt(text) >= least && BigInt(text) < 2n ** 64n;
    return fits ? text : this.refuse("decimal number of 64 bits");
  }

  hex(): Hex {
    const text = this.text();
    return fromHex(text) === undefined ? this.refuse("row of bytes in hexadecimal digits") : text;
  }

  orNull<T>(read: (part: Part) => T): T | null {
    return this.value === null ? null : read(this);
  }
}

/**
 * A recording that came from anywhere, such as JSON, with nothing in it that is not what it has to be.
 * @throws RingBufError EINVAL that names the part which is not.
 */
export function readRecording(given: unknown): Recording {
  const part = new Part(given, "recording");
  part.at("format").oneOf(recordingFormat);
  return {
    format: recordingFormat,
    object: part.at("object").text(),
    btf: part.at("btf").text(),
    setup: setupIn(part.at("setup")),
    events: part.at("events").list().map(eventIn),
  };
}

function setupIn(part: Part): RecordedSetup {
  return {
    cpus: part.at("cpus").integer(1, 8192),
    instructionBudget: part.at("instructionBudget").integer(1, 2 ** 31 - 1),
    kernelVersion: part.at("kernelVersion").text(),
    pageSize: part.at("pageSize").integer(4096, 65536),
    memory: part.at("memory").list().map(memoryIn),
    programs: part
      .at("programs")
      .list()
      .map((one) => one.text()),
    maps: part.at("maps").record((map) => {
      const [maxEntries, inner] = [map.at("maxEntries"), map.at("inner")];
      return {
        ...(maxEntries.absent ? {} : { maxEntries: maxEntries.integer(0, u32) }),
        ...(inner.absent ? {} : { inner: { maxEntries: inner.at("maxEntries").integer(0, u32) } }),
      };
    }),
    kconfig: part.at("kconfig").record((one) => one.decimal(-(2n ** 63n))),
    sections: part.at("sections").record((one) => one.hex()),
  };
}

function memoryIn(part: Part): DeclaredMemory {
  return {
    kind: part.at("kind").oneOf("memory"),
    region: part.at("region").oneOf("kernel memory", "user memory"),
    name: part.at("name").text(),
    id: part.at("id").integer(1, 2 ** 20),
    bytes: part.at("bytes").hex(),
  };
}

function eventIn(part: Part): RecordedEvent {
  const kinds = [
    "run",
    "memory",
    "global",
    "update",
    "delete",
    "ring",
    "inner",
    "tail call",
    "cgroup",
    "take",
  ] as const;
  const kind = part.at("kind").oneOf(...kinds);
  const text = (name: string): string => part.at(name).text();
  const hex = (name: string): Hex => part.at(name).hex();
  switch (kind) {
    case "run":
      return runIn(part);
    case "memory":
      return memoryIn(part);
    case "global":
      return { kind, name: text("name"), bytes: hex("bytes") };
    case "update":
      return { kind, map: text("map"), key: hex("key"), value: hex("value") };
    case "delete":
      return { kind, map: text("map"), key: hex("key") };
    case "ring": {
      const type = part.at("type").oneOf("ringbuf", "user_ringbuf");
      const [maxEntries, flags] = [part.at("maxEntries").integer(0, u32), part.at("flags").integer(0, u32)];
      return { kind, ring: text("ring"), type, name: text("name"), maxEntries, flags };
    }
    case "inner":
      return { kind, map: text("map"), key: hex("key"), inner: text("inner"), taken: part.at("taken").truth() };
    case "tail call": {
      const program = part.at("program").orNull((one) => one.text());
      return { kind, map: text("map"), index: part.at("index").integer(0, u32), program };
    }
    case "cgroup":
      return { kind, map: text("map"), index: part.at("index").integer(0, u32), cgroup: part.at("cgroup").decimal(1n) };
    case "take":
      return { kind, map: text("map") };
  }
}

function runIn(part: Part): RecordedRun {
  return {
    kind: "run",
    program: part.at("program").text(),
    cpu: part.at("cpu").integer(0, 8191),
    current: taskIn(part.at("current")),
    timer: part.at("timer").orNull((one) => one.integer(0, u32)),
    context: part.at("context").orNull((one) => one.hex()),
    data: part.at("data").orNull((one) => one.hex()),
    cookie: part.at("cookie").decimal(),
    functionAddress: part.at("functionAddress").decimal(),
    rings: part.at("rings").record(ringIn),
    clock: part
      .at("clock")
      .list()
      .map((one) => one.finite()),
    random: part
      .at("random")
      .list()
      .map((one) => one.integer(0, u32)),
    faults: part
      .at("faults")
      .list()
      .map((fault) => {
        const [call, errno] = fault.pair();
        return [call.integer(0, 2 ** 31), errno.integer(-4095, -1)] as const;
      }),
    outcome: outcomeIn(part.at("outcome")),
  };
}

function taskIn(part: Part): RecordedTask {
  const number = (name: string): number => part.at(name).integer(-(2 ** 31), u32);
  const [low, high] = part.at("task").pair();
  return {
    ...{ pid: number("pid"), tgid: number("tgid"), uid: number("uid"), gid: number("gid") },
    comm: part.at("comm").text(),
    cgroupId: part.at("cgroupId").decimal(),
    cgroupAncestors: part
      .at("cgroupAncestors")
      .list()
      .map((one) => one.decimal()),
    stack: { kernel: framesIn(part.at("stack").at("kernel")), user: framesIn(part.at("stack").at("user")) },
    task: [low.integer(-(2 ** 31), u32), high.integer(0, 2 ** 20)],
  };
}

function framesIn(part: Part): readonly string[] | null {
  return part.orNull(() => part.list().map((one) => one.decimal()));
}

function ringIn(part: Part): RingInput {
  if (!part.at("consumer").absent) return { consumer: part.at("consumer").decimal() };
  const changes = part
    .at("changes")
    .list()
    .map((change) => {
      const [offset, bytes] = change.pair();
      return [offset.integer(0, u32), bytes.hex()] as const;
    });
  return { producer: part.at("producer").decimal(), changes };
}

function outcomeIn(part: Part): Outcome {
  if (!part.at("fault").absent) return { fault: part.at("fault").text() };
  return {
    returned: part.at("returned").integer(-(2 ** 31), 2 ** 31 - 1),
    instructions: part.at("instructions").integer(0, 2 ** 31),
  };
}
