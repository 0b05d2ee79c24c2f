import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeWith } from "../../../testkit/src/index.ts";
import { runChild } from "../../../testkit/src/native/child.ts";
import { compileBeside } from "../../../testkit/src/native/kernel-side.ts";

/** How many damaged objects of each kind are opened, and how many loaded. */
const opened = Number(process.env["RBGEN_HOSTILE_OBJECTS"] ?? 2000);
const loaded = Math.ceil(opened / 4);

describeWith(["kernel", "clang", "libbpf"], "a damaged object", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "rbgen-hostile-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each(["object.bpf.c", "contract.bpf.c"])(
    "of %s is opened, or refused by a RingBufError, and ends no process",
    async (source) => {
      const file = join(folder, `${source}.o`);
      const last = join(folder, `${source}.seed`);
      writeFileSync(file, compileBeside(source));
      const { code, signal, stdout, stderr } = await runChild(
        `
      import { readFileSync, readdirSync, writeFileSync } from "node:fs";
      import { BpfObject } from "@rbgen/native";
      import { isRingBufError } from "@rbgen/runtime";
      import { hostileObjects } from "../testkit/src/native/hostile-objects.ts";
      const damaged = hostileObjects(readFileSync(${JSON.stringify(file)}));
      const before = readdirSync("/proc/self/fd").length;
      const ends = { whole: 0, refused: 0 };
      const tried = (use) => {
        try { use(); ends.whole++; } catch (error) { if (!isRingBufError(error)) throw error; ends.refused++; }
      };
      for (let seed = 0; seed < ${opened}; seed++) {
        writeFileSync(${JSON.stringify(last)}, String(seed));
        tried(() => {
          const object = BpfObject.open(damaged(seed));
          try {
            for (const name of ["threshold", "ratio", "counter", "bytes", "mode_now"]) tried(() => object.global(name).get());
            if (seed < ${loaded}) {
              object.load();
              for (const name of ["threshold", "counter", "hidden"]) tried(() => object.global(name).get());
            }
          } finally {
            object.close();
          }
        });
      }
      if (readdirSync("/proc/self/fd").length !== before) throw new Error("descriptors are left");
      console.log(JSON.stringify(ends));`,
        { timeoutMs: 600_000 },
      );
      expect({ code, signal, stderr, seed: code === 0 ? "" : readFileSync(last, "utf8") }).toEqual({
        code: 0,
        signal: null,
        stderr: "",
        seed: "",
      });
      // else the damage would only ever have been to what is looked at first, or to nothing
      const ends = JSON.parse(stdout);
      expect(ends.whole).toBeGreaterThan(opened / 10);
      expect(ends.refused).toBeGreaterThan(opened / 10);
    },
  );
});
