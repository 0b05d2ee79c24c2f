import { execFileSync } from "node:child_process";
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isRingBufError } from "@rbgen/runtime";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { describeWith } from "../../../testkit/src/index.ts";
import { runChild } from "../../../testkit/src/native/child.ts";
import { compileBeside } from "../../../testkit/src/native/kernel-side.ts";
import { PrivateBpffs } from "../../../testkit/src/native/private-bpffs.ts";
import { ProbedProgram } from "../../../testkit/src/native/probed-program.ts";
import { loadAddon as addon } from "../addon/load-addon.ts";
import { BpfObject, type BpfProgram, type Link } from "../index.ts";
import { findTracefs } from "../kernel/tracefs.ts";
import { attachByIoctl } from "./perf-event.ts";

function refused(use: () => unknown): { readonly code: string; readonly message: string } {
  try {
    use();
  } catch (error) {
    if (isRingBufError(error)) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error("nothing was thrown");
}

const cookie = 0xfeed_0123_4567_89abn;

describeWith(["kernel", "clang", "gcc", "libbpf"], "a program that is attached with options", () => {
  let bytes: Uint8Array;
  let probed: ProbedProgram;
  let object: BpfObject;
  beforeAll(() => {
    bytes = compileBeside("attach.bpf.c");
    probed = new ProbedProgram();
  });
  afterAll(() => probed.close());
  beforeEach(async () => {
    object = await BpfObject.load(bytes);
  });
  afterEach(() => object.close());

  const program = (name: string): BpfProgram => object.program(name);
  const told = (name: "runs" | "cookie" | "value"): bigint => object.global(name).get() as bigint;

  test("runs where a function is entered, in the process that was told, with its cookie", async () => {
    const [mine, other] = [probed.start(), probed.start()];
    const link = program("entered").attachUprobe({
      path: probed.path,
      symbol: "handle_request",
      pid: mine.pid,
      cookie,
    });
    expect(await mine.ask(21)).toBe(42);
    await other.ask(5);
    expect([told("runs"), told("cookie"), told("value")]).toEqual([1n, cookie, 21n]);
    link.close();
    await mine.ask(3);
    expect(told("runs")).toBe(1n);
  });

  test("runs where a function returns, in every process that has the file, and at an offset in it", async () => {
    const [one, two] = [probed.start(), probed.start()];
    const returned = program("returned").attachUprobe({ path: probed.path, symbol: "handle_request", retprobe: true });
    await one.ask(4);
    await two.ask(100);
    expect([told("runs"), told("value")]).toEqual([2n, 200n]);
    returned.close();
    const listed = execFileSync("nm", [probed.path], { encoding: "utf8" });
    const address = Number(`0x${/^(\S+) T handle_request$/m.exec(listed)?.[1]}`);
    program("entered").attachUprobe({ path: probed.path, offset: address, pid: two.pid });
    await two.ask(9);
    expect([told("runs"), told("value")]).toEqual([3n, 9n]);
    program("entered").detach();
  });

  test("is told the nearest names of a function that a program does not have", () => {
    const at = (options: object) => refused(() => program("entered").attachUprobe(options as never));
    expect(at({ path: probed.path, symbol: "handle_requst" })).toMatchObject({
      code: "ENOENT",
      message: expect.stringMatching(/has no function "handle_requst"; did you mean "handle_request"\?/),
    });
    expect(at({ path: probed.stripped(), symbol: "handle_request" }).message).toMatch(/no function "handle_request"/);
    expect(at({ path: "/nowhere/at-all", symbol: "main" })).toMatchObject({ code: "ENOENT" });
    expect(at({ path: "no-such-program-anywhere", symbol: "main" }).message).toMatch(/tell its path/);
    expect(at({ path: new URL(import.meta.url).pathname, symbol: "main" }).message).toMatch(/no program or library/);
    expect(at({ path: probed.path, symbol: "main", pid: 2 ** 31 - 1 })).toMatchObject({ code: "ESRCH" });
    expect(at({ path: probed.path })).toMatchObject({ code: "EINVAL" });
  });

  test("finds functions of libraries by their names, as those that link to them do", () => {
    // two versions of it: the one that is linked to today counts
    for (const symbol of ["getpgid", "pthread_cond_wait", "malloc"]) {
      program("entered").attachUprobe({ path: "libc.so.6", symbol, pid: process.pid }).close();
    }
    expect(told("runs")).toBeGreaterThanOrEqual(0n);
  });

  test("runs at a probe that a program was compiled with, with its arguments", async () => {
    const one = probed.start();
    const at = { path: probed.path, provider: "shop", name: "request_start", pid: one.pid, cookie };
    const link = program("probed").attachUsdt(at);
    await one.ask(77);
    expect([told("runs"), told("cookie"), told("value")]).toEqual([1n, cookie, 77n]);
    expect(refused(() => link.pin("/sys/fs/bpf/usdt"))).toMatchObject({ code: "ENOTSUP" });
    link.close();
    await one.ask(78);
    expect(told("runs")).toBe(1n);
    expect(refused(() => program("probed").attachUsdt({ ...at, name: "request_end" })).message).toMatch(
      /has no USDT probe "shop:request_end"; did you mean "shop:request_start"\?/,
    );
  });

  test("runs on a perf event of one thread", () => {
    const options = { type: "software", config: 0, samplePeriod: 1_000_000, pid: process.pid, cookie } as const;
    const link = program("sampled").attachPerfEvent(options);
    while (told("runs") === 0n) object.global("only").get();
    expect([told("cookie"), told("value")]).toEqual([cookie, 1_000_000n]);
    link.close();
    const after = told("runs");
    for (let i = 0; i < 1e6; i++) object.programNames;
    expect(told("runs")).toBe(after);
    const at = (rest: object) => refused(() => program("sampled").attachPerfEvent({ ...options, ...rest } as never));
    expect(at({ pid: undefined }).message).toMatch(/one CPU's/);
    expect(at({ sampleFreq: 10 }).message).toMatch(/not both/);
    expect(at({ type: "softwares" })).toMatchObject({ code: "EINVAL" });
    expect(at({ pid: 2 ** 31 - 1 })).toMatchObject({ code: "ESRCH" });
    expect(at({ config: 1000 })).toMatchObject({ code: expect.stringMatching(/ENOENT|EINVAL/) });
  });

  test("an event of a kernel before 5.15 holds its program itself, and tells why it is no link", () => {
    const { fd } = program("sampled");
    const attributes = new Uint8Array(72);
    const view = new DataView(attributes.buffer);
    view.setUint32(0, 1, true);
    view.setUint32(4, 72, true);
    view.setBigUint64(16, 1_000_000n, true);
    view.setBigUint64(40, 1n, true);
    const made = () => {
      const event = addon().perfEventOpen(attributes, process.pid, -1, 8, null);
      return { fd: event, owner: addon().own(event) as never };
    };
    const ground = { what: "program", fd, handle: undefined as never };
    const link: Link = attachByIoctl(ground, made(), 0n);
    while (told("runs") === 0n) object.global("only").get();
    expect(refused(() => link.pin("/sys/fs/bpf/event")).message).toMatch(/Linux 5\.15/);
    link.close();
    const event = made();
    expect(refused(() => attachByIoctl(ground, event, 1n))).toMatchObject({ code: "ENOTSUP" });
    addon().disown(event.owner);
  });

  test("runs at a raw tracepoint", async () => {
    using limited = await BpfObject.load(bytes, { rodata: { only: process.pid } });
    const link = limited.program("traced_raw").attachRawTracepoint({ name: "sys_enter" });
    const before = limited.global("runs").get() as bigint;
    existsSync("/");
    expect(limited.global("runs").get() as bigint).toBeGreaterThan(before);
    expect(link.id).toBeGreaterThan(0);
    const shown = execFileSync("bpftool", ["link", "show", "id", String(link.id)], { encoding: "utf8" });
    expect(shown).toMatch(/raw_tracepoint/);
    expect(refused(() => link.detach())).toMatchObject({ code: "ENOTSUP" });
    expect(refused(() => link.update(limited.program("traced_raw")))).toMatchObject({ code: "EINVAL" });
    link.close();
    expect(refused(() => limited.program("traced_raw").attachRawTracepoint({ name: "sys_entry" }))).toMatchObject({
      code: "ENOENT",
    });
  });

  test("runs at a tracepoint where tracefs is mounted, and says what is missing where it is not", async () => {
    if (findTracefs() === undefined) {
      const at = { category: "sched", name: "sched_process_exec" };
      expect(refused(() => program("traced").attachTracepoint(at)).message).toMatch(/tracefs is not mounted/);
    }
    const script = `
      import { BpfObject } from "@rbgen/native";
      import { existsSync } from "node:fs";
      import { compileBeside } from "../testkit/src/native/kernel-side.ts";
      const object = await BpfObject.load(compileBeside("attach.bpf.c"), { rodata: { only: process.pid } });
      const traced = object.program("traced");
      const link = traced.attachTracepoint({ category: "raw_syscalls", name: "sys_enter", cookie: 5n });
      existsSync("/");
      console.log(object.global("runs").get() > 0n, object.global("cookie").get());
      for (const at of [{ category: "shed", name: "x" }, { category: "raw_syscalls", name: "sys_entr" }]) {
        try { traced.attachTracepoint(at); } catch (error) { console.log(error.code, error.message); }
      }
      try { object.program("traced_raw").attachRawTracepoint({ name: "sched_proces_exec" }); } catch (error) { console.log(error.message); }
      const many = (symbols) => {
        try { object.program("kernel_functions").attachKprobeMulti({ symbols }).close(); console.log("attached"); } catch (error) { console.log(error.message); }
      };
      many("no_such_function_*");
      many("do_nan?sl*p");
      object.close();`;
    const mounted = 'mount -t tracefs none /sys/kernel/tracing && exec "$0" "$@"';
    const wrapper = ["unshare", "-m", "sh", "-c", mounted];
    const { stdout, stderr } = await runChild(script, { wrapper });
    expect(stderr).toBe("");
    const lines = stdout.trim().split("\n");
    expect(lines[0]).toBe("true 5n");
    expect(lines[1]).toMatch(/^ENOENT .*no category of tracepoints "shed"; did you mean "sched"/);
    expect(lines[2]).toMatch(/^ENOENT .*no tracepoint "raw_syscalls\/sys_entr"; did you mean "sys_enter"/);
    // some kernels keep the list from everybody
    const kept = "which functions a pattern means cannot be read: EPERM";
    expect(lines[4]).toMatch(
      new RegExp(`no function of the kernel that can be probed is meant by "no_such_function_|${kept}`),
    );
    expect(lines[5]).toMatch(new RegExp(`^attached$|CONFIG_FPROBE|${kept}`));
    expect(lines[3]).toMatch(/no raw tracepoint "sched_proces_exec"; did you mean "sched_process_exec"/);
  });

  test("runs in a function of the kernel, or the reason is that this kernel has no kprobes", () => {
    const kernel = program("kernel_function");
    if (!existsSync("/sys/bus/event_source/devices/kprobe")) {
      expect(refused(() => kernel.attachKprobe({ symbol: "do_nanosleep" }))).toMatchObject({
        code: "ENOTSUP",
        message: expect.stringMatching(/no kprobes.*CONFIG_KPROBES/),
      });
      return;
    }
    kernel.attachKprobe({ symbol: "do_nanosleep", cookie: 3n }).close();
    expect(refused(() => kernel.attachKprobe({ symbol: "do_nanoslep" })).message).toMatch(
      /no function "do_nanoslep"; did you mean "do_nanosleep"/,
    );
  });

  test("runs in many functions of the kernel, or the reason is that this kernel does not probe by a list", () => {
    const many = program("kernel_functions");
    const [symbols, cookies] = [
      ["do_nanosleep", "hrtimer_nanosleep"],
      [1n, 2n],
    ];
    const thrown = (() => {
      try {
        many.attachKprobeMulti({ symbols, cookies }).close();
        return undefined;
      } catch (error) {
        return error as Error;
      }
    })();
    if (thrown === undefined) {
      expect(refused(() => many.attachKprobeMulti({ symbols: ["do_nanoslep"] })).message).toMatch(
        /no function "do_nanoslep"; did you mean "do_nanosleep"/,
      );
    } else {
      expect(thrown.message).toMatch(/probes no functions by the list \(CONFIG_FPROBE\)/);
    }
    for (const wrong of [
      { symbols: [] },
      { symbols, cookies: [1n] },
      { symbols: "do_*", cookies },
      { symbols: [""] },
    ]) {
      expect(["EINVAL", "ENOENT"]).toContain(refused(() => many.attachKprobeMulti(wrong)).code);
    }
    if (findTracefs() === undefined) {
      expect(refused(() => many.attachKprobeMulti({ symbols: "do_nano*" })).message).toMatch(/tracefs is not mounted/);
    }
  });

  test("sees the packets of a control group, until another program takes its place, or it is detached for all", async () => {
    const root = mkdtempSync(join(tmpdir(), "rbgen-cgroup-"));
    execFileSync("mount", ["-t", "cgroup2", "none", root]);
    const bpffs = new PrivateBpffs();
    const group = join(root, `rbgen-${process.pid}`);
    mkdirSync(group);
    const folder = openSync(group, "r");
    const send = async (): Promise<void> => {
      // a process of that group sends to itself
      const script = `const s = require("dgram").createSocket("udp4"); s.bind(0, "127.0.0.1", () => s.send("x", s.address().port, "127.0.0.1", () => s.close()));`;
      execFileSync("sh", ["-c", `echo $$ > ${group}/cgroup.procs && exec "$0" -e '${script}'`, process.execPath]);
    };
    try {
      const link = program("leaving").attachCgroup({ fd: folder });
      await send();
      expect([told("runs"), told("value")]).toEqual([1n, 29n]);
      link.update(program("leaving_too"));
      await send();
      expect(told("runs")).toBe(1001n);
      link.pin(bpffs.path("link"));
      link.close();
      await send();
      expect(told("runs")).toBe(2001n);
      expect(refused(() => link.pin(bpffs.path("again")))).toMatchObject({ code: "ERR_RINGBUF_CLOSED" });
      rmSync(bpffs.path("link"));
      await send();
      expect(told("runs")).toBe(2001n);
      const again = program("leaving").attachCgroup({ fd: folder });
      again.pin(bpffs.path("link"));
      again.detach();
      expect(again.open).toBe(false);
      await send();
      expect(told("runs")).toBe(2001n);
      expect(refused(() => program("leaving").attachCgroup({ fd: 0 }))).toMatchObject({ code: "EBADF" });
      const misspelt = { fd: folder, flag: 1 };
      expect(refused(() => program("leaving").attachCgroup(misspelt))).toMatchObject({ code: "EINVAL" });
      expect(refused(() => program("entered").attachCgroup({ fd: folder }))).toMatchObject({ code: "EINVAL" });
    } finally {
      closeSync(folder);
      rmdirSync(group);
      bpffs.close();
      execFileSync("umount", [root]);
      rmdirSync(root);
    }
  });

  test("sees the packets of an interface of its own network namespace", async () => {
    const script = `
      import { BpfObject } from "@rbgen/native";
      import { createSocket } from "node:dgram";
            import { once } from "node:events";
      import { compileBeside } from "../testkit/src/native/kernel-side.ts";
      const object = await BpfObject.load(compileBeside("attach.bpf.c"));
      const runs = () => Number(object.global("runs").get());
      const socket = createSocket("udp4").bind(0, "127.0.0.1");
      await once(socket, "listening");
      const send = async () => {
        const came = once(socket, "message");
        socket.send("hello", socket.address().port, "127.0.0.1");
        await came;
      };
      const refused = (use) => { try { use(); } catch (error) { console.log(error.code, error.message); return; } throw new Error("taken"); };
      const xdp = object.program("arriving").attachXdp({ interface: "lo", mode: "generic" });
      await send();
      console.log("xdp", runs());
      refused(() => object.program("arriving").attachXdp({ interface: "lo" }));
      xdp.update(object.program("arriving"));
      xdp.close();
      for (const direction of ["ingress", "egress"]) {
        const link = object.program("passing").attachTc({ interface: "lo", direction });
        await send();
        console.log(direction, runs(), Number(object.global("value").get()));
        link.detach();
        await send();
        console.log(runs());
      }
      refused(() => object.program("passing").attachTc({ interface: "lol", direction: "egress" }));
      refused(() => object.program("arriving").attachTc({ interface: "lo", direction: "egress" }));
      socket.close();
      object.close();`;
    const wrapper = ["unshare", "-n", "sh", "-c", 'ip link set lo up && exec "$0" "$@"'];
    const { stdout, stderr } = await runChild(script, { wrapper });
    expect(stderr).toBe("");
    const [xdp, busy, ...rest] = stdout.trim().split("\n");
    expect(xdp).toBe("xdp 1");
    expect(busy).toMatch(/^EBUSY .*another program is on "lo"/);
    expect(rest.slice(0, 4)).toEqual(["ingress 2 47", "2", "egress 3 47", "3"]);
    expect(rest[4]).toMatch(/^ENODEV .*no interface "lol"; did you mean "lo"/);
    expect(rest[5]).toMatch(/^EINVAL .*SEC\("tc"\)/);
  });

  test("leaves nothing open, and nothing attached, when its object is closed", async () => {
    const held = () => readdirSync("/proc/self/fd").length;
    const one = probed.start();
    await one.ask(1);
    const before = held();
    const own = await BpfObject.load(bytes);
    const links = [
      own.program("entered").attachUprobe({ path: probed.path, symbol: "handle_request" }),
      own.program("probed").attachUsdt({ path: probed.path, provider: "shop", name: "request_start" }),
      own.program("sampled").attachPerfEvent({ type: "software", config: 0, samplePeriod: 10 ** 9, cpu: 0 }),
    ];
    for (const wrong of [
      () => own.program("arriving").attachUprobe({ path: probed.path, symbol: "handle_request" }),
      () => own.program("entered").attachTc({ interface: "lo", direction: "ingress" }),
      () => own.program("entered").attachPerfEvent({ type: "software", config: 0, samplePeriod: 1, cpu: 0 }),
    ]) {
      expect(refused(wrong).message).toMatch(/of a type that does not run there|SEC\("tc"\)/);
    }
    own.close();
    expect(links.map(({ open }) => open)).toEqual([false, false, false]);
    expect(held()).toBe(before);
  });

  test("of libbpf's own links a pinned one stays attached, though the link is closed", async () => {
    const bpffs = new PrivateBpffs();
    const path = probed.path;
    const script = `
      import { BpfObject } from "@rbgen/native";
      import { readFileSync } from "node:fs";
      import { execFileSync } from "node:child_process";
      import { compileBpf } from "../testkit/src/compile.ts";
      const source = '#include <linux/bpf.h>\\n#include <bpf/bpf_helpers.h>\\nchar LICENSE[] SEC("license") = "GPL";\\n' +
        'unsigned long long runs;\\nSEC("uprobe/${path}:handle_request") int entered(void *context) { __sync_fetch_and_add(&runs, 1); return 0; }';
      const object = await BpfObject.load(compileBpf(source));
      const run = () => execFileSync(${JSON.stringify(path)}, { input: "1\\n" });
      const [link] = object.attach();
      run();
      link.pin(${JSON.stringify(bpffs.path("link"))});
      link.close();
      run();
      console.log(object.global("runs").get(), link.open);
      object.close();`;
    try {
      const { stdout, stderr } = await runChild(script);
      expect({ stdout, stderr }).toEqual({ stdout: "2n false\n", stderr: "" });
    } finally {
      bpffs.close();
    }
  });
});
