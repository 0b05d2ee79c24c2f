import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeWith } from "@rbgen/testkit";
import { sendingPrograms, sourceOf } from "@rbgen/testkit/codegen/sending-programs";
import { expect, test } from "vitest";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { readHeader } from "../front-end.ts";

/** Names of the maps that the code of the object refers to, by its relocations. */
function mapsOfObject(text: string, maps: readonly string[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), "rbgen-sent-"));
  try {
    const [source, object] = [join(folder, "probe.bpf.c"), join(folder, "probe.bpf.o")];
    writeFileSync(source, text);
    const flags = ["-g", "-O2", "-target", "bpf", "-I/usr/include/x86_64-linux-gnu", "-c"];
    execFileSync("clang", [...flags, source, "-o", object], { stdio: "pipe" });
    const relocations = execFileSync("readelf", ["-rW", object], { encoding: "utf8" });
    const code = relocations
      .split(/^Relocation section /m)
      .filter((part) => /^'\.rel(?:tracepoint|tp_btf|iter|\.text)/.test(part));
    return maps.filter((map) => code.some((part) => new RegExp(`\\b${map}$`, "m").test(part)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function sentBy(text: string): { sent: Record<string, string>; diagnostics: Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const read = (path: string): string | undefined => {
    try {
      return readFileSync(path, "utf8");
    } catch {
      return undefined;
    }
  };
  const module = readHeader(
    { name: "probe.bpf.c", text },
    "probe.bpf.c",
    { read },
    {
      endian: "little",
      includePaths: [],
      systemPaths: ["/usr/local/include", "/usr/include/x86_64-linux-gnu", "/usr/include"],
      forcedIncludes: [],
      defines: [],
      undefines: [],
    },
    (diagnostic) => diagnostics.push(diagnostic),
  );
  const entries = (module.sent?.() ?? []).map(({ map, records, untold }) => [
    map,
    [...records.map(({ type }) => type), ...untold.map(() => "?")].join(", "),
  ]);
  return { sent: Object.fromEntries(entries), diagnostics };
}

describeWith(["clang", "gcc"], "what real programs send", () => {
  test.each(sendingPrograms)("is found, on the maps that the compiled code refers to: $title", (program) => {
    const text = sourceOf(program);
    const { sent, diagnostics } = sentBy(text);
    expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(sent).toEqual(program.sent);
    const carrying = new Set(["events", "others", "perf", "cmds", ...Object.keys(sent)]);
    carrying.delete("dump");
    expect(
      Object.keys(sent)
        .filter((name) => name !== "dump")
        .sort(),
    ).toEqual(mapsOfObject(text, [...carrying]).sort());
  });
});
