import { bytes, encodeBtf, parseBtf, type Type } from "@rbgen/btf";
import { expect, test } from "vitest";
import { VmMemory } from "../memory/memory.ts";
import { Externs, expectDeclared } from "./externs.ts";

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

test("values of variables that the object does not declare are refused, with the nearest that it does", () => {
  const variable: Type = { kind: "var", name: "CONFIG_HZ", type: int, linkage: "extern" };
  const variables = [{ variable, offset: bytes(0), size: bytes(4) }];
  const section: Type = { kind: "datasec", name: ".kconfig", size: bytes(4), variables };
  const btf = parseBtf(encodeBtf([int, variable, section], { endian: "little" }));
  expect(() => expectDeclared(btf, { CONFIG_HZ: 250 })).not.toThrow();
  expect(() => expectDeclared(btf, { CONFIG_HX: 250 })).toThrow(
    /^ENOENT: .* "CONFIG_HX"; it has "CONFIG_HZ"; did you mean "CONFIG_HZ"\?$/,
  );
  const none = parseBtf(encodeBtf([int], { endian: "little" }));
  expect(() => expectDeclared(none, { CONFIG_HZ: 250 })).toThrow('no __kconfig variable "CONFIG_HZ"; it has none');
});
