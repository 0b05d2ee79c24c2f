import { relative } from "node:path";
import { counted } from "../../diagnostics/counted.ts";
import { printable } from "../../diagnostics/display-text.ts";
import { type ExitCode, exitCode, UsageError } from "../exit-code.ts";
import { tellFailure } from "../failure.ts";
import { Generation } from "../generation.ts";
import type { Host } from "../host/host.ts";
import type { ReadFiles } from "../host/read-files.ts";
import type { GenerateOptions } from "../input/options.ts";
import { Invocation } from "../invocation.ts";
import { FolderWatch } from "./folder-watch.ts";
import { watchingHost } from "./watching-host.ts";

/** Milliseconds without an event after which what happened is looked at: an editor saves in several steps. */
const quiet = 50;

/** `rbgen --watch`: generates, and again whenever something changes that the outputs depend on, until it is told to end. */
export async function watch(inputs: readonly string[], options: GenerateOptions, first: Invocation): Promise<ExitCode> {
  const { speech } = first;
  const host = watchingHost(first.host);
  const turn = new Turn(host);
  const folders = new FolderWatch(
    host.cwd,
    host.files,
    (folder, onEvent) => host.watchFolder(folder, onEvent),
    () => turn.happened(),
  );
  // What is written is whole, or not there, whenever that is. Of this and of what waits one always listens: a signal that came
  // meanwhile would be told to nobody.
  let goOn = host.endBySignal(exitCode.ok);
  try {
    for (let why: string | undefined; ; ) {
      const invocation = new Invocation(host, speech);
      if (why !== undefined) invocation.tell(`${printable(shown(why, host.cwd))} changed\n`);
      const generation = new Generation(inputs, options, invocation);
      try {
        await generation.run();
      } catch (error) {
        // What is wrong with the command line stays so; what a configuration adds to it may be mended.
        if (error instanceof UsageError && why === undefined) throw error;
        tellFailure(error, "", false, invocation);
      }
      const { read } = generation;
      folders.follow(read.paths, read.folders());
      const end = host.untilEnd();
      goOn();
      try {
        invocation.tell(`watching ${counted(read.count, "file")}\n`);
        why = await changeIn(read, folders, turn, end.reached);
      } finally {
        goOn = host.endBySignal(exitCode.ok);
        end.forget();
      }
      if (why === undefined) return exitCode.ok;
    }
  } finally {
    goOn();
    folders.close();
    turn.close();
  }
}

/** Waits until one of the files gives something else than it did; undefined where the end came first. */
async function changeIn(
  read: ReadFiles,
  folders: FolderWatch,
  turn: Turn,
  ended: Promise<void>,
): Promise<string | undefined> {
  for (;;) {
    // Looked at once more since the folders are watched: nothing that came before is told by them.
    const change = read.changed();
    if (change !== undefined) return change;
    if (await turn.next(ended)) return undefined;
    // A folder that came to be holds what was missing.
    folders.follow(read.paths, read.folders());
  }
}

function shown(path: string, cwd: string): string {
  const inside = relative(cwd, path);
  return path.startsWith("/") && !inside.startsWith("..") ? inside : path;
}

/** Turns many events into one turn, once they pause. */
class Turn {
  readonly #host: Pick<Host, "after">;
  #cancel: (() => void) | undefined;
  #due = false;
  #wake: () => void = () => undefined;

  constructor(host: Pick<Host, "after">) {
    this.#host = host;
  }

  happened(): void {
    this.#cancel?.();
    this.#cancel = this.#host.after(quiet, () => {
      this.#due = true;
      this.#wake();
    });
  }

  /** Waits for a turn; true where the end came first. */
  async next(ended: Promise<void>): Promise<boolean> {
    const due = new Promise<false>((resolve) => {
      this.#wake = () => resolve(false);
      if (this.#due) resolve(false);
    });
    const over = await Promise.race([due, ended.then(() => true)]);
    this.#due = false;
    return over;
  }

  close(): void {
    this.#cancel?.();
  }
}
