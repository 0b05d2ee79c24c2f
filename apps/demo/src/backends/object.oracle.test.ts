import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describeWith } from "@rbgen/testkit";
import { expect, test } from "vitest";
import { clangVersion, compileObject, installedClang, objects } from "../../scripts/compile-object.mjs";

describeWith(["clang", "libbpf"], "the committed BPF objects", () => {
  const installed = installedClang();

  test.skipIf(installed !== clangVersion).each(objects)(
    `%s.bpf.o is what clang ${clangVersion} makes of its source [clang is ${installed}]`,
    (name) => {
      // `npm run object` in apps/demo writes it.
      const committed = fileURLToPath(new URL(`../../bpf/${name}.bpf.o`, import.meta.url));
      expect(compileObject(name).equals(readFileSync(committed))).toBe(true);
    },
  );
});
