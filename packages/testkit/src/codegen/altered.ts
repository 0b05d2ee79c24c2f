import fc from "fast-check";

type Holder = Record<string | number, unknown>;

interface Place {
  readonly holder: Holder;
  readonly key: string | number;
}

function* placesOf(value: unknown): Generator<Place> {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return;
  for (const key of Object.keys(value)) {
    const holder = value as Holder;
    yield { holder, key: Array.isArray(value) ? Number(key) : key };
    yield* placesOf(holder[key]);
  }
}

/** What else may stand in place of a value. */
function others(value: unknown): unknown[] {
  if (typeof value === "number") return [0, 1, value + 1, value - 1, value * 2, 255];
  if (typeof value === "bigint") return [0n, 1n, value + 1n, value - 1n, value * 2n, 255n];
  if (typeof value === "boolean") return [!value];
  if (typeof value === "string") return ["", `${value}x`, value.slice(1), "a"];
  if (value instanceof Uint8Array) return [value.subarray(1), Uint8Array.of(...value, 7), new Uint8Array()];
  if (!Array.isArray(value)) return [undefined];
  return [[], value.slice(1), [...value, ...value.slice(-1)], [...value].reverse(), value.concat(value)];
}

/** Values like one that is right, each with one or two of its members, elements or lengths another one, or left out. */
export function altered(value: unknown): fc.Arbitrary<unknown> {
  return fc.gen().map((g) => {
    const copy = structuredClone(value);
    for (let turn = g(fc.integer, { min: 1, max: 2 }); turn > 0; turn--) {
      const places = [...placesOf(copy)];
      if (places.length === 0) break;
      const { holder, key } = places[g(fc.nat, { max: places.length - 1 })]!;
      const choices = [undefined, ...others(holder[key])];
      const other = choices[g(fc.nat, { max: choices.length - 1 })];
      if (other === undefined && typeof key === "string") delete holder[key];
      else holder[key] = other ?? {};
    }
    return copy;
  });
}
