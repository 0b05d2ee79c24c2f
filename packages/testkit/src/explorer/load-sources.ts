import { readFileSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { compileFunction } from "node:vm";
import ts from "typescript";
import { type Arena, atomicNames, atomicOperation, futex, plain } from "./operation.ts";
import { type Stage, writeInTwo } from "./thread.ts";

/** A change of one source file, to see that the explorer finds what it breaks. */
export interface SourceEdit {
  /** File name: `kernel-producer.ts`. */
  readonly file: string;
  /** Text that is in the file exactly once, and what to put there. */
  readonly replace: string;
  readonly by: string;
}

export interface LoadOptions {
  /** Bytes of shared memory where a failed `compareExchange` is tried again for ever. */
  readonly spinsAt?: readonly number[];
  /** Files whose plain access is under a lock, and the byte of shared memory where that is, 0 when free. */
  readonly locked?: { readonly files: readonly string[]; readonly lock: number };
  readonly edits?: readonly SourceEdit[];
}

/** Loads TypeScript sources, each once, with their access to shared memory bound to a stage. */
export interface Sources {
  /** Exports of the file at `path`. */
  load<Exports>(path: string): Exports;
  /** Sites of every use of `Atomics` in the files loaded. */
  readonly sites: ReadonlySet<string>;
}

/**
 * Sources as they are in the tree: types are erased, `Atomics` and `Uint8Array` are the stage's, and private members can
 * be seen. Nothing else of them changes but by `edits`; every use of `Atomics` must be a call of one of its functions
 * (or a look for `waitAsync`).
 */
export function loadSources(stage: Stage, options: LoadOptions = {}): Sources {
  const { edits = [] } = options;
  const loaded = new Map<string, Record<string, unknown>>();
  const sites = new Set<string>();
  const atomics = atomicsOn(stage, options);
  const Bytes = bytesOn(stage);

  const load = (path: string): Record<string, unknown> => {
    const before = loaded.get(path);
    if (before !== undefined) return before;
    const exports: Record<string, unknown> = {};
    loaded.set(path, exports);
    const file = basename(path);
    let text = readFileSync(path, "utf8");
    for (const edit of edits) {
      if (edit.file !== file) continue;
      if (text.split(edit.replace).length !== 2) throw new Error(`${file} does not have once: ${edit.replace}`);
      text = text.replace(edit.replace, () => edit.by);
    }
    const code = instrumented(file, text);
    for (const site of code.sites) sites.add(site);
    const require = (name: string): unknown => {
      if (!name.startsWith(".")) throw new Error(`${file} imports ${name}`);
      return load(resolve(dirname(path), name));
    };
    compileFunction(code.text, ["exports", "require", "Atomics", "Uint8Array"])(exports, require, atomics, Bytes);
    return exports;
  };

  return {
    sites,
    load: <Exports>(path: string): Exports => {
      const exports = load(path) as Exports;
      return exports;
    },
  };
}

interface Code {
  readonly text: string;
  readonly sites: ReadonlySet<string>;
}

/** By file name and text: scenarios load the same files again and again. */
const known = new Map<string, Code>();

function instrumented(file: string, text: string): Code {
  const key = `${file}\n${text}`;
  let code = known.get(key);
  if (code === undefined) {
    const sites = new Set<string>();
    const { outputText } = ts.transpileModule(instrument(file, text, sites), {
      compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
    });
    code = { text: outputText, sites };
    known.set(key, code);
  }
  return code;
}

/**
 * Makes each `Atomics.load(` an `Atomics.at("header.ts:47").load(`, so that steps are told apart and a path can be read,
 * each plain `this.#words[index]` a step too, and each private `#name` a `private_name`, so that a checkpoint sees it.
 */
function instrument(file: string, text: string, sites: Set<string>): string {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
  const changes: { readonly from: number; readonly to: number; readonly text: string }[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && node.text === "Atomics") {
      const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1;
      const { parent } = node;
      if (isWaitAsync(parent)) return;
      const called = ts.isPropertyAccessExpression(parent) && ts.isCallExpression(parent.parent);
      if (!called || parent.expression !== node || parent.parent.expression !== parent) {
        throw new Error(`${file}:${line}: Atomics is used other than by a call of its functions`);
      }
      let site = `${file}:${line}`;
      while (sites.has(site)) site += "'";
      sites.add(site);
      changes.push({ from: node.getEnd(), to: node.getEnd(), text: `.at(${JSON.stringify(site)})` });
    } else if (ts.isElementAccessExpression(node) && isWords(node.expression)) {
      const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1;
      const { parent, expression, argumentExpression } = node;
      const assigned = ts.isBinaryExpression(parent) && parent.left === node;
      if (assigned && parent.operatorToken.kind !== ts.SyntaxKind.EqualsToken) {
        throw new Error(`${file}:${line}: a word is changed in place`);
      }
      const call = `Atomics.at("${file}:${line}").${assigned ? "write" : "read"}Plain(`;
      changes.push({ from: node.getStart(), to: node.getStart(), text: call });
      changes.push({ from: expression.getEnd(), to: argumentExpression.getStart(), text: ", " });
      if (assigned) {
        changes.push({ from: argumentExpression.getEnd(), to: parent.right.getStart(), text: ", " });
        changes.push({ from: parent.right.getEnd(), to: parent.right.getEnd(), text: ")" });
      } else {
        changes.push({ from: argumentExpression.getEnd(), to: node.getEnd(), text: ")" });
      }
    } else if (ts.isPrivateIdentifier(node)) {
      changes.push({ from: node.getStart(), to: node.getEnd(), text: `private_${node.text.slice(1)}` });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  let instrumented = text;
  changes.sort((one, other) => other.from - one.from);
  for (const change of changes) {
    instrumented = `${instrumented.slice(0, change.from)}${change.text}${instrumented.slice(change.to)}`;
  }
  return instrumented;
}

/** `this.#words`, the name by which the ring's files have shared memory as words. */
function isWords(node: ts.Expression): boolean {
  return ts.isPropertyAccessExpression(node) && node.name.text === "#words";
}

/** `(Atomics as …).waitAsync`, which the explorer's `Atomics` does not have: threads block. */
function isWaitAsync(parent: ts.Node): boolean {
  return ts.isAsExpression(parent) && parent.parent.parent.getText().endsWith(".waitAsync");
}

type Words = Int32Array | BigUint64Array | BigInt64Array;

function atomicsOn(stage: Stage, { spinsAt = [], locked }: LoadOptions): { at(site: string): Record<string, unknown> } {
  let here = "";
  const functions: Record<string, unknown> = {};
  const access = (name: string, words: Words, index: number, operands: readonly (number | bigint)[]): unknown => {
    if (words.buffer !== stage.buffer) throw new Error(`${here}: not in shared memory`);
    if (!(index >= 0 && index < words.length)) throw new RangeError(`${here}: index ${index} of ${words.length}`);
    const at = words.byteOffset + index * words.BYTES_PER_ELEMENT;
    const wide = words.BYTES_PER_ELEMENT === 8;
    return stage.step(atomicOperation(here, name, at, wide, operands, spinsAt.includes(at)));
  };
  /** A plain access to a word; beyond the end as typed arrays have it. */
  const plainly = (words: Int32Array, index: number, value?: number): unknown => {
    const at = words.byteOffset + 4 * index;
    const operation =
      value === undefined ? atomicOperation(here, "load", at, false, [], false) : plain.writeWord(here, at, value);
    if (locked?.files.includes(here.split(":")[0]!) !== true) return stage.step(operation);
    const apply = (arena: Arena): unknown => {
      if (arena.words[locked.lock / 4] === 0)
        throw new Error(`${operation.text} at ${operation.site} without the lock`);
      return operation.apply(arena);
    };
    return stage.step({ ...operation, alone: true, apply });
  };
  const isShared = (words: Int32Array, index: number): boolean => words.buffer === stage.buffer && index < words.length;
  for (const name of atomicNames) {
    functions[name] = (words: Words, index: number, ...operands: (number | bigint)[]): unknown =>
      access(name, words, index, operands);
  }
  functions["readPlain"] = (words: Int32Array, index: number): unknown =>
    isShared(words, index) ? plainly(words, index) : words[index];
  functions["writePlain"] = (words: Int32Array, index: number, value: number): unknown => {
    if (isShared(words, index)) plainly(words, index, value);
    else words[index] = value;
    return value;
  };
  functions["wait"] = (words: Int32Array, index: number, value: number, timeoutMs: number): unknown => {
    if (words.buffer !== stage.buffer) return Atomics.wait(words, index, value, timeoutMs);
    if (timeoutMs !== Number.POSITIVE_INFINITY) throw new Error(`${here}: a wait with a timeout`);
    const site = here;
    const { slot } = stage;
    const begun = stage.step(futex.compare(site, words.byteOffset + 4 * index, value, slot));
    return begun === "waits" ? stage.step(futex.sleep(site, slot)) : begun;
  };
  functions["notify"] = (words: Int32Array, index: number): unknown =>
    stage.step(futex.notify(here, words.byteOffset + 4 * index, stage.slots));
  return {
    at: (site) => {
      here = site;
      return functions;
    },
  };
}

/** `Uint8Array` whose bulk operations on shared memory are steps. */
function bytesOn(stage: Stage): unknown {
  const site = "Uint8Array";
  const refuse = (name: string): never => {
    throw new Error(`Uint8Array.${name} on shared memory is not known to the explorer`);
  };
  return class Bytes extends Uint8Array<ArrayBuffer> {
    override copyWithin(target: number, start: number, end: number = this.length): this {
      if ((this.buffer as unknown) !== stage.buffer) return super.copyWithin(target, start, end);
      const byteLength = Math.max(0, Math.min(end, this.length) - start);
      stage.step(plain.copyWithin(site, this.byteOffset + target, this.byteOffset + start, byteLength));
      return this;
    }
    override fill(value: number, start = 0, end: number = this.length): this {
      if ((this.buffer as unknown) !== stage.buffer) return super.fill(value, start, end);
      stage.step(plain.fill(site, this.byteOffset + start, end - start, value));
      return this;
    }
    override slice(start = 0, end: number = this.length): Uint8Array<ArrayBuffer> {
      if ((this.buffer as unknown) !== stage.buffer) return super.slice(start, end);
      const last = Math.min(end, this.length);
      return stage.step(plain.read(site, this.byteOffset + start, last - start)) as Uint8Array<ArrayBuffer>;
    }
    override set(source: ArrayLike<number>, offset = 0): void {
      if ((this.buffer as unknown) !== stage.buffer) super.set(source, offset);
      else writeInTwo(stage, site, this.byteOffset + offset, Uint8Array.from(source));
    }
    override subarray(start?: number, end?: number): Uint8Array<ArrayBuffer> {
      return (this.buffer as unknown) === stage.buffer ? refuse("subarray") : super.subarray(start, end);
    }
  };
}
