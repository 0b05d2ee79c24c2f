import { parseBtf } from "@rbgen/btf";
import { exercise } from "@rbgen/testkit/btf/hostile";
import { readBtfModule } from "rbgen";
import type { Target } from "../engine/target.ts";

/** Any bytes are refused by a BtfError, or answer every question about every type by a value or a BtfError. */
export const target: Target = {
  grammar: {
    kind: "binary",
    dictionary: [".maps", ".rodata", ".ksyms", "type", "max_entries", "values", "__uint", "license", "\0", "\0a\0"],
    longest: 4096,
  },
  work: { base: 1_000_000, perByte: 200_000 },
  run(input) {
    const { parsed } = exercise(input);
    readBtfModule(input, { name: "fuzz", path: "fuzz" }, () => {});
    if (parsed) parseBtf(input).find("a");
  },
};
