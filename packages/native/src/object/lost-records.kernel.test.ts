import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { RingBufReader } from "@rbgen/runtime";
import { expect, test } from "vitest";
import { compileBpf } from "../../../testkit/src/compile.ts";
import { anyBytes } from "../../../testkit/src/contract/codecs.ts";
import { describeWith } from "../../../testkit/src/index.ts";
import { BpfObject } from "../index.ts";

const include = fileURLToPath(new URL("../../../codegen/include", import.meta.url));

/** `enum rb_lost_reason` of rbgen.h. */
const reason = { full: 0, tooBig: 1 };

describeWith(["kernel", "clang", "libbpf"], "rb_reserve_or_count of rbgen.h", () => {
  test("counts what a full ring and too large a record cost, each under its reason, and nothing else", async () => {
    const source = readFileSync(new URL("../../../testkit/src/native/lost.bpf.c", import.meta.url), "utf8");
    using object = await BpfObject.load(compileBpf(source, "little", ["-I", include]));
    const lost = object.array("lost");
    expect(lost.perCpu).toBe(true);
    const counts = (): bigint[] => [lost.sum(reason.full), lost.sum(reason.tooBig)];
    const run = (name: string): number => object.program(name).run().returnValue;

    expect(run("produce_largest")).toBe(1);
    expect(counts()).toEqual([0n, 0n]);
    expect([run("produce_too_big"), run("produce_huge")]).toEqual([0, 0]);
    expect(counts()).toEqual([0n, 2n]);

    // The discarded record still fills the ring, until a reader passes it.
    const reader = new RingBufReader(object.ringBuf("events"), anyBytes);
    expect(run("produce")).toBe(0);
    expect(counts()).toEqual([1n, 2n]);
    expect(reader.consume(() => undefined)).toBe(0);
    // 1 024 bytes and a header of 8: three fit into 4 096.
    expect([run("produce"), run("produce"), run("produce"), run("produce")]).toEqual([1, 1, 1, 0]);
    expect(counts()).toEqual([2n, 2n]);
    expect(reader.consume(() => undefined)).toBe(3);
    expect(run("produce")).toBe(1);
    expect(counts()).toEqual([2n, 2n]);

    lost.reset();
    expect(counts()).toEqual([0n, 0n]);
    expect(run("produce_too_big")).toBe(0);
    expect(counts()).toEqual([0n, 1n]);
  });
});
