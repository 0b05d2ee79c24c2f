import { bytes, encodeBtf, parseBtf, type Type } from "@rbgen/btf";
import { expect, test } from "vitest";
import { VmMemory } from "../memory/memory.ts";
import { Externs } from "./externs.ts";

const int: Type = { kind: "int", name: "int", size: bytes(4), signed: true, char: false, bool: false };

test.each(["constructor", "toString", "__proto__", "hasOwnProperty"])(
  "a variable of the kernel called %s is 0 unless it is given, as any other",
  (name) => {
    const variable: Type = { kind: "var", name, type: int, linkage: "extern" };
    const section: Type = {
      kind: "datasec",
      name: ".kconfig",
      size: bytes(4),
      variables: [{ variable, offset: bytes(0), size: bytes(4) }],
    };
    const btf = parseBtf(encodeBtf([int, variable, section], { endian: "little" }));
    for (const [values, expected] of [
      [{}, 0],
      [{ ["__proto__"]: 7, constructor: 7, toString: 7, hasOwnProperty: 7 }, 7],
    ] as const) {
      const memory = new VmMemory();
      const pointer = new Externs(btf, memory, values, "6.18").pointerTo({ name, bind: "global" } as never);
      const region = memory.regionsOf("global").find(({ id }) => id === pointer?.high);
      expect(memory.bytes[region?.address ?? -1]).toBe(expected);
    }
  },
);
