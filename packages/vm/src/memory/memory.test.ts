import fc from "fast-check";
import { expect, test } from "vitest";
import { AccessFault, formatRegister } from "./access-fault.ts";
import { stackMark, stacksAt, writtenDelta } from "./layout.ts";
import { VmMemory } from "./memory.ts";

const small = { regions: 1024, limit: 1 << 20 };

test("a pointer is good for the bytes of its region, and for no byte beside them", () => {
  const memory = new VmMemory(small);
  const regions = Array.from({ length: 20 }, (_, index) =>
    memory.allocate(index * 7, { kind: "map value", name: `m${index}` }),
  );
  fc.assert(
    fc.property(
      fc.integer({ min: -2, max: 40 }),
      fc.integer({ min: -200, max: 200 }),
      fc.integer({ min: 0, max: 64 }),
      (high, low, size) => {
        const region = regions.find(({ id }) => id === high);
        const fits = region !== undefined && low >= 0 && low + size <= region.size;
        if (fits) expect(memory.readable(low, high, size)).toBe(region.address + low);
        // stacks are 1 to 8
        else if (high < 1 || high > 8) expect(() => memory.readable(low, high, size)).toThrow(AccessFault);
      },
    ),
  );
});

test("regions share no byte and do not touch", () => {
  const memory = new VmMemory(small);
  const taken: { address: number; size: number }[] = [];
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 300 }), (size) => {
      const { address } = memory.allocate(size, { kind: "memory", name: "m" });
      for (const other of taken) {
        expect(address + size < other.address || other.address + other.size < address).toBe(true);
      }
      taken.push({ address, size });
    }),
    { numRuns: 100 },
  );
});

test("a region that was released faults, and its bytes are used again only after the run", () => {
  const memory = new VmMemory(small);
  const first = memory.allocate(16, { kind: "ring sample", name: "events" });
  memory.bytes.fill(7, first.address, first.address + 16);
  memory.release(first);
  expect(() => memory.writable(0, first.id, 1)).toThrow("the ring sample was given back before");
  const second = memory.allocate(16, { kind: "ring sample", name: "events" });
  expect(second.id).not.toBe(first.id);
  expect(second.address).not.toBe(first.address);
  memory.settle();
  const third = memory.allocate(16, { kind: "ring sample", name: "events" });
  expect([third.id, third.address]).toEqual([first.id, first.address]);
  expect([...memory.bytes.subarray(third.address, third.address + 16)]).toEqual(new Array(16).fill(0));
});

test("what may only be read is not written", () => {
  const memory = new VmMemory(small);
  const constants = memory.allocate(8, { kind: "global", name: ".rodata" });
  memory.writable(0, constants.id, 8);
  memory.protect(constants, "read");
  memory.readable(0, constants.id, 8);
  expect(() => memory.writable(4, constants.id, 4)).toThrow(
    'write of 4 bytes at global ".rodata" + 4: global ".rodata" is read-only',
  );
});

test("a map is a pointer without a byte to read", () => {
  const memory = new VmMemory(small);
  const map = { name: "counts" };
  const region = memory.allocate(0, { kind: "map", name: "counts", access: "none", owner: map });
  expect(memory.regionOf(region.id)?.owner).toBe(map);
  expect(() => memory.readable(0, region.id, 1)).toThrow("a map is looked up by helpers only");
});

test("an element of a map is a region over the map's bytes", () => {
  const memory = new VmMemory(small);
  const values = memory.allocate(64, { kind: "memory", name: "values", access: "none" });
  const third = memory.carve(values, 16, 8, { kind: "map value", name: "values[2]" });
  expect(memory.readable(0, third.id, 8)).toBe(values.address + 16);
  expect(() => memory.readable(1, third.id, 8)).toThrow('map value "values[2]" has 8 bytes');
  expect(() => memory.carve(values, 60, 8, { kind: "map value", name: "beyond" })).toThrow(RangeError);
});

test("bytes of a stack are read only after they were written", () => {
  const memory = new VmMemory(small);
  expect(() => memory.readable(504, 1, 8)).toThrow(
    'read of 8 bytes at stack "frame 0" - 8: these bytes of the stack were never written',
  );
  memory.writable(504, 1, 4);
  memory.readable(504, 1, 4);
  // the other half is padding; eight bytes without any that was written are none
  memory.readable(504, 1, 8);
  expect(() => memory.readable(496, 1, 16)).toThrow('read of 8 bytes at stack "frame 0" - 16');
  memory.mark(stacksAt + 500, 4, stackMark.written);
  memory.readable(496, 1, 16);
  memory.clearStack(0);
  expect(memory.bytes[stacksAt + 504 + writtenDelta]).toBe(0);
  expect(() => memory.readable(504, 1, 1)).toThrow(AccessFault);
});

test("a number whose high half is that of a stack's pointers is one only within that stack", () => {
  const stack = new VmMemory(small).regionOf(1);
  expect(formatRegister(10, 512, 1, stack)).toBe('r10=stack "frame 0" + 0');
  expect(formatRegister(2, 0, 1, stack)).toBe('r2=stack "frame 0" - 512');
  expect(formatRegister(2, 513, 1, stack)).toBe("r2=0x100000201");
  expect(formatRegister(2, -1716390104, 1, stack)).toBe("r2=0x199b1f728");
});

test("a null pointer is told from one that is none", () => {
  const memory = new VmMemory(small);
  expect(() => memory.readable(0, 0, 4)).toThrow("read of 4 bytes at NULL: a null pointer");
  expect(() => memory.readable(16, 0, 4)).toThrow("a null pointer");
  expect(() => memory.readable(0, -1, 4)).toThrow("read of 4 bytes at 0xffffffff00000000: this is no pointer");
  expect(() => memory.readable(0, 2 ** 30, 4)).toThrow("this is no pointer");
});

test("helpers that take any address see what is there and nothing else", () => {
  const memory = new VmMemory(small);
  const task = memory.allocate(32, { kind: "kernel memory", name: "task_struct" });
  expect(memory.probe(8, task.id, 24)).toBe(task.address + 8);
  expect(memory.probe(8, task.id, 25)).toBeUndefined();
  expect(memory.probe(0, 0, 1)).toBeUndefined();
  expect(memory.probe(0, -5, 1)).toBeUndefined();
  expect([memory.extent(8, task.id), memory.extent(40, task.id), memory.extent(0, 0)]).toEqual([24, 0, 0]);
});

test("memory grows up to its limit, and says what it had no room for", () => {
  const memory = new VmMemory(small);
  for (let index = 0; index < 15; index += 1) {
    const region = memory.allocate(65536, { kind: "memory", name: "block" });
    memory.bytes[region.address + 65535] = 1;
  }
  expect(() => memory.allocate(262144, { kind: "map value", name: "huge" })).toThrow(
    expect.objectContaining({ code: "ENOMEM", message: expect.stringContaining('262144 bytes for map value "huge"') }),
  );
  const few = new VmMemory({ regions: 16, limit: 65536 });
  for (let index = 0; index < 7; index += 1) few.allocate(1, { kind: "memory", name: "m" });
  expect(() => few.allocate(1, { kind: "memory", name: "one more" })).toThrow(/ENOMEM.*a region more than 15/);
});

test("the same memory without WebAssembly", () => {
  const wasm = globalThis.WebAssembly;
  try {
    (globalThis as { WebAssembly?: unknown }).WebAssembly = undefined;
    const memory = new VmMemory(small);
    expect(memory.wasm).toBeUndefined();
    const first = memory.allocate(100, { kind: "memory", name: "a" });
    memory.bytes[first.address] = 9;
    memory.allocate(500_000, { kind: "memory", name: "b" });
    expect(memory.bytes[first.address]).toBe(9);
  } finally {
    globalThis.WebAssembly = wasm;
  }
});

test("regions that are taken and given back in one run take bounded memory, and their pointers fault meanwhile", () => {
  const memory = new VmMemory({ regions: 1 << 12, limit: 1 << 25 });
  let before = memory.allocate(4096, { kind: "ring sample", name: "sample" });
  for (let turn = 0; turn < 20_000; turn += 1) {
    memory.release(before);
    if (memory.probe(0, before.id, 1) !== undefined) throw new Error("what was given back can be read");
    before = memory.allocate(4096, { kind: "ring sample", name: "sample" });
  }
  expect(memory.bytes.byteLength).toBeLessThan(1 << 25);
});

test("an id that was given back is not given out anew by the next regions", () => {
  const memory = new VmMemory({ regions: 1 << 12, limit: 1 << 20 });
  const old = memory.allocate(8, { kind: "memory", name: "old" });
  memory.release(old);
  for (let turn = 0; turn < 500; turn += 1) {
    const next = memory.allocate(8, { kind: "memory", name: "next" });
    expect(next.id).not.toBe(old.id);
    memory.release(next);
  }
});
