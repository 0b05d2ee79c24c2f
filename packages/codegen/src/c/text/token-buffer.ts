/** A preprocessed translation unit: kinds, values and positions side by side, ending in an EOF token. */
export class TokenBuffer {
  kinds: Uint8Array;
  values: Int32Array;
  positions: Int32Array;
  length = 0;

  constructor(capacity: number) {
    this.kinds = new Uint8Array(capacity);
    this.values = new Int32Array(capacity);
    this.positions = new Int32Array(capacity);
  }

  push(kind: number, value: number, pos: number): void {
    const at = this.length++;
    if (at === this.kinds.length) this.#grow();
    this.kinds[at] = kind;
    this.values[at] = value;
    this.positions[at] = pos;
  }

  #grow(): void {
    const capacity = this.kinds.length * 2;
    const kinds = new Uint8Array(capacity);
    kinds.set(this.kinds);
    this.kinds = kinds;
    const values = new Int32Array(capacity);
    values.set(this.values);
    this.values = values;
    const positions = new Int32Array(capacity);
    positions.set(this.positions);
    this.positions = positions;
  }
}
