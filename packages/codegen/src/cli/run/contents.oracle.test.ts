import { compileBpf } from "@rbgen/testkit/compile";
import { generatedSdk } from "@rbgen/testkit/native/generated-sdk";
import { describeWith } from "@rbgen/testkit/tools";
import { beforeAll, expect, test } from "vitest";
import * as vm from "../../../../vm/src/index.ts";
import { rbgen, source, values } from "./testing/stored-values.ts";

interface Codec {
  toJSON(value: never): unknown;
}
interface Described {
  readonly name: string;
  readonly codec?: Codec;
  readonly valueCodec?: Codec;
}

describeWith(["clang", "libbpf"], "what rbgen run shows of maps and variables", () => {
  interface Shown {
    readonly maps: readonly { readonly name: string; readonly elements: readonly { key: unknown; value: unknown }[] }[];
    readonly variables: Readonly<Record<string, unknown>>;
    readonly undecoded: unknown;
    readonly diagnostics: unknown;
  }
  let shown: Shown;
  let object: vm.VmObject;
  let sdk: Readonly<Record<string, Readonly<Record<string, Described>>>>;
  beforeAll(async () => {
    const bytes = compileBpf(source(values.map(([type, initializer]) => [type, initializer])));
    shown = JSON.parse((await rbgen(bytes, "--json")).out);
    object = await vm.VmObject.load(bytes);
    object.program("store").run();
    sdk = (await generatedSdk(bytes)) as typeof sdk;
  });

  const described = (kind: "maps" | "variables", name: string): Described => {
    const found = Object.values(sdk[kind] ?? {}).find((one) => one.name === name);
    if (found === undefined) throw new Error(`no ${name} was generated`);
    return found;
  };

  test("leaves nothing undecoded of these types, and warns of none", () => {
    expect([shown.undecoded, shown.diagnostics]).toEqual([[], []]);
    expect(shown.maps).toHaveLength(2 * values.length);
  });

  test.each(values.map(([type, , json], at) => [type, json, at] as const))(
    "%s is what toJSON of its generated codec gives",
    (_, json, at) => {
      const variable = described("variables", `value_${at}`);
      const now = object.global(variable as never).get();
      expect(variable.codec?.toJSON(now as never)).toEqual(json);
      expect(shown.variables[`value_${at}`]).toEqual(json);
      for (const kind of ["hash", "array"] as const) {
        const map = described("maps", `${kind}_${at}`);
        const [value] =
          kind === "hash" ? (object.hash(map as never).values(7 as never) ?? []) : object.array(map as never).values(0);
        expect(map.valueCodec?.toJSON(value as never)).toEqual(json);
        const { elements } = shown.maps.find(({ name }) => name === map.name) ?? { elements: [] };
        expect(elements).toEqual([{ key: kind === "hash" ? 7 : 0, value: json }]);
      }
    },
  );

  test("a value that its codec refuses is its bytes, and why is told", async () => {
    const bytes = compileBpf(source([["struct counted", '{ 9, "abcd" }']]));
    const run = await rbgen(bytes);
    expect(run.out).toMatch(/ {2}hash_0: hash, 1 of 1\n {4}7 → "0900000061626364"\n/);
    expect(run.out).toMatch(
      /\n {2}value_0 = "0900000061626364"\nnot decoded\n {2}hash_0: .*counted.text needs 9 bytes, there are 4/,
    );
    const { undecoded } = JSON.parse((await rbgen(bytes, "--json")).out);
    expect(undecoded).toMatchObject([
      { from: "hash_0", count: 1 },
      { from: "array_0", count: 1 },
      { from: "value_0", count: 1 },
    ]);
    expect(run.code).toBe(0);
  });

  test("an element of zeros is left out as text, whatever its codec shows them as", async () => {
    const run = await rbgen(compileBpf(source([["struct event", "{}"]])));
    expect(run.out).toContain("array_0: array, 0 of 1 not 0\nvariables");
  });
});
