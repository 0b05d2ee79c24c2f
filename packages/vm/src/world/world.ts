import { type Btf, resolve, type Struct, sizeOf, type Union } from "@rbgen/btf";
import { RingBufError } from "@rbgen/runtime";
import type { VmMemory } from "../memory/memory.ts";
import type { Region } from "../memory/region.ts";
import { KernelObject } from "./kernel-object.ts";
import { type FieldValue, writeFields } from "./write-fields.ts";

/** Members of a struct by name; those that are left out are 0. */
export type Fields = { readonly [member: string]: FieldValue };

/** What `world.task` takes: members of `struct task_struct` by name. */
export type TaskFields = Fields & {
  readonly pid?: number;
  readonly tgid?: number;
  readonly comm?: string;
};

/**
 * Memory of the kernel and of processes that a test declares for programs to read: by `bpf_probe_read_*`, by CO-RE and by
 * pointers of types that the kernel has. It is laid out by the target's BTF.
 */
export class World {
  readonly #memory: VmMemory;
  readonly #target: Btf | undefined;
  readonly #declared: (region: Region, bytes: Uint8Array) => void;

  /** @internal `declared` is told of each piece of memory. */
  constructor(
    memory: VmMemory,
    target: Btf | undefined,
    declared: (region: Region, bytes: Uint8Array) => void = () => {},
  ) {
    this.#memory = memory;
    this.#target = target;
    this.#declared = declared;
  }

  /** A `struct task_struct`; the kernel's `tgid` of a thread that is a process is its `pid`, and so it is here unless told. */
  task(fields: TaskFields = {}): KernelObject {
    const { pid, tgid = pid } = fields;
    return this.alloc("task_struct", tgid === undefined ? fields : { ...fields, tgid });
  }

  /**
   * A struct or union of the kernel by its C name.
   * @throws RingBufError ENOENT where the target has no such type; EINVAL for a member that there is not, or a value that
   * the member does not hold.
   */
  alloc(type: string, fields: Fields = {}): KernelObject {
    const composite = this.#composite(type);
    const size = sizeOf(composite);
    const region = this.#memory.allocate(size, { kind: "kernel memory", name: `${composite.kind} ${type}` });
    const object = new KernelObject(this.#memory, region, composite);
    this.#write(object, composite, fields, region);
    this.#declared(region, object.bytes);
    return object;
  }

  /** Bytes of the kernel that no type describes: a buffer, a string. A string ends with a 0. */
  bytes(content: Uint8Array | string): KernelObject {
    return this.#plain(content, "kernel memory");
  }

  /** Bytes of the process that runs: what `bpf_probe_read_user` reads. A string ends with a 0. */
  user(content: Uint8Array | string): KernelObject {
    return this.#plain(content, "user memory");
  }

  /** @internal Bytes as they were when they were declared: the high word of their pointers. */
  place(kind: "kernel memory" | "user memory", name: string, bytes: Uint8Array): number {
    const region = this.#memory.allocate(bytes.byteLength, { kind, name });
    this.#memory.bytes.set(bytes, region.address);
    return region.id;
  }

  #plain(content: Uint8Array | string, kind: "kernel memory" | "user memory"): KernelObject {
    const bytes = typeof content === "string" ? new TextEncoder().encode(`${content}\0`) : content;
    const region = this.#memory.allocate(bytes.byteLength, { kind, name: `${bytes.byteLength} bytes` });
    this.#memory.bytes.set(bytes, region.address);
    this.#declared(region, bytes);
    return new KernelObject(this.#memory, region, undefined);
  }

  #composite(name: string): Struct | Union {
    if (this.#target === undefined) {
      throw new RingBufError(`world.alloc("${name}"): no types of a kernel; load the object with { btf }`, {
        code: "ENOENT",
        errno: -2,
      });
    }
    for (const found of this.#target.find(name)) {
      const type = resolve(found);
      if (type.kind === "struct" || type.kind === "union") return type;
    }
    throw new RingBufError(`the target's BTF has no struct or union ${name}`, { code: "ENOENT", errno: -2 });
  }

  #write(object: KernelObject, type: Struct | Union, fields: Fields, region: Region): void {
    const bytes = this.#memory.bytes.subarray(region.address, region.address + region.size);
    writeFields(bytes, type, fields, object.type?.name ?? "");
  }
}
