import type { Shape } from "../plan/model.ts";
import { outerTagOf } from "../plan/outer-tag.ts";
import { binary, type Code, code, hex, join, operand, quote } from "./code.ts";
import { type EmitContext, order, use, useType } from "./context.ts";
import { exactValue, formType, namedFlags } from "./forms.ts";
import { fits, indented } from "./lines.ts";
import { plus } from "./span.ts";

/** Path of an array's element, whose index the array adds. */
export const noPath: Code = code`""`;

/** Whether a value is what methods of a DataView give: its place need be no view then, but anything with such methods. */
export function isLoaded(shape: Shape): boolean {
  switch (shape.kind) {
    case "int":
    case "bool":
    case "enum":
    case "pointer":
      return shape.size < 8;
    case "float":
      return true;
    default:
      return false;
  }
}

/** Whether an integer is a bigint in JavaScript. */
function isBig({ size, policy }: Extract<Shape, { kind: "int" }>): boolean {
  return size === 16 || (size === 8 && policy !== "number");
}

/** The TypeScript type of a decoded value. */
export function outType(context: EmitContext, shape: Shape): Code {
  switch (shape.kind) {
    case "int":
      return formType(context, shape, isBig(shape) ? code`bigint` : code`number`);
    case "bool":
      return code`boolean`;
    case "enum":
      if (shape.enum === undefined) return shape.size === 8 ? code`bigint` : code`number`;
      return code`${useType(context, "OpenEnum")}<${shape.enum.name}>`;
    case "float":
      return code`number`;
    case "pointer":
      return code`bigint`;
    case "string":
      return code`string`;
    case "strings":
      return code`readonly string[]`;
    case "bytes":
      return formType(context, shape, useType(context, "OwnedBytes"));
    case "array":
      if (shape.typed !== undefined) return code`${shape.typed}`;
      return code`readonly ${arrayOf(context, shape.element)}`;
    case "composite":
      return shape.composite.names.type;
  }
}

/** The type of an array of such elements: an array of arrays, which cannot be written to, stands in parentheses. */
export function arrayOf(context: EmitContext, element: Shape): Code {
  const type = outType(context, element);
  return (element.kind === "array" && element.typed === undefined) || element.kind === "strings"
    ? code`(${type})[]`
    : code`${type}[]`;
}

function intMethod(size: number, signed: boolean): Code {
  if (size === 8) return signed ? code`BigInt64` : code`BigUint64`;
  return code`${signed ? "Int" : "Uint"}${size * 8}`;
}

/** An integer of up to 4 bytes as DataView reads it. */
export function loadNumber(view: Code, at: Code, size: number, signed: boolean, endian: "little" | "big"): Code {
  return code`${operand(view)}.get${intMethod(size, signed)}(${at}${size === 1 ? "" : order(endian)})`;
}

/** The same, or a bigint of 8. */
export function loadInt(
  context: EmitContext,
  view: Code,
  at: Code,
  size: number,
  signed: boolean,
  endian: "little" | "big",
): Code {
  if (size < 8) return loadNumber(view, at, size, signed, endian);
  return code`${use(context, signed ? "readInt64" : "readUint64")}(${view}, ${at}, ${endian === "little"})`;
}

export function storeInt(
  view: Code,
  at: Code,
  value: Code,
  size: number,
  signed: boolean,
  endian: "little" | "big",
): Code {
  return code`${operand(view)}.set${intMethod(size, signed)}(${at}, ${value}${size === 1 ? "" : order(endian)});`;
}

/** Where the halves of a 128-bit integer are. */
function halves(at: Code, endian: "little" | "big"): { readonly low: Code; readonly high: Code } {
  const [first, second] = [at, plus(at, 8)];
  return endian === "little" ? { low: first, high: second } : { low: second, high: first };
}

/** An integer of 64 bits as a number, refused where that would round. */
export function safeInt64(
  context: EmitContext,
  { signed, endian }: { readonly signed: boolean; readonly endian: "little" | "big" },
  view: Code,
  at: Code,
  where: { readonly record: string; readonly path: string },
): Code {
  const read = use(context, signed ? "safeInt64" : "safeUint64");
  return code`${read}(${view}, ${at}, ${endian === "little"}, ${quote(where.record)}, ${quote(where.path)})`;
}

/**
 * An expression that decodes the value at `at`. `where` names record and member for values that a number cannot hold, `end`
 * is the end of the sample for structs whose elements may lie over what follows them.
 */
export function readExpression(
  context: EmitContext,
  shape: Shape,
  view: Code,
  at: Code,
  where: { readonly record: string; readonly path: string },
  end?: Code,
): Code {
  switch (shape.kind) {
    case "int": {
      if (shape.size === 16) {
        const { low, high } = halves(at, shape.endian);
        const upper = loadInt(context, view, high, 8, shape.signed, shape.endian);
        return code`(${upper} << 64n) | ${loadInt(context, view, low, 8, false, shape.endian)}`;
      }
      if (shape.size !== 8 || shape.policy !== "number") {
        return namedFlags(context, shape, loadInt(context, view, at, shape.size, shape.signed, shape.endian));
      }
      return safeInt64(context, shape, view, at, where);
    }
    case "bool": {
      const load = loadInt(context, view, at, shape.size, false, shape.endian);
      return binary("!==", load, shape.size === 8 ? code`0n` : code`0`);
    }
    case "enum": {
      const load = loadInt(context, view, at, shape.size, shape.signed, shape.endian);
      return shape.wide ? code`BigInt(${load})` : load;
    }
    case "float":
      return code`${operand(view)}.getFloat${shape.size * 8}(${at}${order(shape.endian)})`;
    case "pointer": {
      const load = loadInt(context, view, at, shape.size, false, shape.endian);
      return shape.size === 8 ? load : code`BigInt(${load})`;
    }
    case "string":
      return shape.size === 16
        ? code`${use(context, "readString16")}(${view}, ${at})`
        : code`${use(context, "readString")}(${view}, ${at}, ${shape.size})`;
    case "strings":
      return code`${use(context, "readStrings")}(${view}, ${at}, ${shape.size}, false)`;
    case "bytes":
      return code`${use(context, "copyBytes")}(${view}, ${at}, ${shape.size})`;
    case "array": {
      const read = context.arrays.reader(context, shape, where, end !== undefined);
      return code`${read}(${view}, ${at}, ${shape.count}${end === undefined ? "" : code`, ${end}`})`;
    }
    case "composite":
      return !shape.composite.extent.readsToEnd
        ? code`${shape.composite.names.read}(${view}, ${at})`
        : code`${shape.composite.names.read}(${view}, ${at}, ${end ?? plus(at, shape.size)})`;
  }
}

/** The same for an unsigned integer of fewer than 32 bits, told by the value that has all of them. */
export function checkedUint(context: EmitContext, value: Code, bits: number, path: Code): Code {
  return code`${use(context, "uint")}(${value}, ${hex(2 ** bits - 1)}, ${path})`;
}

/** An expression that checks `value` for the scalar, and gives what is stored: number, or bigint of 8 bytes and more. */
export function checkedExpression(context: EmitContext, shape: Shape, value: Code, path: Code): Code {
  switch (shape.kind) {
    case "int":
    case "enum": {
      const bits = shape.size * 8;
      if (shape.kind === "enum" && shape.wide) {
        return code`Number(${use(context, shape.signed ? "bigint" : "biguint")}(${value}, ${bits}, ${path}))`;
      }
      if (!shape.signed && (bits === 32 || bits === 64))
        return code`${use(context, bits === 32 ? "uint32" : "uint64")}(${value}, ${path})`;
      if (!shape.signed && bits < 32) return checkedUint(context, value, bits, path);
      const check = bits > 32 ? (shape.signed ? "bigint" : "biguint") : "int";
      return code`${use(context, check)}(${value}, ${bits}, ${path})`;
    }
    case "pointer":
      return shape.size === 8
        ? code`${use(context, "uint64")}(${value}, ${path})`
        : code`Number(${use(context, "biguint")}(${value}, 32, ${path}))`;
    case "bool":
      return shape.size === 8
        ? code`BigInt(${use(context, "bool")}(${value}, ${path}))`
        : code`${use(context, "bool")}(${value}, ${path})`;
    default:
      throw new Error(`${shape.kind} is no scalar`);
  }
}

/**
 * How far a value of varying length may reach: to `end`, an expression, where nothing follows it or it may lie over what
 * follows, or as many bytes as the union around it has from its start on.
 */
export interface Place {
  readonly end?: Code | undefined;
  readonly room?: number | undefined;
  /** Of a struct whose tag lies in the one that is written: whether that is given. */
  readonly told?: Code | undefined;
}

/** A statement that stores 64 bits: a number without a bigint on the way. */
function writeInt64(
  context: EmitContext,
  value: Code,
  view: Code,
  at: Code,
  signed: boolean,
  endian: "little" | "big",
  path: Code,
): Code {
  const write = use(context, signed ? "writeInt64" : "writeUint64");
  return code`${write}(${value}, ${view}, ${at}, ${endian === "little"}, ${path});`;
}

/** Statements that encode `value` (which may be undefined) at `at`. */
export function writeStatements(
  context: EmitContext,
  shape: Shape,
  value: Code,
  view: Code,
  at: Code,
  path: Code,
  { end, room, told }: Place = {},
): readonly Code[] {
  switch (shape.kind) {
    case "int": {
      const exact = exactValue(context, shape, value, path);
      if (shape.size === 16) {
        const checked = checkedExpression(context, shape, exact, path);
        const { low, high } = halves(at, shape.endian);
        // DataView keeps the low 64 bits of what it is given.
        return [
          code`{`,
          code`  const big = ${checked};`,
          code`  ${storeInt(view, low, code`big`, 8, false, shape.endian)}`,
          code`  ${storeInt(view, high, binary(">>", code`big`, code`64n`), 8, false, shape.endian)}`,
          code`}`,
        ];
      }
      if (shape.size === 8) return [writeInt64(context, exact, view, at, shape.signed, shape.endian, path)];
      return [
        storeInt(view, at, checkedExpression(context, shape, exact, path), shape.size, shape.signed, shape.endian),
      ];
    }
    case "pointer":
      if (shape.size === 8) return [writeInt64(context, value, view, at, false, shape.endian, path)];
      return [storeInt(view, at, checkedExpression(context, shape, value, path), shape.size, false, shape.endian)];
    case "bool":
      return [storeInt(view, at, checkedExpression(context, shape, value, path), shape.size, false, shape.endian)];
    case "enum":
      return [
        storeInt(view, at, checkedExpression(context, shape, value, path), shape.size, shape.signed, shape.endian),
      ];
    case "float":
      return [
        code`${operand(view)}.setFloat${shape.size * 8}(${at}, ${use(context, shape.size === 4 ? "float32" : "float64")}(${value}, ${path})${order(shape.endian)});`,
      ];
    case "string":
      return [code`${use(context, "writeString")}(${value}, ${view}, ${at}, ${shape.size}, ${path});`];
    case "strings":
      return [code`${use(context, "writeStrings")}(${value}, ${view}, ${at}, ${shape.size}, ${path}, false);`];
    case "bytes":
      return [
        code`${use(context, "writeBytes")}(${exactValue(context, shape, value, path)}, ${view}, ${at}, ${shape.size}, ${path});`,
      ];
    case "array": {
      const write = context.arrays.writer(context, shape, end !== undefined);
      return [
        code`${write}(${value}, ${view}, ${at}, ${shape.count}, ${path}${end === undefined ? "" : code`, ${end}`});`,
      ];
    }
    case "composite": {
      const { composite } = shape;
      const varies = composite.extent.hasLength;
      const limit = varies ? code`, ${end ?? plus(at, room ?? shape.size)}` : code``;
      const tag = outerTagOf(composite) === undefined ? code`` : code`, ${told ?? "false"}`;
      const write = code`${composite.names.write}(${value}, ${view}, ${at}${limit}${tag});`;
      // What does not reach the end has bytes of its own, and may be shorter than them.
      const lines =
        varies && end === undefined
          ? [code`${use(context, "zero")}(${view}, ${at}, ${room ?? shape.size});`, write]
          : [write];
      if (path === noPath) return lines;
      const refuse = code`throw ${use(context, "within")}(error, ${path});`;
      const line = code`try { ${join(lines, code` `)} } catch (error) { ${refuse} }`;
      if (fits(line, 2)) return [line];
      return [code`try {`, ...lines.map(indented), code`} catch (error) {`, indented(refuse), code`}`];
    }
  }
}
