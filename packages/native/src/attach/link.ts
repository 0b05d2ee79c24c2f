import type { Handle } from "../addon/addon.ts";
import { loadAddon } from "../addon/load-addon.ts";
import { shown } from "../kernel/arguments.ts";
import { cString, isDescriptor } from "../kernel/attributes.ts";
import { errnoName, kernelError, ringError } from "../kernel/errno.ts";
import { explainPin } from "../kernel/explain.ts";
import { detachLink, linkId, updateLink } from "../kernel/link-commands.ts";
import { pin } from "../kernel/map-commands.ts";
import type { OwnedDescriptor } from "../kernel/open-map.ts";

/** What keeps a program attached, until it is let go. */
export interface LinkHold {
  /** How messages name it. */
  readonly what: string;
  /** The kernel's link; undefined where there is none: a perf event of an old kernel, or a probe of libbpf's own making. */
  readonly fd: number | undefined;
  /** Why there is none. */
  readonly without?: string | undefined;
  /** It is pinned, and stays attached when it is let go. */
  pinned(): void;
  letGo(): void;
}

let make: (hold: LinkHold) => Link;

/** A program attached to what runs it. Closing it, or its object, detaches, unless it is pinned. */
export class Link {
  #hold: LinkHold | undefined;
  readonly #what: string;

  static {
    make = (hold) => new Link(hold);
  }

  private constructor(hold: LinkHold) {
    this.#hold = hold;
    this.#what = hold.what;
  }

  /** Whether it is still attached by this link. */
  get open(): boolean {
    return this.#hold !== undefined;
  }

  /**
   * The kernel's number of the link.
   * @throws RingBufError as `pin`.
   */
  get id(): number {
    const id = linkId(this.#fd("has no number"));
    if (id < 0) throw kernelError(id, "BPF_OBJ_GET_INFO_BY_FD", `the link of ${this.#what}`);
    return id;
  }

  /**
   * Keeps the program attached by a file of a BPF file system, beyond `close()` and the end of the process, until that file
   * is removed (BPF_OBJ_PIN).
   * @throws RingBufError EEXIST, ENOENT, EPERM; ENOTSUP where the kernel has no link of it; ERR_RINGBUF_CLOSED.
   */
  pin(path: string): void {
    const fd = this.#fd("cannot be pinned");
    cString(path);
    const result = pin(fd, path);
    if (result < 0) throw kernelError(result, "BPF_OBJ_PIN", explainPin(result, path));
    this.#hold?.pinned();
  }

  /**
   * Puts another program in the place of the attached one, without a moment in which none is (BPF_LINK_UPDATE): those of
   * control groups and network interfaces can.
   * @throws RingBufError EINVAL for a link that holds its program, and for a program of another type; as `pin`.
   */
  update(program: { readonly fd: number }): void {
    const to = (program as { readonly fd?: unknown } | null | undefined)?.fd;
    if (!isDescriptor(to)) throw ringError("EINVAL", `a link is given a program, not ${shown(program)}`);
    const result = updateLink(this.#fd("holds its program"), to);
    if (result >= 0) return;
    const why =
      errnoName(result) === "EINVAL" ? "links of this kind hold their program, or this one has another type" : "";
    throw kernelError(result, "BPF_LINK_UPDATE", `${this.#what}${why === "" ? "" : `: ${why}`}`);
  }

  /**
   * Detaches the program for everybody who holds the link, its pins too (BPF_LINK_DETACH), and closes it.
   * @throws RingBufError ENOTSUP for what is attached as long as anybody holds its link: tracing programs; as `pin`.
   */
  detach(): void {
    const result = detachLink(this.#fd("cannot be detached for others"));
    if (result < 0) {
      const why = errnoName(result) === "ENOTSUP" ? ": close() and removing its pins detach a tracing program" : "";
      throw kernelError(result, "BPF_LINK_DETACH", `${this.#what}${why}`);
    }
    this.close();
  }

  /** Lets it go, which detaches the program unless it is pinned; nothing happens the second time. */
  close(): void {
    this.#hold?.letGo();
    this.#hold = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #fd(cannot: string): number {
    if (this.#hold === undefined) throw ringError("ERR_RINGBUF_CLOSED", `the link of ${this.#what} is closed`);
    const { fd, without } = this.#hold;
    if (fd !== undefined) return fd;
    throw ringError("ENOTSUP", `the link of ${this.#what} ${cannot}: ${without}`);
  }
}

/** A link on descriptors of our own; the program is attached as long as they are open. */
export function linkOfDescriptor(what: string, { fd, owner }: OwnedDescriptor, without?: string): Link {
  return make({
    what,
    fd: without === undefined ? fd : undefined,
    without,
    pinned: () => undefined,
    letGo: () => loadAddon().disown(owner),
  });
}

/** The link of libbpf behind `handle`. */
export function linkOfHandle(what: string, handle: Handle, without?: string): Link {
  const addon = loadAddon();
  return make({
    what,
    fd: without === undefined ? addon.linkFd(handle) : undefined,
    without,
    pinned: () => addon.linkPinned(handle),
    letGo: () => void addon.linkDestroy(handle),
  });
}
