declare const unit: unique symbol;

/** A count or an offset in bits. */
export type Bits = number & { readonly [unit]: "bits" };

/** A count or an offset in bytes. */
export type Bytes = number & { readonly [unit]: "bytes" };

/** Marks `count` as bits. */
export function bits(count: number): Bits {
  return count as Bits;
}

/** Marks `count` as bytes. */
export function bytes(count: number): Bytes {
  return count as Bytes;
}
