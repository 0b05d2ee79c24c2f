import { alignOf, BtfError, formatDefinitions, sizeOf } from "@rbgen/btf";
import { type Diagnostic, readHeader, type TypeModule } from "rbgen";
import { BrokenPromise, type Target } from "../engine/target.ts";
import { cWords } from "./c-words.ts";

/** A C file, and the headers beside it: `//@ name.h` on a line of its own begins the next. */
export function readC(input: Uint8Array, report: (diagnostic: Diagnostic) => void): TypeModule {
  const [text = "", ...rest] = new TextDecoder().decode(input).split(/^\/\/@ /m);
  const files = new Map(
    rest.map((part) => {
      const end = part.indexOf("\n");
      return end < 0 ? [part, ""] : [part.slice(0, end), part.slice(end + 1)];
    }),
  );
  return readHeader(
    { name: "fuzz.h", text },
    "fuzz.h",
    { read: (path) => files.get(path) },
    {
      endian: "little",
      includePaths: ["inc"],
      systemPaths: ["sys"],
      forcedIncludes: [],
      defines: [],
      undefines: [],
      limits: { tokens: 1 << 18, expansionTokens: 1 << 16, includes: 64, characters: 1 << 20 },
    },
    report,
  );
}

/** Any text ends in a module: each type of it has a size, and diagnostics point into the text. */
export const target: Target = {
  grammar: { kind: "text", dictionary: cWords, longest: 4096 },
  work: { base: 2_000_000, perByte: 20_000 },
  run(input) {
    const diagnostics: Diagnostic[] = [];
    const module = readC(input, (diagnostic) => diagnostics.push(diagnostic));
    for (const { code, message, span, severity } of diagnostics) {
      if (!/^RB\d{4}$/.test(code) || message === "")
        throw new BrokenPromise(`a diagnostic "${code}" without a message`);
      if (span === undefined) {
        if (severity === "error") throw new BrokenPromise(`${code} has no place: ${message}`);
        continue;
      }
      const { start, end, source } = span;
      if (!(start >= 0 && start <= end && end <= source.text.length)) {
        throw new BrokenPromise(`${code} is at ${start} to ${end} of ${source.text.length}`);
      }
    }
    for (const type of module.types()) {
      void module.origin(type);
      for (const same of module.find(type.name)) void same.kind;
      try {
        void sizeOf(type);
        void alignOf(type);
      } catch (error) {
        if (!(error instanceof BtfError)) throw error;
      }
    }
    try {
      formatDefinitions(module.types());
    } catch (error) {
      if (!(error instanceof BtfError)) throw error;
    }
    void [module.constants, module.maps, module.programs, module.sections, [...module.names()]];
  },
};
