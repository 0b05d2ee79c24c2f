import { bytes, type Enum, encodeBtf, type Int, parseBtf } from "@rbgen/btf";
import { describeWith } from "@rbgen/testkit";
import { compileBpf } from "@rbgen/testkit/compile";
import { describe, expect, test } from "vitest";
import { MemoryHost } from "./host/memory-host.ts";
import { runCommand } from "./program.ts";

const header = `
enum verdict { V_ERR = -1, V_PASS };
enum small { S_NEG = -2, S_ONE = 1 } __attribute__((packed));
enum medium { M_NEG = -300, M_ONE = 1 } __attribute__((packed));
enum byte { B_MOST = 255, B_HALF = 128 } __attribute__((packed));
enum high { H_MOST = 0xffffffff, H_ONE = 1 };
enum wide { W_NEG = -5000000000LL, W_ONE = 1 };
enum widest { X_MOST = 0xffffffffffffffffULL, X_ONE = 1 };
struct event {
	enum verdict v;
	enum small s;
	enum byte b;
	enum medium m;
	enum high h;
	enum wide w;
	enum widest x;
	enum verdict list[3];
};
`;

async function run(files: Record<string, string | Uint8Array>, ...args: string[]) {
  const host = new MemoryHost({ files });
  const code = await runCommand(args, host);
  return { code, out: host.out, err: host.err, host };
}

describeWith(["clang", "clang-19"], "enums of a header and of its object", () => {
  const source = `${header}struct event event;`;

  test.each(["clang", "clang-19"] as const)(
    "are the same types to %s, whether it tells signs or not",
    async (clang) => {
      const files = { "/w/x.h": header, "/w/x.bpf.o": compileBpf(source, "little", [], clang) };
      expect(await run(files, "diff", "x.h", "x.bpf.o")).toMatchObject({
        code: 0,
        out: "0 of 8 types differ\n",
        err: "",
      });
      expect(await run(files, "diff", "x.bpf.o", "x.h")).toMatchObject({
        code: 0,
        out: "0 of 8 types differ\n",
        err: "",
      });
    },
  );

  test.each(["clang", "clang-19"] as const)("still differ to %s where a value does", async (clang) => {
    const changed = header.replace("V_ERR = -1", "V_ERR = -3").replace("S_NEG = -2", "S_NEG = -4");
    const files = { "/w/x.h": changed, "/w/x.bpf.o": compileBpf(source, "little", [], clang) };
    const { code, out } = await run(files, "diff", "x.h", "x.bpf.o", "--type", "small", "--type", "verdict");
    expect(code).toBe(3);
    expect(out).toContain("`S_NEG` changed from -4 to -2");
    expect(out).toMatch(/`V_ERR` changed from -3 to (-1|4294967295)/);
  });

  test("of one byte or two are known to be signed by a value that fits no other way", () => {
    const btf = parseBtf(compileBpf(source));
    const values = (name: string) => (btf.find(name)[0] as Enum).values.map(({ value }) => value);
    expect(values("small")).toEqual([-2n, 1n]);
    expect(values("medium")).toEqual([-300n, 1n]);
    expect(values("byte")).toEqual([255n, 128n]);
    expect(values("verdict")).toEqual([0xffff_ffffn, 0n]);
  });
});

describe("enums without a flag", () => {
  const int: Int = { kind: "int", name: "int", size: bytes(4), signed: true, char: false, bool: false };

  /** Takes the flag of each enum out of what the encoder wrote. */
  function unflagged(types: Parameters<typeof encodeBtf>[0]): Uint8Array {
    const data = encodeBtf(types, { endian: "little" });
    const view = new DataView(data.buffer);
    for (let at = 24; at < 24 + view.getUint32(12, true); ) {
      const info = view.getUint32(at + 4, true);
      const kind = (info >>> 24) & 0x1f;
      if (kind === 6 || kind === 19) view.setUint32(at + 4, info & 0x7fff_ffff, true);
      at += 12 + (kind === 1 ? 4 : (info & 0xffff) * (kind === 6 ? 8 : 12));
    }
    return data;
  }

  test.each([
    ["enum", 1, -1n, true],
    ["enum", 2, -1n, true],
    ["enum", 4, -1n, false],
    ["enum64", 4, -1n, true],
    ["enum64", 8, -1n, false],
    ["enum", 1, 5n, false],
  ] as const)("an %s of %i bytes that holds %i is known to be signed: %s", (kind, size, value, signed) => {
    const type = { kind, name: "e", size: bytes(size), signed: true, values: [{ name: "A", value }] } as const;
    const read = parseBtf(unflagged([int, type as Enum])).find("e")[0] as Enum;
    expect(read.signed).toBe(signed);
    expect(BigInt.asIntN(kind === "enum" ? 32 : 64, read.values[0]!.value)).toBe(value);
    expect(read.values[0]!.value < 0n).toBe(signed);
  });
});
