import { isRingBufError } from "@rbgen/runtime";
import { beforeAll, expect, test } from "vitest";
import { describeWith } from "../../../testkit/src/index.ts";
import { compileBeside } from "../../../testkit/src/native/kernel-side.ts";
import { BpfObject, checkLayout, createRingBuf, createUserRingBuf, openRingBuf, openUserRingBuf } from "../index.ts";

/** What untyped callers give in place of a number, of bytes, of text or of an object. */
const wrong: readonly unknown[] = [
  "8",
  "",
  null,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  -1,
  1.5,
  2 ** 32,
  2 ** 53,
  8n,
  true,
  [4096],
  {},
  { valueOf: () => 4096 },
  Symbol("number"),
  () => 4096,
];
const scalars = wrong.filter((value) => typeof value !== "object" || value === null);
const numbers = wrong.filter((value) => typeof value === "number");
const notBytes = [...wrong, new Uint16Array(4), new ArrayBuffer(8), [1, 2, 3, 4]];

describeWith(["kernel", "clang", "libbpf"], "an argument of the wrong kind", () => {
  let bytes: Uint8Array;
  beforeAll(() => {
    bytes = compileBeside("object.bpf.c");
  });

  /** Each is refused by a RingBufError, and says what was given, or what is taken. */
  function refused(what: string, values: readonly unknown[], use: (value: never) => unknown): void {
    for (const value of values) {
      let ended: unknown;
      try {
        ended = use(value as never);
      } catch (error) {
        ended = error;
      }
      const named = `${what} of ${typeof value} ${String(value)}`;
      expect(isRingBufError(ended), `${named}: ${ended}`).toBe(true);
      expect((ended as { code: string }).code, named).toMatch(/^E(INVAL|BADFD?|RANGE|NOENT|2BIG|ACCES)$/);
    }
  }

  test("is refused where rings are made and opened", () => {
    for (const create of [createRingBuf, createUserRingBuf]) {
      refused("maxEntries", wrong, (maxEntries) => create({ name: "a", maxEntries }));
      refused("flags", wrong, (flags) => create({ name: "a", maxEntries: 4096, flags }));
      refused("name", wrong.slice(2), (name) => create({ name, maxEntries: 4096 }));
      refused("definition", wrong, (definition) => create(definition));
    }
    for (const open of [openRingBuf, openUserRingBuf]) {
      refused("fd", wrong, (fd) => open({ fd }));
      refused("id", wrong, (id) => open({ id }));
      refused("pinned", wrong, (pinned) => open({ pinned }));
      refused("reference", wrong, (reference) => open(reference));
    }
    using ring = createRingBuf({ name: "a", maxEntries: 4096 });
    refused("path", wrong.slice(2), (path) => ring.pin(path));
    refused("map", wrong, (map) => checkLayout(map, { layout: { name: "x", size: 0, leaves: [] } as never }));
    refused("codec", wrong, (codec) => checkLayout(ring, codec));
  });

  test("is refused by an object and what comes from it", () => {
    refused("source", wrong, (source) => BpfObject.open(source));
    refused("pinPath", wrong.slice(2), (pinPath) => BpfObject.open(bytes, { pinPath }));
    refused("maxEntries", wrong, (maxEntries) => BpfObject.open(bytes, { maps: { events: { maxEntries } } }));
    refused("reuse", wrong, (reuse) => BpfObject.open(bytes, { maps: { events: { reuse } } }));
    refused("fd", wrong, (fd) => BpfObject.open(bytes, { maps: { events: { reuse: { fd } } } }));
    refused("map options", scalars, (events) => BpfObject.open(bytes, { maps: { events } }));
    refused("rodata", [null, {}, Symbol("x"), "x", Number.NaN], (threshold) =>
      BpfObject.open(bytes, { rodata: { threshold } }),
    );
    using object = BpfObject.open(bytes);
    object.load();
    for (const ask of ["ringBuf", "userRingBuf", "array", "mapOfMaps", "program", "global"] as const) {
      refused(ask, wrong, (name) => object[ask](name));
    }
    const array = object.array("plain");
    refused("index", wrong, (index) => array.values(index));
    refused("index", wrong, (index) => array.set(index, new Uint8Array(array.info.valueSize)));
    refused("value", notBytes, (value) => array.set(0, value));
    refused("offset", wrong, (offset) => array.sum(0, offset));
    const tenants = object.mapOfMaps("tenants");
    refused(
      "key",
      notBytes.filter((key) => !numbers.includes(key as number)),
      (key) => tenants.idOf(key),
    );
    refused("inner", wrong, (inner) => tenants.set(1, inner));
    const send = object.program("send");
    refused("context", notBytes, (context) => send.run({ context }));
    refused("context", notBytes, (context) => send.runInPlace(context));
    refused("data", notBytes, (data) => object.program("length").run({ data }));
    refused("repeat", wrong, (repeat) => send.run({ context: new Uint8Array(8), repeat }));
    refused("input", wrong.slice(2, 3), (input) => send.run(input));
    refused(
      "on",
      wrong.filter((on) => on !== true),
      (on) => send.autoload(on),
    );
    refused(
      "value",
      wrong.filter((value) => value !== true),
      (value) => object.global("enabled").set(value),
    );
  });
});
