import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describeWith } from "@rbgen/testkit";
import { expect, test } from "vitest";
import { clangVersion, compileObject, installedClang } from "../../scripts/compile-object.mjs";

const committed = fileURLToPath(new URL("../../bpf/demo.bpf.o", import.meta.url));

describeWith(["clang", "libbpf"], "the committed BPF object", () => {
  const installed = installedClang();

  test.skipIf(installed !== clangVersion)(
    `is what clang ${clangVersion} makes of its source [clang is ${installed}]`,
    () => {
      // `npm run object` in apps/demo writes it.
      expect(compileObject().equals(readFileSync(committed))).toBe(true);
    },
  );
});
