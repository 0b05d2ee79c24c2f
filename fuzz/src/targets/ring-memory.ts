/** Bytes of data of the rings that are fuzzed. */
export const ringBytes = 4096;

/** What an input says of a ring: two positions, a byte of choices, and what lies in the data. */
export interface RingBytes {
  readonly producer: bigint;
  readonly consumer: bigint;
  readonly choices: number;
  readonly data: Uint8Array;
}

/** Positions are 16 bytes, choices 8; the rest is repeated to fill the data from the consumer's offset on. */
export function ringOf(input: Uint8Array): RingBytes {
  const head = new Uint8Array(24);
  head.set(input.subarray(0, 24));
  const view = new DataView(head.buffer);
  const consumer = view.getBigUint64(0, true);
  const data = new Uint8Array(ringBytes);
  const rest = input.subarray(24);
  const start = Number(consumer & BigInt(ringBytes - 1));
  for (let i = 0; i < ringBytes && rest.length > 0; i += 1) data[(start + i) % ringBytes] = rest[i % rest.length]!;
  return { consumer, producer: view.getBigUint64(8, true), choices: head[16]!, data };
}

/** Puts it all into the memory of an emulated ring, as a peer that shares the memory could. */
export function fill(buffer: SharedArrayBuffer, ring: RingBytes): void {
  const page = 4096;
  new BigUint64Array(buffer, page, 1)[0] = ring.consumer;
  new BigUint64Array(buffer, 2 * page, 1)[0] = ring.producer;
  new Uint8Array(buffer, 3 * page, ringBytes).set(ring.data);
}
