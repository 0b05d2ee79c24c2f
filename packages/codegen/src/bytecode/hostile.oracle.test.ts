import { describeWith } from "@rbgen/testkit";
import { mutations } from "@rbgen/testkit/btf/hostile";
import { sendingPrograms, sourceOf } from "@rbgen/testkit/codegen/sending-programs";
import { compileBpf } from "@rbgen/testkit/compile";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readBtfModule } from "../btf/btf-module.ts";

describeWith(["clang"], "the code of hostile objects", () => {
  const objects = sendingPrograms.map((program) => compileBpf(sourceOf(program, true)));

  test("is followed or told of, whatever its bytes are", () => {
    let followed = 0;
    fc.assert(
      fc.property(mutations, fc.nat(objects.length - 1), (mutate, which) => {
        const object = mutate(objects[which]!);
        const module = readBtfModule(object, { name: "a.bpf.o", path: "a.bpf.o" }, () => {});
        const sent = module?.sent?.() ?? [];
        for (const { type } of sent.flatMap(({ records }) => records)) {
          // Whatever characters changes put into it: BTF has it, or debug information alone.
          const name = type.replace(/^(?:struct|union) /, "").replace(/\[\d+\]$/, "");
          if (module?.find(name).length === 0) expect(new TextDecoder().decode(object)).toContain(`${name}\0`);
        }
        if (sent.length > 0) followed += 1;
      }),
      { numRuns: 2_000 },
    );
    expect(followed).toBeGreaterThan(600);
  });
});
