import { basename, dirname, join, resolve } from "node:path";
import type { FileSystem, FolderEvents } from "../host/host.ts";

/** Links that are followed on one way, as Linux does. */
const mostLinks = 40;

/**
 * Paths of a file system, watched by the folders that hold them, and those that hold what links on the way lead to: editors
 * replace files, and folders vanish and come back.
 */
export class FolderWatch {
  readonly #files: Pick<FileSystem, "isDirectory" | "linkTarget">;
  readonly #watch: FolderEvents;
  readonly #onEvent: () => void;
  readonly #watched = new Map<string, () => void>();
  readonly #root: string;

  /**
   * @param root below it, folders are watched with all that hold them: one that is moved tells nothing of those in it
   * @param onEvent is told that something happened in one of the folders, and not what
   */
  constructor(
    root: string,
    files: Pick<FileSystem, "isDirectory" | "linkTarget">,
    watch: FolderEvents,
    onEvent: () => void,
  ) {
    this.#root = root;
    this.#files = files;
    this.#watch = watch;
    this.#onEvent = onEvent;
  }

  /** Watches what holds `paths`, and `folders` themselves, and nothing else from now on. */
  follow(paths: Iterable<string>, folders: Iterable<string>): void {
    const wanted = new Set([...folders].filter((folder) => this.#files.isDirectory(folder)));
    const known = new Map<string, string>();
    const ways = new Map<string, string>();
    for (const path of [...paths, ...wanted]) {
      wanted.add(this.#holder(dirname(path), known));
      const real = this.#followed(path, (link) => wanted.add(this.#holder(dirname(link), known)), ways);
      if (real !== path) wanted.add(this.#holder(dirname(real), known));
    }
    for (const folder of [...wanted]) {
      for (let at = folder; at.startsWith(`${this.#root}/`); at = dirname(at)) wanted.add(dirname(at));
    }
    for (const [folder, end] of this.#watched) {
      if (wanted.has(folder)) continue;
      end();
      this.#watched.delete(folder);
    }
    for (const folder of wanted) {
      if (!this.#watched.has(folder))
        this.#watched.set(
          folder,
          this.#watch(folder, () => this.#happened(folder)),
        );
    }
  }

  close(): void {
    for (const end of this.#watched.values()) end();
    this.#watched.clear();
  }

  /** A folder, or the nearest one above it that is there: what is missing comes to be in that. */
  #holder(folder: string, known: Map<string, string>): string {
    const before = known.get(folder);
    if (before !== undefined) return before;
    const above = dirname(folder);
    const found = above === folder || this.#files.isDirectory(folder) ? folder : this.#holder(above, known);
    known.set(folder, found);
    return found;
  }

  /** Where a path leads, whether or not something is there; `onLink` is told of each link on the way, where it really lies. */
  #followed(path: string, onLink: (link: string) => void, ways: Map<string, string>, links = mostLinks): string {
    const before = ways.get(path);
    if (before !== undefined) return before;
    const above = dirname(path);
    if (above === path) return path;
    const at = join(this.#followed(above, onLink, ways, links), basename(path));
    const target = links > 0 ? this.#files.linkTarget(at) : undefined;
    if (target !== undefined) onLink(at);
    const real = target === undefined ? at : this.#followed(resolve(dirname(at), target), onLink, ways, links - 1);
    ways.set(path, real);
    return real;
  }

  #happened(folder: string): void {
    // It may be another folder now, of which nothing would be told: it is watched anew by what follows.
    this.#watched.get(folder)?.();
    this.#watched.delete(folder);
    this.#onEvent();
  }
}
