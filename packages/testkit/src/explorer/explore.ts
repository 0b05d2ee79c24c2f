import { Arena, type Operation, type Store } from "./operation.ts";
import type { Stage, Standing, Thread } from "./thread.ts";

export interface Scenario {
  readonly stage: Stage;
  /** Sets up shared memory, zero unless told. */
  readonly initialize?: (arena: Arena) => void;
  readonly threads: readonly Thread[];
  /** Checks a state in which no thread can go on. Throws what is wrong with it. */
  readonly verify: (end: End) => void;
  /**
   * Whether plain stores may be seen late: at any time up to their thread's next atomic step that is not a load. Without
   * it, all see them at once.
   */
  readonly late?: boolean;
  /** States after which the exploration gives up (as an error: half a proof is none). */
  readonly limit?: number;
}

/** A state in which every thread has ended or is blocked. */
export interface End {
  readonly arena: Arena;
  readonly threads: readonly {
    readonly name: string;
    /** The step it is blocked before; undefined if it has ended. */
    readonly blockedAt: Operation | undefined;
    readonly reports: readonly unknown[];
  }[];
}

export interface Exploration {
  /** Different states: shared memory and every thread's own. */
  readonly states: number;
  readonly transitions: number;
  /** Different states in which no thread can go on. */
  readonly ends: number;
  /** Sites of the steps that were taken. */
  readonly sites: ReadonlySet<string>;
  /** What is wrong, and the steps that lead there; undefined if nothing is. */
  readonly violation: { readonly error: unknown; readonly path: readonly string[] } | undefined;
}

/** A thread's state: the results of its steps so far, as a path in the tree of all that can happen to it. */
interface Local extends Standing {
  readonly id: number;
  readonly parent: Local | undefined;
  readonly result: unknown;
  readonly children: Map<unknown, Local>;
}

interface Frame {
  readonly memory: Uint8Array;
  readonly locals: readonly Local[];
  /** Stores of each thread that only it has seen so far. */
  readonly unseen: readonly (readonly Store[])[];
  /** Thread to try next, beyond the last one again with a store that is seen late; and what led to the frame above. */
  next: number;
  taken: string;
}

/** Visits every state that any interleaving of the threads' steps can reach, depth first, each once. */
export function explore(scenario: Scenario): Exploration {
  const { stage, threads, verify, late = false, limit = 10_000_000 } = scenario;
  const arena = new Arena(stage.buffer.byteLength + 8 * Math.ceil(stage.slots.length / 2));
  const visited = new Set<string>();
  const memories = new Map<string, number>();
  const sites = new Set<string>();
  const digests = new Map<string, Local>();
  let locals = 0;
  let transitions = 0;
  let ends = 0;
  const path: Frame[] = [];

  const follow = (index: number, parent: Local | undefined, result: unknown): Local => {
    const key = result instanceof Uint8Array ? Buffer.from(result).toString("hex") : result;
    const thread = threads[index]!;
    const known = parent?.children.get(key);
    if (known !== undefined) return known;
    const results: unknown[] = parent === undefined ? [] : [result];
    for (let at = parent; at?.parent !== undefined; at = at.parent) results.push(at.result);
    const standing = stage.replay(thread, index, results.reverse());
    const digest = standing.digest === undefined ? undefined : `${thread.name} ${standing.digest}`;
    let local = digest === undefined ? undefined : digests.get(digest);
    if (local === undefined) {
      local = { ...standing, id: locals, parent, result, children: new Map() };
      locals += 1;
      if (digest !== undefined) digests.set(digest, local);
    }
    parent?.children.set(key, local);
    return local;
  };

  const snapshot = Buffer.from(arena.bytes.buffer);
  /** Whether the state in the arena is new; it is then the top of the path. */
  const enter = (states: readonly Local[], unseen: Frame["unseen"]): boolean => {
    const bytes = snapshot.toString("latin1");
    let memory = memories.get(bytes);
    if (memory === undefined) {
      memory = memories.size;
      memories.set(bytes, memory);
    }
    let key = `${memory}`;
    for (const local of states) key += `,${local.id}`;
    if (unseen.some((stores) => stores.length > 0)) key += unseen.map(show).join("/");
    if (visited.has(key)) return false;
    if (visited.size === limit) throw new Error(`more than ${limit} states: the scenario is too large`);
    visited.add(key);
    path.push({ memory: arena.bytes.slice(), locals: states, unseen, next: 0, taken: "" });
    return true;
  };

  const finish = (error?: unknown): Exploration => ({
    states: visited.size,
    transitions,
    ends,
    sites,
    violation: error === undefined ? undefined : { error, path: path.map((frame) => frame.taken).filter(Boolean) },
  });

  /** Takes the step that thread `index` stands before at `local`. */
  const step = (frame: Frame, index: number, local: Local, unseen: readonly Store[]): Local => {
    const operation = local.operation!;
    transitions += 1;
    sites.add(operation.site);
    if (frame.taken !== "") frame.taken += "; ";
    frame.taken += `${threads[index]!.name}: ${operation.site} ${operation.text}`;
    const result = operation.looks ? seenBy(unseen, arena, operation.apply) : operation.apply(arena);
    if (result !== undefined) frame.taken += ` = ${show(result)}`;
    return follow(index, local, result);
  };

  scenario.initialize?.(arena);
  const first = threads.map((_, index) => follow(index, undefined, undefined));
  for (const local of first) if (local.error !== undefined) return finish(local.error);
  enter(
    first,
    threads.map(() => []),
  );
  for (let frame = path.at(-1); frame !== undefined; frame = path.at(-1)) {
    if (frame.next === (late ? 2 : 1) * threads.length) {
      path.pop();
      continue;
    }
    const index = frame.next % threads.length;
    const isLate = frame.next >= threads.length;
    frame.next += 1;
    const local = frame.locals[index]!;
    const { operation } = local;
    arena.bytes.set(frame.memory);
    const unseen = frame.unseen.some((stores) => stores.length > 0);
    if (index === 0 && !isLate && !unseen && frame.locals.every((one) => isStuck(one, arena))) {
      ends += 1;
      try {
        verify({ arena, threads: threads.map(({ name }, at) => ended(name, frame.locals[at]!)) });
      } catch (error) {
        return finish(error);
      }
      path.pop();
      continue;
    }
    const own = frame.unseen[index]!;
    const now = (stores: readonly Store[]): Frame["unseen"] =>
      frame.unseen.map((one, at) => (at === index ? stores : one));
    if (operation === undefined || isStuck(local, arena)) {
      if (isLate || own.length === 0) continue;
      for (const { at, bytes } of own) arena.bytes.set(bytes, at);
      frame.taken = `${threads[index]!.name}: what it stored is seen`;
      enter(frame.locals, now([]));
      continue;
    }
    frame.taken = "";
    const canBeLate = operation.stores !== undefined && !operation.alone;
    if (canBeLate ? !isLate && overlaps(operation, own, arena) : isLate) continue;
    let stores = own;
    let after = local;
    try {
      if (isLate) {
        stores = [...own, seenBy(own, arena, operation.stores!)];
        after = follow(index, local, undefined);
        transitions += 1;
        frame.taken = `${threads[index]!.name}: ${operation.site} ${operation.text}, seen late`;
      } else {
        if (operation.stores === undefined && !operation.looks) {
          for (const { at, bytes } of own) arena.bytes.set(bytes, at);
          stores = [];
        }
        do after = step(frame, index, after, stores);
        while (after.operation?.alone);
      }
    } catch (error) {
      return finish(error);
    }
    if (after.error !== undefined) return finish(after.error);
    enter(
      frame.locals.map((one, at) => (at === index ? after : one)),
      now(stores),
    );
  }
  return finish();
}

/** What `look` sees of the arena through a thread's own stores. */
function seenBy<Result>(unseen: readonly Store[], arena: Arena, look: (arena: Arena) => Result): Result {
  if (unseen.length === 0) return look(arena);
  const before = arena.bytes.slice();
  for (const { at, bytes } of unseen) arena.bytes.set(bytes, at);
  const result = look(arena);
  arena.bytes.set(before);
  return result;
}

/** Whether a store would be seen before one of the same thread that it overwrites. */
function overlaps({ stores }: Operation, unseen: readonly Store[], arena: Arena): boolean {
  if (stores === undefined || unseen.length === 0) return false;
  const { at, bytes } = seenBy(unseen, arena, stores);
  return unseen.some((one) => at < one.at + one.bytes.length && one.at < at + bytes.length);
}

function isStuck(local: Local, arena: Arena): boolean {
  return local.operation === undefined || local.operation.enabled?.(arena) === false;
}

function ended(name: string, local: Local): End["threads"][number] {
  return { name, blockedAt: local.operation, reports: local.reports };
}

function show(result: unknown): string {
  if (Array.isArray(result)) return result.map(({ at, bytes }: Store) => `@${at}:${show(bytes)}`).join();
  return result instanceof Uint8Array ? Buffer.from(result).toString("hex") : String(result);
}
