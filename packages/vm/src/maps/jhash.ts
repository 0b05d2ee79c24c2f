const initial = 0xdeadbeef;

/** include/linux/jhash.h `jhash2` of 64-bit numbers as pairs of words, low first, from 0 on: an int32. */
export function jhash2(values: readonly bigint[]): number {
  const words = new Int32Array(2 * values.length);
  values.forEach((value, index) => {
    words[2 * index] = Number(BigInt.asIntN(32, value));
    words[2 * index + 1] = Number(BigInt.asIntN(32, value >> 32n));
  });
  const word = (at: number): number => words[at] ?? 0;
  let a = (initial + (words.length << 2)) | 0;
  let b = a;
  let c = a;
  let at = 0;
  for (; words.length - at > 3; at += 3) {
    a = (a + word(at)) | 0;
    b = (b + word(at + 1)) | 0;
    c = (c + word(at + 2)) | 0;
    a = ((a - c) | 0) ^ rotate(c, 4);
    c = (c + b) | 0;
    b = ((b - a) | 0) ^ rotate(a, 6);
    a = (a + c) | 0;
    c = ((c - b) | 0) ^ rotate(b, 8);
    b = (b + a) | 0;
    a = ((a - c) | 0) ^ rotate(c, 16);
    c = (c + b) | 0;
    b = ((b - a) | 0) ^ rotate(a, 19);
    a = (a + c) | 0;
    c = ((c - b) | 0) ^ rotate(b, 4);
    b = (b + a) | 0;
  }
  if (at === words.length) return c;
  a = (a + word(at)) | 0;
  b = (b + word(at + 1)) | 0;
  c = (c + word(at + 2)) | 0;
  c = ((c ^ b) - rotate(b, 14)) | 0;
  a = ((a ^ c) - rotate(c, 11)) | 0;
  b = ((b ^ a) - rotate(a, 25)) | 0;
  c = ((c ^ b) - rotate(b, 16)) | 0;
  a = ((a ^ c) - rotate(c, 4)) | 0;
  b = ((b ^ a) - rotate(a, 14)) | 0;
  return ((c ^ b) - rotate(b, 24)) | 0;
}

function rotate(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by));
}
