import { expect, test } from "vitest";
import type { Decoder } from "../codec/decoder.ts";
import type { Reply, Request, SourceReading, Stage } from "./protocol.ts";
import { RequestReader } from "./read-request.ts";
import { Reader, type ReaderWorker, type SourceListener } from "./reader.ts";

/** A worker that works in turns of this thread, when it is told to. */
class TurnWorker {
  readonly asked: Request[] = [];
  ended = false;
  #listener: (event: { data: Reply }) => void = () => undefined;

  postMessage(request: Request): void {
    this.asked.push(request);
  }

  terminate(): void {
    this.ended = true;
  }

  addEventListener(type: string, listener: (event: { data: Reply }) => void): void {
    if (type === "message") this.#listener = listener;
  }

  /** Answers what was asked so far; generated code is not run here. */
  async work(): Promise<readonly Reply[]> {
    const replies: Reply[] = [];
    const reader = new RequestReader(
      async () => undefined,
      (reply) => replies.push(structuredClone(reply)),
    );
    for (const request of this.asked.splice(0)) await reader.answer(request);
    for (const data of replies) this.#listener({ data });
    return replies;
  }
}

function begun() {
  const workers: TurnWorker[] = [];
  const reader = new Reader(() => {
    const worker = new TurnWorker();
    workers.push(worker);
    return worker as unknown as ReaderWorker;
  });
  return { reader, workers };
}

/** Takes what a reading tells. */
function listening() {
  const told = {
    stages: [] as Stage[],
    pictures: 0,
    links: 0,
    readings: [] as SourceReading[],
    decoders: [] as Decoder[],
    failures: [] as string[],
  };
  const listener: SourceListener = {
    stage: (stage) => told.stages.push(stage),
    layouts: (pictures) => {
      told.pictures = pictures.length;
    },
    read: (reading, links) => {
      told.links = links.length;
      told.readings.push(reading);
    },
    decoder: (decoder) => told.decoders.push(decoder),
    failed: (message) => told.failures.push(message),
  };
  return { told, listener };
}

const structs = (count: number): string =>
  Array.from({ length: count }, (_, number) => `struct s${number} { int a; long b; };`).join("\n");

test("pictures and links come in portions, which are put together in their order", async () => {
  const { reader, workers } = begun();
  const { told, listener } = listening();
  reader.readSource({ name: "a.h", text: structs(60), before: undefined }, listener);
  const replies = await workers[0]?.work();
  expect(replies?.flatMap((reply) => (reply.kind === "pictures" ? [reply.pictures.length] : []))).toEqual([25, 25, 10]);
  expect(told.stages).toEqual(["reading", "layouts", "code", "decoders"]);
  expect([told.pictures, told.links]).toEqual([60, 120]);
  expect(told.readings.map(({ name, generated }) => [name, generated?.records.length])).toEqual([["a.h", 60]]);
  expect(told.decoders).toHaveLength(1);
  expect(told.failures).toEqual([]);
});

test("a text that comes while the one before is read ends the worker of that, which tells nothing more", async () => {
  const { reader, workers } = begun();
  const [first, second] = [listening(), listening()];
  reader.readSource({ name: "a.h", text: structs(1), before: undefined }, first.listener);
  reader.readSource({ name: "b.h", text: structs(2), before: structs(1) }, second.listener);
  expect(workers.map(({ ended }) => ended)).toEqual([true, false]);
  for (const worker of workers) await worker.work();
  expect(first.told).toMatchObject({ stages: [], readings: [], decoders: [], failures: [] });
  expect(second.told.stages).toEqual(["reading", "layouts", "code", "comparison", "decoders"]);
  expect(second.told.readings[0]?.comparison?.onlyAfter).toEqual(["s1"]);
  // Nothing is read any more: the same worker takes the next one.
  reader.readSource({ name: "c.h", text: structs(1), before: undefined }, first.listener);
  expect(workers.map(({ ended }) => ended)).toEqual([true, false]);
});

test("what was stopped decodes nothing, and says so to whoever waits for a sample", async () => {
  const { reader, workers } = begun();
  const { told, listener } = listening();
  reader.readSource({ name: "a.h", text: structs(1), before: undefined }, listener);
  await workers[0]?.work();
  const [decoder] = told.decoders;
  const waiting = decoder?.decode("s0", [new Uint8Array(16)], 0);
  reader.readSource({ name: "b.h", text: structs(1), before: undefined }, listening().listener);
  expect(await decoder?.decode("s0", [new Uint8Array(16)], 0)).toBeUndefined();
  reader.stop();
  expect(workers[0]?.ended).toBe(true);
  expect(await waiting).toBeUndefined();
});

test("an object that is none is refused with what is wrong with it", async () => {
  const { reader, workers } = begun();
  const reading = reader.readObject({ name: "a.o", bytes: Uint8Array.of(0x7f, 0x45), types: undefined });
  await workers[0]?.work();
  await expect(reading).rejects.toThrow(/^RB300\d: /);
});
