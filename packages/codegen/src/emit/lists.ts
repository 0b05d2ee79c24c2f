import type { CompositePlan } from "../plan/model.ts";
import { type Name, named } from "../plan/names.ts";
import { startOfTail } from "../plan/nodes.ts";
import { choiceLength, choiceSwitch } from "./choice.ts";
import { binary, block, type Code, code, local, quote } from "./code.ts";
import { type EmitContext, lengthName, roleOf, taggedOf, use, useType } from "./context.ts";
import { isCut } from "./cut.ts";
import { type FunctionDeclarationStructure, parametersOf } from "./declaration.ts";
import { itemLengthFunction } from "./length.ts";
import { elementCount } from "./members.ts";
import { loadPlace, placeLiteral } from "./places.ts";
import { byteLength, here, hereParameters, minus, plus, type Span, times, value } from "./span.ts";
import { aligned } from "./starts.ts";

const { view, base: offset, end } = here;
const path = local("path");
const told = local("told");
const before = local("before");

/** Where an item of a list that stands at a place ends: the bytes that it needs for saying so, locals, and an expression. */
export function itemEnd(
  context: EmitContext,
  item: CompositePlan,
  where: Span,
  count: Code,
): { readonly needed: number; readonly locals: readonly Code[]; readonly end: Code } {
  const { tail, open } = item.extent.ending;
  if (open !== undefined || roleOf(context, item).choice !== undefined) {
    const behind = context.lists.itemEnd(context, item);
    const end = code`${behind}(${where.view}, ${where.base}, ${where.end})`;
    return { needed: item.extent.minByteLength, locals: [], end };
  }
  if (!item.extent.hasLength) return { needed: item.size, locals: [], end: plus(where.base, item.size) };
  if (item.extent.ending.kind === "tail" && item.extent.chained && tail !== undefined) {
    const behind = context.chains.behind(context, item, tail);
    return {
      needed: startOfTail(item.extent.ending),
      locals: [],
      end: code`${behind}(${where.view}, ${where.base}, ${where.end})`,
    };
  }
  if (tail?.variable === undefined) throw new Error(`${item.cName} does not vary`);
  const fixed = tail.bitOffset / 8;
  return {
    needed: fixed,
    locals: [code`const ${count} = ${elementCount(context, item, tail, where)};`],
    end: binary("+", plus(where.base, fixed), times(count, tail.variable.stride)),
  };
}

/** The name of `(value) => bytes` of an item. */
function itemLengthName(context: EmitContext, item: CompositePlan): Code {
  const told = item.extent.ending.open !== undefined || roleOf(context, item).choice !== undefined;
  return told ? context.lists.itemLength(context, item) : lengthName(context, item);
}

/** The line that has a last item which is cut end where the bytes do: what pads it is left out. */
function cutLines(context: EmitContext, item: CompositePlan, align: number): Code[] {
  if (!item.extent.endsClamped) return [];
  const bare = align === 1 ? code`length` : code`bare`;
  const length = code`${use(context, "endOfCut")}(${bare}, ${told}, ${before})`;
  return [code`if (count > 0 && ${isCut(context, item, code`${value}?.[count - 1]`)}) return ${length};`];
}

/** Statements that refuse an item which is read to another place than it was written to: one that is cut, but is not the last. */
function endLines(context: EmitContext, item: CompositePlan): Code[] {
  if (!item.extent.endsClamped) return [];
  const { locals, end: behind } = itemEnd(context, item, here, code`elements`);
  const ends = binary("+", offset, byteLength);
  const why = quote("is cut, and more bytes follow, which would be read as its own");
  return [
    ...locals.map((line) => code`    ${line}`),
    code`    if (${binary("!==", behind, ends)}) ${use(context, "outOfRange")}("", item, ${why});`,
  ];
}

/** Functions for lists of structs that each say how long they are: `{ type, size, data[] }` repeated. */
export class ListFunctions {
  readonly declarations: FunctionDeclarationStructure[] = [];
  readonly #names = new Map<string, { readonly read: Code; readonly write: Code; readonly length: Code }>();
  readonly #walks = new Map<string, Code>();
  readonly #ends = new Map<CompositePlan, Name>();
  readonly #lengthsOf = new Map<CompositePlan, Name>();

  #settle(context: EmitContext, item: CompositePlan, align: number) {
    const key = `${item.names.type}/${align}`;
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const names = {
      read: context.scope.take(named`${item.names.read}List`),
      write: context.scope.take(named`${item.names.write}List`),
      length: context.scope.take(named`${item.names.length}OfList`),
    };
    this.#names.set(key, names);
    this.declarations.push(this.#reader(context, item, align, names.read));
    if (context.parts.has("encode")) {
      this.declarations.push(
        this.#lengths(context, item, align, names.length),
        this.#writer(context, item, align, names.write),
      );
    }
    return names;
  }

  /** The name of `(view, offset, end) => Item[]`. */
  reader(context: EmitContext, item: CompositePlan, align: number): Code {
    return this.#settle(context, item, align).read;
  }

  /** The name of `(value, view, offset, end, path) => void`. */
  writer(context: EmitContext, item: CompositePlan, align: number): Code {
    return this.#settle(context, item, align).write;
  }

  /** Whether the length of a list is told what a member says of it: items are padded, or the last one may be cut. */
  isTold(item: CompositePlan, align: number): boolean {
    return align > 1 || item.extent.endsClamped;
  }

  /**
   * The name of `(value, path) => bytes`; where {@link isTold}, of `(value, path, told, before) => bytes`, which leaves out what the
   * last item is padded with where `told` says so, `before` bytes of it aside, and has one that is cut end where it says.
   */
  length(context: EmitContext, item: CompositePlan, align: number): Code {
    return this.#settle(context, item, align).length;
  }

  /** The name of `(value) => bytes` of an item that ends in a tagged union, or is one of several structs. */
  itemLength(context: EmitContext, item: CompositePlan): Code {
    const known = this.#lengthsOf.get(item);
    if (known !== undefined) return known;
    const name = context.scope.take(named`${item.names.length}OfItem`);
    this.#lengthsOf.set(item, name);
    const { choice } = roleOf(context, item);
    this.declarations.push(
      choice === undefined
        ? itemLengthFunction(context, item, name)
        : choiceLength(context, item, choice, name, (body) => itemLengthName(context, body)),
    );
    return name;
  }

  /** The name of `(view, offset, end) => offset` behind an item that ends in a tagged union, or is one of several structs. */
  itemEnd(context: EmitContext, item: CompositePlan): Code {
    const known = this.#ends.get(item);
    if (known !== undefined) return known;
    const name = context.scope.take(named`${item.names.read}End`);
    this.#ends.set(item, name);
    const { choice } = roleOf(context, item);
    if (choice !== undefined) {
      const lines = choiceSwitch(context, item, choice, here, ({ body }) => {
        const { needed, locals, end: behind } = itemEnd(context, body, here, code`elements`);
        const check = code`${use(context, "checkLeft")}(${quote(body.cName)}, ${here.length}, ${needed});`;
        return [check, ...locals, code`return ${behind};`];
      });
      const kind = context.kinds.Function;
      const returnType = code`number`;
      this.declarations.push({ kind, name, parameters: hereParameters, returnType, statements: block(lines) });
      return name;
    }
    const { open } = item.extent.ending;
    const tagged = open === undefined ? undefined : taggedOf(item, open);
    if (tagged === undefined) throw new Error(`${item.cName} has no arms`);
    const tag = loadPlace(context, tagged.tag, here);
    const cases = tagged.variants.flatMap(({ values, isDefault, kind, least, tails: [tail] }) => {
      const labels = [
        ...values.map((literal) => code`  case ${placeLiteral(tagged.tag, literal)}:`),
        ...(isDefault ? [code`  default:`] : []),
      ];
      const name = quote(`${item.cName} (${kind})`);
      const check = code`    ${use(context, "checkLeft")}(${name}, ${here.length}, ${least});`;
      const held = tail?.shape.kind === "composite" && tail.variable === undefined ? tail.shape.composite : undefined;
      if (tail !== undefined && held !== undefined) {
        const at = plus(offset, tail.bitOffset / 8);
        const behind = itemEnd(context, held, { view, base: at, end, length: minus(end, at) }, code`elements`);
        const lines = [...behind.locals, code`return ${behind.end};`].map((line) => code`    ${line}`);
        return [...labels.slice(0, -1), code`${labels.at(-1) ?? ""} {`, check, ...lines, code`  }`];
      }
      if (tail?.variable === undefined) return [...labels, check, code`    return ${plus(offset, least)};`];
      const count = elementCount(context, item, tail, here);
      const bytes = times(count, tail.variable.stride);
      return [...labels, check, code`    return ${binary("+", plus(offset, tail.bitOffset / 8), bytes)};`];
    });
    const unknown = (): Code =>
      code`${use(context, "unknownItem")}(${quote(item.cName)}, ${quote(tagged.tag.path)}, ${tag})`;
    this.declarations.push({
      kind: context.kinds.Function,
      name,
      parameters: hereParameters,
      returnType: code`number`,
      statements: block([
        code`switch (${tag}) {`,
        ...cases,
        ...(tagged.unknown === undefined ? [] : [code`  default:`, code`    return ${unknown()};`]),
        code`}`,
      ]),
    });
    return name;
  }

  /** The name of `(view, offset, end, count) => bytes`, of lists of which the number of items is told. */
  walker(context: EmitContext, item: CompositePlan, align: number): Code {
    const key = `${item.names.type}/${align}`;
    const known = this.#walks.get(key);
    if (known !== undefined) return known;
    const name = context.scope.take(named`${item.names.read}Items`);
    this.#walks.set(key, name);
    this.declarations.push(this.#walk(context, item, align, name));
    return name;
  }

  #walk(context: EmitContext, item: CompositePlan, align: number, name: Code): FunctionDeclarationStructure {
    const [next, count] = [code`next`, local("count")];
    const { needed, locals, end: behind } = itemEnd(context, item, here, code`elements`);
    const bytes = minus(next, code`start`);
    const statements = block([
      code`const start = ${offset};`,
      code`for (let i = 0; i < ${count}; i++) {`,
      code`  ${use(context, "checkLeft")}(${quote(item.cName)}, ${minus(end, offset)}, ${needed});`,
      ...locals.map((line) => code`  ${line}`),
      code`  const ${next} = ${behind};`,
      // What the last one is padded with may not be sent.
      align === 1
        ? code`  ${offset} = ${next};`
        : code`  ${offset} = Math.min(${end}, ${binary("+", code`start`, aligned(bytes, align))});`,
      code`}`,
      code`return ${minus(offset, code`start`)};`,
    ]);
    return {
      kind: context.kinds.Function,
      name,
      parameters: parametersOf([...hereParameters, { name: count, type: code`number` }], statements),
      returnType: code`number`,
      statements,
    };
  }

  #reader(context: EmitContext, item: CompositePlan, align: number, name: Code): FunctionDeclarationStructure {
    const next = code`next`;
    const { needed, locals, end: behind } = itemEnd(context, item, here, code`count`);
    const read = item.extent.readsToEnd ? code`${view}, ${offset}, ${next}` : code`${view}, ${offset}`;
    return {
      kind: context.kinds.Function,
      name,
      parameters: hereParameters,
      returnType: code`${item.names.type}[]`,
      statements: block([
        code`const result: ${item.names.type}[] = [];`,
        ...(align === 1 ? [] : [code`const start = ${offset};`]),
        code`while (${binary("<", offset, end)}) {`,
        code`  ${use(context, "checkLeft")}(${quote(item.cName)}, ${minus(end, offset)}, ${needed});`,
        ...locals.map((line) => code`  ${line}`),
        code`  const ${next} = ${behind};`,
        code`  result.push(${item.names.read}(${read}));`,
        align === 1
          ? code`  ${offset} = ${next};`
          : code`  ${offset} = ${binary("+", code`start`, aligned(minus(next, code`start`), align))};`,
        code`}`,
        code`return result;`,
      ]),
    };
  }

  #lengths(context: EmitContext, item: CompositePlan, align: number, name: Code): FunctionDeclarationStructure {
    const each = item.extent.hasLength
      ? code`${itemLengthName(context, item)}(${use(context, "members")}(${value}?.[i]))`
      : code`${item.size}`;
    return {
      kind: context.kinds.Function,
      name,
      parameters: [
        { name: value, type: code`readonly ${useType(context, "Input")}<${item.names.type}>[] | undefined` },
        { name: path, type: code`string` },
        ...(this.isTold(item, align)
          ? [
              { name: told, type: code`unknown`, initializer: code`undefined` },
              { name: before, initializer: code`0` },
            ]
          : []),
      ],
      returnType: code`number`,
      statements: block([
        code`const count = ${use(context, "countElements")}(${value}, ${path});`,
        code`let length = 0;`,
        ...(align === 1 ? [] : [code`let bare = 0;`]),
        code`let i = 0;`,
        code`try {`,
        ...(align === 1
          ? [code`  for (; i < count; i++) length += ${each};`]
          : [
              code`  for (; i < count; i++) {`,
              code`    bare = ${binary("+", code`length`, each)};`,
              code`    length = ${aligned(code`bare`, align)};`,
              code`  }`,
            ]),
        code`} catch (error) {`,
        code`  throw ${use(context, "within")}(error, ${path}, i);`,
        code`}`,
        ...cutLines(context, item, align),
        align === 1
          ? code`return length;`
          : code`return ${use(context, "paddedLength")}(length, bare, ${told}, ${before});`,
      ]),
    };
  }

  #writer(context: EmitContext, item: CompositePlan, align: number, name: Code): FunctionDeclarationStructure {
    const fail = use(context, "outOfRange");
    const own = item.extent.hasLength ? code`${itemLengthName(context, item)}(item)` : code`${item.size}`;
    // One that is cut ends where the bytes do.
    const cut = item.extent.endsClamped
      ? code`i === count - 1 && ${isCut(context, item, code`item`)} ? Math.max(${own}, ${minus(end, offset)}) : `
      : code``;
    return {
      kind: context.kinds.Function,
      name,
      parameters: [
        { name: value, type: code`readonly ${useType(context, "Input")}<${item.names.type}>[] | undefined` },
        ...hereParameters,
        { name: path, type: code`string` },
      ],
      returnType: code`void`,
      statements: block([
        code`const count = ${use(context, "countElements")}(${value}, ${path});`,
        code`for (let i = 0; i < count; i++) {`,
        code`  try {`,
        code`    const item = ${use(context, "members")}(${value}?.[i]);`,
        code`    const ${byteLength} = ${cut}${own};`,
        ...(align === 1
          ? [code`    const next = ${byteLength};`]
          : [
              // What the last one is padded with may not be sent.
              code`    const room = ${minus(end, offset)};`,
              code`    const padded = ${aligned(byteLength, align)};`,
              code`    const next = i === count - 1 && ${binary("<=", byteLength, code`room`)} ? Math.min(padded, room) : padded;`,
            ]),
        code`    if (${binary(">", code`next`, minus(end, offset))}) ${fail}("", item, "has no room");`,
        code`    ${use(context, "zero")}(${view}, ${offset}, next);`,
        code`    ${item.names.write}(item, ${view}, ${offset}${item.extent.hasLength ? code`, ${binary("+", offset, byteLength)}` : ""});`,
        ...endLines(context, item),
        code`    ${offset} += next;`,
        code`  } catch (error) {`,
        code`    throw ${use(context, "within")}(error, ${path}, i);`,
        code`  }`,
        code`}`,
        code`${use(context, "zero")}(${view}, ${offset}, ${minus(end, offset)});`,
      ]),
    };
  }
}
