import { RingBufReader, UserRingBufWriter } from "@rbgen/runtime";
import { anyBytes, selftestSample } from "./codecs.ts";
import { bytes, equal, fails, type Scenario } from "./scenario.ts";
import { firstBytes, ring } from "./user-ring.ts";

const noWakeup = 1;
const forceWakeup = 2;

/** Section 4 of docs/ring-semantics.md: what a writer of a user ring does. */
export const userRingScenarios: readonly Scenario[] = [
  {
    title: "selftest basic: two samples are read as they were written",
    run(kernel) {
      const map = ring(kernel);
      const writer = new UserRingBufWriter(map, selftestSample);
      writer.write({ pid: 7, seq: 1, value: 3n, comm: "first" });
      writer.write({ pid: 7, seq: 2, value: -4n, comm: "second" });
      const { returned, samples } = kernel.drain(map);
      equal(returned, 2, "returned");
      const decoded = samples.map(({ head }) => selftestSample.decode(new DataView(head.slice().buffer)));
      equal(
        decoded,
        [
          { pid: 7, seq: 1, value: 3n, comm: "first" },
          { pid: 7, seq: 2, value: -4n, comm: "second" },
        ],
        "samples",
      );
      writer.close();
    },
  },
  {
    title: "selftest sample_full_ring_buffer: one sample of N - 8 fills the ring, and again once it is drained",
    async run(kernel) {
      const map = ring(kernel);
      const writer = new UserRingBufWriter(map, anyBytes);
      await fails(() => writer.reserve(4089), "E2BIG", "one byte more");
      for (let lap = 0; lap < 3; lap += 1) {
        writer.reserve(4088).submit();
        equal(writer.tryReserve(0), null, "not even an empty one");
        equal(kernel.readiness?.(map) ?? 0, 0, "poll says full");
        const { returned, samples } = kernel.drain(map);
        equal([returned, samples[0]?.byteLength], [1, 4088], "drained");
        equal(kernel.readiness?.(map) ?? 0x104, 0x104, "poll says free");
      }
      writer.close();
    },
  },
  {
    title: "selftest post_alignment_autoadjust: a sample of 33 bytes",
    run(kernel) {
      const map = ring(kernel);
      const writer = new UserRingBufWriter(map, anyBytes);
      writer.write(bytes(33, 5));
      const { returned, samples } = kernel.drain(map);
      equal([returned, samples[0]?.byteLength], [1, 33], "drained");
      equal(writer.positions, { producer: 48n, consumer: 48n }, "positions");
      writer.close();
    },
  },
  {
    title: "selftest overfill: ENOSPC, then exactly the 102 that fit are read",
    async run(kernel) {
      const map = ring(kernel);
      const writer = new UserRingBufWriter(map, selftestSample);
      let written = 0;
      for (let i = 0; i < 512; i += 1) {
        if (writer.tryWrite({ pid: 1, seq: i, value: 0n, comm: "" })) written += 1;
      }
      equal(written, 102, "written");
      await fails(() => writer.write({ pid: 1, seq: 0, value: 0n, comm: "" }), "ENOSPC", "write");
      await fails(() => writer.reserve(), "ENOSPC", "reserve");
      equal(kernel.drain(map).returned, 102, "drained");
      writer.close();
    },
  },
  {
    title: "selftest discards_properly_ignored: a ring full of discards gives its space back",
    run(kernel) {
      const map = ring(kernel);
      const writer = new UserRingBufWriter(map, anyBytes);
      let made = 0;
      for (let sample = writer.tryReserve(8); sample !== null; sample = writer.tryReserve(8)) {
        sample.discard();
        made += 1;
      }
      equal(made, 256, "discards");
      equal(kernel.drain(map).returned, 0, "read");
      equal(writer.tryReserve(4088) !== null, true, "all the space is back");
      writer.close();
    },
  },
  {
    title: "selftest loop: 8192 samples in batches of 102, across the wrap",
    run(kernel) {
      const map = ring(kernel);
      const writer = new UserRingBufWriter(map, selftestSample);
      let next = 0;
      while (next < 8192) {
        const first = next;
        while (next < 8192 && next < first + 102)
          writer.write({ pid: 1, seq: next++, value: BigInt(next), comm: "loop" });
        const { returned, samples } = kernel.drain(map);
        equal(returned, next - first, "drained");
        const last = samples[samples.length - 1]?.head ?? bytes(32);
        equal(selftestSample.decode(new DataView(last.slice().buffer)).seq, first + samples.length - 1, "order");
      }
      writer.close();
    },
  },
  {
    title: "selftest msg_protocol: commands by one ring, replies by the other",
    run(kernel) {
      const commands = ring(kernel);
      const replies = kernel.createRingBuf({ name: "replies", maxEntries: 4096 });
      const writer = new UserRingBufWriter(commands, anyBytes);
      const reader = new RingBufReader(replies, anyBytes);
      for (let kick = 0; kick < 8; kick += 1) {
        for (let i = 0; i < 8; i += 1) writer.write(bytes(16, kick * 8 + i));
        equal(kernel.drain(commands, { replyTo: replies }).returned, 8, "drained");
        const seen: number[] = [];
        equal(
          reader.consume((record) => void seen.push(record[0]!)),
          8,
          "replies",
        );
        equal(
          seen,
          Array.from({ length: 8 }, (_, i) => kick * 8 + i),
          "contents",
        );
      }
      writer.close();
      reader.close();
    },
  },
  {
    title: "samples end in any order and are drained in the order of their reservations",
    run(kernel) {
      const map = ring(kernel);
      const writer = new UserRingBufWriter(map, anyBytes);
      const [a, b, c] = [1, 2, 3].map((value) => {
        const sample = writer.reserve(16);
        sample.view.bytes = bytes(16, value);
        return sample;
      });
      c?.submit();
      equal(firstBytes(kernel, map), [], "the first is busy");
      b?.discard();
      a?.submit();
      equal(firstBytes(kernel, map), [1, 3], "order");
      writer.close();
    },
  },
  {
    title: "a sample left alone is discarded, and its view is dead after its end",
    async run(kernel) {
      const map = ring(kernel);
      const writer = new UserRingBufWriter(map, selftestSample);
      const left = writer.reserve();
      left[Symbol.dispose]();
      const sent = writer.reserve();
      sent.view.seq = 9;
      sent.submit();
      sent[Symbol.dispose]();
      let threw = false;
      try {
        sent.view.seq = 10;
      } catch {
        threw = true;
      }
      equal(threw, true, "a late write");
      await fails(() => sent.submit(), "EINVAL", "a second submit");
      const { returned, samples } = kernel.drain(map);
      equal([returned, samples[0]?.head[4]], [1, 9], "drained");
      writer.close();
    },
  },
  {
    title: "selftest blocking_reserve: ENOSPC after the time without a drain, success with one",
    async run(kernel) {
      const map = ring(kernel);
      const writer = new UserRingBufWriter(map, selftestSample);
      while (writer.tryReserve()?.submit() === undefined && writer.pending < 4080);
      const before = performance.now();
      await fails(() => writer.reserveBlocking({ timeoutMs: 100 }), "ENOSPC", "without a drain");
      equal(performance.now() - before >= 95, true, "not early");
      setTimeout(() => kernel.drain(map), 30);
      // without an end: nothing but the drain wakes it
      const sample = await writer.reserveBlocking({ timeoutMs: -1 });
      sample.submit();
      equal(kernel.drain(map).returned, 1, "and it is drained");
      writer.close();
    },
  },
  {
    title: "timeouts: -1 for ever, 0 one try, other negatives EINVAL; too big is E2BIG at once",
    async run(kernel) {
      const map = ring(kernel);
      const writer = new UserRingBufWriter(map, anyBytes);
      writer.reserve(4088).submit();
      await fails(() => writer.reserveBlocking({ byteLength: 8, timeoutMs: -2 }), "EINVAL", "-2");
      await fails(() => writer.reserveBlocking({ byteLength: 8, timeoutMs: 0 }), "ENOSPC", "0");
      await fails(() => writer.reserveBlocking({ byteLength: 4089, timeoutMs: 1000 }), "E2BIG", "too big");
      await fails(() => writer.reserveBlocking({ byteLength: 0x40000000, timeoutMs: 1000 }), "E2BIG", "30 bits");
      setTimeout(() => kernel.drain(map), 20);
      (await writer.reserveBlocking({ byteLength: 8, timeoutMs: -1 })).submit();
      const reason = new Error("stop");
      const abort = new AbortController();
      writer.reserve(4072).submit();
      setTimeout(() => abort.abort(reason), 10);
      const waiting = writer.writeBlocking(bytes(8), { timeoutMs: -1, signal: abort.signal });
      equal((await waiting.catch((error: unknown) => error)) === reason, true, "the signal's reason");
      writer.close();
    },
  },
  {
    title: "a drain wakes the writer unless told not to, or if forced; a silent one is found at the timeout",
    async run(kernel) {
      const map = ring(kernel);
      const writer = new UserRingBufWriter(map, anyBytes);
      writer.reserve(4088).submit();
      const before = performance.now();
      setTimeout(() => kernel.drain(map, { flags: noWakeup }), 20);
      (await writer.reserveBlocking({ byteLength: 8, timeoutMs: 200 })).submit();
      equal(performance.now() - before >= 190, true, "the last try, at the timeout");
      writer.reserve(4072).submit();
      setTimeout(() => kernel.drain(map, { flags: noWakeup | forceWakeup }), 20);
      (await writer.reserveBlocking({ byteLength: 8, timeoutMs: -1 })).submit();
      writer.close();
    },
  },
  {
    title: "waiters are served in order, without spinning while there is too little room",
    async run(kernel) {
      const map = ring(kernel);
      const writer = new UserRingBufWriter(map, anyBytes);
      writer.write(bytes(2000, 1));
      writer.write(bytes(2000, 2));
      const order: number[] = [];
      const waits = [3000, 8, 16].map(async (byteLength, index) => {
        const sample = await writer.reserveBlocking({ byteLength, timeoutMs: -1 });
        order.push(index);
        sample.submit();
      });
      setTimeout(() => kernel.drain(map, { stopAt: 1 }), 20);
      setTimeout(() => kernel.drain(map), 60);
      await Promise.all(waits);
      equal(order, [0, 1, 2], "order");
      equal(kernel.drain(map).returned, 3, "drained");
      writer.close();
    },
  },
  {
    title: "a second writer is EBUSY; a closed one fails, and its open samples are discarded",
    async run(kernel) {
      const map = ring(kernel);
      const writer = new UserRingBufWriter(map, anyBytes);
      await fails(() => new UserRingBufWriter(map, anyBytes), "EBUSY", "a second writer");
      const open = writer.reserve(8);
      writer.write(bytes(8, 4));
      writer.close();
      await fails(() => writer.write(bytes(8)), "ERR_RINGBUF_CLOSED", "write");
      await fails(() => open.submit(), "EINVAL", "submit");
      equal(firstBytes(kernel, map), [4], "drained");
      const again = new UserRingBufWriter(map, anyBytes);
      again.close();
    },
  },
  {
    title: "a sample with no room for the record's least is EINVAL, and nothing is reserved for it",
    async run(kernel) {
      const map = ring(kernel);
      const writer = new UserRingBufWriter(map, selftestSample);
      await fails(() => writer.reserve(31), "EINVAL", "reserve");
      await fails(() => writer.tryReserve(0), "EINVAL", "tryReserve");
      await fails(() => writer.reserveBlocking({ byteLength: 8, timeoutMs: 0 }), "EINVAL", "reserveBlocking");
      equal(writer.positions, { producer: 0n, consumer: 0n }, "positions");
      writer.reserve(32).submit();
      equal(kernel.drain(map).returned, 1, "drained");
      writer.close();
    },
  },
  {
    title: "a map of the other kind is EINVAL, and stays free",
    async run(kernel) {
      const map = ring(kernel);
      const events = kernel.createRingBuf({ name: "events", maxEntries: 4096 });
      await fails(() => new UserRingBufWriter(events as never, anyBytes), "EINVAL", "a writer of a ring buffer");
      await fails(() => new RingBufReader(map as never, anyBytes), "EINVAL", "a reader of a user ring");
      new RingBufReader(events, anyBytes).close();
      new UserRingBufWriter(map, anyBytes).close();
    },
  },
];
