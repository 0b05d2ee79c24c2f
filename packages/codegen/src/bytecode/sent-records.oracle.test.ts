import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeWith } from "@rbgen/testkit";
import { sendingAnchors, sendingHead, sendingPrograms } from "@rbgen/testkit/codegen/sending-programs";
import { expect, test } from "vitest";
import { readBtfModule } from "../btf/btf-module.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";

function compiled(compiler: string, text: string, flags: readonly string[]): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), "rbgen-object-"));
  try {
    const [source, object] = [join(folder, "probe.bpf.c"), join(folder, "probe.bpf.o")];
    writeFileSync(source, text);
    const all = ["-g", "-O2", "-target", "bpf", "-I/usr/include/x86_64-linux-gnu", ...flags, "-c"];
    execFileSync(compiler, [...all, source, "-o", object], { stdio: "pipe" });
    return readFileSync(object);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function sentBy(object: Uint8Array): Record<string, string> {
  const diagnostics: Diagnostic[] = [];
  const module = readBtfModule(object, { name: "probe.bpf.o", path: "probe.bpf.o" }, (told) => diagnostics.push(told));
  expect(diagnostics).toEqual([]);
  const entries = (module?.sent?.() ?? []).map(({ map, records, untold }) => [
    map,
    [...records.map(({ type }) => type), ...untold.map(() => "?")].join(", "),
  ]);
  return Object.fromEntries(entries);
}

describeWith(["clang", "clang-19"], "what the code of objects sends", () => {
  const compilers = [
    ["clang", []],
    ["clang", ["-mcpu=v1"]],
    ["clang-19", ["-mcpu=v4"]],
    ["clang", ["-target", "bpfeb"]],
  ] as const;
  for (const [compiler, flags] of compilers) {
    test.each(sendingPrograms)(
      `is what their source sends, by ${[compiler, ...flags].join(" ")}: %s`,
      (_, text, expected) => {
        // An integer has no struct that is known by its size.
        const known = Object.entries(expected).map(([map, record]) => [map, record.startsWith("__") ? "?" : record]);
        expect(sentBy(compiled(compiler, sendingHead + sendingAnchors + text, flags))).toEqual(
          Object.fromEntries(known),
        );
      },
    );

    test.each(sendingPrograms)(
      `is never a wrong type where BTF lacks it, by ${[compiler, ...flags].join(" ")}: %s`,
      (_, text, expected) => {
        const sent = sentBy(compiled(compiler, sendingHead + text, flags));
        for (const [map, record] of Object.entries(sent)) expect(["?", expected[map]]).toContain(record);
        expect(Object.keys(sent).sort()).toEqual(Object.keys(expected).sort());
      },
    );
  }
});
