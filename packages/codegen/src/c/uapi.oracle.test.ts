import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type NamedType, parseBtf } from "@rbgen/btf";
import { describeWith } from "@rbgen/testkit";
import { compile, inPairs, systemFolders } from "@rbgen/testkit/c/clang";
import { anchors, differences } from "@rbgen/testkit/c/same-type";
import { CallCounter } from "@rbgen/testkit/call-counter";
import { afterAll, expect, test } from "vitest";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { TypeModule } from "../module.ts";
import { readHeader } from "./front-end.ts";

const texts = new Map<string, string | undefined>();
const host = {
  read(path: string): string | undefined {
    if (!texts.has(path)) texts.set(path, read(path));
    return texts.get(path);
  },
};

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** Reads a header from the system's own folders, as a file that includes it would see it. */
function readSystem(name: string, defines: readonly string[], diagnostics: Diagnostic[]): TypeModule {
  const folder = systemFolders.find((candidate) => existsSync(join(candidate, name))) ?? "";
  const path = join(folder, name);
  return readHeader(
    { name, text: read(path) ?? "" },
    path,
    host,
    {
      endian: "little",
      includePaths: [],
      systemPaths: systemFolders,
      forcedIncludes: [],
      defines,
      undefines: [],
    },
    (diagnostic) => diagnostics.push(diagnostic),
  );
}

function headersIn(folder: string, root: string): string[] {
  const full = join(root, folder);
  if (!existsSync(full)) return [];
  return readdirSync(full, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) =>
      entry.isDirectory()
        ? headersIn(join(folder, entry.name), root)
        : entry.name.endsWith(".h")
          ? [join(folder, entry.name)]
          : [],
    );
}

/** Calls that a header of the kernel may cost, with all that it includes. */
const mostCalls = 50_000_000;
const counter = new CallCounter((url) => url.includes("/codegen/src/c/"));
afterAll(() => counter[Symbol.dispose]());

type Chains = "chains" | "no chains";

interface Tally {
  accepted: number;
  refused: number;
  types: number;
  readonly faults: string[];
}

async function check(name: string, defines: readonly string[], chains: Chains, tally: Tally): Promise<void> {
  const diagnostics: Diagnostic[] = [];
  const flags = defines.map((define) => `-D${define}`);
  counter.take();
  const module = readSystem(name, defines, diagnostics);
  const calls = counter.take();
  if (calls === 0 || calls > mostCalls) tally.faults.push(`${name}: took ${calls} calls`);
  const types = [...module.types()].filter((type) => type.kind !== "fwd") as NamedType[];
  const include = `#include <${name}>\n`;
  const compiled = await compile(include + anchors(types), "little", flags);
  if (!compiled.accepted) {
    const alone = await compile(include, "little", [...flags, "-fsyntax-only"]);
    if (alone.accepted) tally.faults.push(`${name}: clang refuses what we found:\n${compiled.messages.slice(0, 600)}`);
    else tally.refused++;
    return;
  }
  tally.accepted++;
  for (const { code, message, severity } of diagnostics)
    if (severity === "error") tally.faults.push(`${name}: ${code} ${message}`);
  if (types.length === 0) return;
  const btf = parseBtf(compiled.object);
  for (const type of types) {
    const kind = type.kind === "enum64" ? "enum" : type.kind;
    const theirs = btf.find(type.name).find((other) => (other.kind === "enum64" ? "enum" : other.kind) === kind);
    if (theirs === undefined) {
      tally.faults.push(`${name}: clang's BTF has no ${kind} ${type.name}`);
      continue;
    }
    tally.types++;
    for (const difference of differences(type, theirs, chains))
      tally.faults.push(`${name}: ${kind} ${type.name}: ${difference}`);
  }
}

async function checkAll(
  names: readonly string[],
  defines: readonly string[] = [],
  chains: Chains = "chains",
): Promise<Tally> {
  const tally: Tally = { accepted: 0, refused: 0, types: 0, faults: [] };
  await inPairs(names, (name) => check(name, defines, chains, tally));
  return tally;
}

describeWith(["clang"], "the headers of this system", () => {
  test("every kernel header that clang takes alone has clang's layouts", async () => {
    const names = [
      "linux",
      "asm",
      "asm-generic",
      "net",
      "rdma",
      "drm",
      "mtd",
      "scsi",
      "sound",
      "video",
      "xen",
      "misc",
    ].flatMap((folder) => [...new Set(systemFolders.flatMap((root) => headersIn(folder, root)))]);
    const tally = await checkAll(names);
    process.stdout.write(
      `${names.length} headers: ${tally.accepted} accepted by clang, ${tally.refused} refused, ${tally.types} types compared\n`,
    );
    expect(tally.faults).toEqual([]);
    expect(tally.accepted).toBeGreaterThan(500);
    expect(tally.types).toBeGreaterThan(3000);
  });

  test("libbpf's and glibc's headers have clang's layouts", async () => {
    const names = ["bpf", "netinet", "sys"].flatMap((folder) => [
      ...new Set(systemFolders.flatMap((root) => headersIn(folder, root))),
    ]);
    names.push(
      "stdint.h",
      "stddef.h",
      "stdbool.h",
      "limits.h",
      "time.h",
      "stdlib.h",
      "string.h",
      "errno.h",
      "unistd.h",
      "signal.h",
      "arpa/inet.h",
      "netdb.h",
      "poll.h",
      "pthread.h",
    );
    // Without it glibc asks for its 32-bit stubs, which are not installed.
    // Where two of them define `va_list`, clang keeps the last spelling and we the first: what is behind it is compared.
    const tally = await checkAll(names, ["__x86_64__"], "no chains");
    process.stdout.write(
      `${names.length} headers: ${tally.accepted} accepted by clang, ${tally.refused} refused, ${tally.types} types compared\n`,
    );
    expect(tally.faults).toEqual([]);
    expect(tally.accepted).toBeGreaterThan(10);
  });
});
