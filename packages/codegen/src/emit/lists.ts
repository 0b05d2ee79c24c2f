import type { CompositePlan } from "../plan/model.ts";
import { named } from "../plan/names.ts";
import { block, type Code, code } from "./code.ts";
import { type EmitContext, lengthName, use, useType } from "./context.ts";
import type { FunctionDeclarationStructure } from "./declaration.ts";
import { elementCount } from "./members.ts";
import { quote } from "./text.ts";

/** Functions for lists of structs that each say how long they are: `{ type, size, data[] }` repeated. */
export class ListFunctions {
  readonly declarations: FunctionDeclarationStructure[] = [];
  readonly #names = new Map<Code, { readonly read: Code; readonly write: Code; readonly length: Code }>();

  #settle(context: EmitContext, item: CompositePlan, align: number) {
    const key = code`${item.names.type}/${align}`;
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const names = {
      read: context.scope.take(named`${item.names.read}List`),
      write: context.scope.take(named`${item.names.write}List`),
      length: context.scope.take(named`${item.names.length}OfList`),
    };
    this.#names.set(key, names);
    this.declarations.push(
      this.#reader(context, item, align, names.read),
      this.#lengths(context, item, align, names.length),
      this.#writer(context, item, align, names.write),
    );
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

  /** The name of `(value) => bytes`. */
  length(context: EmitContext, item: CompositePlan, align: number): Code {
    return this.#settle(context, item, align).length;
  }

  #reader(context: EmitContext, item: CompositePlan, align: number, name: Code): FunctionDeclarationStructure {
    const { tail } = item;
    if (tail?.variable === undefined) throw new Error(`${item.cName} does not vary`);
    const start = tail.bitOffset / 8;
    const { stride } = tail.variable;
    const count = elementCount(context, item, tail, { base: code`offset`, end: code`end` });
    const bytes = stride === 1 ? code`count` : code`count * ${stride}`;
    return {
      kind: context.kinds.Function,
      name,
      parameters: [
        { name: code`view`, type: code`DataView` },
        { name: code`offset`, type: code`number` },
        { name: code`end`, type: code`number` },
      ],
      returnType: code`${item.names.type}[]`,
      statements: block([
        code`const result: ${item.names.type}[] = [];`,
        ...(align === 1 ? [] : [code`const start = offset;`]),
        code`while (offset < end) {`,
        code`  ${use(context, "checkBounds")}(${quote(item.cName)}, view, offset, end - offset, ${start});`,
        code`  const count = ${count};`,
        code`  const next = offset + ${start} + ${bytes};`,
        code`  result.push(${item.names.read}(view, offset, next));`,
        align === 1
          ? code`  offset = next;`
          : code`  offset = start + Math.ceil((next - start) / ${align}) * ${align};`,
        code`}`,
        code`return result;`,
      ]),
    };
  }

  #lengths(context: EmitContext, item: CompositePlan, align: number, name: Code): FunctionDeclarationStructure {
    const each = code`${lengthName(context, item)}(item)`;
    return {
      kind: context.kinds.Function,
      name,
      parameters: [
        { name: code`value`, type: code`readonly ${useType(context, "Input")}<${item.names.type}>[] | undefined` },
      ],
      returnType: code`number`,
      statements: block([
        code`let length = 0;`,
        code`for (const item of value ?? []) length += ${align === 1 ? each : code`Math.ceil(${each} / ${align}) * ${align}`};`,
        code`return length;`,
      ]),
    };
  }

  #writer(context: EmitContext, item: CompositePlan, align: number, name: Code): FunctionDeclarationStructure {
    return {
      kind: context.kinds.Function,
      name,
      parameters: [
        { name: code`value`, type: code`readonly ${useType(context, "Input")}<${item.names.type}>[] | undefined` },
        { name: code`view`, type: code`DataView` },
        { name: code`offset`, type: code`number` },
        { name: code`end`, type: code`number` },
        { name: code`path`, type: code`string` },
      ],
      returnType: code`void`,
      statements: block([
        code`for (const [i, item] of (value ?? []).entries()) {`,
        code`  const byteLength = ${lengthName(context, item)}(item);`,
        code`  const next = ${align === 1 ? "byteLength" : code`Math.ceil(byteLength / ${align}) * ${align}`};`,
        code`  if (next > end - offset) ${use(context, "outOfRange")}(path, value, "has no room");`,
        code`  ${use(context, "zero")}(view, offset, next);`,
        code`  try {`,
        code`    ${item.names.write}(item, view, offset, offset + byteLength);`,
        code`  } catch (error) {`,
        code`    throw ${use(context, "within")}(error, path, i);`,
        code`  }`,
        code`  offset += next;`,
        code`}`,
      ]),
    };
  }
}
