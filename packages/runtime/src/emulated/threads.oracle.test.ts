import { runChild } from "@rbgen/testkit/native/child";
import { expect, test } from "vitest";

/** What every thread of a script starts with. A record is a time and the number of the thread that made it. */
const names = `
  const { RingBufGroup, RingBufReader, UserRingBufWriter } = await import("@rbgen/runtime");
  const { attachView } = await import("@rbgen/runtime/codegen/v1");
  const { attachRingBuf, attachUserRingBuf, EmulatedKernel } = await import("@rbgen/runtime/emulated");
  const { setTimeout: sleep } = await import("node:timers/promises");
  const { Worker, parentPort, workerData } = await import("node:worker_threads");
  const { once } = await import("node:events");
  const none = () => { throw new Error("not here"); };
  const codec = {
    name: "tick", size: 8, minByteLength: 8, endian: "little", layoutHash: "",
    layout: { name: "tick", size: 8, endian: "little", leaves: [] },
    decode: (view, at = 0) => ({ time: view.getUint32(at, true), from: view.getUint32(at + 4, true) }),
    encode: ({ time, from }, view, at = 0) => { view.setUint32(at, time, true); view.setUint32(at + 4, from, true); return 8; },
    byteLengthOf: () => 8, toJSON: none, createView: none, createWriter: () => ({ [attachView]() {} }),
  };
  const assert = (truth, what) => { if (!truth) throw new Error(what); };
  const code = (f) => { try { f(); return "nothing thrown"; } catch (error) { return error.code ?? error.message; } };
  const kernel = new EmulatedKernel({ endian: "little" });
  const bytes = new Uint8Array(8);
  /** Outputs a record, again and again while the ring is full. */
  const sender = (map) => {
    const program = kernel.loadProgram({ type: "xdp", run: (bpf) => bpf.ringbufOutput(map, bytes, 0) });
    return (time, from) => {
      codec.encode({ time, from }, new DataView(bytes.buffer));
      while (program.run().returnValue !== 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    };
  };
  const thread = (body, workerData) => new Worker(\`(async () => { \${workerData.names} \${body} })()\`, { eval: true, workerData });
`;

/** Runs `script` in a process, where `there(body, data)` starts a thread. Threads and script begin with `names`. */
async function run(script: string) {
  const there = "const there = (body, data) => thread(body, { ...data, names: process.env.names });";
  return await runChild(`${names}\n${there}\n${script}`, { env: { names } });
}

async function passes(script: string): Promise<void> {
  const { code, signal, stderr } = await run(script);
  expect(stderr).toBe("");
  expect({ code, signal }).toEqual({ code: 0, signal: null });
}

test("a reader in a worker is woken by programs here, and misses nothing", async () => {
  await passes(`
    const map = kernel.createRingBuf({ name: "ticks", maxEntries: 4096 });
    const worker = there(\`
      const reader = new RingBufReader(attachRingBuf(workerData.handle), codec);
      parentPort.postMessage("reads");
      let next = 0;
      while (next < 5000) reader.pollSync(({ time }) => { assert(time === next, time + " instead of " + next); next += 1; }, { timeoutMs: -1 });
      reader.close();
      parentPort.postMessage("done");
    \`, { handle: map.handle() });
    await once(worker, "message");
    assert(code(() => new RingBufReader(map, codec)) === "EBUSY", "two readers");
    const send = sender(map);
    for (let time = 0; time < 5000; time += 1) { send(time, 0); if (time % 500 === 0) await sleep(2); }
    assert((await once(worker, "message"))[0] === "done", "not done");
    new RingBufReader(map, codec).close();
  `);
});

test("an iteration here is woken by programs in a worker, without its safety poll", async () => {
  await passes(`
    const map = kernel.createRingBuf({ name: "ticks", maxEntries: 4096 });
    const reader = new RingBufReader(map, codec, { safetyPollMs: Infinity });
    there(\`
      const send = sender(attachRingBuf(workerData.handle));
      for (let time = 0; time < 2000; time += 1) { send(time, 1); if (time % 200 === 0) await sleep(3); }
    \`, { handle: map.handle() });
    let next = 0;
    for await (const { time } of reader) {
      assert(time === next, time + " instead of " + next);
      next += 1;
      if (next === 2000) break;
    }
  `);
});

test("a writer in a worker that blocks for room goes on when a program here drains", async () => {
  await passes(`
    const map = kernel.createUserRingBuf({ name: "ticks", maxEntries: 4096 });
    const worker = there(\`
      const writer = new UserRingBufWriter(attachUserRingBuf(workerData.handle), codec);
      for (let time = 0; time < 2000; time += 1) {
        const sample = writer.reserveBlockingSync({ byteLength: 1000, timeoutMs: -1 });
        sample.discard();
      }
      writer.close();
      parentPort.postMessage("done");
    \`, { handle: map.handle() });
    let done = false;
    worker.on("message", () => { done = true; });
    worker.on("error", (error) => { throw error; });
    const drain = kernel.loadProgram({ type: "syscall", run: (bpf) => bpf.userRingbufDrain(map, () => 0, null, 0) });
    while (!done) { drain.run(); await sleep(0); }
  `);
});

test("a group here merges what two workers produce, while rings come and go", async () => {
  await passes(`
    const maps = ["a", "b", "c"].map((name) => kernel.createRingBuf({ name, maxEntries: 65536 }));
    const group = new RingBufGroup({ mergeBy: "time" });
    group.add(maps[0], codec);
    group.add(maps[1], codec);
    const last = new Map();
    let seen = 0;
    for (const from of [0, 1]) there(\`
      const send = sender(attachRingBuf(workerData.handle));
      for (let time = 0; time < 1000; time += 1) { send(time, workerData.from); if (time % 100 === 0) await sleep(1); }
    \`, { handle: maps[from].handle(), from });
    for await (const { map, record } of group) {
      assert(record.time === (last.get(map) ?? -1) + 1, map.name + ": " + record.time + " after " + last.get(map));
      last.set(map, record.time);
      seen += 1;
      if (seen === 500) { group.add(maps[2], codec); sender(maps[2])(0, 2); }
      if (map === maps[2]) group.remove(map);
      if (seen === 2001) break;
    }
    assert(last.get(maps[2]) === 0, "the third ring");
    group.close();
  `);
});

test("a worker that is terminated leaves its claim, which can be broken", async () => {
  await passes(`
    const map = kernel.createRingBuf({ name: "ticks", maxEntries: 4096 });
    const send = sender(map);
    send(0, 0);
    send(1, 0);
    const worker = there(\`
      const reader = new RingBufReader(attachRingBuf(workerData.handle), codec);
      reader.consume(() => {}, { max: 1 });
      parentPort.postMessage("reads");
      reader.pollSync(() => {}, { timeoutMs: -1 });
      parentPort.postMessage("polls");
      for (;;) reader.pollSync(() => {}, { timeoutMs: -1 });
    \`, { handle: map.handle() });
    await once(worker, "message");
    await once(worker, "message");
    await worker.terminate();
    assert(code(() => new RingBufReader(map, codec)) === "EBUSY", "the claim is left");
    assert(map.breakClaim(), "no claim");
    const reader = new RingBufReader(map, codec);
    send(2, 0);
    const got = [];
    reader.consume(({ time }) => { got.push(time); });
    assert(got.join() === "2", "got " + got);
  `);
});

test("threads that are terminated while they produce leave a ring that is whole, and reservations that fail at worst", async () => {
  await passes(`
    for (let round = 0; round < 8; round += 1) {
      const map = kernel.createRingBuf({ name: "ticks", maxEntries: 4096 });
      const worker = there(\`
        const send = sender(attachRingBuf(workerData.handle));
        parentPort.postMessage("sends");
        for (let time = 0; ; time += 1) send(time, 0);
      \`, { handle: map.handle() });
      const reader = new RingBufReader(map, codec);
      let next = 0;
      const take = () => reader.consume(({ time }) => { assert(time === next, time + " instead of " + next); next += 1; });
      await once(worker, "message");
      for (let i = 0; i < 50; i += 1) take();
      const ended = worker.terminate();
      take();
      await ended;
      take();
      const program = kernel.loadProgram({ type: "xdp", run: (bpf) => bpf.ringbufOutput(map, bytes, 0) });
      const returned = program.run().returnValue;
      assert(returned === 0 || returned === -11, "returned " + returned);
      const { kernel: counted } = reader.stats();
      assert(returned === 0 || counted.dropped.lock > 0, "a failure without its reason");
    }
  `);
});

test("a pending read keeps the process alive unless it is told not to", async () => {
  const pending = `
    const reader = new RingBufReader(kernel.createRingBuf({ name: "ticks", maxEntries: 4096 }), codec);
    reader.poll(() => {}, { timeoutMs: -1 });`;
  // a timer that keeps nothing alive itself fires only where something else does
  const kept = `setTimeout(() => process.exit(7), 20).unref();`;
  expect(await run(`${pending} ${kept}`)).toMatchObject({ code: 7, signal: null, stderr: "" });
  await passes(`${pending} reader.unref();`);
  const again = await run(`${pending} reader.unref(); reader.ref(); ${kept}`);
  expect(again).toMatchObject({ code: 7, signal: null, stderr: "" });
});
