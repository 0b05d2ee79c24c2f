import type { Region } from "./region.ts";

/** Regions and bytes that rest at most within one run. */
const most = { regions: 2 ** 16, bytes: 2 ** 24 } as const;

/**
 * What was given back rests before it is used anew, so that a pointer which outlived its region faults, as in the quarantine
 * of an address sanitizer: the one that rests longest is used first.
 */
export class Quarantine {
  readonly #most: number;
  readonly #bytesOf: (region: Region) => number;
  readonly #reuse: (region: Region) => void;
  /** Oldest first, from `#first` on. */
  #resting: Region[] = [];
  #first = 0;
  #bytes = 0;

  /**
   * @param regions that may rest at most
   * @param bytesOf memory that nobody else may have while a region rests
   * @param reuse is called with each region whose rest is over
   */
  constructor(regions: number, bytesOf: (region: Region) => number, reuse: (region: Region) => void) {
    this.#most = Math.min(most.regions, regions);
    this.#bytesOf = bytesOf;
    this.#reuse = reuse;
  }

  add(region: Region): void {
    this.#resting.push(region);
    this.#bytes += this.#bytesOf(region);
    while (this.#resting.length - this.#first > this.#most || this.#bytes > most.bytes) this.#end();
    if (this.#first > this.#most) {
      this.#resting = this.#resting.slice(this.#first);
      this.#first = 0;
    }
  }

  /** Ends the rest of all: no pointer to any of them is left. */
  empty(): void {
    while (this.#first < this.#resting.length) this.#end();
    this.#resting.length = 0;
    this.#first = 0;
  }

  #end(): void {
    const region = this.#resting[this.#first] as Region;
    this.#first += 1;
    this.#bytes -= this.#bytesOf(region);
    this.#reuse(region);
  }
}
