import type { CompositePlan, FieldPlan } from "../plan/model.ts";
import { holdsOverlying } from "../plan/nodes.ts";
import { storeField } from "./bit-fields.ts";
import { armCheck, type Child, childrenOf } from "./children.ts";
import { binary, block, type Code, code, join, local, mentions, quote } from "./code.ts";
import { type EmitContext, isRecord, leavesRest, roleOf, use, useType } from "./context.ts";
import { cursorText, method, onceAlive, type Stand, standing } from "./cursor.ts";
import { datalocLines } from "./encode-variable.ts";
import { type Placed, placed, toldBytes, unionsOf } from "./members.ts";
import { setPiecesLines } from "./pieces.ts";
import { storeLiteral } from "./places.ts";
import { byteLength, here, minus, plus, type Span, times, value } from "./span.ts";
import { startOf } from "./starts.ts";
import { fieldType } from "./types.ts";
import { writeStatements } from "./values.ts";

const sampleEnd = local("this.#end");
const offset = local("this.#at");
/** How far a record's blob is written, bytes from the record's start. */
const used = code`this.#used`;

/** Where a writer stands: its fields are as short as locals. */
function writerStand(context: EmitContext): Stand {
  const memory = code`this.#view`;
  const place = { base: offset, end: sampleEnd, length: minus(sampleEnd, offset) };
  const locals = { ...place, view: here.view };
  return { memory, fields: onceAlive(context, memory, place), locals, repeats: Number.POSITIVE_INFINITY };
}

/** Bytes that a member may take at most: what is left of the sample, for one that varies. */
function roomOf({ field }: Placed, { length, end }: Span, at: Code): Code {
  const { variable, bitOffset, shape, after } = field;
  const rest = after === undefined ? minus(length, bitOffset / 8) : minus(end, at);
  if (variable?.kind === "flexible") return rest;
  if (variable?.kind === "truncated") return code`Math.min(${shape.size}, ${rest})`;
  return code`${field.fixed}`;
}

/** Refuses what has no room. */
function roomLine(context: EmitContext, length: Code, room: Code, path: Code): Code {
  const beyond = binary(">", length, room);
  return code`if (${beyond}) ${use(context, "outOfRange")}(${path}, ${value}, "has no room in the sample");`;
}

function variableLines(context: EmitContext, composite: CompositePlan, member: Placed, where: Span): Code[] {
  const { field } = member;
  const at = field.after === undefined ? plus(where.base, field.bitOffset / 8) : code`at`;
  const lines = arrayLines(context, composite, member, where, at);
  return field.after === undefined
    ? lines
    : [
        code`let ${at}: number;`,
        code`try { ${at} = ${startOf(context, composite, field, where)}; } catch (error) { throw ${use(context, "noPlace")}(error, ${quote(field.name)}, ${value}); }`,
        ...lines,
      ];
}

/** Statements that write an array at a place. */
function arrayLines(context: EmitContext, composite: CompositePlan, member: Placed, where: Span, at: Code): Code[] {
  const { field } = member;
  const { shape, variable } = field;
  const { view } = where;
  const path = quote(field.name);
  const room = roomOf(member, where, at);
  const leaves = leavesRest(context, composite, field) || composite.extent.ending.chain?.includes(field) === true;
  if (field.pieces !== undefined) return setPiecesLines(context, composite, field, where, at, room, value);
  if (variable?.present !== undefined) {
    return [
      code`if (${value} === undefined) return;`,
      roomLine(context, code`${variable.stride}`, room, path),
      ...writeStatements(context, shape, value, view, at, path),
    ];
  }
  if (variable?.list !== undefined) {
    const { item, align } = variable.list;
    const told = align === 1 ? code`` : code`, ${room}`;
    const length = code`${context.lists.length(context, item, align)}(${value}, ${path}${told})`;
    return [
      roomLine(context, length, room, path),
      code`${context.lists.writer(context, item, align)}(${value}, ${view}, ${at}, ${binary("+", at, room)}, ${path});`,
    ];
  }
  if (shape.kind === "bytes" || shape.kind === "string") {
    const write = use(context, shape.kind === "bytes" ? "writeBytes" : "writeString");
    if (!leaves) return [code`${write}(${value}, ${view}, ${at}, ${room}, ${path});`];
    const length = code`${use(context, shape.kind === "bytes" ? "countBytes" : "utf8Length")}(${value}, ${path})`;
    return [
      code`const length = ${length};`,
      roomLine(context, code`length`, room, path),
      code`${write}(${value}, ${view}, ${at}, length, ${path});`,
    ];
  }
  if (shape.kind === "strings") {
    const told = variable?.length;
    const write = use(context, "writeStrings");
    // What stands behind them begins where their length says, which may leave out the last NUL.
    const says = told === undefined || !leaves ? code`` : code`, ${toldBytes(context, composite, field, told, where)}`;
    const length = code`${use(context, "stringsLength")}(${value}, ${path}, ${room}${says})`;
    const end = leaves ? code`length` : room;
    return [
      code`const length = ${length};`,
      roomLine(context, code`length`, room, path),
      code`${write}(${value}, ${view}, ${at}, ${end}, ${path}, ${told !== undefined});`,
    ];
  }
  if (shape.kind !== "array") throw new Error(`${field.cName} is no array`);
  const over = holdsOverlying(shape);
  const write = context.arrays.writer(context, shape, over);
  const count = code`count`;
  return [
    code`const ${count} = ${use(context, "countElements")}(${value}, ${path});`,
    roomLine(context, times(count, shape.stride), room, path),
    code`${write}(${value}, ${view}, ${at}, ${count}, ${path}${over ? code`, ${where.end}` : ""});`,
  ];
}

/** Data goes behind that of the members that were set before; what is set anew takes room anew. */
function locatedLines(context: EmitContext, field: FieldPlan, where: Span): Code[] {
  const length = code`length`;
  return [
    code`const ${length} = ${use(context, "blobLength")}(${value}, ${quote(field.name)});`,
    roomLine(context, length, minus(where.length, used), quote(field.name)),
    ...datalocLines(context, field, { given: value, length, spot: where, from: used }),
    code`${used} += ${length};`,
  ];
}

function setterLines(context: EmitContext, composite: CompositePlan, member: Placed, where: Span): readonly Code[] {
  const { field, chunk } = member;
  if (chunk !== undefined && field.dataloc === undefined) return [storeField(context, field, chunk, where, value)];
  if (field.variable !== undefined) return variableLines(context, composite, member, where);
  if (field.dataloc !== undefined) return locatedLines(context, field, where);
  const at = plus(where.base, field.bitOffset / 8);
  const end = field.overlies ? where.end : undefined;
  return writeStatements(context, field.shape, value, where.view, at, quote(field.name), { end });
}

/** A setter of a writer. */
export function setter(context: EmitContext, name: Code, type: Code, body: (where: Span) => readonly Code[]): Code[] {
  return method(code`set ${name}(${value}: ${type})`, standing(context, writerStand(context), body));
}

function setters(context: EmitContext, composite: CompositePlan): Code[][] {
  const own = placed(composite.nodes)
    .filter(({ field }) => field.shape.kind !== "composite" || field.variable !== undefined)
    .map((member) => {
      const type = code`${useType(context, "Input")}<${fieldType(context, member.field)}>`;
      return setter(context, member.field.name, type, (where) => setterLines(context, composite, member, where));
    });
  const unions = unionsOf(composite.nodes).map((union) =>
    setter(context, union.bytesName, code`Uint8Array`, ({ view, base, length }) => {
      const room = union === composite.extent.ending.open ? minus(length, union.offset) : code`${union.size}`;
      const at = plus(base, union.offset);
      return [code`${use(context, "writeBytes")}(${value}, ${view}, ${at}, ${room}, ${quote(union.bytesName)});`];
    }),
  );
  return [...own, ...unions];
}

/** The getter of the writer over a member that is a struct. */
function childGetter(context: EmitContext, composite: CompositePlan, child: Child): Code[] {
  const { property, type, needed } = child;
  const inner = code`this.${property}`;
  const attached = use(context, "attached");
  const { length: whole } = writerStand(context).fields;
  const length = child.length === undefined ? minus(whole, child.at) : code`${child.length}`;
  const at = plus(offset, child.at);
  const head = code`get ${child.field.name}(): ${type}`;
  if (needed === undefined) {
    const made = code`${attached}(new ${type}(), this.#view, ${at}, ${length})`;
    return method(head, [code`${inner} ??= ${made};`, code`return ${inner};`]);
  }
  return method(
    head,
    standing(context, writerStand(context), (where) => [
      armCheck(context, composite, where, needed),
      code`${inner} ??= new ${type}();`,
      code`return ${attached}(${inner}, ${where.view}, ${at}, ${length});`,
    ]),
  );
}

/** What is known of a writer once its members are made. */
export interface WriterPlan {
  readonly children: readonly Child[];
  readonly accessors: readonly (readonly Code[])[];
  /** Whether a member asks where the sample ends. */
  readonly keepsEnd: boolean;
  /** Parameters of the method that puts it on a sample, those behind the last that it asks for left out. */
  readonly parameters: 0 | 2 | 3 | 4;
}

/** The members of a writer, made once: who holds it asks what it takes. */
function writerOf(context: EmitContext, composite: CompositePlan): WriterPlan {
  const known = context.writers.get(composite);
  if (known !== undefined) return known;
  const children = childrenOf(composite, placed(composite.nodes), (inner) => inner.names.writerClass);
  const accessors = [
    ...children.map((child) => childGetter(context, composite, child)),
    ...setters(context, composite),
  ];
  const keepsEnd = mentions(block(accessors.flat()), sampleEnd) > 0;
  const asks = children.some(
    (child) =>
      child.needed === undefined && child.length === undefined && writerOf(context, child.composite).parameters > 2,
  );
  const record = isRecord(context, composite);
  const own = record || keepsEnd || asks ? 3 : accessors.length === 0 ? 0 : 2;
  const both = record && context.contained.has(composite);
  const writer: WriterPlan = { children, accessors, keepsEnd, parameters: both ? 4 : own };
  context.writers.set(composite, writer);
  return writer;
}

/**
 * Statements that put a writer on its memory. A reserved sample holds stale bytes; a contained struct was zeroed with the record,
 * and may have been written since.
 */
function memoryLines(context: EmitContext, composite: CompositePlan, keeps: boolean): Code[] {
  const { variant, layout } = roleOf(context, composite);
  const keep = keeps ? [code`this.#view = ${here.view};`] : [];
  if (layout === undefined) return keep;
  const { cName } = composite;
  const { minByteLength } = composite.extent;
  const [tag] = variant?.values ?? [];
  const clear = code`${use(context, "clearSample")}(${quote(cName)}, ${here.view}, ${here.base}, ${byteLength}, ${minByteLength})`;
  const contained = context.contained.has(composite);
  if (variant !== undefined && tag !== undefined) {
    const condition = code`if (${here.view} !== null${contained ? " && !contained" : ""})`;
    const store = storeLiteral(context, variant.tag, here, tag);
    return [code`${condition} {`, code`  ${clear};`, code`  ${store}`, code`}`, ...keep];
  }
  if (!keeps) return [code`${contained ? "if (!contained) " : ""}${clear};`];
  return [contained ? code`this.#view = contained ? ${here.view} : ${clear};` : code`this.#view = ${clear};`];
}

/** A statement that moves a child along, or leaves it behind. */
function moveLine(context: EmitContext, { property, composite, needed, at, length }: Child): Code {
  const { parameters } = writerOf(context, composite);
  const rest = length === undefined ? minus(byteLength, at) : code`${length}`;
  const given =
    needed === undefined ? [here.view, plus(here.base, at), rest, code`true`] : [code`null`, code`0`, code`0`];
  return code`this.${property}?.[${use(context, "attachView")}](${join(given.slice(0, parameters), code`, `)});`;
}

/** The symbol-keyed method by which the runtime puts a writer on a sample. */
function attachMethod(context: EmitContext, composite: CompositePlan, writer: WriterPlan): Code[] {
  const { children, accessors, keepsEnd, parameters } = writer;
  const { tail } = composite.extent.ending;
  const taken = [code`view: DataView | null`, code`offset: number`, code`byteLength: number`, code`contained = false`];
  return method(code`[${use(context, "attachView")}](${join(taken.slice(0, parameters), code`, `)}): void`, [
    ...memoryLines(context, composite, accessors.length > 0),
    ...(accessors.length === 0 ? [] : [code`${offset} = ${here.base};`]),
    ...(keepsEnd ? [code`${sampleEnd} = ${binary("+", here.base, byteLength)};`] : []),
    ...(tail?.variable?.kind === "blob" ? [code`${used} = ${tail.bitOffset / 8};`] : []),
    ...children.map((child) => moveLine(context, child)),
  ]);
}

/** Setters over a reserved sample; what is not set stays 0. */
export function writerClass(context: EmitContext, composite: CompositePlan): Code {
  const writer = writerOf(context, composite);
  const { children, accessors, keepsEnd } = writer;
  return cursorText({
    name: composite.names.writerClass,
    implemented: useType(context, "Attachable"),
    fields: [
      ...(accessors.length === 0 ? [] : [code`#view: DataView | null = null`, code`#at = 0`]),
      ...(keepsEnd ? [code`#end = 0`] : []),
      ...children.map(({ property, type }) => code`${property}: ${type} | undefined`),
      ...(composite.extent.ending.tail?.variable?.kind === "blob" ? [code`#used = 0`] : []),
    ],
    members: [...accessors, attachMethod(context, composite, writer)],
  });
}
