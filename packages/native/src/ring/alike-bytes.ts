/** Where the addon puts how many bytes of a run are of records with one header. */
export class AlikeBytes {
  readonly #number = new Uint32Array(1);
  readonly bytes: Uint8Array = new Uint8Array(this.#number.buffer);

  get value(): number {
    return this.#number[0] ?? 0;
  }
}
