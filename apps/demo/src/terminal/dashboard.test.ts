import { expect, test } from "vitest";
import { Model } from "../records/model.ts";
import { Tally } from "../records/tally.ts";
import { printable } from "../records/text.ts";
import { type Events, events as eventsCodec } from "../types.gen.ts";
import { drawDashboard } from "./dashboard.ts";
import { keyLine } from "./key-line.ts";
import { bar, fitTo, width } from "./text.ts";

const open = (path: string, comm = "cat"): Events => ({
  kind: "open_event",
  header: { tsNs: 1_500_000_000n, pid: 42, kind: 2, comm },
  result: -2,
  directory: 0,
  length: Buffer.byteLength(path),
  path,
});
const take = (model: Model, event: Events): void => model.take(event, eventsCodec.toBytes(event as never));

const connection = {
  backend: "emulated" as const,
  fill: 0.5,
  capacity: 262_144,
  lost: 10,
  sent: 3,
  refused: 0,
  slow: false,
};

function draw(columns: number, rows: number, colour = false): { lines: string[]; model: Model } {
  const model = new Model(5000);
  for (let index = 0; index < 90; index += 1) take(model, open("/etc/hosts"));
  return { lines: drawDashboard({ connection, model, elapsed: 61_000, colour }, columns, rows), model };
}

test.each([
  [100, 30],
  [80, 24],
  [40, 12],
  [20, 5],
  [200, 60],
])("the dashboard fills exactly %d columns and at most %d rows", (columns, rows) => {
  for (const colour of [false, true]) {
    const { lines } = draw(columns, rows, colour);
    expect(lines.length).toBeLessThanOrEqual(rows);
    for (const line of lines) expect(width(line)).toBe(columns);
  }
});

test("the dashboard shows state, rates, fill, losses, commands and the last events", () => {
  const text = draw(110, 24).lines.join("\n");
  expect(text).toContain("running 01:01");
  expect(text).toMatch(/open +[\d,]+ +90 /);
  expect(text).toContain("50 % of 256 KiB");
  expect(text).toContain("10 dropped (10.0 %)");
  expect(text).toContain("3 sent, 0 obeyed");
  expect(text).toMatch(/1\.5000 +open +42 +cat +\/etc\/hosts → ENOENT/);
});

test("a record cannot drive the terminal", () => {
  const model = new Model(1);
  take(model, open("/tmp/\u001b[2J\u009b31m\u202e", "\u001b]0;x"));
  const text = drawDashboard({ connection, model, elapsed: 1, colour: false }, 100, 20).join("");
  for (const character of ["\u001b", "\u009b", "\u202e"]) expect(text).not.toContain(character);
});

test("a bar is as wide as it should be, at every fill", () => {
  for (const share of [-1, 0, 0.01, 0.5, 0.999, 1, 7]) expect(width(bar(share, 10))).toBe(10);
  expect(bar(1, 3)).toBe("███");
  expect(bar(0, 3)).toBe("···");
});

test("text is cut to its columns with its colours kept", () => {
  expect(fitTo("abc", 5)).toBe("abc  ");
  expect(fitTo("\u001b[31mabcdef\u001b[39m", 4)).toBe("\u001b[31mabc\u001b[39m…");
  expect(printable("a\u0007b")).toBe("a�b");
});

test("a rate is that of the last second", () => {
  const tally = new Tally();
  expect(tally.rate(0)).toBe(0);
  for (let now = 100; now <= 3000; now += 100) {
    tally.add(now <= 2000 ? 10 : 50);
    tally.rate(now);
  }
  expect(tally.rate(3000)).toBeCloseTo(500);
  expect(tally.total).toBe(200 + 500);
});

test("the keys are named in as many words as there is room for, and are never cut", () => {
  const state = { paused: false, slow: false, inspecting: false };
  const plain = (text: string): string => text;
  expect(keyLine(state, 100, plain)).toBe("  p pause   + - rate   e t o c filter   i bytes   s slow reader   q quit");
  expect(keyLine(state, 60, plain)).toBe("p stop  + - rate  e t o c kind  i hex  s slow  q quit");
  expect(keyLine(state, 20, plain)).toBe("p +- etoc i s q");
  for (let columns = 15; columns < 120; columns += 1)
    expect(width(keyLine(state, columns, plain))).toBeLessThanOrEqual(columns);
  for (const [columns, rows] of [
    [40, 12],
    [20, 5],
  ] as const) {
    expect(draw(columns, rows).lines.at(-1)).toMatch(/p.*q/);
  }
});

test("the bytes of a record are shown as they came, in the colours of its members", () => {
  const { model } = draw(80, 40);
  const state = { connection, model, elapsed: 1, inspected: model.recent[0] };
  const lines = drawDashboard({ ...state, colour: false }, 80, 40);
  const text = lines.join("\n");
  expect(text).toContain("struct open_event, 50 bytes");
  expect(text).toMatch(/0000 {2}00 2f 68 59 00 00 00 00 2a 00 00 00 02 00 00 00 {2}\.\/hY\.{4}\*/);
  expect(text).toMatch(/0020 {2}fe ff ff ff 00 .. 0a 00 2f 65 74 63/);
  expect(text).toMatch(/32 {2}result __s32 = -2/);
  expect(text).toMatch(/36:0 {2}directory __u32 = 0/);
  expect(text).toMatch(/path char\[\] = "\/etc\/hosts"/);
  expect(lines).toHaveLength(40);
  expect(drawDashboard({ ...state, colour: false }, 40, 16).join("\n")).toMatch(/… \d+ lines more: a larger terminal/);
  const coloured = drawDashboard({ ...state, colour: true }, 80, 40).join("\n");
  const colour = coloured
    .split("\u001b[")
    .find((part) => part.endsWith("mfe"))
    ?.slice(0, -"fe".length);
  expect(colour).toMatch(/^\d+m$/);
  expect(coloured).toContain(`\u001b[${colour}result\u001b`);
  for (const line of coloured.split("\n")) expect(width(line)).toBe(80);
});
