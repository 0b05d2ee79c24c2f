import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { EmulatedKernel, RingCapture } from "@rbgen/runtime/emulated";
import { describeWith } from "@rbgen/testkit";
import { faultsOf } from "@rbgen/testkit/browser/accessibility";
import { type Browser, openChromium } from "@rbgen/testkit/browser/chromium";
import { keepPicture } from "@rbgen/testkit/browser/pictures";
import { compileBpf, inScratchFolder, withoutDebugInfo } from "@rbgen/testkit/compile";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";

const index = fileURLToPath(new URL("../../dist/index.html", import.meta.url));
const readme = fileURLToPath(new URL("../../../../README.md", import.meta.url));
const isBuilt = existsSync(index);
const title = isBuilt ? "an object in the playground" : "an object in the playground [needs a build (npm test)]";
const patience = { timeout: 120_000 };

/** A program that sends on a perf event array, fills maps, and is told by a struct what to do. */
const counting = `
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
char LICENSE[] SEC("license") = "GPL";
struct key { __u32 pid; __u32 cpu; };
struct tally { __u64 count; char comm[16]; };
struct event { __u64 number; __u32 pid; char comm[16]; };
struct args { __u32 pid; __u8 flags : 3; __s64 delta; char comm[16]; };
struct { __uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY); __uint(key_size, 4); __uint(value_size, 4); } events SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 4); __type(key, struct key); __type(value, struct tally); } tallies SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); __uint(max_entries, 3); __type(key, __u32); __type(value, __s64); } sums SEC(".maps");

SEC("syscall") int count(struct args *args)
{
	struct key key = { .pid = args->pid };
	struct tally tally = { .count = 1 };
	struct event event = { .number = 7, .pid = args->pid };
	__u32 index = 1;
	__s64 *sum = bpf_map_lookup_elem(&sums, &index);

	__builtin_memcpy(tally.comm, args->comm, sizeof(tally.comm));
	__builtin_memcpy(event.comm, args->comm, sizeof(event.comm));
	if (sum)
		*sum += args->delta;
	bpf_map_update_elem(&tallies, &key, &tally, 0);
	bpf_perf_event_output(args, &events, BPF_F_CURRENT_CPU, &event, sizeof(event));
	return args->flags;
}
SEC("xdp") int length(struct xdp_md *md) { return (long)md->data_end - (long)md->data; }
`;

/** The README's first program, compiled as it says. */
function readmeObject(): Buffer {
  const [, source] = /```c\n(\/\/ probe\.bpf\.c\n[\s\S]*?)```/.exec(readFileSync(readme, "utf8")) ?? [];
  return inScratchFolder((folder) => {
    const types = execFileSync("bpftool", ["btf", "dump", "file", "/sys/kernel/btf/vmlinux", "format", "c"], {
      maxBuffer: 1 << 28,
    });
    writeFileSync(join(folder, "vmlinux.h"), types);
    return Buffer.from(compileBpf(source ?? "", "little", ["-I", folder]));
  });
}

/** What a RingCapture gives of the README's ring, with a record of each kind. */
function readmeCapture(): Uint8Array {
  const map = new EmulatedKernel().createRingBuf({ name: "events", maxEntries: 4096 });
  const send = (length: number, fill: (view: DataView) => void): void => {
    const bytes = new Uint8Array(length);
    fill(new DataView(bytes.buffer));
    new EmulatedKernel().loadProgram({ type: "syscall", run: (bpf) => bpf.ringbufOutput(map, bytes, 0) }).run();
  };
  send(40, (view) => {
    view.setUint32(12, 1, true);
    view.setUint32(16, 9, true);
    view.setUint16(20, 0x6873, true);
  });
  send(24, (view) => {
    view.setUint32(12, 2, true);
    view.setUint32(16, 77, true);
  });
  const capture = new RingCapture(map);
  capture.take();
  capture.close();
  return capture.toBytes();
}

describeWith(["chromium", "clang", "gcc", "bpftool", "vmlinux"], title, () => {
  let browser: Browser;
  let page: Page;
  const requests: string[] = [];

  beforeAll(async () => {
    browser = await openChromium();
    page = await browser.context.newPage();
    page.setDefaultTimeout(patience.timeout);
    page.on("request", (request) => requests.push(request.url()));
    await page.goto(pathToFileURL(index).href);
  });
  afterAll(() => browser?.close());

  const open = (name: string, buffer: Buffer) =>
    page.locator("input[type=file]").setInputFiles({ name, mimeType: "application/octet-stream", buffer });
  const records = async () =>
    (await page.locator(".runs li:first-child .record").allTextContents()).map((text) =>
      JSON.parse(text.slice(text.indexOf(":") + 1)),
    );

  test("what is no object is refused with a reason, and says what to do", async () => {
    await open("broken.bpf.o", Buffer.from("\x7fELF and nothing else"));
    await page.getByText("broken.bpf.o was refused: RB300").waitFor();
    await page.getByText("Drop a .bpf.o anywhere").waitFor();
    await keepPicture(page, "object-refused");
  });

  const fire = async (): Promise<void> => {
    await page.getByRole("button", { name: "Fire" }).click();
    await page.locator(".record").waitFor();
  };

  test("an object that was stripped gives bytes, until a header that is open beside it tells the types", async () => {
    const types = /enum kind[\s\S]*?struct exit \{.*\n/.exec(readFileSync(readme, "utf8"))?.[0] ?? "";
    await open("probe.h", Buffer.from(types));
    // The compiler keeps no types of what only lies in a ring but in debug information.
    await open("probe.bpf.o", Buffer.from(withoutDebugInfo(readmeObject())));
    await fire();
    expect(typeof (await records())[0]).toBe("string");
    await page.getByRole("button", { name: "Take types" }).click();
    await page.getByText("Nothing ran yet").waitFor();
    await fire();
    expect(await records()).toMatchObject([{ kind: "exec", header: { kind: 1 } }]);
  });

  test("the README's program is fired, and its record is decoded by what is generated of the object", async () => {
    await open("probe.bpf.o", readmeObject());
    await page.getByText("Nothing ran yet").waitFor();
    await fire();
    const [record, ...more] = await records();
    expect(more).toEqual([]);
    expect(record).toMatchObject({ kind: "exec", header: { kind: 1 } });
    expect(await page.locator(".lines .ran").count()).toBeGreaterThan(5);
  });

  test("it is stepped through by line of C, to the record that it sends", async () => {
    await page.getByRole("combobox", { name: "program" }).selectOption("on_exit");
    await page.getByRole("button", { name: "Step through" }).click();
    const places: string[] = [];
    const place = page.locator(".stepper .place code");
    const position = page.locator(".stepper h2 .unit");
    for (let before = ""; before !== (await position.textContent()); ) {
      before = (await position.textContent()) ?? "";
      places.push((await place.textContent()) ?? "");
      await page.getByRole("button", { name: "Line", exact: true }).click();
    }
    expect(places.some((line) => line.includes("bpf_get_current_cgroup_id"))).toBe(true);
    expect(places.some((line) => line.includes("bpf_ringbuf_output"))).toBe(true);
    expect(await page.locator(".registers li").count()).toBe(11);
    expect(await records()).toMatchObject([{ kind: "exit", header: { kind: 2 } }]);
    // Back to where something was written.
    const back = page.getByRole("button", { name: "Instruction back" });
    for (let turn = 0; turn < 60 && (await page.locator(".writes").count()) === 0; turn++) await back.click();
    expect(await page.locator(".writes").textContent()).toContain("→");
    expect(await page.locator(".stack li").count()).toBeGreaterThan(0);
    await keepPicture(page, "object-stepped");
  });

  test("a context is typed field by field, and records of perf event arrays and elements of maps are decoded", async () => {
    await open("counting.bpf.o", Buffer.from(compileBpf(counting)));
    await page.getByText("counting.bpf.o programs").waitFor();
    const fields = page.getByRole("group", { name: "Fields of the context" });
    expect(await fields.locator("code").allTextContents()).toEqual([
      "__u32 pid",
      "__u8 flags:3",
      "__s64 delta",
      "char comm[16]",
    ]);
    await fields.getByLabel("pid").fill("4711");
    await fields.getByLabel("flags").fill("9");
    await page.getByRole("button", { name: "Fire" }).click();
    await page.getByText("args.flags has 3 bits, which do not hold 9").waitFor();
    await fields.getByLabel("flags").fill("0x5");
    await fields.getByLabel("delta").fill("-40");
    await fields.getByLabel("comm").fill("sh");
    await fire();
    await page.getByText(/count returned 5 after/).waitFor();
    expect(await records()).toEqual([{ number: "7", pid: 4711, comm: "sh" }]);
    const cells = (map: string) => page.locator(`[data-entries=${map}] td`).allTextContents();
    const [key, value] = await cells("tallies");
    expect([JSON.parse(key ?? ""), JSON.parse(value ?? "")]).toEqual([
      { pid: 4711, cpu: 0 },
      { count: "1", comm: "sh" },
    ]);
    expect(await cells("sums")).toEqual(["1", "-40"]);
    await page.getByText("2 of 3 are all zeros.").waitFor();
    await keepPicture(page, "object-fired");
    await page.locator("[data-entries=sums]").scrollIntoViewIfNeeded();
    await keepPicture(page, "object-entries");
    await fields.getByLabel("pid").fill("seven");
    await page.getByText("__u32 pid: “seven” is no integer").waitFor();
    await keepPicture(page, "object-wrong-field");
    await page.getByRole("combobox", { name: "program" }).selectOption("length");
    await fields.getByLabel("packet").fill("00 ".repeat(60));
    await page.getByRole("button", { name: "Fire" }).click();
    await page.getByText(/length returned 60 after/).waitFor();
  });

  test("a capture of the object's ring is decoded beside its bytes, by the codec of the ring", async () => {
    await open("probe.bpf.o", readmeObject());
    await page.getByText("probe.bpf.o programs").waitFor();
    await open("events.ring", Buffer.from(readmeCapture()));
    await page.getByText("samples: 2").waitFor();
    const texts = async () => (await page.locator(".samples code").allTextContents()).filter((text) => text !== "");
    await expect
      .poll(async () => (await texts()).map((text) => JSON.parse(text)), patience)
      .toMatchObject([
        { kind: "exec", uid: 9, comm: "sh" },
        { kind: "exit", cgroup: "77" },
      ]);
    await page.locator("[data-sample='1']").click();
    const decoded = page.locator(".object-page [aria-busy=false] .decoded");
    await expect
      .poll(async () => JSON.parse((await decoded.textContent()) ?? ""), patience)
      .toMatchObject({ kind: "exit" });
    await page.locator(".object-page [data-picture='struct exit'] [data-path='cgroup'] rect").hover();
    await expect
      .poll(() => page.locator(".object-page .byte.lit").allTextContents(), patience)
      .toEqual(["4d", ...new Array(7).fill("00")]);
    await keepPicture(page, "object-capture");
    await page.getByRole("button", { name: "Close the capture" }).click();
    await page.locator(".object-page").getByText("Decode a sample").waitFor();
  });

  test("a context that is none is said to be none, and nothing runs", async () => {
    await page.getByRole("textbox", { name: "Context" }).fill("{ no");
    await page.getByText("neither hex nor JSON").waitFor();
    expect(await page.getByRole("button", { name: "Fire" }).isDisabled()).toBe(true);
    await page.getByRole("textbox", { name: "Context" }).fill("");
  });

  test("the demo's object is opened without asking a server", async () => {
    await page.reload();
    await page.getByRole("button", { name: "Compiled object" }).click();
    await keepPicture(page, "object-empty");
    await page.getByRole("button", { name: "Open the demo's object" }).click();
    await page.locator("[data-global]").first().waitFor();
    expect(await page.locator(".contents tbody tr").first().textContent()).toContain("ringbuf");
  });

  test.each([
    ["light", 1280, 800],
    ["dark", 1280, 800],
    ["light", 390, 844],
    ["dark", 390, 844],
  ] as const)("is readable in %s at %d × %d", async (colorScheme, width, height) => {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height });
    await keepPicture(page, `object-${colorScheme}-${width}`);
    expect(await faultsOf(page)).toEqual([]);
    expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(0);
  });

  test("nothing was asked of any server, nothing was refused by its policy, and no script failed", () => {
    expect(requests.filter((url) => !/^(file|blob):/.test(url))).toEqual([]);
    expect(browser.errors).toEqual([]);
  });
});
