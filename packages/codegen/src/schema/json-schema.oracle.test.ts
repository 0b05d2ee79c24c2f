import { execFileSync } from "node:child_process";
import type { JsonValue } from "@rbgen/runtime/codegen/v1";
import { describeWith } from "@rbgen/testkit";
import { expect, test } from "vitest";
import { readHeader } from "../c/front-end.ts";
import { load } from "../emit/testing/load.ts";
import { type GenerateOptions, schemaOf } from "../generate.ts";

const source = `
typedef unsigned int u32; typedef unsigned long long u64; typedef unsigned char u8;
enum access { READ = 1, WRITE = 2 };
struct point { int x; int y; };
struct item { u8 size; char text[]; /* @rbgen length=size */ } __attribute__((packed));
/* @rbgen record=events;variant=1;tag=type */
struct opened {
	u32 type;
	u64 ts; /* when */
	long long delta; /* @rbgen int64=number */
	struct point at[2];
	u8 mac[6];
	_Bool ok;
	double ratio;
	u32 access; /* @rbgen flags=access */
	u32 how;
	union {
		struct point open; /* @rbgen variant=1 */
		u64 code; /* @rbgen variant=2 */
	}; /* @rbgen tag=how */
	u32 len;
	char items[]; /* @rbgen list=item;length=len,bytes */
};
/* @rbgen record=events;variant=2 */
struct closed { u32 type; int fd : 7; u32 rest : 25; };
/* @rbgen record */
struct plain { int a; };
`;

const options: GenerateOptions = { types: [], all: false, maps: {}, int64: "bigint", case: "camel", version: "0" };

function moduleOf() {
  const target = {
    endian: "little",
    includePaths: [],
    systemPaths: [],
    forcedIncludes: [],
    defines: [],
    undefines: [],
  };
  return readHeader({ name: "events.h", text: source }, "events.h", { read: () => undefined }, target as never, refuse);
}

function refuse({ message }: { readonly message: string }): never {
  throw new Error(message);
}

/** What a validator that we did not write says of each of `documents` by the definition `name`. */
function verdicts(schema: object, name: string, documents: readonly unknown[]): boolean[] {
  const program = `
import json, sys
from jsonschema import Draft202012Validator as V
schema, name, documents = json.load(sys.stdin)
V.check_schema(schema)
own = dict(schema, **{"$ref": "#/$defs/" + name})
print(json.dumps([V(own).is_valid(one) for one in documents]))`;
  const input = JSON.stringify([schema, name, documents]);
  return JSON.parse(execFileSync("python3", ["-c", program], { input, encoding: "utf8" })) as boolean[];
}

const opened = {
  $kind: "opened",
  type: 1,
  ts: 2n ** 64n - 1n,
  delta: -5,
  at: [
    { x: 1, y: -2 },
    { x: 0, y: 0 },
  ],
  mac: Uint8Array.of(0, 1, 2, 3, 4, 255),
  ok: true,
  ratio: Number.NEGATIVE_INFINITY,
  access: ["WRITE", 4],
  kind: "open",
  open: { x: 7, y: 8 },
  len: 6,
  items: [
    { size: 2, text: "ab" },
    { size: 2, text: "cd" },
  ],
};

/** A document with each of its values in turn left out, put beside itself, or made another one. */
function* changes(json: JsonValue): Generator<JsonValue> {
  if (typeof json !== "object" || json === null) {
    for (const other of [null, -1, 2 ** 40, 0.5, "05", "zz", true, [], {}]) yield other;
    return;
  }
  if (Array.isArray(json)) {
    yield json.slice(1);
    yield [...json, null];
    for (const [index, value] of json.entries())
      for (const other of changes(value)) yield [...json.slice(0, index), other, ...json.slice(index + 1)];
    return;
  }
  yield { ...json, surplus: 1 };
  for (const [name, value] of Object.entries(json)) {
    yield Object.fromEntries(Object.entries(json).filter(([other]) => other !== name));
    for (const other of changes(value)) yield { ...json, [name]: other };
  }
}

describeWith(["jsonschema"], "rbgen schema", () => {
  test("gives a JSON Schema that holds of what toJSON gives, and of nothing else that fromJSON refuses", async () => {
    const module = moduleOf();
    if (module === undefined) throw new Error("no module");
    const { codec } = await load(module, options);
    const schema = schemaOf(module, options, refuse);
    if (schema === undefined) throw new Error("no schema");
    const ring = codec("events");
    const records = [
      opened,
      { $kind: "closed", type: 2, fd: -3, rest: 5 },
      { $kind: "unknown", tag: 9, bytes: Uint8Array.of(9, 0, 0, 0, 1) },
    ];
    const good = records.map((record) => ring.toJSON(ring.decode(ring.toBytes(record))));
    expect(verdicts(schema, "Events", good)).toEqual(good.map(() => true));
    const changed = good.flatMap((json) => [...changes(json)]);
    const accepted = changed.map((json) => {
      try {
        ring.fromJSON(json);
        return true;
      } catch {
        return false;
      }
    });
    const said = verdicts(schema, "Events", changed);
    const apart = changed.filter((_, index) => accepted[index] !== said[index]).map((json) => JSON.stringify(json));
    expect(changed.length).toBeGreaterThan(200);
    expect(apart).toEqual([]);
    expect(verdicts(schema, "Plain", [{ a: 1 }, { a: 2 ** 31 }, {}])).toEqual([true, false, false]);
  });
});
