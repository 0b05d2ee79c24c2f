import { readElf } from "@rbgen/btf";

/** Numbers of 32 bits in an order that `seed` fixes (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}

/** `SHF_EXECINSTR` */
const executable = 4;

/** Where an object is read rather than copied: its headers, types, symbols, relocations and names, and its `code` if told. */
function structures(object: Uint8Array, code: boolean): readonly (readonly [start: number, end: number])[] {
  const { sections } = readElf(object);
  const read = sections.filter(
    ({ name, bytes, flags }) =>
      bytes.length > 0 && (/^\.BTF|symtab|^\.rel|maps|strtab/.test(name) || (code && (flags & executable) !== 0)),
  );
  const within = read.map(({ bytes }): [number, number] => {
    const start = bytes.byteOffset - object.byteOffset;
    return [start, start + bytes.length];
  });
  return [[0, 64], [object.length - 64 * sections.length, object.length], ...within];
}

/** A maker of damaged copies of `object`, a function of their seed: one to six bytes or words of its structures are others; with `code`, of its instructions too. */
export function hostileObjects(
  object: Uint8Array,
  { code = false }: { readonly code?: boolean } = {},
): (seed: number) => Uint8Array {
  const targets = structures(object, code);
  return (seed) => {
    const next = numbers(seed);
    const bytes = new Uint8Array(object);
    const view = new DataView(bytes.buffer);
    for (let left = 1 + (next() % 6); left > 0; left--) {
      const [start, end] = targets[next() % targets.length] ?? [0, bytes.length];
      const at = start + (next() % (end - start));
      const ways = [
        () => bytes.set([next() & 0xff], at),
        () => bytes.set([0xff], at),
        () => bytes.set([0], at),
        () => bytes.set([(bytes[at] ?? 0) ^ (1 << (next() % 8))], at),
        () => view.setUint32(Math.min(at & ~3, bytes.length - 4), next() % 4096, true),
        () => view.setUint32(Math.min(at & ~3, bytes.length - 4), next(), true),
      ];
      ways[next() % ways.length]?.();
    }
    return bytes;
  };
}
