import { type KV, Kvm } from "@nats-io/kv";
import type { NatsConnection } from "@nats-io/transport-node";
import { hashLayout, type LayoutDescriptor, type LayoutLeaf } from "@rbgen/btf";
import { messageOf, RelayError } from "../relay-error.ts";
import { streamError } from "./relay-stream.ts";

const bucket = "rbgen-layouts";
/** Longest description that is read: that of a record of ten thousand members. */
const maxDescription = 4 * 1024 * 1024;

/** Layouts that are kept once they were read. */
const mostKnown = 1024;

/** Layouts by hash, in a key-value bucket of the server. A description is taken only if it has the hash that it is under. */
export class LayoutStore {
  readonly #kv: KV;
  readonly #known: Map<string, LayoutDescriptor> = new Map();

  private constructor(kv: KV) {
    this.#kv = kv;
  }

  /** @throws RelayError ERR_RELAY_STREAM */
  static async open(connection: NatsConnection, replicas = 1): Promise<LayoutStore> {
    try {
      return new LayoutStore(await new Kvm(connection).create(bucket, { replicas }));
    } catch (cause) {
      throw streamError(`the bucket ${bucket}`, cause);
    }
  }

  /** Stores a layout once; its hash. */
  async put(layout: LayoutDescriptor): Promise<string> {
    const hash = hashLayout(layout);
    try {
      if ((await this.#kv.get(hash)) === null) await this.#kv.put(hash, JSON.stringify(hashed(layout)));
    } catch (cause) {
      throw streamError(`the layout ${hash} in ${bucket}`, cause);
    }
    return hash;
  }

  /**
   * The layout of a hash.
   * @throws RelayError ERR_RELAY_DRIFT where there is none, or what is there is none.
   */
  async get(hash: string): Promise<LayoutDescriptor> {
    const known = this.#known.get(hash);
    if (known !== undefined) return known;
    const entry = await this.#kv.get(hash).catch((cause: unknown) => {
      throw streamError(`the layout ${hash} in ${bucket}`, cause);
    });
    if (entry === null)
      throw new RelayError("ERR_RELAY_DRIFT", `no layout ${hash} in ${bucket}: who relays it did not describe it`);
    const layout = parseLayout(entry.value, hash);
    if (this.#known.size >= mostKnown) this.#known.clear();
    this.#known.set(hash, layout);
    return layout;
  }
}

const classes: ReadonlySet<unknown> = new Set([
  ...["unsigned", "signed", "bool", "char", "float", "pointer", "enum", "bytes", "struct"],
]);

/**
 * The layout that `bytes` describe.
 * @throws RelayError ERR_RELAY_DRIFT for anything but one of this hash.
 */
function parseLayout(bytes: Uint8Array, hash: string): LayoutDescriptor {
  const fail = (reason: string): never => {
    throw new RelayError("ERR_RELAY_DRIFT", `what ${bucket} has as layout ${hash} is none: ${reason}`);
  };
  if (bytes.length > maxDescription) fail(`${bytes.length} bytes, ${maxDescription} are the most`);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    fail(messageOf(error));
  }
  if (!isLayout(value)) return fail("members are missing or of another type");
  if (hashLayout(value) !== hash) fail(`its hash is ${hashLayout(value)}`);
  return hashed(value);
}

/** What the hash of a layout tells of: whoever stored one may have put anything beside it. */
function hashed({ name, size, endian, leaves }: LayoutDescriptor): LayoutDescriptor {
  return { name, size, endian, leaves };
}

function isLayout(value: unknown): value is LayoutDescriptor {
  const { name, size, endian, leaves } = (value ?? {}) as Partial<Record<keyof LayoutDescriptor, unknown>>;
  return typeof name === "string" && isCount(size) && isEndian(endian) && Array.isArray(leaves) && leaves.every(isLeaf);
}

function isLeaf(value: unknown): value is LayoutLeaf {
  const leaf = (value ?? {}) as Partial<Record<keyof LayoutLeaf, unknown>>;
  const { path, bitOffset, bitSize, count, stride, endian, values } = leaf;
  return (
    typeof path === "string" &&
    isCount(bitOffset) &&
    isCount(bitSize) &&
    classes.has(leaf.class) &&
    (count === undefined || isCount(count)) &&
    (stride === undefined || isCount(stride)) &&
    (endian === undefined || isEndian(endian)) &&
    (values === undefined || (typeof values === "object" && values !== null && Object.values(values).every(isDecimal)))
  );
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isEndian(value: unknown): boolean {
  return value === "little" || value === "big";
}

function isDecimal(value: unknown): boolean {
  return typeof value === "string" && /^-?\d{1,20}$/.test(value);
}
