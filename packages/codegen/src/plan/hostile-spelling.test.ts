import { bits, bytes, encodeBtf, type FuncProto, type Ptr, type Struct } from "@rbgen/btf";
import { expect, test } from "vitest";
import { MemoryHost } from "../cli/host/memory-host.ts";
import { runCommand } from "../cli/program.ts";

/** A struct with a pointer to a function that takes the same pointer `times`, which no C can spell. */
function selfTaking(times: number): Uint8Array {
  const pointer = { kind: "ptr" } as { -readonly [Key in keyof Ptr]: Ptr[Key] };
  const params = Array.from({ length: times }, () => ({ name: "", type: pointer }));
  const proto: FuncProto = { kind: "func_proto", result: { kind: "void" }, params };
  pointer.target = proto;
  const event: Struct = {
    kind: "struct",
    name: "event",
    size: bytes(8),
    members: [{ name: "call", type: pointer, bitOffset: bits(0) }],
  };
  return encodeBtf([event], { endian: "little" });
}

test.each([1, 2, 5])("a function that takes itself %i times is told, for no C can spell it", async (times) => {
  const host = new MemoryHost({ files: { "/w/a.btf": selfTaking(times) } });
  const code = await runCommand(["a.btf", "--type", "event", "--output", "-"], host);
  expect([code, host.out]).toEqual([1, ""]);
  expect(host.err).toMatch(/error RB\d{4}: .*(deeper|longer) than any compiler takes/);
});
