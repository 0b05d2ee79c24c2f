// npx tsx --test execsnoop.test.ts, on any machine
import assert from "node:assert/strict";
import { test } from "node:test";
import { RingBufReader } from "@rbgen/runtime";
import { VmObject } from "@rbgen/vm";
import { maps } from "./execsnoop.gen.ts";

test("an exec is told of with its process, its user and its name", async () => {
  using object = await VmObject.load("execsnoop.bpf.o");
  object.become({ tgid: 7, pid: 7, uid: 1000, comm: "sh" });
  object.fire("sched_process_exec");
  const seen: unknown[] = [];
  new RingBufReader(object.ringBuf(maps.events), maps.events.codec).consume(({ pid, uid, comm }) => {
    seen.push({ pid, uid, comm });
  });
  assert.deepEqual(seen, [{ pid: 7, uid: 1000, comm: "sh" }]);
});

test("a full ring loses the event, and nothing else", async () => {
  using object = await VmObject.load("execsnoop.bpf.o");
  object.ringBuf(maps.events).faults.failReservations(1);
  object.fire("sched_process_exec");
  object.fire("sched_process_exec");
  assert.equal(
    new RingBufReader(object.ringBuf(maps.events), maps.events.codec).consume(() => {}),
    1,
  );
});
