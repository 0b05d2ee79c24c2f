import { isRingBufError, UnsupportedError } from "@rbgen/runtime";
import { afterEach, expect, test, vi } from "vitest";

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
  for (const [name, descriptor] of stubbed.splice(0)) Object.defineProperty(process, name, descriptor);
});

const stubbed: [string, PropertyDescriptor][] = [];
function pretend(name: "platform" | "arch", value: string): void {
  const descriptor = Object.getOwnPropertyDescriptor(process, name);
  if (descriptor === undefined) throw new Error(`process has no ${name}`);
  stubbed.push([name, descriptor]);
  Object.defineProperty(process, name, { ...descriptor, value });
}

test.each([
  ["darwin", "arm64", /needs? Linux, this is darwin/, /need Linux: use @rbgen\/runtime\/emulated/],
  ["darwin", "x64", /needs? Linux, this is darwin/, /need Linux: use @rbgen\/runtime\/emulated/],
  ["win32", "x64", /needs? Linux, this is win32/, /need Linux: use @rbgen\/runtime\/emulated/],
  ["linux", "riscv64", /no addon for linux-riscv64/, /run on x64 or arm64/],
])("on %s-%s the package imports, and throws UnsupportedError on use", async (platform, arch, message, remedy) => {
  vi.resetModules();
  pretend("platform", platform);
  pretend("arch", arch);
  const native = await import("../index.ts");
  for (const use of [
    () => native.createRingBuf({ name: "a", maxEntries: 4096 }),
    () => native.openRingBuf({ pinned: "/sys/fs/bpf/a" }),
    () => native.openUserRingBuf({ id: 1 }),
    () => native.BpfObject.open(new Uint8Array(8)),
  ]) {
    let thrown: unknown;
    try {
      use();
    } catch (error) {
      thrown = error;
    }
    expect((thrown as UnsupportedError).name).toBe("UnsupportedError");
    expect((thrown as UnsupportedError).code).toBe("ERR_RINGBUF_UNSUPPORTED");
    expect((thrown as Error).message).toMatch(message);
  }
  expect(native.probeFeatures().addon.available).toBe(false);
  expect(native.probeFeatures().addon.remedy).toMatch(remedy);
  expect(native.formatFeatures(native.probeFeatures())).toMatch(message);
});

test("an UnsupportedError of this copy of the runtime is a RingBufError", () => {
  expect(isRingBufError(new UnsupportedError("x"), "ERR_RINGBUF_UNSUPPORTED")).toBe(true);
});
