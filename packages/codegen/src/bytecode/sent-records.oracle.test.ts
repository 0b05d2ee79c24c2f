import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeWith } from "@rbgen/testkit";
import { sendingPrograms, sourceOf } from "@rbgen/testkit/codegen/sending-programs";
import { withoutDebugInfo } from "@rbgen/testkit/compile";
import { expect, test } from "vitest";
import { readBtfModule } from "../btf/btf-module.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { inferRecords } from "../plan/sent.ts";

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

function sentBy(object: Uint8Array, legacy: boolean): Record<string, string> {
  const diagnostics: Diagnostic[] = [];
  const module = readBtfModule(object, { name: "probe.bpf.o", path: "probe.bpf.o" }, (told) => diagnostics.push(told));
  expect(diagnostics.map(({ code }) => code)).toEqual(legacy ? ["RB3004"] : []);
  const entries = (module?.sent?.() ?? []).map(({ map, records, untold }) => [
    map,
    [...records.map(({ type }) => type), ...untold.map(() => "?")].join(", "),
  ]);
  return Object.fromEntries(entries);
}

/** Annotations that the samples' sizes give, by struct and member. */
function lengthsIn(object: Uint8Array): Record<string, string> {
  const module = readBtfModule(object, { name: "probe.bpf.o", path: "probe.bpf.o" }, () => {});
  const inferred = inferRecords(module!, { types: [], all: false, maps: {} }, () => {}).inferred;
  return Object.fromEntries(
    inferred.flatMap(({ annotations }) => [...annotations].map(([key, [first = ""]]) => [key, first])),
  );
}

describeWith(["clang", "clang-19"], "what the code of objects sends", () => {
  const compilers = [
    ["clang", []],
    ["clang", ["-mcpu=v1"]],
    ["clang-19", ["-mcpu=v4"]],
    ["clang", ["-target", "bpfeb"]],
  ] as const;
  for (const [compiler, flags] of compilers) {
    const named = [compiler, ...flags].join(" ");
    test.each(sendingPrograms)(`is what their source sends, by ${named}: $title`, (program) => {
      const { sent, byObject = sent } = program;
      const object = withoutDebugInfo(compiled(compiler, sourceOf(program, true), flags));
      expect(sentBy(object, program.legacy === true)).toEqual(byObject);
    });

    test.each(sendingPrograms.filter(({ length }) => length !== undefined))(
      `has the lengths that their source has, by ${named}: $title`,
      ({ length, ...program }) => {
        expect(lengthsIn(withoutDebugInfo(compiled(compiler, sourceOf(program, true), flags)))).toEqual(length);
      },
    );

    test(`is what their source sends by debug information where BTF lacks it, or told of as missing, by ${named}`, () => {
      const whole = sendingPrograms.filter((program) => {
        const found = sentBy(compiled(compiler, sourceOf(program), flags), program.legacy === true);
        expect(Object.keys(found).sort()).toEqual(Object.keys(program.sent).sort());
        for (const [map, records] of Object.entries(found)) {
          const allowed = ["?", ...(program.sent[map]?.split(", ") ?? [])];
          for (const record of records.split(", ")) expect(allowed).toContain(record);
        }
        return Object.values(found).every((records) => !records.includes("?"));
      });
      expect(whole.length).toBeGreaterThanOrEqual(sendingPrograms.length * 0.6);
    });

    // What BTF lacks does not depend on the machine's byte order or its instructions.
    if (flags.length > 0) continue;
    test.each(sendingPrograms)(`is never a wrong type where BTF lacks it, by ${named}: $title`, (program) => {
      const object = withoutDebugInfo(compiled(compiler, sourceOf(program), flags));
      const found = sentBy(object, program.legacy === true);
      for (const [map, record] of Object.entries(found)) {
        const allowed = new Set(["?", ...(program.sent[map]?.split(", ") ?? [])]);
        for (const one of record.split(", ")) expect(allowed).toContain(one);
      }
      expect(Object.keys(found).sort()).toEqual(Object.keys(program.sent).sort());
    });
  }
});
