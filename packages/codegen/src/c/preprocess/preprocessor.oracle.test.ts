import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describeWith, findProgram } from "@rbgen/testkit";
import { arbitraryMacros } from "@rbgen/testkit/c/arbitrary-macros";
import { compile, inPairs, systemFolders } from "@rbgen/testkit/c/clang";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Complaints } from "../text/complaints.ts";
import { Interner } from "../text/interner.ts";
import { Lexer } from "../text/lexer.ts";
import { defaultLimits } from "../text/limits.ts";
import { SourceMap } from "../text/source-map.ts";
import * as T from "../text/token.ts";
import { Preprocessor } from "./preprocessor.ts";
import { Translation } from "./translation.ts";

const seed = Number(process.env["RBGEN_SEED"]);
const runs = 20;
const programsPerRun = 250;

/** The text's tokens after preprocessing, as they are spelled. */
function ours(text: string, systemPaths: readonly string[]): { readonly tokens: string[]; readonly faults: string[] } {
  const faults: string[] = [];
  const interner = new Interner();
  const complaints = new Complaints(new SourceMap(), ({ code, message }) => faults.push(`${code} ${message}`), 10_000);
  const host = {
    read(path: string): string | undefined {
      try {
        return readFileSync(path, "latin1");
      } catch {
        return undefined;
      }
    },
  };
  const options = {
    endian: "little" as const,
    includePaths: [],
    systemPaths,
    forcedIncludes: [],
    defines: [],
    undefines: [],
    kernelTypes: false,
  };
  const translation = new Translation(interner, complaints, defaultLimits, host, options, 1 << 16);
  new Preprocessor(translation).run({ name: "<stdin>", text }, "");
  const { kinds, values, length } = translation.output;
  const tokens: string[] = [];
  for (let at = 0; at < length - 1; at++) tokens.push(T.spelt(kinds[at]!, values[at]!, interner.names));
  return { tokens, faults };
}

/** Tokens of what clang printed; pragmas are lines of their own there. */
function lexed(text: string): string[] {
  const plain = text.replace(/^[ \t]*#.*$/gm, "");
  const interner = new Interner();
  const lexer = new Lexer(new SourceMap().add({ name: "clang", text: plain }, "", "builtin", -1, undefined), interner);
  const tokens: string[] = [];
  for (lexer.next(); lexer.kind !== T.EOF; lexer.next()) tokens.push(T.spelt(lexer.kind, lexer.value, interner.names));
  return tokens;
}

/**
 * A string without its white space: where `#` meets what macros have left, compilers differ in spaces (C11 leaves it
 * open), and in nothing else.
 */
function unspaced(token: string): string {
  return token.startsWith('"') ? token.replaceAll(" ", "") : token;
}

/** Where two runs of tokens part. */
function parting(own: readonly string[], clangs: readonly string[]): string | undefined {
  const length = Math.max(own.length, clangs.length);
  for (let i = 0; i < length; i++) {
    if (own[i] !== clangs[i])
      return `${own.slice(Math.max(0, i - 12), i + 8).join(" ")}\n  clang: ${clangs.slice(Math.max(0, i - 12), i + 8).join(" ")}`;
  }
  return undefined;
}

function headersIn(folder: string, root: string): string[] {
  const full = join(root, folder);
  if (!existsSync(full)) return [];
  return readdirSync(full, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory()
      ? headersIn(join(folder, entry.name), root)
      : entry.name.endsWith(".h")
        ? [join(folder, entry.name)]
        : [],
  );
}

describeWith(["clang"], "the preprocessor", () => {
  test(`${runs * programsPerRun} random macro programs give clang's tokens (seed ${seed})`, async () => {
    process.stdout.write(`random macros: seed ${seed}\n`);
    await fc.assert(
      fc.asyncProperty(arbitraryMacros(programsPerRun), async (programs) => {
        const text = programs.join("");
        // __VA_OPT__ is only C++'s in clang 14; the preprocessors are the same.
        const clang = await compile(text, "little", ["-E", "-P", "-ferror-limit=0", "-std=gnu++20", "-x", "c++"]);
        const found = ours(text, []);
        const own = { tokens: found.tokens.map(unspaced) };
        const clangs = lexed(new TextDecoder().decode(clang.object)).map(unspaced);
        const at = own.tokens.findIndex((token, i) => token !== clangs[i]);
        const nth =
          own.tokens
            .slice(0, at + 1)
            .join(" ")
            .match(/p\d+_/g)
            ?.slice(-2) ?? [];
        const apart = parting(own.tokens, clangs);
        expect(
          apart === undefined
            ? undefined
            : `${apart}\n${programs.filter((program) => nth.some((prefix) => program.includes(prefix))).join("---\n")}`,
        ).toBeUndefined();
      }),
      { seed, numRuns: runs, endOnFailure: true },
    );
  });

  test("the system's headers give clang's tokens", async () => {
    const resources = execFileSync(findProgram("clang") ?? "", ["-print-resource-dir"], { encoding: "utf8" }).trim();
    const paths = [systemFolders[1]!, systemFolders[0]!, `${resources}/include`, systemFolders[2]!];
    const names = ["linux", "asm", "netinet", "sys", "bpf"].flatMap((folder) => [
      ...new Set(systemFolders.flatMap((root) => headersIn(folder, root))),
    ]);
    const faults: string[] = [];
    let compared = 0;
    await inPairs(names, async (name) => {
      const text = `#include <${name}>\n`;
      const clang = await compile(text, "little", ["-E", "-P"]);
      if (!clang.accepted) return;
      compared++;
      const own = ours(text, paths);
      const apart = parting(own.tokens, lexed(new TextDecoder("latin1").decode(clang.object)));
      if (apart !== undefined) faults.push(`${name}: ${apart}`);
      for (const fault of own.faults) if (!fault.startsWith("RB1004")) faults.push(`${name}: ${fault}`);
    });
    process.stdout.write(`${names.length} headers, ${compared} preprocessed by clang\n`);
    expect(faults.slice(0, 20)).toEqual([]);
    expect(compared).toBeGreaterThan(500);
  });
});
