import type { JsonValue } from "../codec.ts";
import { isRingBufError } from "../errors.ts";
import type { JsonKinds, JsonStruct } from "./from-json.ts";
import { toJson } from "./json.ts";

/** What Node's `console.log` and `util.inspect` ask an object for. */
const inspected: unique symbol = Symbol.for("nodejs.util.inspect.custom") as never;

/** The members of arms of which a view has another one than these: their bytes mean something else, or are not there. */
function otherArms(view: object, kinds: readonly JsonKinds[]): ReadonlySet<string> {
  const others = new Set<string>();
  for (const { property, arms } of kinds) {
    const kind: unknown = Reflect.get(view, property);
    const own = arms.find(([name]) => name === kind)?.[1] ?? {};
    for (const [, members] of arms) {
      for (const name of Object.keys(members)) if (!Object.hasOwn(own, name)) others.add(name);
    }
  }
  return others;
}

/** The members of a view are accessors of its class; of a union whose arms are told apart those of the arm that it has. */
function membersOf(view: object, kinds: readonly JsonKinds[]): string[] {
  const accessors = Object.entries(Object.getOwnPropertyDescriptors(Object.getPrototypeOf(view)));
  const others = otherArms(view, kinds);
  return accessors.filter(([name, { get }]) => get !== undefined && !others.has(name)).map(([name]) => name);
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

/** What a view shows of its record where someone looks at it as a whole: all of its members, as they are now, and of arms that are told apart the one that it has. */
export interface RecordView {
  /**
   * The members as JSON.
   * @throws RingBufError `ERR_RINGBUF_CLOSED` once the lease has ended.
   */
  toJSON(): JsonValue;
}

/**
 * The class that views extend, those with arms told which members these have: a constant, since a member that is keyed by a symbol
 * cannot be declared for a class.
 */
export const RecordView: new (json?: JsonStruct) => RecordView = class {
  readonly #kinds: readonly JsonKinds[];

  constructor(json?: JsonStruct) {
    this.#kinds = json?.kinds ?? [];
  }

  toJSON(): JsonValue {
    return toJson(
      Object.fromEntries(membersOf(this, this.#kinds).map((name) => [name, Reflect.get(this, name) as unknown])),
    );
  }

  [inspected](_depth: number, options: object, inspect: (value: unknown, options: object) => string): string {
    const name = this.constructor.name.replace(/_?class$/i, "");
    const shown: [string, unknown][] = [];
    let members: readonly string[];
    try {
      members = membersOf(this, this.#kinds);
    } catch (error) {
      if (isRingBufError(error, "ERR_RINGBUF_CLOSED")) return `${name} <its record is gone>`;
      throw error;
    }
    for (const member of members) {
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
