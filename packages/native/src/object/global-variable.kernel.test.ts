import type { RecordCodec, VariableDescriptor } from "@rbgen/runtime";
import { beforeAll, expect, test } from "vitest";
import { compileBpf } from "../../../testkit/src/compile.ts";
import { describeWith } from "../../../testkit/src/index.ts";
import { generatedSdk } from "../../../testkit/src/native/generated-sdk.ts";
import { compileBeside } from "../../../testkit/src/native/kernel-side.ts";
import { BpfObject } from "../index.ts";

interface Point {
  readonly x: number;
  readonly y: number;
}

/** `variables` of the generated file, typed as it types them. */
interface Variables {
  readonly point: VariableDescriptor<RecordCodec<Point, Partial<Point>>>;
  readonly threshold: VariableDescriptor<RecordCodec<bigint, bigint | number>>;
  readonly counter: VariableDescriptor<RecordCodec<number>>;
}

describeWith(["kernel", "clang", "libbpf"], "a global variable by its generated descriptor", () => {
  let bytes: Uint8Array;
  let variables: Variables;
  beforeAll(async () => {
    bytes = compileBeside("object.bpf.c");
    ({ variables } = (await generatedSdk(bytes)) as { readonly variables: Variables });
  });

  test("is read and written as its codec has it, before and after loading", () => {
    using object = BpfObject.open(bytes);
    const point = object.global(variables.point);
    const { x, y }: Point = point.get();
    expect({ x, y }).toEqual({ x: 3, y: 4 });
    object.global(variables.threshold).set(40);
    const threshold: bigint = object.global(variables.threshold).get();
    expect(threshold).toBe(40n);
    object.load();
    object.global(variables.point).set({ x: -1 });
    expect(object.global(variables.point).get()).toEqual({ x: -1, y: 0 });
    object.program("send").run({ context: new Uint8Array(Uint32Array.of(0, 5).buffer) });
    expect(object.global(variables.point).get()).toEqual({ x: 4, y: 0 });
    const counter: number = object.global(variables.counter).get();
    expect(counter).toBe(1);
    expect(() => object.global(variables.counter).set(-1)).toThrow(/ERANGE/);
    expect(() => object.global(variables.threshold).set(1n)).toThrow(/EPERM.*read-only once loaded/);
    // @ts-expect-error a point is no number
    const mistaken = (): void => object.global(variables.point).set(3);
    expect(mistaken).toBeTypeOf("function");
  });

  test.each([false, true])("is not written where reading the value closes its object (loaded: %s)", (loaded) => {
    const object = BpfObject.open(bytes);
    if (loaded) object.load();
    const point = object.global(variables.point);
    const closing = {
      get x() {
        object.close();
        return 1;
      },
      y: 2,
    };
    expect(() => point.set(closing)).toThrow(expect.objectContaining({ code: "ERR_RINGBUF_CLOSED" }));
  });

  test("is written to the map where reading the value loads its object", () => {
    using object = BpfObject.open(bytes);
    const loading = {
      get x() {
        object.load();
        return 7;
      },
      y: 2,
    };
    object.global(variables.point).set(loading);
    expect(object.global(variables.point).get()).toEqual({ x: 7, y: 2 });
  });

  test("is refused where the object has another type under its name", () => {
    const changed = compileBpf(`
      #include <linux/bpf.h>
      #include <bpf/bpf_helpers.h>
      char LICENSE[] SEC("license") = "GPL";
      struct point { int y, x; } point = { 3, 4 };
      unsigned long long counter;
      SEC("syscall") int read(void *context) { return point.x + counter; }`);
    using object = BpfObject.open(changed);
    expect(() => object.global(variables.point)).toThrow(/EINVAL: variable "point": .*`x` moved from byte 0 to 4/);
    expect(() => object.global(variables.counter)).toThrow(/EINVAL: variable "counter"/);
    expect(object.global("counter").get()).toBe(0n);
  });
});
