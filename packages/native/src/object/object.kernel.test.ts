import { execFileSync } from "node:child_process";
import { closeSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Btf, describeDrift } from "@rbgen/btf";
import { type LayoutDescriptor, RingBufError, RingBufReader } from "@rbgen/runtime";
import { beforeAll, expect, test } from "vitest";
import { compileBpf } from "../../../testkit/src/compile.ts";
import { anyBytes } from "../../../testkit/src/contract/codecs.ts";
import { elementContract } from "../../../testkit/src/contract/element-contract.ts";
import { objectContract } from "../../../testkit/src/contract/object-contract.ts";
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

  objectContract(
    "as the contract of objects has it",
    () => bytes,
    () => ({
      open: (source, options) => BpfObject.open(source, options),
      load: (source, options) => BpfObject.load(source, options),
      createRing: (options) => createRingBuf(options),
    }),
  );

  elementContract(
    "as the contract of typed elements has it",
    () => compileBeside("typed-maps.bpf.c"),
    (compiled) => BpfObject.load(compiled),
  );

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

  test("maps are counted by their descriptors, which are the process's", async () => {
    using object = await BpfObject.load(bytes);
    const tenants = object.mapOfMaps("tenants");
    using ring = createRingBuf({ name: "tenant", maxEntries: 65536 });
    tenants.set(7, ring);
    expect(tenants.idOf(7)).toBe(ring.id);
    object.program("send").run({ context: request(7, 1) });
    const fd = tenants.descriptorOf(7);
    if (fd === undefined) throw new Error("the ring is not there");
    using found = openRingBuf({ fd });
    closeSync(fd);
    expect(new RingBufReader(found, anyBytes).consume(() => undefined)).toBe(1);
    for (const bad of [-1, 1.5, ring.fd + 2 ** 32, undefined]) {
      expect(() => tenants.set(1, { fd: bad } as never)).toThrow(/EBADF: .*not the descriptor of a map/);
    }
    const open = () => readdirSync("/proc/self/fd").length;
    for (const ask of [
      () => object.ringBuf("events"),
      () => object.array("plain"),
      () => object.mapOfMaps("tenants"),
    ]) {
      const { info } = ask();
      const before = open();
      for (let i = 0; i < 10; i++) ask();
      expect([open(), ask().info]).toEqual([before, info]);
    }
    using reusing = await BpfObject.load(bytes, { maps: { events: { reuse: ring } } });
    expect(reusing.ringBuf("events").id).toBe(ring.id);
  });

  test.each([
    [
      "a path that is cut off",
      { maps: { events: { pinPath: "/sys\0/x" } } },
      /EINVAL: "\/sys\\u0000\/x" is not a path/,
    ],
    ["a folder that is cut off", { pinPath: "/sys\0/x" }, /EINVAL: .* is not a path/],
    ["a descriptor beyond an int", { maps: { events: { reuse: { fd: 2 ** 32 } } } }, /EBADF.*: map "events"/],
  ])("%s is refused, and told by name", async (_, options, message) => {
    const error = await BpfObject.load(bytes, options as never).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(RingBufError);
    expect(error.message).toMatch(message);
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
