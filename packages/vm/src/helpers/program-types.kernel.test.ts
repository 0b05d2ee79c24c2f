import { describeWith } from "@rbgen/testkit/tools";
import { kernelHasHelper } from "@rbgen/testkit/vm/helper-probe";
import { expect, test } from "vitest";
import { helpers } from "./helper-table.ts";
import { programTypes } from "./program-types.ts";

/** Needs a function's BTF id to be loaded at all, or hardware that this kernel may not know. */
const untested = ["tracing", "lsm", "struct_ops", "lirc_mode2"];

describeWith(["kernel"], "programs of a type", () => {
  test.each(programTypes.filter((type) => !untested.includes(type)))(
    "%s may call what the kernel lets them",
    (type) => {
      const wrong = helpers.filter(({ id, name, types }) => {
        const here = types === undefined || types.includes(type);
        return here !== kernelHasHelper(type, id, name);
      });
      expect(wrong.map(({ name }) => name)).toEqual([]);
    },
  );
});
