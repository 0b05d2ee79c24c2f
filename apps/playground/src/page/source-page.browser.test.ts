import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { EmulatedKernel, RingCapture } from "@rbgen/runtime/emulated";
import { describeWith } from "@rbgen/testkit";
import { faultsOf } from "@rbgen/testkit/browser/accessibility";
import { type Browser, openChromium } from "@rbgen/testkit/browser/chromium";
import { keepPicture } from "@rbgen/testkit/browser/pictures";
import { btfSources } from "@rbgen/testkit/btf/objects";
import { cornerCases } from "@rbgen/testkit/c/corner-cases";
import { inScratchFolder } from "@rbgen/testkit/compile";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fragmentOf } from "./address.ts";

const index = fileURLToPath(new URL("../../dist/index.html", import.meta.url));
const command = fileURLToPath(new URL("../../../../packages/codegen/bin/rbgen.mjs", import.meta.url));
const isBuilt = existsSync(index);
const title = isBuilt ? "the playground, opened from its folder" : "the playground [needs a build (npm test)]";
const patience = { timeout: 120_000 };

/** What the command makes of a header; undefined where it refuses it. */
function generated(name: string, text: string): string | undefined {
  return inScratchFolder((folder) => {
    writeFileSync(join(folder, name), text);
    try {
      return execFileSync(process.execPath, [command, name, "-o", "-"], {
        cwd: folder,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      });
    } catch {
      return undefined;
    }
  });
}

describeWith(["chromium"], title, () => {
  let browser: Browser;
  let page: Page;
  const requests: string[] = [];

  beforeAll(async () => {
    browser = await openChromium();
    page = await browser.context.newPage();
    page.setDefaultTimeout(patience.timeout);
    page.on("request", (request) => requests.push(request.url()));
    await page.goto(pathToFileURL(index).href);
    await page.locator("[data-read='types.h']").waitFor();
  });
  afterAll(() => browser?.close());

  const show = async (name: string, text: string, more: { before?: string; sample?: string } = {}) => {
    const fragment = fragmentOf({ name, text, before: more.before, sample: more.sample ?? "" });
    await page.evaluate(`location.hash = ${JSON.stringify(fragment)}`);
    await page.locator(`[data-read='${name}']`).waitFor();
  };
  const litIn = (label: string) => page.locator(`[data-label='${label}'] .cm-lit`).allTextContents();

  const source = () => page.locator("[data-label='C source'] .cm-content");
  const written = async () => (await page.locator("[data-label='C source'] .cm-line").allTextContents()).join("\n");

  test("what is typed quickly stays as it was typed, and is read", async () => {
    await show("t.h", "struct first { int a; };\n");
    await source().click();
    await page.keyboard.press("Control+End");
    await page.keyboard.type("struct second { long b; };");
    await page.locator("[data-picture='struct second']").waitFor();
    expect(await written()).toBe("struct first { int a; };\nstruct second { long b; };");
    await page.keyboard.press("Control+z");
    await page.locator("[data-picture='struct second']").waitFor({ state: "detached" });
  });

  test("what is typed over lines that are selected takes their place, and the policy refuses no style of it", async () => {
    await show("o.h", "struct first { int a; };\nstruct second { long b; };\nstruct third { char c; };\n");
    await source().click();
    await page.keyboard.press("Control+Home");
    for (let line = 0; line < 2; line += 1) await page.keyboard.press("Shift+ArrowDown");
    for (let place = 0; place < 8; place += 1) await page.keyboard.press("Shift+ArrowRight");
    await page.keyboard.type("struct t");
    await page.locator("[data-picture='struct second']").waitFor({ state: "detached" });
    expect(await written()).toBe("struct third { char c; };\n");
    for (const key of ["Control+a", "Control+b", "Control+i", "Control+u"]) await page.keyboard.press(key);
    expect(await page.locator("[data-label='C source'] :is(b, i, u)").count()).toBe(0);
    await page.keyboard.press("Control+z");
    await page.keyboard.press("Control+z");
    expect(browser.errors).toEqual([]);
  });

  test("an empty text is no error: it is said what to do, and the example is there again at a press", async () => {
    await source().click();
    await page.keyboard.press("Control+a");
    await page.keyboard.press("Delete");
    await page.getByText("Paste a C header or a source of programs above").waitFor();
    expect(await page.locator(".diagnostics, [role=alert]").count()).toBe(0);
    await page.getByText("There is nothing to decode yet").waitFor();
    await keepPicture(page, "source-empty");
    await page.getByRole("button", { name: "Show the example" }).click();
    await page.locator("[data-picture='struct event']").waitFor();
  });

  test("a file that is no C is refused with what is taken, and the text stays; text of another name can be opened all the same", async () => {
    await show("kept.h", "struct kept { int a; };\n");
    const open = (name: string, buffer: Buffer) =>
      page.locator("input[type=file]").setInputFiles({ name, mimeType: "application/octet-stream", buffer });
    await open("photo.png", Buffer.from("89504e470d0a1a0a0000000d49484452", "hex"));
    await page.getByText("photo.png is none of what this page reads. Taken are C headers").waitFor();
    expect(await page.getByRole("button", { name: "Open it as C" }).count()).toBe(0);
    await keepPicture(page, "source-refused");
    expect(await written()).toContain("struct kept");
    await open("notes.txt", Buffer.from("struct noted { int b; };\n"));
    await page.getByText("notes.txt is text, but by its name no C.").waitFor();
    expect(await written()).toContain("struct kept");
    await page.getByRole("button", { name: "Open it as C" }).click();
    await page.locator("[data-picture='struct noted']").waitFor();
    expect(await page.locator(".refused").count()).toBe(0);
  });

  test("a file that is dropped on an editor is opened there, and not put into its text", async () => {
    await show("kept.h", "struct kept { int a; };\n", { before: "struct kept { long a; };\n" });
    const drop = async (label: string, name: string, bytes: readonly number[]) => {
      const dataTransfer = await page.evaluateHandle(
        ([file, content]) => {
          const transfer = new DataTransfer();
          transfer.items.add(new File([Uint8Array.from(content)], file));
          return transfer;
        },
        [name, bytes] as const,
      );
      await page.locator(`[data-label='${label}'] .cm-content`).dispatchEvent("drop", { dataTransfer });
    };
    await drop("C source", "photo.png", [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0]);
    await page.getByText("photo.png is none of what this page reads").waitFor();
    expect(await written()).toContain("struct kept");
    await drop("C source", "new.h", [...Buffer.from("struct fresh { int a; };")]);
    await page.locator("[data-picture='struct fresh']").waitFor();
    expect(await written()).toBe("struct fresh { int a; };");
    expect(await page.locator(".refused").count()).toBe(0);
    await drop("Older version", "old.h", [...Buffer.from("struct fresh { long a; };")]);
    await page.locator("[data-changed='fresh']").waitFor();
    expect(await written()).toBe("struct fresh { int a; };");
    await page.getByRole("button", { name: "End comparison" }).click();
  });

  test("characters that reorder text are escapes where diagnostics are listed, and hints say which options are the command's", async () => {
    await show("bidi.h", '#include "no\u202eh.txt"\nstruct a { int b; };\n');
    const told = async () => (await page.locator(".diagnostics").textContent()) ?? "";
    await expect.poll(told, patience).toContain("no\\u202eh.txt");
    expect(await told()).not.toContain("\u202e");
    expect(await told()).toContain("this page reads one file");
    expect(await told()).toMatch(/with the command: .*-I/);
    await keepPicture(page, "source-hostile");
  });

  test("what it generates of twenty headers is what the command writes", async () => {
    const sources = [...Object.values(btfSources), ...cornerCases.map(([, text]) => text)];
    let compared = 0;
    for (const [index, text] of sources.entries()) {
      if (compared === 20) break;
      const name = `h${index}.h`;
      const expected = generated(name, text);
      if (expected === undefined) continue;
      await show(name, text);
      const saving = page.waitForEvent("download");
      await page.getByText(`Save h${index}.gen.ts`).click();
      expect(readFileSync(await (await saving).path(), "utf8"), text).toBe(expected);
      compared += 1;
    }
    expect(compared).toBe(20);
  });

  test("a member that is pointed at stands out in C, in its bytes and in the generated code", async () => {
    const text =
      "struct head { int a; unsigned pid; };\nstruct event {\n\tstruct head head;\n\tunsigned long long at;\n};\n";
    await show("a.h", text, { sample: "01 00 00 00 07 00 00 00 ff 00 00 00 00 00 00 00" });
    await page.locator("[data-picture='struct event'] [data-path='at'] rect").hover();
    await expect.poll(() => litIn("C source"), patience).toEqual(["\tunsigned long long at;"]);
    const lit = await litIn("Generated TypeScript");
    expect(lit.some((line) => line.endsWith(" readonly at: bigint;"))).toBe(true);
    expect(await page.locator(".byte.lit").allTextContents()).toEqual(["ff", ...new Array(7).fill("00")]);
    await page.locator("[data-byte='5']").hover();
    await expect.poll(() => litIn("C source"), patience).toEqual(["struct head { int a; unsigned pid; };"]);
    await page.locator("[data-label='C source'] .cm-line").nth(3).hover();
    await page.locator("[data-picture='struct event'] .lit[data-path='at']").first().waitFor();
  });

  test("bytes in hex are decoded by the generated code, and what is wrong with them is said", async () => {
    await page.getByRole("combobox").selectOption("event");
    const decoded = async () => JSON.parse((await page.locator(".decoded").textContent()) ?? "");
    await expect.poll(decoded, patience).toEqual({ head: { a: 1, pid: 7 }, at: "255" });
    const bytes = page.getByRole("textbox", { name: "Bytes of a sample" });
    await bytes.fill("01 00");
    await page.locator(".sample .wrong").waitFor();
    await bytes.fill("0x01, zz");
    await page.getByText("“z” is no hex digit").waitFor();
  });

  test("a capture that is opened is decoded by the types of the source, and its end is said where it broke", async () => {
    const map = new EmulatedKernel().createRingBuf({ name: "events", maxEntries: 65536 });
    for (let count = 0; count < 250; count += 1) map.hold(count === 249 ? 24 : 16).submit();
    const capture = new RingCapture(map);
    capture.take();
    capture.close();
    const file = { name: "events.ring", mimeType: "application/octet-stream" };
    const bytes = capture.toBytes();
    await page.locator("input[type=file]").setInputFiles({ ...file, buffer: Buffer.from(bytes) });
    await page.getByText("samples: 250").waitFor();
    expect(await page.locator(".samples li").count()).toBe(100);
    expect(await page.locator("[data-byte]").count()).toBe(16);
    await page.getByRole("button", { name: "Later" }).click();
    await page.getByText("100 to 199").waitFor();
    await page.getByRole("button", { name: "Later" }).click();
    await page.locator("[data-sample='249']").click();
    expect(await page.locator("[data-byte]").count()).toBe(24);
    await page.locator(".sample").scrollIntoViewIfNeeded();
    await keepPicture(page, "source-capture");
    await page.locator("input[type=file]").setInputFiles({ ...file, buffer: Buffer.from(bytes.slice(0, -8)) });
    await page.getByText(/events.ring is read no further: .* at byte \d+/).waitFor();
    await page.getByText("samples: 249").waitFor();
    await keepPicture(page, "source-capture-broken");
    await page.getByRole("button", { name: "Close the capture" }).click();
  });

  test("an anonymous member is pointed at by its line of C", async () => {
    await show("d.h", "struct event {\n\tint a;\n\tunion {\n\t\tint b;\n\t\tfloat c;\n\t};\n};\n");
    await page.locator("[data-label='C source'] .cm-line").nth(2).hover();
    await page.locator("[data-picture='struct event'] .lit[data-kind='union']").waitFor();
    const lit = await litIn("Generated TypeScript");
    expect(lit.some((line) => line.endsWith(" readonly b: number;"))).toBe(true);
    expect(lit.some((line) => line.endsWith(" readonly c: number;"))).toBe(true);
    await keepPicture(page, "source-anonymous-member");
  });

  test("an error stands under its place, with what to do", async () => {
    await show("b.h", "struct a {\n\tunknown_t b;\n};\n");
    await page.locator("[data-label='C source'] .cm-lintRange-error").first().waitFor();
    expect(await page.locator(".diagnostics").textContent()).toContain("b.h:2:");
    await page.getByText("Nothing is generated").waitFor();
    await keepPicture(page, "source-error");
  });

  test("two versions are compared as the command does, and members that moved are joined", async () => {
    await show("c.h", "struct a { char x; long y; int z; };", { before: "struct a { long y; int gone; int z; };" });
    await page.locator("[data-changed='a']").waitFor();
    const classOf = (path: string) => page.locator(`[data-joined='${path}']`).getAttribute("class");
    expect(await classOf("y")).toBe("moved");
    expect(await page.locator("[data-joined='gone']").count()).toBe(0);
    const out = inScratchFolder((folder) => {
      writeFileSync(join(folder, "old.h"), "struct a { long y; int gone; int z; };");
      writeFileSync(join(folder, "c.h"), "struct a { char x; long y; int z; };");
      try {
        return execFileSync(process.execPath, [command, "diff", "old.h", "c.h"], { cwd: folder, encoding: "utf8" });
      } catch (error) {
        return String((error as { stdout: string }).stdout);
      }
    });
    const told = await page.locator(".differences li").allTextContents();
    await keepPicture(page, "source-comparison");
    expect(out.match(/^ {2}.+$/gm)?.map((line) => line.trim())).toEqual(told);
  });

  test("on a phone a picture that goes on at a side says so there", async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await show("wide.h", "struct wide { int a[4]; long b; };\n");
    const frame = page.locator("[data-picture='struct wide'] .sideways");
    await frame.scrollIntoViewIfNeeded();
    const more = () => frame.getAttribute("data-more");
    await expect.poll(more, patience).toBe("right");
    await keepPicture(page, "source-sideways-390");
    await frame.locator(".picture-frame").evaluate((scroller) => scroller.scrollTo(10_000, 0));
    await expect.poll(more, patience).toBe("left");
    await page.setViewportSize({ width: 1280, height: 800 });
    await expect.poll(more, patience).toBe("");
  });

  test.each([
    ["light", 1280, 800],
    ["dark", 1280, 800],
    ["light", 390, 844],
    ["dark", 390, 844],
  ] as const)("is readable in %s at %d × %d", async (colorScheme, width, height) => {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height });
    await keepPicture(page, `source-${colorScheme}-${width}`);
    expect(await faultsOf(page)).toEqual([]);
    expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(0);
  });

  test("of ten thousand lines a page draws what is in sight, and asks its worker once for all keys that come together", async () => {
    const second = await browser.context.newPage();
    second.setDefaultTimeout(patience.timeout);
    await second.addInitScript(() => {
      const seen = { started: 0, ended: 0, asked: [] as string[], largest: 0 };
      Object.assign(globalThis, { seen });
      globalThis.Worker = class extends Worker {
        constructor(...args: ConstructorParameters<typeof Worker>) {
          super(...args);
          seen.started += 1;
          this.addEventListener("message", ({ data }) => {
            seen.largest = Math.max(seen.largest, (data.pictures ?? data.links ?? []).length);
          });
        }
        override postMessage(message: { kind: string }) {
          seen.asked.push(message.kind);
          super.postMessage(message);
        }
        override terminate() {
          seen.ended += 1;
          super.terminate();
        }
      };
    });
    const seen = () =>
      second.evaluate("seen") as Promise<{ started: number; ended: number; asked: string[]; largest: number }>;
    await second.goto(pathToFileURL(index).href);
    await second.locator("[data-read='types.h']").waitFor();
    await expect.poll(() => second.locator("[data-stage]").count(), patience).toBe(0);
    const members = Array.from({ length: 8 }, (_, place) => `\t__u32 m${place};\n`).join("");
    const structs = Array.from({ length: 1000 }, (_, number) => `struct s${number} {\n${members}};\n`);
    const text = `#include <linux/types.h>\n${structs.join("")}`;
    expect(text.split("\n").length).toBeGreaterThan(10_000);
    const before = await seen();
    expect(before).toMatchObject({ started: 1, ended: 0, asked: ["source"] });
    await second
      .locator("input[type=file]")
      .setInputFiles({ name: "big.h", mimeType: "text/plain", buffer: Buffer.from(text) });
    await second.locator("[data-picture='struct s0']").waitFor();
    // While it is read: every key is there at once, and what was read of the text before is given up.
    await second.locator("[data-label='C source'] .cm-content").click();
    await second.keyboard.press("Control+Home");
    await second.keyboard.type("struct typed { int x; };\n");
    await second.locator("[data-picture='struct typed']").waitFor();
    await keepPicture(second, "source-long");
    await second.getByRole("button", { name: "Stop" }).click();
    await second.getByText("Stopped: not all that is shown is of this text.").waitFor();
    await second.getByRole("button", { name: "Go on" }).click();
    await second.locator("[data-read='big.h']").waitFor();
    await expect.poll(() => second.locator("[data-stage]").count(), patience).toBe(0);
    const after = await seen();
    // The file, the keys, and what was stopped: unless typing rested in between, which a busy machine may make it.
    expect(after.asked.length).toBeLessThan(4 + "struct typed { int x; };\n".length / 2);
    expect(after.started - after.ended).toBe(1);
    expect(after.largest).toBeLessThanOrEqual(1000);
    expect(await second.locator("[data-picture]").count()).toBeLessThan(60);
    // The last one is found where it is scrolled to.
    await second.locator(".pictures").evaluate((scroller) => scroller.scrollTo(0, scroller.scrollHeight));
    await second.locator("[data-picture='struct s999']").waitFor();
    expect(await second.locator("[data-picture]").count()).toBeLessThan(60);
    await second.close();
  });

  test("a sample of 200 000 characters of hex is read whole, and its rows in sight are drawn", async () => {
    await show("hex.h", "struct a { unsigned char bytes[66000]; };\n");
    const bytes = Array.from({ length: 66_000 }, (_, at) => at & 0xff);
    const hex = bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    await page.getByRole("textbox", { name: "Bytes of a sample" }).fill(hex);
    await page.getByText(/^The first [\d,]+ of [\d,]+ characters/).waitFor();
    expect(await page.locator("[data-byte]").count()).toBeLessThan(1000);
    const saving = page.waitForEvent("download");
    await page.getByText("Save a.json").click();
    const saved = JSON.parse(readFileSync(await (await saving).path(), "utf8")) as { bytes: string };
    // No difference of such a length is shown by anything.
    expect(saved.bytes === hex.replaceAll(" ", "")).toBe(true);
    await page.locator(".hex").evaluate((scroller) => scroller.scrollTo(0, scroller.scrollHeight));
    await expect.poll(() => page.locator("[data-byte='65999']").textContent(), patience).toBe("cf");
    await keepPicture(page, "source-long-sample");
    await page.getByRole("textbox", { name: "Bytes of a sample" }).fill("");
  });

  test("nothing was asked of any server, nothing was refused by its policy, and no script failed", () => {
    expect(requests.filter((url) => !/^(file|blob):/.test(url))).toEqual([]);
    expect(browser.errors).toEqual([]);
  });
});
