import { execFileSync } from "node:child_process";
import { closeSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Btf } from "@rbgen/btf";
import { type LayoutDescriptor, RingBufError, RingBufReader } from "@rbgen/runtime";
import { claimMap } from "@rbgen/runtime/backend";
import { beforeAll, expect, test } from "vitest";
import { compileBpf } from "../../../testkit/src/compile.ts";
import { anyBytes } from "../../../testkit/src/contract/codecs.ts";
import { describeWith } from "../../../testkit/src/index.ts";
import { runChild } from "../../../testkit/src/native/child.ts";
import { compileBeside } from "../../../testkit/src/native/kernel-side.ts";
import { PrivateBpffs } from "../../../testkit/src/native/private-bpffs.ts";
import {
  attachUserRingBuf,
  BpfLoadError,
  BpfObject,
  checkLayout,
  createRingBuf,
  layoutDrift,
  openRingBuf,
  openUserRingBuf,
} from "../index.ts";
import { describeDrift } from "../kernel/layout-drift.ts";

const source = readFileSync(new URL("../../../testkit/src/native/object.bpf.c", import.meta.url));

function thrownBy(use: () => unknown): unknown {
  try {
    use();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

function request(tenant: number, number: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(tenant, number).buffer);
}

describeWith(["kernel", "clang", "libbpf"], "a BPF object", () => {
  let bytes: Uint8Array;
  beforeAll(() => {
    bytes = compileBeside("object.bpf.c");
  });

  test("is loaded from bytes and from a file, and runs", async () => {
    const folder = mkdtempSync(join(tmpdir(), "rbgen-object-"));
    writeFileSync(join(folder, "my-object.bpf.o"), bytes);
    for (const source of [bytes, join(folder, "my-object.bpf.o")]) {
      using object = await BpfObject.load(source);
      expect([...object.programNames].sort()).toEqual(["drain", "length", "send"]);
      expect(object.mapNames).toEqual(expect.arrayContaining(["events", "commands", "drops", "plain", "tenants"]));
      const context = request(0, 9);
      expect(object.program("send").run({ context })).toEqual({
        returnValue: 0,
        context: request(0, 4711),
        data: undefined,
      });
      expect(context).toEqual(request(0, 9));
      const reader = new RingBufReader(object.ringBuf("events"), anyBytes);
      const seen: Uint8Array[] = [];
      expect(reader.consume((record) => void seen.push(record))).toBe(1);
      expect(seen[0]).toHaveLength(16);
      expect(new DataView(seen[0]?.buffer as ArrayBuffer).getUint32(0, true)).toBe(9);
    }
    rmSync(folder, { recursive: true });
  });

  test("a program that sees packets is run on one", async () => {
    using object = await BpfObject.load(bytes);
    const { returnValue, data } = object.program("length").run({ data: new Uint8Array(64).fill(7) });
    expect(returnValue).toBe(50); // without the Ethernet header
    expect(data).toHaveLength(64);
    expect(() => object.program("length").run({ data: new Uint8Array(3) })).toThrow(/EINVAL/);
  });

  test("global variables are set before loading, and read and written live", async () => {
    using object = BpfObject.open(bytes, {
      rodata: { threshold: 100, signed_constant: -1, enabled: true, ratio: 0.5 },
    });
    expect(object.global("threshold").get()).toBe(100n);
    expect(object.global("signed_constant").get()).toBe(-1);
    expect(object.global("enabled").get()).toBe(true);
    expect(object.global("ratio").get()).toBe(0.5);
    expect(object.global("small").get()).toBe(65535);
    expect(object.global("mode_now").get()).toBe(7);
    expect(object.global("bytes").get()).toEqual(Uint8Array.of(1, 2, 3, 4, 5));
    object.global("counter").set(40);
    object.load();
    expect(object.program("send").run({ context: request(0, 5) }).returnValue).toBe(1);
    expect(object.global("counter").get()).toBe(41);
    expect(object.global("hidden").get()).toBe(0n);
    expect(object.global("point").get()).toEqual(new Uint8Array(Int32Array.of(8, 4).buffer));
    object.global("counter").set(1000);
    object.global("bytes").set(Uint8Array.of(5, 4, 3, 2, 1));
    object.program("send").runInPlace(request(0, 5));
    expect(object.global("counter").get()).toBe(1001);
    expect(object.global("bytes").get()).toEqual(Uint8Array.of(5, 4, 3, 2, 1));
    expect(object.global("threshold").get()).toBe(100n);
    expect(() => object.global("threshold").set(1)).toThrow(/read-only once loaded/);
    const { value } = record(object);
    expect(value).toBe(BigInt(100 - 1 + 40));
  });

  function record(object: BpfObject): { readonly value: bigint } {
    const seen: Uint8Array[] = [];
    const reader = new RingBufReader(object.ringBuf("events"), anyBytes);
    reader.consume((one) => void seen.push(one), { max: 1 });
    reader.close();
    return { value: new DataView(seen[0]?.buffer as ArrayBuffer).getBigUint64(8, true) };
  }

  test.each([
    ["small", 65536, "ERANGE"],
    ["small", -1, "ERANGE"],
    ["signed_constant", 2 ** 31, "ERANGE"],
    ["threshold", -1n, "ERANGE"],
    ["threshold", 2n ** 64n, "ERANGE"],
    ["threshold", 1.5, "ERANGE"],
    ["enabled", 2, "ERANGE"],
    ["bytes", new Uint8Array(4), "EINVAL"],
    ["point", 3, "EINVAL"],
    ["absent", 3, "ENOENT"],
  ])("setting %s to %s is refused with %s", (name, value, code) => {
    expect(() => BpfObject.open(bytes, { rodata: { [name]: value } })).toThrow(new RegExp(`^${code}: .*"${name}"`));
  });

  test("what is not there is told by name, and what is there instead", async () => {
    using object = await BpfObject.load(bytes);
    expect(() => object.ringBuf("event")).toThrow(/no map "event"; it has .*"events"/);
    expect(() => object.ringBuf("plain")).toThrow(/has type array, not ringbuf/);
    expect(() => object.userRingBuf("events")).toThrow(/has type ringbuf, not user_ringbuf/);
    expect(() => object.array("events")).toThrow(/has type ringbuf, not array or percpu_array/);
    expect(() => object.program("none")).toThrow(/no program "none"; it has .*"send"/);
    using closed = BpfObject.open(bytes);
    expect(() => closed.ringBuf("events")).toThrow(/not made yet: call load\(\) first/);
    expect(() => closed.program("send").run()).toThrow(/not loaded: call load\(\)/);
    closed.close();
    expect(() => closed.program("send")).toThrow(/ERR_RINGBUF_CLOSED/);
    expect(() => closed.load()).toThrow(/ERR_RINGBUF_CLOSED/);
  });

  test("a run whose input closes the object as it is read runs nothing", async () => {
    const closing = (object: BpfObject): Uint8Array =>
      Object.defineProperty(new Uint8Array(8), "byteLength", {
        get() {
          object.close();
          return 8;
        },
      });
    const runs: ((object: BpfObject) => unknown)[] = [
      (object) =>
        object.program("send").run({
          get context() {
            object.close();
            return new Uint8Array(8);
          },
        }),
      (object) => object.program("send").run({ context: closing(object) }),
      (object) => object.program("send").runInPlace(closing(object)),
    ];
    for (const run of runs) {
      const object = await BpfObject.load(bytes);
      expect(() => run(object)).toThrow(expect.objectContaining({ code: "ERR_RINGBUF_CLOSED" }));
    }
  });

  test("maps are resized, with libbpf's rounding", async () => {
    using object = await BpfObject.load(bytes, { maps: { events: { maxEntries: 100_000 }, plain: { maxEntries: 7 } } });
    expect(object.ringBuf("events").maxEntries).toBe(131_072);
    expect(object.array("plain").length).toBe(7);
    using plain = await BpfObject.load(bytes);
    expect(plain.ringBuf("events").maxEntries).toBe(8192);
    expect(() => BpfObject.open(bytes, { maps: { none: { maxEntries: 1 } } })).toThrow(/no map "none"/);
    const section = { maps: { "object.bss": { maxEntries: 65536 } } };
    expect(() => BpfObject.open(bytes, section)).toThrow(/EINVAL.*"object.bss" is a data section/);
  });

  test("maps are pinned where told, and shared by whoever loads next", async () => {
    const bpffs = new PrivateBpffs();
    try {
      const options = { maps: { events: { pinPath: bpffs.path("events") } } };
      using first = await BpfObject.load(bytes, options);
      using second = await BpfObject.load(bytes, options);
      expect(second.ringBuf("events").id).toBe(first.ringBuf("events").id);
      using opened = openRingBuf({ pinned: bpffs.path("events") });
      second.program("send").run({ context: request(0, 77) });
      const reader = new RingBufReader(opened, anyBytes);
      expect(reader.consume(() => undefined)).toBe(1);
      await expect(
        BpfObject.load(bytes, { maps: { events: { ...options.maps.events, maxEntries: 4096 } } }),
      ).rejects.toThrow(/parameter mismatch/);
    } finally {
      bpffs.close();
    }
  });

  test("a map made here is used in place of the object's own", async () => {
    using map = createRingBuf({ name: "mine", maxEntries: 65536 });
    using object = await BpfObject.load(bytes, { maps: { events: { reuse: map } } });
    object.program("send").run({ context: request(0, 1) });
    expect(object.ringBuf("events").id).toBe(map.id);
    expect(new RingBufReader(map, anyBytes).consume(() => undefined)).toBe(1);
  });

  test("a generated descriptor is taken for a name, and its layout held against the object's", async () => {
    using object = await BpfObject.load(bytes);
    const leaves = [
      { path: "x", bitOffset: 0, bitSize: 32, class: "signed" },
      { path: "y", bitOffset: 32, bitSize: 32, class: "signed" },
    ] as const;
    const descriptor = (layout: LayoutDescriptor) => ({ name: "events", codec: { layout } });
    const point: LayoutDescriptor = { name: "point", size: 8, endian: "little", leaves };
    expect(object.ringBuf(descriptor(point))).toBe(object.ringBuf("events"));
    expect(object.ringBuf(descriptor({ ...point, name: "not_in_btf" }))).toBe(object.ringBuf("events"));
    const moved = { ...point, leaves: [leaves[0], { ...leaves[1], bitOffset: 64 }] };
    expect(() => object.ringBuf(descriptor(moved))).toThrow(/EINVAL.*point differs.*moved from byte 8 to 4/);
    expect(() => object.ringBuf(descriptor({ ...point, size: 16 }))).toThrow(/point differs/);
    const unsigned = { ...point, leaves: [{ ...leaves[0], class: "unsigned" as const }, leaves[1]] };
    expect(layoutDrift(unsigned, object.btf as Btf)).toMatchObject([{ path: "x", kind: "retyped" }]);
  });

  test("a member that was added where padding was is a difference to who writes, and none to who reads", async () => {
    using object = await BpfObject.load(bytes);
    const leaf = (path: string, bitOffset: number, bitSize: number) =>
      ({ path, bitOffset, bitSize, class: "unsigned" }) as const;
    const event: LayoutDescriptor = {
      name: "event",
      size: 16,
      endian: "little",
      leaves: [leaf("number", 0, 32), leaf("sum", 64, 64)],
    };
    expect(layoutDrift(event, object.btf as Btf)).toEqual([]);
    expect(object.ringBuf({ name: "events", codec: { layout: event } })).toBe(object.ringBuf("events"));
    using padded = await BpfObject.load(
      compileBpf(
        new TextDecoder().decode(source).replace("__u32 number;\n\t__u64 sum;", "__u32 number, flags;\n\t__u64 sum;"),
      ),
    );
    expect(padded.ringBuf({ name: "events", codec: { layout: event } })).toBe(padded.ringBuf("events"));
    expect(layoutDrift(event, padded.btf as Btf)).toMatchObject([
      { affects: "encode", message: "`flags` is new at byte 4" },
    ]);
    expect(describeDrift(event, padded.btf as Btf, "decode")).toBeUndefined();
    expect(describeDrift(event, padded.btf as Btf, "encode")).toMatch(/event differs.*`flags` is new at byte 4/);
  });

  test("the layout of a ring that is opened is held against the programs in the kernel that use it", async () => {
    using object = await BpfObject.load(bytes);
    const map = object.ringBuf("events");
    const sum = { path: "sum", bitOffset: 64, bitSize: 64, class: "unsigned" } as const;
    const number = { path: "number", bitOffset: 0, bitSize: 32, class: "unsigned" } as const;
    const layout: LayoutDescriptor = { name: "event", size: 16, endian: "little", leaves: [number, sum] };
    expect(checkLayout(map, { layout })).toEqual(["program send"]);
    expect(checkLayout(map, { layout: { ...layout, name: "unheard_of" } })).toEqual([]);
    openRingBuf({ id: map.id, codec: { layout } }).close();
    const descriptors = readdirSync("/proc/self/fd").length;
    const other = { ...layout, leaves: [number, { ...sum, bitOffset: 32 }] };
    for (const where of [{ id: map.id }, { fd: map.fd }]) {
      expect(() => openRingBuf({ ...where, codec: { layout: other } })).toThrow(
        /EINVAL.*map "events": in the kernel's program send, event differs.*`sum` moved from byte 4 to 8/,
      );
    }
    expect(readdirSync("/proc/self/fd").length).toBe(descriptors);
  });

  test("a ring of another object whose programs send another record is refused", async () => {
    const changed = new TextDecoder()
      .decode(source)
      .replace("__u32 number;\n\t__u64 sum;", "__u64 sum;\n\t__u32 number;");
    using first = await BpfObject.load(compileBpf(changed));
    using second = await BpfObject.load(bytes, { maps: { events: { reuse: first.ringBuf("events") } } });
    const sum = { path: "sum", bitOffset: 64, bitSize: 64, class: "unsigned" } as const;
    const number = { path: "number", bitOffset: 0, bitSize: 32, class: "unsigned" } as const;
    const layout: LayoutDescriptor = { name: "event", size: 16, endian: "little", leaves: [number, sum] };
    expect(() => second.ringBuf({ name: "events", codec: { layout } })).toThrow(
      /in the kernel's program send, event differs/,
    );
  });

  test("drops are counted per CPU and added up", async () => {
    using object = await BpfObject.load(bytes, { maps: { events: { maxEntries: 4096 } } });
    const drops = object.array("drops");
    expect(drops.perCpu).toBe(true);
    expect(drops.sum(0)).toBe(0n);
    let failed = 0n;
    for (let i = 0; i < 300; i++) if (object.program("send").runInPlace(request(0, i)) === -1) failed++;
    expect(failed).toBe(300n - 170n); // 24 bytes a record, at most 4088 of them
    expect(drops.sum(0)).toBe(failed);
    expect(drops.sum(1)).toBe(0n);
    expect(drops.values(0).every((value) => value.byteLength === 16)).toBe(true);
    expect(() => drops.sum(0, 12)).toThrow(/no u64 at 12/);
    expect(() => drops.sum(2)).toThrow(/ENOENT/);
    expect(() => drops.get(0)).toThrow(/one value per CPU/);
    drops.set(0, new Uint8Array(16));
    expect(drops.sum(0)).toBe(0n);
    const plain = object.array("plain");
    plain.set(2, new Uint8Array(BigUint64Array.of(2n ** 63n).buffer));
    expect(plain.sum(2)).toBe(2n ** 63n);
    expect(plain.get(2)).toEqual(new Uint8Array(BigUint64Array.of(2n ** 63n).buffer));
    expect(() => plain.set(2, new Uint8Array(4))).toThrow(/values of 8 bytes, not 4/);
    expect(() => plain.set(3, new Uint8Array(8))).toThrow(/E2BIG/);
    expect(() => plain.get(1.5)).toThrow(/not an index/);
  });

  test("rings inside a map of maps are put in, found and read", async () => {
    using object = await BpfObject.load(bytes);
    const tenants = object.mapOfMaps("tenants");
    using ring = createRingBuf({ name: "tenant", maxEntries: 65536 });
    tenants.set(7, ring);
    expect(tenants.idOf(7)).toBe(ring.id);
    expect(tenants.idOf(8)).toBe(undefined);
    expect(object.program("send").run({ context: request(8, 1) }).returnValue).toBe(-2);
    expect(object.program("send").run({ context: request(7, 1) }).returnValue).toBe(0);
    const fd = tenants.descriptorOf(7);
    if (fd === undefined) throw new Error("the ring is not there");
    using found = openRingBuf({ fd });
    closeSync(fd);
    expect(new RingBufReader(found, anyBytes).consume(() => undefined)).toBe(1);
    expect(() => tenants.set(9, object.array("plain"))).toThrow(/EINVAL.*type and flags must be those of its template/);
    expect(() => tenants.set(new Uint8Array(3), ring)).toThrow(/keys of 4 bytes, not 3/);
  });

  test("asking for a map again gives the same one, until it is closed", async () => {
    using object = await BpfObject.load(bytes);
    const open = () => readdirSync("/proc/self/fd").length;
    for (const ask of [
      () => object.ringBuf("events"),
      () => object.userRingBuf("commands"),
      () => object.array("plain"),
      () => object.mapOfMaps("tenants"),
    ]) {
      const map = ask();
      const before = open();
      for (let i = 0; i < 10; i++) expect(ask()).toBe(map);
      expect(open()).toBe(before);
      map.close();
      expect(map.closed).toBe(true);
      const another = ask();
      expect(another).not.toBe(map);
      expect([another.closed, another.info]).toEqual([false, map.info]);
    }
  });

  test("closing the object ends its readers and maps", async () => {
    const object = await BpfObject.load(bytes);
    const map = object.ringBuf("events");
    expect(object.ringBuf("events")).toBe(map);
    const reader = new RingBufReader(map, anyBytes);
    const array = object.array("plain");
    const next = reader[Symbol.asyncIterator]().next();
    setTimeout(() => object.close(), 5);
    await expect(next)
      .resolves.toMatchObject({ done: true })
      .catch(() => expect(next).rejects.toThrow(/CLOSED/));
    expect(() => reader.consume(() => undefined)).toThrow(/ERR_RINGBUF_CLOSED/);
    expect(() => map[claimMap]()).toThrow(/ERR_RINGBUF_CLOSED/);
    expect(() => array.get(0)).toThrow(/ERR_RINGBUF_CLOSED/);
    expect(() => object.ringBuf("events")).toThrow(/ERR_RINGBUF_CLOSED/);
    expect(() => object.userRingBuf("commands")).toThrow(/ERR_RINGBUF_CLOSED/);
  });

  test.each([
    ["a string for an integer", { rodata: { threshold: "5" } }, /EINVAL: "threshold" is an integer/],
    ["nothing for an integer", { rodata: { threshold: undefined } }, /EINVAL: "threshold" is an integer/],
    ["a bigint for a double", { rodata: { ratio: 1n } }, /EINVAL: "ratio" is a floating-point number/],
    ["half an entry", { maps: { plain: { maxEntries: 1.5 } } }, /EINVAL: map "plain" cannot have 1.5 entries/],
    ["entries beyond 32 bits", { maps: { plain: { maxEntries: 2 ** 32 + 1 } } }, /EINVAL: .* cannot have 4294967297/],
    [
      "a path that is cut off",
      { maps: { events: { pinPath: "/sys\0/x" } } },
      /EINVAL: "\/sys\\u0000\/x" is not a path/,
    ],
    ["a folder that is cut off", { pinPath: "/sys\0/x" }, /EINVAL: .* is not a path/],
    ["no map in place of one", { maps: { events: { reuse: {} } } }, /EBADF.*: map "events"/],
    ["a descriptor beyond an int", { maps: { events: { reuse: { fd: 2 ** 32 } } } }, /EBADF.*: map "events"/],
  ])("%s is refused, and told by name", async (_, options, message) => {
    const error = await BpfObject.load(bytes, options as never).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(RingBufError);
    expect(error.message).toMatch(message);
  });

  test("what is neither a path nor bytes is no object", async () => {
    for (const source of [undefined, 3, new ArrayBuffer(8)]) {
      await expect(BpfObject.load(source as never)).rejects.toThrow(
        /EINVAL: an object is given by its path, or its bytes/,
      );
    }
  });

  test("a program is not taken for a ring, though its type has the number of one", async () => {
    using object = await BpfObject.load(bytes);
    const program = object.program("send"); // BPF_PROG_TYPE_SYSCALL is 31, as BPF_MAP_TYPE_USER_RINGBUF is
    const error = thrownBy(() => openUserRingBuf({ fd: program.fd })) as RingBufError;
    expect(error).toMatchObject({ code: "EINVAL", errno: -22 });
    expect(error.message).toMatch(/is not a BPF map/);
    const id = Number(/^prog_id:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${program.fd}`, "utf8"))?.[1]);
    const handle = { backend: "native", type: "user_ringbuf", fd: program.fd, id };
    expect(thrownBy(() => attachUserRingBuf(handle))).toMatchObject({ code: "ERR_RINGBUF_CLOSED" });
  });

  test("a program runs a whole number of times", async () => {
    using object = await BpfObject.load(bytes);
    const length = object.program("length");
    expect(length.run({ data: new Uint8Array(64), repeat: 3 }).returnValue).toBe(50);
    for (const repeat of [0, -1, 1.5, 2 ** 32, "2"]) {
      const run = () => length.run({ data: new Uint8Array(64), repeat: repeat as number });
      expect(run).toThrow(/EINVAL: a program runs a whole number of times/);
    }
  });

  test("keys and descriptors that C would cut off are refused by a map of maps, which says when it is full", async () => {
    using object = await BpfObject.load(bytes);
    using inner = createRingBuf({ name: "inner", maxEntries: 4096 });
    const tenants = object.mapOfMaps("tenants");
    for (const key of [-1, 1.5, 2 ** 32]) {
      expect(() => tenants.set(key, inner)).toThrow(/EINVAL: .* is not a key of hash_of_maps "tenants"/);
      expect(() => tenants.idOf(key)).toThrow(/EINVAL/);
    }
    for (const fd of [-1, 1.5, inner.fd + 2 ** 32, undefined]) {
      expect(() => tenants.set(1, { fd } as never)).toThrow(/EBADF: .*not the descriptor of a map/);
    }
    for (let key = 1; key <= 4; key++) tenants.set(key, inner);
    expect(() => tenants.set(5, inner)).toThrow(/E2BIG: .* "tenants" is full, .* 4 entries/);
  });

  test("of a log that is too long the end is kept, where the verifier says what is wrong", async () => {
    // each call is verified apart, as its argument differs, and tells of its loop step by step
    const bad = compileBpf(`
      #include <linux/bpf.h>
      #include <bpf/bpf_helpers.h>
      char LICENSE[] SEC("license") = "GPL";
      SEC("syscall") int wrong(unsigned *context) {
        volatile unsigned sum = 0;
        for (int i = 0; i < 9000; i++) sum += bpf_get_prandom_u32() ^ i;
        return *(int *)(long)(sum + context[0]);
      }`);
    const error = await BpfObject.load(bad).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(BpfLoadError);
    expect(error.log.length).toBeGreaterThan(900_000);
    expect(error.log.length).toBeLessThanOrEqual(1 << 20);
    expect(error.log).toMatch(/invalid mem access 'scalar'.*END PROG LOAD LOG.*failed to load object/s);
  });

  test("without capabilities, the ones that are lacking are named; CAP_SYS_ADMIN stands for them", async () => {
    const folder = mkdtempSync(join(tmpdir(), "rbgen-object-"));
    writeFileSync(join(folder, "object.bpf.o"), bytes);
    const script = `
      import { BpfObject, probeFeatures } from "@rbgen/native";
      const { capBpf, capPerfmon } = probeFeatures();
      console.log(capBpf.found, "/", capPerfmon.found);
      await BpfObject.load(${JSON.stringify(join(folder, "object.bpf.o"))}).then(() => console.log("loaded"), (error) => console.log(error.message));`;
    const refused = 'bpf_object__load: "object.bpf": this process lacks';
    for (const [kept, found, outcome] of [
      ["-all", "not effective / not effective", `EPERM: ${refused} CAP_BPF and CAP_PERFMON, `],
      ["-all,+bpf", "effective / not effective", `EACCES: ${refused} CAP_PERFMON, `],
      ["-all,+sys_admin", "by CAP_SYS_ADMIN / by CAP_SYS_ADMIN", "loaded"],
    ]) {
      const wrapper = ["setpriv", `--bounding-set=${kept}`, `--inh-caps=${kept}`];
      const [capabilities, load] = (await runChild(script, { wrapper })).stdout.split("\n");
      expect([capabilities, load?.slice(0, outcome?.length)]).toEqual([found, outcome]);
    }
    rmSync(folder, { recursive: true });
  });

  test("the verifier's log is in the error, and nothing stays behind", async () => {
    const bad = compileBpf(`
      #include <linux/bpf.h>
      #include <bpf/bpf_helpers.h>
      char LICENSE[] SEC("license") = "GPL";
      struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } ring SEC(".maps");
      SEC("syscall") int leaks(void *context) { return bpf_ringbuf_reserve(&ring, 8, 0) != 0; }`);
    const error = await BpfObject.load(bad).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(BpfLoadError);
    expect(error).toMatchObject({ code: "EINVAL", errno: -22, syscall: "bpf_object__load" });
    expect(error.log).toMatch(/Unreleased reference|reference leak/);
    expect(error.message).toContain(error.log);
  });

  test.each([
    ["no bytes", new Uint8Array(0)],
    ["text", new TextEncoder().encode("this is not an object at all")],
    ["an ELF header and nothing more", Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 2, 1, 1)],
  ])("%s is refused with a reason", async (_title, source) => {
    const error = await BpfObject.load(source).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(BpfLoadError);
    expect(error.message).toMatch(/bpf_object__open_mem/);
    expect(error.code).toMatch(/^(E[A-Z]+|LIBBPF_ERRNO__FORMAT)$/);
  });

  test("a file that cannot be read is an error with its code", async () => {
    for (const error of [
      await BpfObject.load("/nowhere/probe.bpf.o").catch((thrown) => thrown),
      thrownBy(() => BpfObject.open("/nowhere/probe.bpf.o")),
    ]) {
      expect(error).toBeInstanceOf(RingBufError);
      expect(error).toMatchObject({ code: "ENOENT", errno: -2, syscall: "open" });
      expect((error as Error).message).toContain("/nowhere/probe.bpf.o");
    }
  });

  test("what rbgen.h declares to tell records by is not offered as a variable", () => {
    const annotated = compileBpf(`
      #include <linux/bpf.h>
      #include <bpf/bpf_helpers.h>
      char LICENSE[] SEC("license") = "GPL";
      const volatile int limit = 1;
      struct event { int a; } *rbgen_record_events_6 __attribute__((unused));
      SEC("syscall") int run(void *context) { return limit; }`);
    using object = BpfObject.open(annotated);
    const told = thrownBy(() => object.global("limits")) as Error;
    expect(told.message).toMatch(/no global variable "limits"; it has (.*, )?"limit"/);
    expect(told.message).not.toContain("rbgen_record");
  });

  test("a cut or corrupted object never does more than throw", async () => {
    for (let i = 0; i < 60; i++) {
      const hostile = bytes.slice(0, i % 3 === 0 ? Math.floor((bytes.length * (i + 1)) / 61) : bytes.length);
      for (let at = i; at < hostile.length; at += 61 + i) hostile[at] = (hostile[at] ?? 0) ^ (i + 1);
      const object = await BpfObject.load(hostile).catch((error) => error);
      if (object instanceof BpfObject) object.close();
      else expect(object).toBeInstanceOf(Error);
    }
  });

  test("without libbpf, or with one that is too old, the package to install is named", async () => {
    const found = execFileSync("ldconfig", ["-p"], { encoding: "utf8" });
    const path = /libbpf\.so\.1 .*=> (\S+)/.exec(found)?.[1];
    if (path === undefined) throw new Error("libbpf.so.1 is not known to ldconfig");
    const script = `
      import { execFileSync } from "node:child_process";
      import { BpfObject, createRingBuf, probeFeatures } from "@rbgen/native";
      try { BpfObject.open(new Uint8Array(8)); } catch (error) { console.log(error.name, error.message); }
      createRingBuf({ name: "works", maxEntries: 4096 }).close();
      console.log(probeFeatures().libbpf.remedy);`;
    const result = await runChild(script, {
      wrapper: ["unshare", "-m", "sh", "-c", `mount --bind /dev/null ${path} && exec "$0" "$@"`],
    });
    expect(result.stderr).toBe("");
    expect(result.stdout).toMatch(/^UnsupportedError .*libbpf 1\.1 or newer.*package libbpf1/);
    expect(result.stdout).toMatch(/install libbpf1/);
  });
});
