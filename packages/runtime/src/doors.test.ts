import { fileURLToPath } from "node:url";
import {
  attachRingBuf,
  attachUserRingBuf,
  type Bpf,
  type Dynptr,
  EmulatedKernel,
  type EmulatedPerfEventArray,
  type EmulatedRingBuf,
  type EmulatedUserRingBuf,
  ManualClock,
  machineClock,
  RingCapture,
  readCapture,
  replayCapture,
  type Sample,
} from "@rbgen/runtime/emulated";
import { anyBytes, selftestSample } from "@rbgen/testkit/contract/codecs";
import { type DoorRow, type DoorTable, describeDoors } from "@rbgen/testkit/parameters/describe-doors";
import type { ValueKind } from "@rbgen/testkit/parameters/hostile-values";
import { recordColumns } from "./codec.ts";
import { StructBuffer } from "./columns/struct-buffer.ts";
import {
  bytesAt,
  decodeColumns,
  formatIPv6,
  formatMac,
  formatUuid,
  isRingBufError,
  PerfEventReader,
  type RecordMap,
  RingBufGroup,
  RingBufReader,
  textAt,
  toOpenMetrics,
  UserRingBufWriter,
  validAt,
} from "./index.ts";

const kernel = new EmulatedKernel({ clock: new ManualClock() });
const ring = (): EmulatedRingBuf => kernel.createRingBuf({ name: "ring", maxEntries: 4096 });
const userRing = (): EmulatedUserRingBuf => kernel.createUserRingBuf({ name: "commands", maxEntries: 4096 });
const perfMap = (): EmulatedPerfEventArray => kernel.createPerfEventArray({ name: "events" });
const reader = () => new RingBufReader(ring(), anyBytes);
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
const views = () => new RingBufReader(ring(), selftestSample);
const perfReader = () => new PerfEventReader(perfMap(), anyBytes);
const perfColumnReader = () => new PerfEventReader(perfMap(), columned);
const bothKinds = () => new RingBufGroup<unknown, RecordMap>();
const writer = () => new UserRingBufWriter(userRing(), anyBytes);
const kernelPage = (): ArrayBufferView => new Uint8Array(16);

/** One call inside of a program. */
function inProgram(call: (bpf: Bpf, map: EmulatedRingBuf) => unknown): void {
  const run = (bpf: Bpf): number => {
    call(bpf, ring());
    return 0;
  };
  kernel.loadProgram({ type: "xdp", run }).run();
}

function onDynptr(call: (bpf: Bpf, dynptr: Dynptr) => unknown): void {
  inProgram((bpf, map) => {
    const dynptr = bpf.dynptr();
    bpf.ringbufReserveDynptr(map, 16, 0, dynptr);
    call(bpf, dynptr);
    bpf.ringbufDiscardDynptr(dynptr, 0);
  });
}

function onSample(call: (sample: Sample, bpf: Bpf) => unknown): void {
  inProgram((bpf, map) => {
    const sample = bpf.ringbufReserve(map, 16, 0) as Sample;
    call(sample, bpf);
    bpf.ringbufDiscard(sample, 0);
  });
}

const takes = (...kinds: ValueKind[]): ((call: DoorRow["call"]) => DoorRow) => {
  return (call) => ({ takes: kinds, call });
};
const nothing = takes();
const options = takes("object", "nothing");
const required = takes("object");
const handler = takes("function");
const memory = takes("bytes", "object");

const callee = "implemented by a caller, and called by this package";
const elsewhere = "a backend implements it: its own tables and contracts try it";
const told = "told by whoever makes the error";
const codec = "a codec is trusted code, which its reader or writer calls";
const converted = "any value is true or false there, as in the DataView that it extends";

const table: DoorTable = {
  "Bpf.dynptrAdjust(dynptr)": nothing((value) => inProgram((bpf) => bpf.dynptrAdjust(value, 0, 1))),
  "Bpf.dynptrClone(clone)": nothing((value) => onDynptr((bpf, dynptr) => bpf.dynptrClone(dynptr, value))),
  "Bpf.dynptrClone(dynptr)": nothing((value) => inProgram((bpf) => bpf.dynptrClone(value, bpf.dynptr()))),
  "Bpf.dynptrData(dynptr)": nothing((value) => inProgram((bpf) => bpf.dynptrData(value, 0, 1))),
  "Bpf.dynptrIsNull(dynptr)": nothing((value) => inProgram((bpf) => bpf.dynptrIsNull(value))),
  "Bpf.dynptrIsRdonly(dynptr)": nothing((value) => inProgram((bpf) => bpf.dynptrIsRdonly(value))),
  "Bpf.dynptrMemset(dynptr)": nothing((value) => inProgram((bpf) => bpf.dynptrMemset(value, 0, 1, 0))),
  "Bpf.dynptrRead(dynptr)": nothing((value) => inProgram((bpf) => bpf.dynptrRead(kernelPage(), value, 0, 0))),
  "Bpf.dynptrRead(target)": memory((value) => onDynptr((bpf, dynptr) => bpf.dynptrRead(value, dynptr, 0, 0))),
  "Bpf.dynptrSize(dynptr)": nothing((value) => inProgram((bpf) => bpf.dynptrSize(value))),
  "Bpf.dynptrSlice(_buffer)": "never looked at: a ring's slice needs none",
  "Bpf.dynptrSlice(dynptr)": nothing((value) => inProgram((bpf) => bpf.dynptrSlice(value, 0, null, 1))),
  "Bpf.dynptrWrite(dynptr)": nothing((value) => inProgram((bpf) => bpf.dynptrWrite(value, 0, kernelPage(), 0))),
  "Bpf.dynptrWrite(source)": memory((value) => onDynptr((bpf, dynptr) => bpf.dynptrWrite(dynptr, 0, value, 0))),
  "Bpf.perfEventOutput(bytes)": memory((value) => inProgram((bpf) => bpf.perfEventOutput(perfMap(), 0, value))),
  "Bpf.perfEventOutput(map)": nothing((value) => inProgram((bpf) => bpf.perfEventOutput(value, 0, kernelPage()))),
  "Bpf.ringbufDiscard(sample)": nothing((value) => inProgram((bpf) => bpf.ringbufDiscard(value, 0))),
  "Bpf.ringbufDiscardDynptr(dynptr)": nothing((value) => inProgram((bpf) => bpf.ringbufDiscardDynptr(value, 0))),
  "Bpf.ringbufOutput(bytes)": memory((value) => inProgram((bpf, map) => bpf.ringbufOutput(map, value, 0))),
  "Bpf.ringbufOutput(map)": nothing((value) => inProgram((bpf) => bpf.ringbufOutput(value, kernelPage(), 0))),
  "Bpf.ringbufQuery(map)": nothing((value) => inProgram((bpf) => bpf.ringbufQuery(value, 0))),
  "Bpf.ringbufReserve(map)": nothing((value) => inProgram((bpf) => bpf.ringbufReserve(value, 8, 0))),
  "Bpf.ringbufReserveDynptr(dynptr)": nothing((value) =>
    inProgram((bpf, map) => bpf.ringbufReserveDynptr(map, 8, 0, value)),
  ),
  "Bpf.ringbufReserveDynptr(map)": nothing((value) =>
    inProgram((bpf) => bpf.ringbufReserveDynptr(value, 8, 0, bpf.dynptr())),
  ),
  "Bpf.ringbufSubmit(sample)": nothing((value) => inProgram((bpf) => bpf.ringbufSubmit(value, 0))),
  "Bpf.ringbufSubmitDynptr(dynptr)": nothing((value) => inProgram((bpf) => bpf.ringbufSubmitDynptr(value, 0))),
  "Bpf.userRingbufDrain(callback)": handler((value) =>
    inProgram((bpf) => bpf.userRingbufDrain(userRing(), value, 0, 0)),
  ),
  "Bpf.userRingbufDrain(context)": "handed to the callback as it is",
  "Bpf.userRingbufDrain(map)": nothing((value) => inProgram((bpf) => bpf.userRingbufDrain(value, () => 0, 0, 0))),
  "Clock.schedule(callback)": callee,
  "EmulatedKernel.createPerfEventArray(definition)": nothing((value) => kernel.createPerfEventArray(value)),
  "EmulatedKernel.createRingBuf(options)": nothing((value) => kernel.createRingBuf(value)),
  "EmulatedKernel.createUserRingBuf(options)": nothing((value) => kernel.createUserRingBuf(value)),
  "EmulatedPerfEventArray.setOnline(online)": takes("boolean")((online) => perfMap().setOnline(0, online)),
  "EmulatedKernel.loadProgram(source)": nothing((value) => kernel.loadProgram(value)),
  "EmulatedProgram.run(context)": takes(
    "bytes",
    "nothing",
  )((value) => kernel.loadProgram({ type: "xdp", run: () => 0 }).run(value)),
  "EmulatedRingBuf.setPositions(positions)": required((value) => ring().setPositions(value)),
  "EmulatedUserRingBuf.setPositions(positions)": required((value) => userRing().setPositions(value)),
  "ManualClock.schedule(callback)": handler((value) => new ManualClock().schedule(value, 1)),
  "machineClock.schedule(callback)": handler((value) => machineClock.schedule(value, 1)()),
  "PerfClaim.retire(ring)": callee,
  "ArrayMap.set(value)": elsewhere,
  "HashMap.set(value)": elsewhere,
  "MapSource.array(map)": elsewhere,
  "MapSource.array(name)": elsewhere,
  "MapSource.global(named)": elsewhere,
  "MapSource.global(variable)": elsewhere,
  "MapSource.hash(map)": elsewhere,
  "MapSource.hash(name)": elsewhere,
  "MapSource.perfEventArray(named)": elsewhere,
  "MapSource.ringBuf(named)": elsewhere,
  "MapSource.userRingBuf(named)": elsewhere,
  "PerfClaim.wait(options)": callee,
  "PerfRing.pause(paused)": callee,
  "RingClaim.wait(options)": callee,
  "ProgramSource.run(bpf)": callee,
  "ProgramSource.run(context)": callee,
  "PerfEventReader.batches(options)": options((value) => perfReader().batches(value)),
  "PerfEventReader.columns(options)": options((value) => perfColumnReader().columns(value)),
  "PerfEventReader.consumeColumns(handler)": handler((value) => perfColumnReader().consumeColumns(value)),
  "PerfEventReader.consumeColumns(options)": options((value) => perfColumnReader().consumeColumns(() => {}, value)),
  "PerfEventReader.consume(handler)": handler((value) => perfReader().consume(value)),
  "PerfEventReader.consume(options)": options((value) => perfReader().consume(() => {}, value)),
  "PerfEventReader.consumeViews(handler)": handler((value) => perfReader().consumeViews(value)),
  "PerfEventReader.consumeViews(options)": options((value) => perfReader().consumeViews(() => {}, value)),
  "PerfEventReader.poll(handler)": handler((value) => perfReader().poll(value, { timeoutMs: 0 })),
  "PerfEventReader.poll(options)": options((value) => polled(perfReader(), value)),
  "PerfEventReader.pollSync(handler)": nothing((value) => perfReader().pollSync(value, { timeoutMs: 0 })),
  "PerfEventReader.pollSync(options)": nothing((value) => perfReader().pollSync(() => {}, value)),
  ...Object.fromEntries(
    ["byteLengthOf(value)", "decode(bytes)", "encode(value)", "encode(view)", "toBytes(value)", "toJSON(value)"].map(
      (door) => [`GeneratedCodec.${door}`, codec],
    ),
  ),
  "JsonCodec.fromJSON(json)": codec,
  "RecordCodec.byteLengthOf(value)": codec,
  "RecordCodec.decode(view)": codec,
  "RecordCodec.encode(value)": codec,
  "RecordCodec.encode(view)": codec,
  "RecordCodec.toJSON(value)": codec,
  "RingBufGroup.add(codec)": nothing((value) => new RingBufGroup().add(ring(), value)),
  "RingBufGroup.add(handler)": takes("function", "nothing")((value) => new RingBufGroup().add(ring(), anyBytes, value)),
  "RingBufGroup.add(map)": nothing((value) => new RingBufGroup().add(value, anyBytes)),
  "RingBufGroup.add(options)": options((value) => bothKinds().add(perfMap(), anyBytes, undefined, value)),
  "RingBufGroup.iterate(options)": options((value) => new RingBufGroup().iterate(value)),
  "RingBufGroup.remove(map)": "what is not in the group is told by false",
  "RingBufReader.batches(options)": options((value) => reader().batches(value)),
  "RingBufReader.columns(options)": options((value) => columnReader().columns(value)),
  "RingBufReader.consumeColumns(handler)": handler((value) => columnReader().consumeColumns(value)),
  "RingBufReader.consumeColumns(options)": options((value) => columnReader().consumeColumns(() => {}, value)),
  "RingBufReader.consume(handler)": handler((value) => reader().consume(value)),
  "RingBufReader.consume(options)": options((value) => reader().consume(() => {}, value)),
  "RingBufReader.consumeViews(handler)": handler((value) => views().consumeViews(value)),
  "RingBufReader.consumeViews(options)": options((value) => views().consumeViews(() => {}, value)),
  "RingBufReader.poll(handler)": handler((value) => reader().poll(value, { timeoutMs: 0 })),
  "RingBufReader.poll(options)": options((value) => polled(reader(), value)),
  "RingBufReader.pollSync(handler)": handler((value) => reader().pollSync(value, { timeoutMs: 0 })),
  "RingBufReader.pollSync(options)": options((value) => withRecord((one) => one.pollSync(() => {}, value))),
  "RingCapture.poll(options)": options((value) => polled(new RingCapture(ring()), value)),
  ...Object.fromEntries(
    ["BigInt64", "BigUint64", "Float32", "Float64", "Int16", "Int32", "Uint16", "Uint32"].flatMap((type) => [
      [`Sample.get${type}(littleEndian)`, converted],
      [`Sample.set${type}(littleEndian)`, converted],
    ]),
  ),
  "Sample.set(bytes)": takes("bytes", "object")((value) => onSample((sample) => sample.set(value))),
  "UserRingBufWriter.reserveBlocking(options)": nothing((value) => writer().reserveBlocking(value)),
  "UserRingBufWriter.reserveBlockingSync(options)": nothing((value) => writer().reserveBlockingSync(value)),
  "UserRingBufWriter.tryWrite(value)": codec,
  "UserRingBufWriter.write(value)": codec,
  "UserRingBufWriter.writeBlocking(value)": codec,
  "UserRingBufWriter.tryWriteAll(values)": takes("iterable")((value) => counting().tryWriteAll(value)),
  "UserRingBufWriter.writeAll(values)": takes("iterable")((value) => counting().writeAll(value)),
  "UserRingBufWriter.writeBlocking(options)": nothing((value) => writer().writeBlocking(new Uint8Array(8), value)),
  "attachRingBuf(handle)": nothing((value) => attachRingBuf(value)),
  "attachRingBuf(options)": options((value) => attachRingBuf(ring().handle(), value)),
  "attachUserRingBuf(handle)": nothing((value) => attachUserRingBuf(value)),
  "attachUserRingBuf(options)": options((value) => attachUserRingBuf(userRing().handle(), value)),
  "cacheStrings(on)": "any value is true or false there",
  "formatIPv6(address)": nothing((value) => formatIPv6(value)),
  "bytesAt(column)": nothing((value) => bytesAt(value, 0)),
  "textAt(column)": nothing((value) => textAt(value, 0)),
  "validAt(column)": nothing((value) => validAt(value, 0)),
  "decodeColumns(codec)": nothing((value) => decodeColumns(value, [])),
  "decodeColumns(samples)": takes("iterable")((value) => decodeColumns(columned, value)),
  "formatMac(address)": nothing((value) => formatMac(value)),
  "formatUuid(uuid)": nothing((value) => formatUuid(value)),
  "isRingBufError(code)": "compared",
  "isRingBufError(error)": "anything may be asked about",
  "new CorruptRingError(detail)": told,
  "new DecodeError(path)": told,
  "new DecodeError(reason)": told,
  "new DecodeError(record)": told,
  "new EncodeError(options)": told,
  "new EncodeError(path)": told,
  "new EncodeError(reason)": told,
  "new EncodeError(value)": told,
  "new RingBufError(message)": told,
  "new RingBufError(options)": told,
  "new UnsupportedError(message)": told,
  "new UnsupportedError(options)": told,
  "new VerifierError(code)": told,
  "new VerifierError(log)": told,
  "new EmulatedKernel(options)": options((value) => new EmulatedKernel(value)),
  "new PerfEventReader(codec)": nothing((value) => new PerfEventReader(perfMap(), value)),
  "new PerfEventReader(map)": nothing((value) => new PerfEventReader(value, anyBytes)),
  "new PerfEventReader(options)": options((value) => new PerfEventReader(perfMap(), anyBytes, value)),
  "new RingBufGroup(options)": options((value) => new RingBufGroup(value)),
  "new RingBufReader(codec)": nothing((value) => new RingBufReader(ring(), value)),
  "new RingBufReader(map)": nothing((value) => new RingBufReader(value, anyBytes)),
  "new RingBufReader(options)": options((value) => new RingBufReader(ring(), anyBytes, value)),
  "new RingCapture(map)": nothing((value) => new RingCapture(value)),
  "new RingCapture(options)": options((value) => new RingCapture(ring(), value)),
  "new UserRingBufWriter(codec)": nothing((value) => new UserRingBufWriter(userRing(), value)),
  "new UserRingBufWriter(map)": nothing((value) => new UserRingBufWriter(value, anyBytes)),
  "new UserRingBufWriter(options)": options((value) => new UserRingBufWriter(userRing(), anyBytes, value)),
  "readCapture(file)": nothing((value) => [...readCapture(value)]),
  "replayCapture(file)": nothing((value) => replayCapture(value, ring(), { speed: "full" })),
  "HelperFaults.fail(helper)": nothing((value) => new EmulatedKernel().faults.fail(value, 1, -12)),
  "HelperFaults.failAtRate(helper)": nothing((value) => new EmulatedKernel().faults.failAtRate(value, 0.5, -12)),
  "replayCapture(map)": nothing((value) => replayCapture(emptyCapture(), value, { speed: "full" })),
  "replayCapture(options)": nothing((value) => replayCapture(emptyCapture(), ring(), value)),
  "toOpenMetrics(stats)": required((value) => toOpenMetrics(value)),
};

/** A poll that a record ends, whatever its options are. */
async function polled(one: { poll(handler: never, options?: never): unknown }, value: never): Promise<void> {
  const polls = one instanceof RingCapture ? one.poll(value) : one.poll((() => {}) as never, value);
  // without a timeout it waits for ever: it has been taken
  await Promise.race([polls, new Promise((resolve) => setImmediate(resolve))]);
}

/** A read that a record ends at once. */
function withRecord(use: (one: RingBufReader<Uint8Array>) => unknown): void {
  const map = ring();
  map.hold(8).submit();
  use(new RingBufReader(map, anyBytes));
}

/** A writer that takes anything for a record. */
function counting(): UserRingBufWriter<unknown> {
  return new UserRingBufWriter(userRing(), { ...selftestSample, encode: () => 32, byteLengthOf: () => 32 });
}

function emptyCapture(): Uint8Array {
  return new RingCapture(ring()).toBytes();
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

describeDoors([here("./index.ts"), here("./emulated/index.ts")], table, (error) => isRingBufError(error));
