import { execFileSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { RingBufError } from "@rbgen/runtime";
import { claimMap } from "@rbgen/runtime/backend";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeWith } from "../../../testkit/src/index.ts";
import { runChild } from "../../../testkit/src/native/child.ts";
import { PrivateBpffs } from "../../../testkit/src/native/private-bpffs.ts";
import { loadAddon } from "../addon/load-addon.ts";
import { unprivilegedBpfDisabled } from "../kernel/explain.ts";
import { createMap, freezeMap, mapInfo } from "../kernel/map-commands.ts";
import {
  attachRingBuf,
  attachUserRingBuf,
  createRingBuf,
  createUserRingBuf,
  openRingBuf,
  openUserRingBuf,
  type RingDefinition,
} from "./open-ring.ts";

function errorOf(use: () => unknown): RingBufError {
  try {
    use();
  } catch (error) {
    return error as RingBufError;
  }
  throw new Error("nothing was thrown");
}

describeWith(["kernel"], "opening and making rings", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "rbgen-bpffs-"));
    execFileSync("mount", ["-t", "bpf", "bpf", folder]);
  });
  afterAll(() => {
    execFileSync("umount", [folder]);
    rmSync(folder, { recursive: true });
  });

  test.each([
    [{ maxEntries: 0 }, "EINVAL", /a power of two from \d+, a page, to 2147483648/],
    [{ maxEntries: 12288 }, "EINVAL", /power of two/],
    [{ maxEntries: 2048 }, "EINVAL", /power of two/],
    [{ maxEntries: -1 }, "EINVAL", /power of two/],
    [{ maxEntries: 2 ** 32 + 4096 }, "EINVAL", /power of two/],
    [{ maxEntries: 4096.5 }, "EINVAL", /power of two/],
    [{ maxEntries: 4096, flags: 1 << 10 }, "EINVAL", /map_flags 0x400/],
    [{ maxEntries: 4096, name: "a name that is too long" }, "EINVAL", /at most 15/],
    [{ maxEntries: 4096, name: "no/slash" }, "EINVAL", /at most 15/],
    [{ maxEntries: 4096, flags: -1 }, "EINVAL", /map_flags -1 is not an unsigned number of 32 bits/],
    [{}, "EINVAL", /made of \{ name: string, maxEntries: number, flags\?: number \}/],
  ])("making a ring of %o is refused with %s", (definition, code, message) => {
    for (const create of [createRingBuf, createUserRingBuf]) {
      const error = errorOf(() => create({ name: "test", ...definition } as RingDefinition));
      expect(error.code).toBe(code);
      expect(error.errno).toBe(-22);
      expect(error.message).toMatch(message);
    }
  });

  test("a ring of 2 GiB is made, and its memory of 4 GiB lent", () => {
    const map = createRingBuf({ name: "large", maxEntries: 2 ** 31 });
    const { memory } = map[claimMap]();
    expect(memory.size).toBe(2 ** 31);
    expect(memory.data.buffer.byteLength).toBe(2 ** 32);
    expect(new DataView(memory.data.buffer, 2 ** 32 - 8, 8).getBigUint64(0)).toBe(0n);
    map.close();
  });

  test("a ring is found by descriptor, by id and by path, and is the same map", () => {
    const map = createRingBuf({ name: "found", maxEntries: 8192 });
    const path = join(folder, "found");
    map.pin(path);
    const others = [openRingBuf({ fd: map.fd }), openRingBuf({ id: map.id }), openRingBuf({ pinned: path })];
    for (const other of others) {
      expect(other.info).toEqual(map.info);
      expect(other).toMatchObject({ name: "found", maxEntries: 8192, flags: 0, endian: "little", type: "ringbuf" });
      expect(other.fd).not.toBe(map.fd);
    }
    map.close();
    others[0]?.[claimMap]().release();
    for (const other of others) other.close();
    expect(errorOf(() => map.fd).code).toBe("ERR_RINGBUF_CLOSED");
    expect(errorOf(() => map.pin(path)).code).toBe("ERR_RINGBUF_CLOSED");
    openRingBuf({ pinned: path }).close();
  });

  test("pinning says why it cannot", () => {
    const map = createRingBuf({ name: "pins", maxEntries: 4096 });
    map.pin(join(folder, "twice"));
    expect(errorOf(() => map.pin(join(folder, "twice")))).toMatchObject({ code: "EEXIST", errno: -17 });
    expect(errorOf(() => map.pin(join(tmpdir(), "rbgen-not-bpffs")))).toMatchObject({ code: "EPERM" });
    expect(errorOf(() => map.pin(join(tmpdir(), "rbgen-not-bpffs"))).message).toMatch(/not on a BPF file system/);
    expect(errorOf(() => map.pin(join(folder, "none", "here")))).toMatchObject({ code: "ENOENT" });
    expect(errorOf(() => map.pin(join(folder, "a.b"))).message).toMatch(/EPERM.*no names with a dot/);
    expect(errorOf(() => map.pin(`${join(folder, "cut")}\0off`)).message).toMatch(/EINVAL.*is not a path/);
    expect(errorOf(() => map.pin(undefined as never)).message).toMatch(/EINVAL.*is not a path/);
    map.close();
  });

  test("what is not a ring of the type asked for is refused before it is mapped", () => {
    const addon = loadAddon();
    const array = createMap({ type: 2, keySize: 4, valueSize: 8, maxEntries: 1, flags: 0, name: "array" });
    const user = createUserRingBuf({ name: "user", maxEntries: 4096 });
    const file = openSync("/proc/self/status", "r");
    expect(errorOf(() => openRingBuf({ fd: array }))).toMatchObject({ code: "EINVAL", errno: -22 });
    expect(errorOf(() => openRingBuf({ fd: array })).message).toMatch(/has type array, not ringbuf/);
    expect(errorOf(() => openRingBuf({ fd: user.fd })).message).toMatch(/has type user_ringbuf, not ringbuf/);
    expect(errorOf(() => openUserRingBuf({ fd: array })).message).toMatch(/has type array, not user_ringbuf/);
    expect(errorOf(() => openRingBuf({ fd: file }))).toMatchObject({ code: "EINVAL" });
    expect(errorOf(() => openRingBuf({ fd: file })).message).toMatch(/not a BPF map/);
    expect(errorOf(() => openRingBuf({ fd: 9999 }))).toMatchObject({ code: "EBADFD", errno: -77 });
    expect(errorOf(() => openRingBuf({ id: 0xfffffff0 }))).toMatchObject({ code: "ENOENT", errno: -2 });
    expect(errorOf(() => openRingBuf({ pinned: join(folder, "absent") }))).toMatchObject({ code: "ENOENT" });
    const found = openSync("/proc/self/status", "r");
    expect(errorOf(() => openRingBuf({ fd: found + 2 ** 32 }))).toMatchObject({ code: "EBADFD", errno: -77 });
    expect(errorOf(() => openUserRingBuf({ fd: user.fd + 2 ** 32 }))).toMatchObject({ code: "EBADFD", errno: -77 });
    closeSync(found);
    closeSync(file);
    addon.close(array);
    user.close();
  });

  test("a handle that names a map of another type is refused before anything is mapped", () => {
    const addon = loadAddon();
    const mappable = createMap({
      type: 2,
      keySize: 4,
      valueSize: 8,
      maxEntries: 65536,
      flags: 1 << 10,
      name: "mappable",
    });
    const info = mapInfo(mappable);
    const user = createUserRingBuf({ name: "user", maxEntries: 4096 });
    const ring = createRingBuf({ name: "ring", maxEntries: 4096 });
    const handle = (type: string, fd: number, id: number) => ({ backend: "native", type, fd, id });
    const id = typeof info === "number" ? 0 : info.id;
    for (const [attach, wrong, is] of [
      [attachRingBuf, handle("ringbuf", mappable, id), "array, not ringbuf"],
      [attachUserRingBuf, handle("user_ringbuf", mappable, id), "array, not user_ringbuf"],
      [attachRingBuf, handle("ringbuf", user.fd, user.info.id), "user_ringbuf, not ringbuf"],
      [attachUserRingBuf, handle("user_ringbuf", ring.fd, ring.info.id), "ringbuf, not user_ringbuf"],
    ] as const) {
      expect(errorOf(() => attach(wrong))).toMatchObject({
        code: "EINVAL",
        message: expect.stringContaining(`the map of this handle has type ${is}`),
      });
    }
    attachRingBuf(ring.handle()).close();
    ring.close();
    user.close();
    addon.close(mappable);
  });

  test("a path that pins nothing, or would be cut off, is told from one that is not allowed", () => {
    const file = join(tmpdir(), `rbgen-no-pin-${process.pid}`);
    closeSync(openSync(file, "w"));
    expect(errorOf(() => openRingBuf({ pinned: file })).message).toMatch(/EACCES.*nothing that was pinned/);
    rmSync(file);
    const map = createRingBuf({ name: "whole", maxEntries: 4096 });
    map.pin(join(folder, "whole"));
    expect(errorOf(() => openRingBuf({ pinned: `${join(folder, "whole")}\0.not` }))).toMatchObject({ code: "EINVAL" });
    map.close();
  });

  test("where descriptors run out, the error says so and nothing stays open", async () => {
    const script = `
      import { readdirSync, readlinkSync } from "node:fs";
      import { createRingBuf, openRingBuf, attachRingBuf } from "@rbgen/native";
      import { isRingBufError } from "@rbgen/runtime";
      const map = createRingBuf({ name: "first", maxEntries: 4096 });
      const handle = map.handle();
      const maps = [];
      const errors = [];
      for (const make of [() => createRingBuf({ name: "more", maxEntries: 4096 }), () => openRingBuf({ fd: map.fd }), () => attachRingBuf(handle)]) {
        try { for (;;) maps.push(make()); } catch (error) { errors.push(isRingBufError(error, "EMFILE") + " " + error.message); }
      }
      if (errors.length !== 3 || errors.some((error) => !error.startsWith("true EMFILE"))) throw new Error(errors.join());
      for (const other of maps) other.close();
      const named = (fd) => { try { return readlinkSync("/proc/self/fd/" + fd); } catch { return "gone"; } };
      console.log(maps.length > 20, readdirSync("/proc/self/fd").filter((fd) => named(fd).includes("bpf-map")).length);`;
    const limited = await runChild(script, { wrapper: ["sh", "-c", 'ulimit -n 100 && exec "$0" "$@"'] });
    expect(limited).toEqual({ code: 0, signal: null, stdout: "true 1\n", stderr: "" });
  });

  test("two ways to find a ring are one too many", () => {
    const map = createRingBuf({ name: "twice", maxEntries: 4096 });
    expect(errorOf(() => openRingBuf({ fd: map.fd, id: map.id })).message).toMatch(/EINVAL.*opened by one of/);
    map.close();
  });

  test.each([[undefined], [{}], [{ pinned: 3 }], [{ id: "3" }], [{ id: -1 }], [{ fd: 1.5 }], [{ fd: undefined }]])(
    "opening %o says what a ring is opened by",
    (reference) => {
      for (const open of [openRingBuf, openUserRingBuf]) {
        const error = errorOf(() => open(reference as never));
        expect(error).toMatchObject({ name: "RingBufError", code: "EINVAL" });
        expect(error.message).toMatch(/opened by \{ pinned: path \}, \{ id \} or \{ fd \}/);
      }
      expect(errorOf(() => createRingBuf(undefined as never)).code).toBe("EINVAL");
    },
  );

  test("a process without any capability reads a ring that was pinned for its user, and makes none", async () => {
    const bpffs = new PrivateBpffs();
    const map = createRingBuf({ name: "shared", maxEntries: 4096 });
    try {
      map.pin(bpffs.path("shared"));
      const script = `
        import { createRingBuf, openRingBuf, probeFeatures } from "@rbgen/native";
        import { RingBufReader } from "@rbgen/runtime";
        import { anyBytes } from "../testkit/src/contract/codecs.ts";
        const reader = new RingBufReader(openRingBuf({ pinned: ${JSON.stringify(bpffs.path("shared"))} }), anyBytes);
        console.log(reader.consume(() => undefined), await reader.poll(() => undefined, { timeoutMs: 1 }));
        reader.close();
        const { capBpf, unprivilegedBpf } = probeFeatures();
        console.log(capBpf.available);
        for (const use of [() => createRingBuf({ name: "a", maxEntries: 4096 }), () => openRingBuf({ id: ${map.id} })]) {
          try { use(); console.log("done"); } catch (error) { console.log(error.code, error.message); }
        }`;
      const wrapper = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"];
      const { code, stdout, stderr } = await runChild(script, { wrapper });
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      const [read, capable, made, byId] = stdout.split("\n");
      expect([read, capable]).toEqual(["0 0", "false"]);
      const disabled = unprivilegedBpfDisabled() !== 0;
      expect(made).toMatch(disabled ? /^EPERM .*creating a map needs CAP_BPF/ : /^done/);
      expect(byId).toMatch(/^EPERM .*by its id needs CAP_SYS_ADMIN/);
    } finally {
      map.close();
      bpffs.close();
    }
  });

  test("a frozen ring is refused when it is opened, and when it is claimed", () => {
    const map = createRingBuf({ name: "frozen", maxEntries: 4096 });
    expect(freezeMap(map.fd)).toBe(0);
    expect(errorOf(() => openRingBuf({ fd: map.fd }))).toMatchObject({ code: "EPERM", errno: -1 });
    expect(errorOf(() => map[claimMap]())).toMatchObject({ code: "EPERM", syscall: "mmap" });
    expect(errorOf(() => map[claimMap]()).message).toMatch(/frozen/);
    map.close();
  });

  test.each([
    ["read-only", 1 << 3, "EINVAL"],
    ["write-only", 1 << 4, "EACCES"],
  ])("a descriptor that is %s is refused", (direction, flags, code) => {
    const map = createRingBuf({ name: "access", maxEntries: 4096 });
    const attributes = new Uint8Array(12);
    new DataView(attributes.buffer).setUint32(0, map.id, true);
    new DataView(attributes.buffer).setUint32(8, flags, true);
    const fd = loadAddon().bpf(14, attributes, [], [], [], new Uint8Array(0));
    expect(fd).toBeGreaterThan(0);
    const error = errorOf(() => openRingBuf({ fd }));
    expect(error.code).toBe(code);
    expect(error.message).toContain(direction);
    loadAddon().close(fd);
    map.close();
  });

  test("what the kernel itself says of a ring that it refuses is in the error, where it says something", async () => {
    const folder = mkdtempSync(join(tmpdir(), "rbgen-map-log-"));
    try {
      const source = fileURLToPath(new URL("../../../testkit/src/native/map-log.c", import.meta.url));
      const shim = join(folder, "map-log.so");
      execFileSync("gcc", ["-O1", "-shared", "-fPIC", "-fno-builtin", source, "-o", shim, "-ldl"]);
      const script = `
        import { createRingBuf } from "@rbgen/native";
        createRingBuf({ name: "good", maxEntries: 4096 }).close();
        try { createRingBuf({ name: "odd", maxEntries: 5000 }); } catch ({ code, message }) { console.log(code, message); }`;
      const silent = await runChild(script);
      const telling = await runChild(script, { env: { LD_PRELOAD: shim } });
      expect(silent.stdout).toMatch(/^EINVAL .*4096 and 8192/);
      expect(telling.stdout).toBe(
        `${silent.stdout.trimEnd()}; the kernel: "ringbuf: max_entries \\u001b[1m is no power of two"\n`,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
