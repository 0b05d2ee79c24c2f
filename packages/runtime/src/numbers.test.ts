import { fileURLToPath } from "node:url";
import {
  type Bpf,
  type Dynptr,
  EmulatedKernel,
  type EmulatedRingBuf,
  type EmulatedUserRingBuf,
  ManualClock,
  machineClock,
  RingCapture,
  replayCapture,
  type Sample,
  SeededRandom,
} from "@rbgen/runtime/emulated";
import { anyBytes, selftestSample } from "@rbgen/testkit/contract/codecs";
import { describeNumbers } from "@rbgen/testkit/parameters/describe-numbers";
import type { NumberRow, NumberTable } from "@rbgen/testkit/parameters/wrong-numbers";
import { recordColumns } from "./codec.ts";
import { checkBounds, checkRoom } from "./codegen/bounds.ts";
import { StructBuffer } from "./columns/struct-buffer.ts";
import {
  bytesAt,
  devParts,
  formatIPv4,
  type GroupPerfOptions,
  isRingBufError,
  ktimeToDate,
  PerfEventReader,
  type PerfEventReaderOptions,
  type RecordMap,
  RingBufGroup,
  RingBufReader,
  type RingBufReaderOptions,
  textAt,
  toOpenMetrics,
  UserRingBufWriter,
  validAt,
} from "./index.ts";

const u32 = 0xffffffff;
const kernel = new EmulatedKernel({ clock: new ManualClock() });
const ring = (): EmulatedRingBuf => kernel.createRingBuf({ name: "ring", maxEntries: 4096 });
const userRing = (): EmulatedUserRingBuf => kernel.createUserRingBuf({ name: "commands", maxEntries: 4096 });
const writer = () => new UserRingBufWriter(userRing(), selftestSample);
const perfMap = () => kernel.createPerfEventArray({ name: "events" });
const perfReader = (options?: PerfEventReaderOptions) => new PerfEventReader(perfMap(), anyBytes, options);
const reader = (options?: RingBufReaderOptions) => new RingBufReader(ring(), anyBytes, options);

/** One call inside of a program, with what it may need. */
function inProgram(call: (bpf: Bpf, map: EmulatedRingBuf) => unknown): void {
  const map = ring();
  const run = (bpf: Bpf): number => {
    call(bpf, map);
    return 0;
  };
  kernel.loadProgram({ type: "xdp", run }).run();
}

/** One call on a dynptr of 16 bytes. */
function onDynptr(call: (bpf: Bpf, dynptr: Dynptr) => unknown): void {
  inProgram((bpf, map) => {
    const dynptr = bpf.dynptr();
    bpf.ringbufReserveDynptr(map, 16, 0, dynptr);
    call(bpf, dynptr);
    bpf.ringbufDiscardDynptr(dynptr, 0);
  });
}

/** One call on a reserved sample of 16 bytes. */
function onSample(call: (sample: Sample) => unknown): void {
  inProgram((bpf, map) => {
    const sample = bpf.ringbufReserve(map, 16, 0) as Sample;
    call(sample);
    bpf.ringbufDiscard(sample, 0);
  });
}

/** As a register has it: any integer, of which the helper makes what the kernel does. */
const register = (call: (value: number) => void): NumberRow => ({ good: 0, call });
const bytes = new Uint8Array(8);
const sixteen = new DataView(new ArrayBuffer(16));

const mapOptions: Readonly<Record<string, Omit<NumberRow, "call">>> = {
  maxEntries: { good: 4096, least: 4096, most: 2 ** 31 },
  flags: { good: 0, least: 0, most: u32, optional: true },
  mapFlags: { good: 0, least: 0, most: u32, optional: true },
  keySize: { good: 0, least: 0, most: 0, optional: true },
  valueSize: { good: 0, least: 0, most: 0, optional: true },
  mapExtra: { good: 0, least: 0, most: 0, optional: true },
  numaNode: { good: 0, optional: true },
};

function mapRows(create: "createRingBuf" | "createUserRingBuf"): NumberTable {
  return Object.fromEntries(
    Object.entries(mapOptions).map(([option, row]) => [
      `EmulatedKernel.${create}(options.${option})`,
      { ...row, call: (value: never) => kernel[create]({ name: "map", maxEntries: 4096, [option]: value }) },
    ]),
  );
}

function mapDefenceRows(
  type: string,
  make: () => EmulatedRingBuf | EmulatedUserRingBuf,
  places: string[],
): NumberTable {
  const header = { good: 8, least: -(2 ** 31), most: u32 };
  const position = { kind: "bigint", good: 8n, least: 0n, most: 2n ** 64n - 1n } as const;
  return {
    [`${type}.corruptHeader(header)`]: { ...header, call: (value: never) => make().corruptHeader(0n, value) },
    [`${type}.corruptHeader(position)`]: { ...position, call: (value: never) => make().corruptHeader(value, 0) },
    ...Object.fromEntries(
      places.map((place) => [
        `${type}.setPositions(positions.${place})`,
        { ...position, optional: true, call: (value: never) => make().setPositions({ [place]: value }) },
      ]),
    ),
  };
}

function faultRows(type: "WakeupFaults" | "RingBufFaults"): NumberTable {
  const faults = () => (type === "RingBufFaults" ? ring().faults : userRing().faults);
  const next = { good: 3, least: 0, infinite: true };
  const rate = { good: 0.5, least: 0, most: 1, fraction: true };
  return {
    [`${type}.dropWakeups(next)`]: { ...next, call: (value: number) => faults().dropWakeups(value) },
    [`${type}.dropWakeupsAtRate(rate)`]: { ...rate, call: (value: number) => faults().dropWakeupsAtRate(value) },
    [`${type}.delayWakeups(ms)`]: {
      ...{ good: 3.5, least: 0, fraction: true, infinite: true },
      call: (value: number) => faults().delayWakeups(value),
    },
    ...(type === "RingBufFaults" && {
      "RingBufFaults.failReservations(next)": {
        ...next,
        call: (value: number) => ring().faults.failReservations(value),
      },
      "RingBufFaults.failReservationsAtRate(rate)": {
        ...rate,
        call: (value: number) => ring().faults.failReservationsAtRate(value),
      },
      "RingBufFaults.slowConsumer(bytes)": {
        ...{ good: 64, least: 0 },
        call: (value: number) => ring().faults.slowConsumer(value),
      },
    }),
  };
}

function helperFaultRows(): NumberTable {
  const { faults } = new EmulatedKernel();
  const errno = { good: -12, least: -4095, most: -1 };
  return {
    "HelperFaults.fail(next)": {
      ...{ good: 3, least: 0, infinite: true },
      call: (value: number) => faults.fail("bpf_ringbuf_output", value, -12),
    },
    "HelperFaults.fail(errno)": { ...errno, call: (value: number) => faults.fail("bpf_ringbuf_output", 1, value) },
    "HelperFaults.failAtRate(rate)": {
      ...{ good: 0.5, least: 0, most: 1, fraction: true },
      call: (value: number) => faults.failAtRate("bpf_ringbuf_output", value, -12),
    },
    "HelperFaults.failAtRate(errno)": {
      ...errno,
      call: (value: number) => faults.failAtRate("bpf_ringbuf_output", 0.5, value),
    },
  };
}

function sampleRows(): NumberTable {
  const types = ["Int8", "Uint8", "Int16", "Uint16", "Int32", "Uint32", "Float32", "Float64", "BigInt64", "BigUint64"];
  return Object.fromEntries(
    types.flatMap((type): [string, NumberRow][] => {
      const big = type.startsWith("Big");
      const float = type.startsWith("Float");
      const anyFloat = float && { fraction: true, infinite: true, notANumber: true };
      const offset = { good: 4, least: 0, most: 16 };
      const get = `get${type}` as "getInt8";
      const set = `set${type}` as "setInt8";
      const value = (big ? 1n : 1) as number;
      return [
        [`Sample.${get}(byteOffset)`, { ...offset, call: (at) => onSample((sample) => sample[get](at)) }],
        [`Sample.${set}(byteOffset)`, { ...offset, call: (at) => onSample((sample) => sample[set](at, value)) }],
        [
          `Sample.${set}(value)`,
          {
            ...{ kind: big ? "bigint" : "number", good: value, ...anyFloat },
            call: (stored) => onSample((sample) => sample[set](0, stored)),
          },
        ],
      ];
    }),
  );
}

const timeout = { fraction: true, infinite: true } as const;
const elsewhere = "a backend implements it: its own tables and contracts try it";
const callee = "the runtime calls it; what implements it gets numbers of the runtime only";
const told = "says what happened; nothing is calculated with it";

/** A codec with columns, of which there is none. */
const columned = {
  ...anyBytes,
  [recordColumns]: {
    schema: { kind: "struct", members: [] } as const,
    createBuffer: () => new StructBuffer({ kind: "struct", members: [] }),
    fill: (_run: unknown, _lease: unknown, _buffer: unknown, row: number) => row,
  },
};
const columnReader = () => new RingBufReader(ring(), columned);
const addPerf = (options: GroupPerfOptions) =>
  new RingBufGroup<unknown, RecordMap>().add(perfMap(), anyBytes, undefined, options);
const textColumn = { offsets: Int32Array.of(0, 1), bytes: Uint8Array.of(65) };

const table: NumberTable = {
  ...mapRows("createRingBuf"),
  ...mapRows("createUserRingBuf"),
  ...mapDefenceRows("EmulatedRingBuf", ring, ["consumer", "producer", "pending"]),
  ...mapDefenceRows("EmulatedUserRingBuf", userRing, ["consumer", "producer"]),
  ...faultRows("RingBufFaults"),
  ...faultRows("WakeupFaults"),
  ...helperFaultRows(),
  ...sampleRows(),
  "Sample.set(offset)": {
    ...{ good: 8, least: 0, most: 8, optional: true },
    call: (value) => onSample((sample) => sample.set(bytes, value)),
  },

  "Bpf.ringbufReserve(size)": register((value) =>
    inProgram((bpf, map) => submit(bpf, bpf.ringbufReserve(map, value, 0))),
  ),
  "Bpf.ringbufReserve(flags)": register((value) =>
    inProgram((bpf, map) => submit(bpf, bpf.ringbufReserve(map, 8, value))),
  ),
  "Bpf.ringbufSubmit(flags)": register((value) =>
    inProgram((bpf, map) => bpf.ringbufSubmit(bpf.ringbufReserve(map, 8, 0) as Sample, value)),
  ),
  "Bpf.ringbufDiscard(flags)": register((value) =>
    inProgram((bpf, map) => bpf.ringbufDiscard(bpf.ringbufReserve(map, 8, 0) as Sample, value)),
  ),
  "Bpf.ringbufOutput(flags)": register((value) => inProgram((bpf, map) => bpf.ringbufOutput(map, bytes, value))),
  "Bpf.perfEventOutput(flags)": register((value) => inProgram((bpf) => bpf.perfEventOutput(perfMap(), value, bytes))),
  "EmulatedKernel.createPerfEventArray(definition.cpus)": {
    ...{ good: 8, least: 1, most: 8192, optional: true },
    call: (value) => kernel.createPerfEventArray({ name: "events", cpus: value }),
  },
  "EmulatedPerfEventArray.setOnline(cpu)": {
    good: 0,
    least: 0,
    most: 0,
    call: (cpu) => perfMap().setOnline(cpu, true),
  },
  "Bpf.ringbufQuery(what)": register((value) => inProgram((bpf, map) => bpf.ringbufQuery(map, value))),
  "Bpf.ringbufReserveDynptr(size)": register((value) =>
    inProgram((bpf, map) => submitDynptr(bpf, (dynptr) => bpf.ringbufReserveDynptr(map, value, 0, dynptr))),
  ),
  "Bpf.ringbufReserveDynptr(flags)": register((value) =>
    inProgram((bpf, map) => submitDynptr(bpf, (dynptr) => bpf.ringbufReserveDynptr(map, 8, value, dynptr))),
  ),
  "Bpf.ringbufSubmitDynptr(flags)": register((value) =>
    inProgram((bpf, map) => {
      const dynptr = bpf.dynptr();
      bpf.ringbufReserveDynptr(map, 8, 0, dynptr);
      bpf.ringbufSubmitDynptr(dynptr, value);
    }),
  ),
  "Bpf.ringbufDiscardDynptr(flags)": register((value) =>
    inProgram((bpf, map) => {
      const dynptr = bpf.dynptr();
      bpf.ringbufReserveDynptr(map, 8, 0, dynptr);
      bpf.ringbufDiscardDynptr(dynptr, value);
    }),
  ),
  "Bpf.dynptrWrite(offset)": register((value) => onDynptr((bpf, dynptr) => bpf.dynptrWrite(dynptr, value, bytes, 0))),
  "Bpf.dynptrWrite(flags)": register((value) => onDynptr((bpf, dynptr) => bpf.dynptrWrite(dynptr, 0, bytes, value))),
  "Bpf.dynptrRead(offset)": register((value) => onDynptr((bpf, dynptr) => bpf.dynptrRead(bytes, dynptr, value, 0))),
  "Bpf.dynptrRead(flags)": register((value) => onDynptr((bpf, dynptr) => bpf.dynptrRead(bytes, dynptr, 0, value))),
  "Bpf.dynptrData(offset)": register((value) => onDynptr((bpf, dynptr) => bpf.dynptrData(dynptr, value, 8))),
  "Bpf.dynptrData(length)": register((value) => onDynptr((bpf, dynptr) => bpf.dynptrData(dynptr, 0, value))),
  "Bpf.dynptrSlice(offset)": register((value) => onDynptr((bpf, dynptr) => bpf.dynptrSlice(dynptr, value, null, 8))),
  "Bpf.dynptrSlice(length)": register((value) => onDynptr((bpf, dynptr) => bpf.dynptrSlice(dynptr, 0, null, value))),
  "Bpf.dynptrAdjust(start)": register((value) => onDynptr((bpf, dynptr) => bpf.dynptrAdjust(dynptr, value, 8))),
  "Bpf.dynptrAdjust(end)": register((value) => onDynptr((bpf, dynptr) => bpf.dynptrAdjust(dynptr, 0, value))),
  "Bpf.dynptrMemset(offset)": register((value) => onDynptr((bpf, dynptr) => bpf.dynptrMemset(dynptr, value, 8, 1))),
  "Bpf.dynptrMemset(length)": register((value) => onDynptr((bpf, dynptr) => bpf.dynptrMemset(dynptr, 0, value, 1))),
  "Bpf.dynptrMemset(value)": register((value) => onDynptr((bpf, dynptr) => bpf.dynptrMemset(dynptr, 0, 8, value))),
  "Bpf.userRingbufDrain(flags)": register((value) =>
    inProgram((bpf) => bpf.userRingbufDrain(userRing(), () => 0, null, value)),
  ),

  "EmulatedRingBuf.hold(byteLength)": { good: 8, least: 0, most: 0x3fffffff, call: (value) => ring().hold(value) },
  "BusyRecord.submit(flags)": {
    good: 2,
    least: 0,
    most: 3,
    optional: true,
    call: (value) => ring().hold(8).submit(value),
  },
  "BusyRecord.discard(flags)": {
    ...{ good: 2, least: 0, most: 3, optional: true },
    call: (value) => ring().hold(8).discard(value),
  },
  "new EmulatedKernel(options.pageSize)": {
    ...{ good: 16384, least: 4096, most: 65536, optional: true },
    call: (value) => new EmulatedKernel({ pageSize: value }),
  },
  "new EmulatedKernel(options.seed)": { good: 5, optional: true, call: (value) => new EmulatedKernel({ seed: value }) },
  "new SeededRandom(seed)": { good: 5, call: (value) => new SeededRandom(value) },
  "ManualClock.advance(ms)": { good: 1.5, least: 0, fraction: true, call: (value) => new ManualClock().advance(value) },
  "ManualClock.schedule(ms)": {
    ...{ good: 1.5, least: 0, ...timeout },
    call: (value) => new ManualClock().schedule(() => {}, value),
  },
  "machineClock.schedule(ms)": {
    ...{ good: 1.5, least: 0, ...timeout },
    call: (value) => machineClock.schedule(() => {}, value)(),
  },
  "Clock.schedule(ms)": callee,
  "RingCapture.poll(options.timeoutMs)": {
    ...{ good: 0, optional: true, ...timeout },
    call: (value) => new RingCapture(ring()).poll({ timeoutMs: value }),
  },
  "replayCapture(options.flags)": {
    ...{ good: 1, least: 0, most: 3, optional: true },
    call: (value) => replayCapture(new RingCapture(ring()).toBytes(), ring(), { speed: "full", flags: value }),
  },

  "new RingBufReader(options.safetyPollMs)": {
    ...{ good: 0.5, least: 0, optional: true, ...timeout },
    call: (value) => reader({ safetyPollMs: value }),
  },
  "RingBufReader.consume(options.max)": {
    ...{ good: 8, least: 0, infinite: true, optional: true },
    call: (value) => reader().consume(() => {}, { max: value }),
  },
  "RingBufReader.columns(options.max)": {
    ...{ good: 8, least: 1, infinite: true, optional: true },
    call: (value) => columnReader().columns({ max: value }),
  },
  "RingBufReader.consumeColumns(options.max)": {
    ...{ good: 8, least: 0, infinite: true, optional: true },
    call: (value) => columnReader().consumeColumns(() => {}, { max: value }),
  },
  "bytesAt(row)": { ...{ good: 0, least: 0, most: 0 }, call: (value) => bytesAt(textColumn, value) },
  "textAt(row)": { ...{ good: 0, least: 0, most: 0 }, call: (value) => textAt(textColumn, value) },
  "validAt(row)": {
    ...{ good: 0, least: 0, most: 7 },
    call: (value) => validAt({ validity: Uint8Array.of(1), values: [] }, value),
  },
  "RingBufReader.consumeViews(options.max)": {
    ...{ good: 8, least: 0, infinite: true, optional: true },
    call: (value) => new RingBufReader(ring(), selftestSample).consumeViews(() => {}, { max: value }),
  },
  "RingBufReader.batches(options.max)": {
    ...{ good: 8, least: 1, infinite: true, optional: true },
    call: (value) => reader().batches({ max: value }),
  },
  "RingBufReader.poll(options.timeoutMs)": {
    ...{ good: 0, optional: true, ...timeout },
    call: (value) => reader().poll(() => {}, { timeoutMs: value }),
  },
  "RingBufReader.pollSync(options.timeoutMs)": {
    ...{ good: 0, optional: true, ...timeout },
    call: (value) => reader().pollSync(() => {}, { timeoutMs: value }),
  },
  "new PerfEventReader(options.pagesPerCpu)": {
    ...{ good: 8, least: 1, most: 2 ** 18, optional: true },
    call: (value) => perfReader({ pagesPerCpu: value }),
  },
  "new PerfEventReader(options.wakeupEvents)": {
    ...{ good: 8, least: 1, most: u32, optional: true },
    call: (value) => perfReader({ wakeupEvents: value }),
  },
  "new PerfEventReader(options.watermarkBytes)": {
    ...{ good: 8, least: 1, most: u32, optional: true },
    call: (value) => perfReader({ watermarkBytes: value }),
  },
  "new PerfEventReader(options.mergeWindowMs)": {
    ...{ good: 8, least: 0, most: 2 ** 31 - 1, fraction: true, optional: true },
    call: (value) => new PerfEventReader(perfMap(), selftestSample, { mergeBy: "seq", mergeWindowMs: value }),
  },
  "PerfEventReader.columns(options.max)": {
    ...{ good: 8, least: 1, infinite: true, optional: true },
    call: (value) => new PerfEventReader(perfMap(), columned).columns({ max: value }),
  },
  "PerfEventReader.consumeColumns(options.max)": {
    ...{ good: 8, least: 0, infinite: true, optional: true },
    call: (value) => new PerfEventReader(perfMap(), columned).consumeColumns(() => {}, { max: value }),
  },
  "RingBufGroup.add(options.pagesPerCpu)": {
    ...{ good: 8, least: 1, most: 2 ** 18, optional: true },
    call: (value) => addPerf({ pagesPerCpu: value }),
  },
  "RingBufGroup.add(options.wakeupEvents)": {
    ...{ good: 8, least: 1, most: u32, optional: true },
    call: (value) => addPerf({ wakeupEvents: value }),
  },
  "RingBufGroup.add(options.watermarkBytes)": {
    ...{ good: 8, least: 1, most: u32, optional: true },
    call: (value) => addPerf({ watermarkBytes: value }),
  },
  "new PerfEventReader(options.safetyPollMs)": {
    ...{ good: 0.5, least: 0, optional: true, ...timeout },
    call: (value) => perfReader({ safetyPollMs: value }),
  },
  "PerfEventReader.consume(options.max)": {
    ...{ good: 8, least: 0, infinite: true, optional: true },
    call: (value) => perfReader().consume(() => {}, { max: value }),
  },
  "PerfEventReader.consumeViews(options.max)": {
    ...{ good: 8, least: 0, infinite: true, optional: true },
    call: (value) => new PerfEventReader(perfMap(), selftestSample).consumeViews(() => {}, { max: value }),
  },
  "PerfEventReader.batches(options.max)": {
    ...{ good: 8, least: 1, infinite: true, optional: true },
    call: (value) => perfReader().batches({ max: value }),
  },
  "PerfEventReader.poll(options.timeoutMs)": {
    ...{ good: 0, optional: true, ...timeout },
    call: (value) => perfReader().poll(() => {}, { timeoutMs: value }),
  },
  "PerfEventReader.pollSync(options.timeoutMs)": "an emulated perf event array is of one thread, which cannot block",
  "new RingBufGroup(options.fairness)": {
    ...{ good: 8, least: 1, infinite: true, optional: true },
    call: (value) => new RingBufGroup({ fairness: value }),
  },
  "new RingBufGroup(options.safetyPollMs)": {
    ...{ good: 0.5, least: 0, optional: true, ...timeout },
    call: (value) => new RingBufGroup({ safetyPollMs: value }),
  },
  "UserRingBufWriter.reserve(byteLength)": {
    ...{ good: 40, least: 24, optional: true },
    call: (value) => writer().reserve(value),
  },
  "UserRingBufWriter.tryReserve(byteLength)": {
    ...{ good: 40, least: 24, optional: true },
    call: (value) => writer().tryReserve(value),
  },
  "UserRingBufWriter.reserveBlocking(options.byteLength)": {
    ...{ good: 40, least: 24, optional: true },
    call: (value) => writer().reserveBlocking({ byteLength: value, timeoutMs: 0 }),
  },
  "UserRingBufWriter.reserveBlocking(options.timeoutMs)": {
    ...{ good: -1, ...timeout },
    call: (value) => writer().reserveBlocking({ timeoutMs: value }),
  },
  "UserRingBufWriter.reserveBlockingSync(options.byteLength)": {
    ...{ good: 40, least: 24, optional: true },
    call: (value) => writer().reserveBlockingSync({ byteLength: value, timeoutMs: 0 }),
  },
  "UserRingBufWriter.reserveBlockingSync(options.timeoutMs)": {
    ...{ good: -1, ...timeout },
    call: (value) => writer().reserveBlockingSync({ timeoutMs: value }),
  },
  "UserRingBufWriter.writeBlocking(options.timeoutMs)": {
    ...{ good: -1, ...timeout },
    call: (value) => writer().writeBlocking({ pid: 1, seq: 1, value: 0n, comm: "" }, { timeoutMs: value }),
  },
  "RingClaim.wait(options.timeoutMs)": callee,
  "ArrayMap.get(index)": elsewhere,
  "ArrayMap.set(index)": elsewhere,
  "ArrayMap.sum(byteOffset)": elsewhere,
  "ArrayMap.sum(index)": elsewhere,
  "ArrayMap.values(index)": elsewhere,
  "HashMap.delete(key)": elsewhere,
  "HashMap.get(key)": elsewhere,
  "HashMap.set(flags)": elsewhere,
  "HashMap.set(key)": elsewhere,
  "HashMap.sum(byteOffset)": elsewhere,
  "HashMap.sum(key)": elsewhere,
  "HashMap.values(key)": elsewhere,
  "MapSource.array(map.mapFlags)": elsewhere,
  "MapSource.array(map.maxEntries)": elsewhere,
  "MapSource.global(named.offset)": elsewhere,
  "MapSource.global(named.size)": elsewhere,
  "MapSource.global(variable.offset)": elsewhere,
  "MapSource.global(variable.size)": elsewhere,
  "MapSource.hash(map.mapFlags)": elsewhere,
  "MapSource.hash(map.maxEntries)": elsewhere,
  "Variable.set(value)": elsewhere,
  "PerfClaim.wait(options.timeoutMs)": callee,
  "PerfRing.head(known)": callee,
  "PerfRing.release(tail)": callee,
  ...codecRows("RecordCodec"),
  ...codecRows("GeneratedCodec"),

  "devParts(dev)": { good: 8, least: 0, most: u32, call: (value) => devParts(value) },
  "errnoName(value)": "any number is asked about: what is no errno has no name",
  "formatIPv4(address)": { good: 8, least: 0, most: u32, call: (value) => formatIPv4(value) },
  "ktimeToDate(bootTimeMs)": {
    ...{ good: 8.5, least: -8.64e15, most: 8.64e15, fraction: true },
    call: (value) => ktimeToDate(8n, value),
  },
  "ktimeToDate(ktime)": {
    kind: "bigint",
    good: 8n,
    least: 0n,
    most: 2n ** 64n - 1n,
    call: (value) => ktimeToDate(value, 0),
  },
  ...Object.fromEntries(
    Object.entries(reader().stats()).flatMap(([name, value]) => (name === "kernel" ? [] : [statsRow(name, value)])),
  ),
  "toOpenMetrics(stats[name].kernel.records)": "of the kernel's counters, only what was dropped is written",
  "toOpenMetrics(stats[name].kernel.discarded)": "of the kernel's counters, only what was dropped is written",
  "toOpenMetrics(stats[name].kernel.dropped[name])": {
    ...{ good: 1.5, least: 0, fraction: true },
    call: (full) =>
      toOpenMetrics({ ring: { ...reader().stats(), kernel: { records: 0, discarded: 0, dropped: { full } } } }),
  },

  "new CorruptRingError(position)": told,
  "new DecodeError(byteLength)": told,
  "new DecodeError(needed)": told,
  "new RingBufError(options.errno)": told,
};

/** What each generated decode and encode begins with. */
function codecRows(kind: "GeneratedCodec" | "RecordCodec"): NumberTable {
  return {
    [`${kind}.decode(byteLength)`]: "compared with both lengths that there are, beyond which no value of it leads",
    [`${kind}.decode(offset)`]: {
      ...{ good: 8, least: 0, most: 8, optional: true },
      call: (value) => checkBounds("sample", sixteen, value, 8, 8),
    },
    [`${kind}.encode(offset)`]: {
      ...{ good: 8, least: 0, most: 8, optional: true },
      call: (value) => checkRoom("sample", sixteen, value, 8),
    },
  };
}

function statsRow(name: string, good: number): [path: string, row: NumberRow] {
  const call = (value: never) => toOpenMetrics({ ring: { ...reader().stats(), [name]: value } });
  return [
    `toOpenMetrics(stats[name].${name})`,
    { good, least: 0, fraction: true, optional: name === "remaining", call },
  ];
}

function submit(bpf: Bpf, sample: Sample | null): void {
  if (sample !== null) bpf.ringbufSubmit(sample, 0);
}

function submitDynptr(bpf: Bpf, reserve: (dynptr: Dynptr) => number): void {
  const dynptr = bpf.dynptr();
  reserve(dynptr);
  bpf.ringbufSubmitDynptr(dynptr, 0);
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

describeNumbers(
  [here("./index.ts"), here("./emulated/index.ts")],
  table,
  (error) =>
    isRingBufError(error, "ERR_RINGBUF_DECODE") ||
    isRingBufError(error, "ERANGE") ||
    isRingBufError(error, "EINVAL") ||
    isRingBufError(error, "EACCES") ||
    isRingBufError(error, "E2BIG"),
);
