import type { JsonValue } from "../codec.ts";
import { isRingBufError } from "../errors.ts";
import { toJson } from "./json.ts";

/** What Node's `console.log` and `util.inspect` ask an object for. */
const inspected: unique symbol = Symbol.for("nodejs.util.inspect.custom") as never;

/** The members of a view are accessors of its class. */
function membersOf(view: object): string[] {
  const accessors = Object.entries(Object.getOwnPropertyDescriptors(Object.getPrototypeOf(view)));
  return accessors.filter(([, { get }]) => get !== undefined).map(([name]) => name);
}

/** Text that `util.inspect` writes as it is. */
class Told {
  readonly #text: string;
  constructor(text: string) {
    this.#text = text;
  }
  [inspected](): string {
    return this.#text;
  }
}

/** What a view shows of its record where someone looks at it as a whole: all of its members, as they are now. */
export interface RecordView {
  /**
   * The members as JSON.
   * @throws RingBufError `ERR_RINGBUF_CLOSED` once the lease has ended.
   */
  toJSON(): JsonValue;
}

/** The class that views extend: a constant, since a member that is keyed by a symbol cannot be declared for a class. */
export const RecordView: new () => RecordView = class {
  toJSON(): JsonValue {
    return toJson(Object.fromEntries(membersOf(this).map((name) => [name, Reflect.get(this, name) as unknown])));
  }

  [inspected](_depth: number, options: object, inspect: (value: unknown, options: object) => string): string {
    const name = this.constructor.name.replace(/_?class$/i, "");
    const shown: [string, unknown][] = [];
    for (const member of membersOf(this)) {
      try {
        shown.push([member, Reflect.get(this, member)]);
      } catch (error) {
        if (isRingBufError(error, "ERR_RINGBUF_CLOSED")) return `${name} <its record is gone>`;
        shown.push([member, new Told(`<${error instanceof Error ? error.message : String(error)}>`)]);
      }
    }
    return `${name} ${inspect(Object.fromEntries(shown), options)}`;
  }
};
