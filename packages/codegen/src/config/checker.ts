/** What a value is, in words that fit after "not". */
export function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") {
    if (isPlain(value)) return "an object";
    const [, tag] = /^\[object (.*)\]$/.exec(Object.prototype.toString.call(value)) ?? [];
    if (tag === "Promise") return "a promise: export default await …";
    return tag === undefined || tag === "Object"
      ? 'an object of another prototype (a key of that name is written ["__proto__"])'
      : `a ${tag}`;
  }
  return typeof value === "undefined" ? "undefined" : `a ${typeof value}`;
}

/** Whether it is an object literal, of whatever realm: anything else would be read as one without properties. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** What is wrong with any text that has a NUL: no path, name or macro holds one, and the system would end it there. */
const holdsNul = "it holds a NUL character";

/** A text; undefined, and a complaint, for one that holds a NUL. */
export function checkText(text: string, path: string, complain: Complain): string | undefined {
  if (!text.includes("\0")) return text;
  complain(path, holdsNul);
  return undefined;
}

/** Takes what is wrong: the path of names that leads to it, and why. */
export type Complain = (path: string, message: string) => void;

/** A value that is an object, with its properties; undefined, and a complaint, for anything else. */
export function checkObject(value: unknown, path: string, complain: Complain): Record<string, unknown> | undefined {
  if (typeof value === "object" && value !== null && !Array.isArray(value) && isPlain(value)) {
    return value as Record<string, unknown>;
  }
  complain(path, `an object is wanted, not ${kindOf(value)}`);
  return undefined;
}

/** Reads the properties of one object; each complains by itself, and {@link Properties.end} of those that nobody asked for. */
export class Properties {
  readonly #object: Record<string, unknown>;
  readonly #path: string;
  readonly #complain: Complain;
  readonly #asked = new Set<string>();

  constructor(object: Record<string, unknown>, path: string, complain: Complain) {
    this.#object = object;
    this.#path = path;
    this.#complain = complain;
  }

  #pathOf(name: string): string {
    return this.#path === "" ? name : `${this.#path}.${name}`;
  }

  /** The property as it is; undefined where it is absent. */
  value(name: string): unknown {
    this.#asked.add(name);
    return this.#object[name];
  }

  string(name: string): string | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    if (typeof value === "string" && value !== "") return checkText(value, this.#pathOf(name), this.#complain);
    this.#complain(this.#pathOf(name), value === "" ? "it is empty" : `a string is wanted, not ${kindOf(value)}`);
    return undefined;
  }

  boolean(name: string): boolean | undefined {
    const value = this.value(name);
    if (value === undefined || typeof value === "boolean") return value;
    this.#complain(this.#pathOf(name), `true or false is wanted, not ${kindOf(value)}`);
    return undefined;
  }

  choice<Choice extends string>(name: string, choices: readonly Choice[]): Choice | undefined {
    const value = this.value(name);
    const found = choices.find((choice) => choice === value);
    if (value === undefined || found !== undefined) return found;
    const list = choices.map((choice) => `"${choice}"`).join(" or ");
    this.#complain(
      this.#pathOf(name),
      `${list} is wanted, not ${typeof value === "string" ? `"${value}"` : kindOf(value)}`,
    );
    return undefined;
  }

  list(name: string): readonly unknown[] | undefined {
    const value = this.value(name);
    if (value === undefined || Array.isArray(value)) return value;
    this.#complain(this.#pathOf(name), `a list is wanted, not ${kindOf(value)}`);
    return undefined;
  }

  strings(name: string): readonly string[] | undefined {
    return this.list(name)?.flatMap((entry, index) => {
      const at = `${this.#pathOf(name)}[${index}]`;
      if (typeof entry === "string") return checkText(entry, at, this.#complain) ?? [];
      this.#complain(at, `a string is wanted, not ${kindOf(entry)}`);
      return [];
    });
  }

  /** What `read` makes of a property that is there. */
  read<Value>(
    name: string,
    read: (value: unknown, complain: (message: string) => void) => Value | undefined,
  ): Value | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    return read(value, (message) => this.#complain(this.#pathOf(name), message));
  }

  /** An object whose values `read` turns into what is wanted; undefined ones are left out. */
  record<Value>(
    name: string,
    read: (value: unknown, complain: (message: string) => void) => Value | undefined,
  ): Readonly<Record<string, Value>> | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    const object = checkObject(value, this.#pathOf(name), this.#complain);
    if (object === undefined) return undefined;
    const entries: [string, Value][] = [];
    for (const [key, entry] of Object.entries(object)) {
      const at = `${this.#pathOf(name)}[${JSON.stringify(key)}]`;
      const texts = [key, ...(Array.isArray(entry) ? entry : [entry])].filter((text) => typeof text === "string");
      if (!texts.every((text) => checkText(text, at, this.#complain) !== undefined)) continue;
      const made = read(entry, (message) => this.#complain(`${this.#pathOf(name)}.${key}`, message));
      if (made !== undefined) entries.push([key, made]);
    }
    return Object.fromEntries(entries);
  }

  /** Complains of properties that do not exist; `suggest` may name what was meant. */
  end(suggest: (name: string, known: Iterable<string>) => string | undefined): void {
    for (const name of Object.keys(this.#object)) {
      if (this.#asked.has(name)) continue;
      const meant = suggest(name, this.#asked);
      this.#complain(this.#pathOf(name), `there is no such option${meant === undefined ? "" : `: ${meant}`}`);
    }
  }
}
