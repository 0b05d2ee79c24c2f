import { expect, test } from "vitest";
import { takeCompilerFlags } from "./compiler-flags.ts";
import { MemoryHost } from "./host/memory-host.ts";
import { runCommand } from "./program.ts";

test.each([
  ["-isystem d", "--isystem d", ""],
  ["-isystemd", "--isystem=d", ""],
  ["-iquote d", "--iquote d", ""],
  ["-include a.h", "--include a.h", ""],
  ["-idirafter d", "--isystem d", ""],
  ["-isysroot /r", "--sysroot /r", ""],
  ["-Id -DX=1 -i", "-Id -DX=1 -i", ""],
  ["-I -Wd", "-I -Wd", ""],
  ["-isystem", "--isystem", ""],
  ["-Wall -O2 -g -std=gnu11 -mcpu=v3 -fno-builtin -c a.h", "a.h", "-Wall -O2 -g -std=gnu11 -mcpu=v3 -fno-builtin -c"],
  ["-MD -MF a.d -x c a.h", "a.h", "-MD -MF a.d -x c"],
  ["--target=bpf a.h", "a.h", "--target=bpf"],
  ["-target bpfel a.h", "a.h", "-target bpfel"],
  ["-target bpfeb a.h", "--endian=big a.h", ""],
  ["--target=bpfeb-none-none a.h", "--endian=big a.h", ""],
  ["-t ev -o out.ts a.h --type x", "-t ev -o out.ts a.h --type x", ""],
  ["a.h -- -Wnew -qfuture -Iinc -D X -o out.o", "a.h -Iinc -D X", "-Wnew -qfuture -o out.o"],
  ["-o out.ts -- a.h -", "-o out.ts a.h -", ""],
])("%s is read as %s, without what only a compiler wants", (given, args, ignored) => {
  const words = (text: string) => text.split(" ").filter((word) => word !== "");
  expect(takeCompilerFlags(words(given), new Set())).toEqual({ args: words(args), ignored: words(ignored) });
});

test.each(["-fpack-struct", "-fpack-struct=4", "-fshort-enums", "-funsigned-char", "-mms-bitfields"])(
  "%s is refused, since it changes layouts",
  async (flag) => {
    const host = new MemoryHost({ files: { "/w/a.h": "struct a { int x; };" } });
    expect([await runCommand(["a.h", "--", flag], host), host.written]).toEqual([2, []]);
    expect(host.err).toContain(`error: ${flag} changes layouts`);
  },
);

test.each([["--target=x86_64-linux-gnu"], ["-target", "arm"], ["-target"]])(
  "a target that is not BPF is refused: %s",
  async (...flags) => {
    const host = new MemoryHost({ files: { "/w/a.h": "struct a { int x; };" } });
    expect([await runCommand(["a.h", ...flags], host), host.written]).toEqual([2, []]);
    expect(host.err).toContain("is not BPF: rbgen lays types out for bpf, bpfel and bpfeb");
  },
);

test("what was left out is said in one line, as text", async () => {
  const host = new MemoryHost({ files: { "/w/a.h": "struct a { int x; };" } });
  expect(await runCommand(["layout", "a.h", "-Wall", "-O2", "--", "-q\u001b[2J"], host)).toBe(0);
  expect(host.err).toBe("left to the compiler: -Wall -O2 -q\\x1b[2J\n");
});

test("the byte order of a target is the header's", async () => {
  const host = new MemoryHost({ files: { "/w/a.h": "struct a { int x; };" } });
  expect(await runCommand(["layout", "a.h", "--json", "--", "--target=bpfeb", "-O2"], host)).toBe(0);
  expect(JSON.parse(host.out)).toMatchObject({ target: { endian: "big" } });
});

test.each(["-map", "-force", "-leaves", "-frontend"])(
  "an option of ours with one dash is a slip, and not a compiler's: %s",
  async (word) => {
    const host = new MemoryHost({ files: { "/w/a.h": "struct a { int x; };" } });
    const command = word === "-leaves" ? ["layout", "a.h", word] : ["a.h", word];
    expect([await runCommand(command, host), host.written]).toEqual([2, []]);
    expect(host.err).toContain(`unknown option '${word}'`);
    expect(await runCommand(["layout", "a.h", "--", word], host)).toBe(0);
  },
);
