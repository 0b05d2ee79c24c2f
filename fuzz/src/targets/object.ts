import { BtfError, readElf } from "@rbgen/btf";
import { exercise } from "@rbgen/testkit/btf/hostile";
import { readBtfModule } from "rbgen";
import type { Target } from "../engine/target.ts";

/** Any bytes are refused as an object by a BtfError, or every section, symbol, map, program and type of it is read. */
export const target: Target = {
  grammar: {
    kind: "binary",
    dictionary: [".BTF", ".BTF.ext", ".maps", ".text", ".data", "license", "xdp", "\x7fELF", "\0"],
    longest: 16_384,
  },
  work: { base: 1_000_000, perByte: 200_000 },
  run(input) {
    try {
      const elf = readElf(input);
      for (const section of elf.sections) void section.bytes;
      void elf.symbols;
    } catch (error) {
      if (!(error instanceof BtfError)) throw error;
    }
    exercise(input);
    const module = readBtfModule(input, { name: "fuzz.o", path: "fuzz.o" }, () => {});
    if (module === undefined) return;
    try {
      void [module.programs, module.sections, [...module.types()]];
    } catch (error) {
      if (!(error instanceof BtfError)) throw error;
    }
  },
};
