import { readFileSync } from "node:fs";
import { describeWith } from "@rbgen/testkit";
import { BoundedWork } from "@rbgen/testkit/bounded-work";
import { exercise, mutations, tangledBtf } from "@rbgen/testkit/btf/hostile";
import { loadableSource } from "@rbgen/testkit/btf/loadable";
import { btfSources } from "@rbgen/testkit/btf/objects";
import { sampleTypes } from "@rbgen/testkit/btf/sample";

import { compileBpf } from "@rbgen/testkit/compile";
import fc from "fast-check";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { BtfError, bytes, encodeBtf, formatDefinitions, type Int, parseBtf, readElf, type Type } from "../index.ts";

/** Calls that an input of these sizes may cost: steps are counted, since seconds depend on the machine. */
const mostCalls = 5_000_000;
const char: Int = { kind: "int", name: "char", size: bytes(1), signed: true, char: true, bool: false };
const work = new BoundedWork((url) => url.includes("/btf/src/"), mostCalls);
afterEach(() => work.settle());
afterAll(() => work[Symbol.dispose]());

const read = work.wrap((bytes) => void exercise(bytes));
const readObject = work.wrap((bytes) => {
  void readElf(bytes).symbols;
  exercise(bytes);
});

describe("100 000 hostile inputs", () => {
  const samples = [encodeBtf(sampleTypes, { endian: "little" }), encodeBtf(sampleTypes, { endian: "big" })];

  test("70 000 changes to a file with every kind, in either byte order", () => {
    let parsed = 0;
    fc.assert(
      fc.property(mutations, fc.nat(1), (mutate, which) => {
        const bytes = mutate(samples[which]!);
        read(bytes);
        try {
          parseBtf(bytes);
          parsed += 1;
        } catch (error) {
          expect(error).toBeInstanceOf(BtfError);
        }
      }),
      { numRuns: 70_000 },
    );
    // Else the changes would only ever have tested the header.
    expect(parsed).toBeGreaterThan(7_000);
  });

  test("40 000 graphs of types that refer to each other at random", () => {
    fc.assert(fc.property(tangledBtf, read), { numRuns: 40_000 });
  });
});

describe("names that C cannot hold twice", () => {
  const many = 20_000;

  test("an enum without a name, whose enumerators are spelled wherever a prototype mentions it", () => {
    const own: Type = {
      kind: "enum",
      name: "",
      size: bytes(4),
      signed: false,
      values: [{ name: "A", value: 0n }],
    };
    const params = Array.from({ length: 1000 }, () => ({ name: "", type: own }));
    const funcs = Array.from({ length: many / 1000 }, (_, i): Type => {
      return { kind: "func", name: `f${i}`, proto: { kind: "func_proto", result: own, params }, linkage: "static" };
    });
    expect(formatted(funcs)).toContain(`A___${many}`);
  });

  test.each<[string, (i: number) => Type, string]>([
    ["structs", () => ({ kind: "struct", name: "s", size: bytes(1), members: [] }), `s___${many} {`],
    ["variables", () => ({ kind: "var", name: "v", type: char, linkage: "static" }), `v___${many};`],
    [
      "structs and unions in turn",
      (i) => ({ kind: i % 2 === 0 ? "struct" : "union", name: "s", size: bytes(1), members: [] }),
      `s___${many} {`,
    ],
  ])("20 000 %s of one name", (_, make, last) => {
    expect(formatted(Array.from({ length: many }, (_, i) => make(i)))).toContain(last);
  });

  function formatted(types: readonly Type[]): string {
    let text = "";
    work.wrap(() => {
      text = formatDefinitions(types);
    })(new Uint8Array());
    return text;
  }
});

describeWith(["clang", "gcc"], "hostile objects of clang", () => {
  const records = (["little", "big"] as const).map((endian) => compileBpf(btfSources["records"]!, endian));
  const objects = [...records, compileBpf(loadableSource, "little"), compileBpf(loadableSource, "big")];

  test("every truncation up to 16 KiB is refused or read", () => {
    for (const object of objects) {
      expect(object.length).toBeLessThan(16_384);
      const section = readElf(object).section(".BTF")!.bytes;
      for (let length = 0; length < section.length; length++) read(section.subarray(0, length));
      for (let length = 0; length < object.length; length++) {
        // Only the whole file has its section headers, which are at its end.
        expect(() => parseBtf(object.subarray(0, length))).toThrow(BtfError);
      }
    }
  });

  test("20 000 changes to whole objects are refused or read", () => {
    let readable = 0;
    fc.assert(
      fc.property(mutations, fc.nat(3), (mutate, which) => {
        const bytes = mutate(objects[which]!);
        try {
          readObject(bytes);
          readable += 1;
        } catch (error) {
          expect(error).toBeInstanceOf(BtfError);
        }
      }),
      { numRuns: 20_000 },
    );
    expect(readable).toBeGreaterThan(4_000);
  });
});

describeWith(["vmlinux"], "hostile forms of the kernel's BTF", () => {
  const vmlinux = readFileSync("/sys/kernel/btf/vmlinux");

  test("500 truncations are refused", () => {
    for (let i = 0; i < 500; i++) {
      const length = Math.floor((vmlinux.length * i) / 500);
      expect(() => parseBtf(vmlinux.subarray(0, length))).toThrow(BtfError);
    }
  });

  test("300 changes are refused, or read as far as a look at each type goes", () => {
    let parsed = 0;
    fc.assert(
      fc.property(mutations, (mutate) => {
        const bytes = mutate(vmlinux);
        try {
          const btf = parseBtf(bytes);
          btf.find("task_struct");
          parsed += 1;
        } catch (error) {
          expect(error).toBeInstanceOf(BtfError);
        }
      }),
      { numRuns: 300 },
    );
    expect(parsed).toBeGreaterThan(100);
  });

  test("ends the strings of a split file where the base's go on", () => {
    const base = parseBtf(vmlinux);
    const split = encodeBtf([{ kind: "typedef", name: "own", target: base.find("pid_t")[0]! }], {
      endian: base.endian,
      base,
    });
    expect(() => parseBtf(split)).toThrow(BtfError);
    expect(parseBtf(split, { base }).find("own")).toHaveLength(1);
  });
});
