import type { LayoutDescriptor } from "@rbgen/btf";
import type { CompositePlan, StreamPlan, StreamVariantPlan } from "../plan/model.ts";
import { endOf } from "../plan/place.ts";
import { boundsCheck } from "./bounds.ts";
import { binary, block, type Code, code, commentText, join, quote } from "./code.ts";
import { codecStatements } from "./codec.ts";
import { type FilledStructs, streamColumns } from "./columns/record-columns.ts";
import { type EmitContext, givenLine, lengthName, use, useType } from "./context.ts";
import { alive, cursorText, method, standing } from "./cursor.ts";
import { defaultTagLines } from "./encode-tagged.ts";
import { isToldWithin } from "./held-tags.ts";
import { streamJson } from "./json.ts";
import { kindsOf } from "./kinds.ts";
import { layoutOfRecord } from "./layout.ts";
import { checkedPlace, loadPlace, noArmLines, placeLiteral, placeType, storeLiteral, tagLines } from "./places.ts";
import { here, type Span, type Spot } from "./span.ts";
import { kindSwitch, leaseField, viewStand } from "./view.ts";

function layoutOfStream(context: EmitContext, stream: StreamPlan): LayoutDescriptor {
  return {
    name: stream.cName,
    size: Math.max(...stream.variants.map((variant) => variant.body.size)),
    endian: context.plan.endian,
    leaves: stream.variants.flatMap((variant) =>
      layoutOfRecord(context, variant.body).leaves.map((leaf) => ({ ...leaf, path: `${variant.kind}.${leaf.path}` })),
    ),
  };
}

function cases(stream: StreamPlan, result: (variant: StreamPlan["variants"][number]) => readonly Code[]): Code[] {
  return stream.variants.flatMap((variant) => [
    ...variant.values.map((value) => code`    case ${placeLiteral(stream.tag, value)}:`),
    ...(variant.isDefault ? [code`    default:`] : []),
    ...result(variant).map((line) => code`      ${line}`),
  ]);
}

/** The type of a stream's records. */
function outTypes(context: EmitContext, stream: StreamPlan): Code[] {
  const { names, kindName, tag, unknown } = stream;
  const known = stream.variants.map(({ body }) => body.names.type);
  const declared =
    unknown === undefined
      ? []
      : [
          block([
            code`/** A record of \`${commentText(stream.cName)}\` whose \`${commentText(tag.path)}\` says none of its types. */`,
            code`export interface ${unknown.type} {`,
            code`  readonly ${kindName}: ${quote(unknown.kind)};`,
            code`  /** \`${commentText(tag.path)}\` at byte ${tag.offset}. */`,
            code`  readonly tag: ${placeType(tag)};`,
            code`  /** The whole sample. */`,
            code`  readonly bytes: ${useType(context, "OwnedBytes")};`,
            code`}`,
          ]),
        ];
  return [
    ...declared,
    block([
      code`/** Every record of \`${commentText(stream.cName)}\`, told apart by \`${commentText(tag.path)}\`. */`,
      code`export type ${names.type} = ${join(unknown === undefined ? known : [...known, unknown.type], code` | `)};`,
    ]),
  ];
}

/** The type of what its encoder takes. */
function givenType(context: EmitContext, stream: StreamPlan): Code {
  const { names, kindName, tag, unknown } = stream;
  const inputs = stream.variants.map(
    ({ body, kind }) => code`(${body.names.input} & { readonly ${kindName}: ${quote(kind)} })`,
  );
  const other =
    unknown === undefined
      ? []
      : [
          code`{ readonly ${kindName}: ${quote(unknown.kind)}; readonly tag?: ${useType(context, "Input")}<${placeType(tag)}> | undefined; readonly bytes: Uint8Array }`,
        ];
  return block([
    code`/** What \`${names.encode}\` takes: \`${kindName}\` chooses the type, and the tag where it is left out. */`,
    code`export type ${names.input} = ${join([...inputs, ...other], code` | `)};`,
  ]);
}

function decodeFunction(context: EmitContext, stream: StreamPlan): Code {
  const { names, kindName, tag, unknown } = stream;
  return block([
    code`/** Copies one record of \`${commentText(stream.cName)}\` out of \`bytes\`, as the type that \`${commentText(tag.path)}\` says. */`,
    code`export function ${names.decode}(bytes: DataView | Uint8Array, offset = 0, byteLength: number = bytes.byteLength - offset): ${names.type} {`,
    code`  const view = ${use(context, "checkBounds")}(${quote(stream.cName)}, bytes, offset, byteLength, ${endOf(tag)});`,
    code`  const tag = ${loadPlace(context, tag, here)};`,
    code`  switch (tag) {`,
    ...cases(stream, ({ body }) => [code`return ${body.names.decode}(view, offset, byteLength);`]),
    ...(unknown === undefined
      ? []
      : [
          code`    default:`,
          code`      return { ${kindName}: ${quote(unknown.kind)}, tag, bytes: ${use(context, "copyBytes")}(view, offset, byteLength) };`,
        ]),
    code`  }`,
    code`}`,
  ]);
}

/** The encoder of a stream's records, and what tells their lengths. */
function encodeFunctions(context: EmitContext, stream: StreamPlan): Code[] {
  const { names, kindName, tag, unknown } = stream;
  const tagEnd = endOf(tag);
  const wrong = code`${use(context, "outOfRange")}(${quote(kindName)}, (value as { ${kindName}?: unknown }).${kindName}, ${quote(`names no record of ${stream.cName}`)})`;
  const unknownTag = loadPlace(context, tag, here);
  const toldTag = checkedPlace(context, tag, code`tag`, code`"tag"`);
  // A sample that is shorter than its tag is none of this ring.
  const unknownLength = (bytes: Code): Code =>
    code`${use(context, "atLeast")}(${use(context, "givenLength")}(${bytes}, "bytes"), ${tagEnd}, ${bytes}, "bytes")`;
  const unknownLines = (kind: string): Code[] => [
    code`    case ${quote(kind)}: {`,
    code`      const { tag, bytes } = value;`,
    code`      const length = ${unknownLength(code`bytes`)};`,
    code`      ${use(context, "checkRoom")}(${quote(stream.cName)}, view, offset, length);`,
    code`      ${use(context, "writeBytes")}(bytes, view, offset, length, "bytes");`,
    ...noArmLines(context, stream.tag, stream.variants, code`"bytes"`).map((line) => code`      ${line}`),
    code`      if (tag !== undefined && ${binary("!==", toldTag, unknownTag)}) ${use(context, "outOfRange")}("tag", tag, "is not the tag of bytes");`,
    code`      return length;`,
    code`    }`,
  ];
  // A view of the ring is no record, but has one.
  const takes = [
    code`  ${givenLine(context, stream.cName, code`given`)}`,
    context.parts.has("views")
      ? code`  const value = ${use(context, "viewed")}(given, ${names.viewClass});`
      : code`  const value = given;`,
  ];
  const length = [
    code`function ${names.length}(given: ${names.input}): number {`,
    ...takes,
    code`  switch (value.${kindName}) {`,
    ...stream.variants.map(
      ({ kind, body }) =>
        code`    case ${quote(kind)}:\n      return ${body.extent.hasLength ? code`${lengthName(context, body)}(value)` : body.size};`,
    ),
    ...(unknown === undefined
      ? []
      : [code`    case ${quote(unknown.kind)}:`, code`      return ${unknownLength(code`value.bytes`)};`]),
    code`    default:`,
    code`      return ${wrong};`,
    code`  }`,
    code`}`,
  ];
  return [
    block([
      code`/** Writes \`given\` at \`offset\` with the tag of its type; returns the bytes written. */`,
      code`export function ${names.encode}(given: ${names.input}, view: DataView, offset = 0): number {`,
      ...takes,
      code`  switch (value.${kindName}) {`,
      ...stream.variants.flatMap((variant) => encodeLines(context, stream, variant)).map((line) => code`    ${line}`),
      ...(unknown === undefined ? [] : unknownLines(unknown.kind)),
      code`    default:`,
      code`      return ${wrong};`,
      code`  }`,
      code`}`,
    ]),
    code`/** Bytes that \`${names.encode}\` will write. */\n${block(length)}`,
  ];
}

/** The case that writes one of the stream's structs. */
function encodeLines(context: EmitContext, { variants }: StreamPlan, variant: StreamVariantPlan): Code[] {
  const { body, kind, tag, values, writesTag, isDefault } = variant;
  const written = code`${body.names.encode}(value, view, offset)`;
  // Its own encoder wrote a tag that was left out, where it knows one.
  const stored = !writesTag || isToldWithin(body, tag);
  const lines = isDefault
    ? defaultTagLines(context, tag, variants, variant, undefined, stored)
    : tagLines(context, tag, values, kind, stored);
  return [
    code`case ${quote(kind)}: {`,
    code`  const length = ${written};`,
    ...lines.map((line) => code`  ${line}`),
    code`  return length;`,
    code`}`,
  ];
}

/** The cursors of a stream's records, made when they are first asked for. */
function childrenOf({ variants }: StreamPlan, classOf: (body: CompositePlan) => Code) {
  return variants.map((variant, index) => ({
    ...variant,
    property: code`#variant${index}`,
    type: classOf(variant.body),
  }));
}

function viewClass(context: EmitContext, stream: StreamPlan): Code {
  const { names, kindName, tag, unknown } = stream;
  const take = use(context, "takeLease");
  const children = childrenOf(stream, (body) => body.names.viewClass);
  const stand = viewStand(context, false);
  const member = (head: Code, body: (where: Span) => readonly Code[]): Code[] =>
    method(head, standing(context, stand, body));
  const kinds = join(kindsOf(stream).map(quote), code` | `);
  const known = children.map(({ type }) => type);
  const types = join(unknown === undefined ? known : [...known, code`undefined`], code` | `);
  const other = unknown?.kind ?? stream.variants.find(({ isDefault }) => isDefault)?.kind ?? "";
  const valueLines = (where: Span): Code[] => [
    code`switch (${loadPlace(context, tag, where)}) {`,
    ...children.flatMap(({ body, values, isDefault, property, type }) => [
      ...values.map((literal) => code`  case ${placeLiteral(tag, literal)}:`),
      ...(isDefault ? [code`  default:`] : []),
      code`    ${boundsCheck(context, body, where)}`,
      code`    this.${property} ??= new ${type}();`,
      code`    return ${use(context, "leased")}(this.${property}, this.#lease);`,
    ]),
    ...(unknown === undefined ? [] : [code`  default:`, code`    return undefined;`]),
    code`}`,
  ];
  return cursorText({
    name: names.viewClass,
    base: use(context, "RecordView"),
    implemented: useType(context, "Leased"),
    fields: [leaseField(context), ...children.map(({ property, type }) => code`${property}: ${type} | undefined`)],
    members: [
      member(code`get ${kindName}(): ${kinds}`, kindSwitch(context, tag, stream.variants, other)),
      member(code`get tag(): ${placeType(tag)}`, (where) => [code`return ${loadPlace(context, tag, where)};`]),
      member(code`get bytes(): ${useType(context, "OwnedBytes")}`, ({ view, base, length }) => [
        code`return ${use(context, "copyBytes")}(${view}, ${base}, ${length});`,
      ]),
      member(code`copyBytesTo(target: Uint8Array): number`, ({ view, base, length }) => [
        code`return ${use(context, "copyBytesTo")}(target, ${view}, ${base}, ${length});`,
      ]),
      [code`/** The cursor over the type that the tag says. */`, ...member(code`get value(): ${types}`, valueLines)],
      method(code`[${take}](lease: ${useType(context, "Lease")}): boolean`, [
        code`this.#lease = lease;`,
        ...children.map(({ property }) => code`this.${property}?.[${take}](${use(context, "noLease")});`),
        code`return true;`,
      ]),
    ],
  });
}

function writerClass(context: EmitContext, stream: StreamPlan): Code {
  const { names, tag } = stream;
  const attach = use(context, "attachView");
  const check = use(context, "checkBounds");
  const children = childrenOf(stream, (body) => body.names.writerClass);
  const memory: Spot = { view: code`view`, base: code`this.#offset` };
  const getters = children.map(({ body, property, type, writesTag, values: [first], tag: own }) =>
    method(code`get ${body.names.codec}(): ${type}`, [
      code`const view = ${alive(context, code`this.#view`)};`,
      ...children
        .filter((other) => other.property !== property)
        .map((other) => code`this.${other.property}?.[${attach}](null, 0, 0);`),
      code`this.${property} ??= new ${type}();`,
      code`if (this.#kind !== ${quote(body.cName)}) {`,
      code`  ${check}(${quote(body.cName)}, view, this.#offset, this.#byteLength, ${body.extent.minByteLength});`,
      code`  this.${property}[${attach}](view, this.#offset, ${body.extent.readsToEnd ? "this.#byteLength" : body.size});`,
      ...(writesTag && first !== undefined ? [code`  ${storeLiteral(context, own, memory, first)}`] : []),
      code`  this.#kind = ${quote(body.cName)};`,
      code`}`,
      code`return this.${property};`,
    ]),
  );
  return cursorText({
    name: names.writerClass,
    implemented: useType(context, "Attachable"),
    fields: [
      code`#view: DataView | null = null`,
      code`#offset = 0`,
      code`#byteLength = 0`,
      code`#kind = ""`,
      ...children.map(({ property, type }) => code`${property}: ${type} | undefined`),
    ],
    members: [
      ...getters,
      method(code`[${attach}](view: DataView | null, offset: number, byteLength: number): void`, [
        code`if (view !== null) ${check}(${quote(stream.cName)}, view, offset, byteLength, ${endOf(tag)});`,
        code`this.#view = view;`,
        code`this.#offset = offset;`,
        code`this.#byteLength = byteLength;`,
        ...children.map(({ property }) => code`this.${property}?.[${attach}](null, 0, 0);`),
        code`this.#kind = "";`,
      ]),
    ],
  });
}

function viewType(context: EmitContext, stream: StreamPlan): Code {
  const { names, kindName, tag, unknown } = stream;
  const views = stream.variants.map(
    ({ kind, body }) => code`{ readonly ${kindName}: ${quote(kind)}; readonly value: ${body.names.view} }`,
  );
  const other =
    unknown === undefined
      ? []
      : [
          code`{ readonly ${kindName}: ${quote(unknown.kind)}; readonly tag: ${placeType(tag)}; readonly bytes: ${useType(context, "OwnedBytes")}; copyBytesTo(target: Uint8Array): number }`,
        ];
  return block([
    code`/** Cursor over a leased record of \`${commentText(stream.cName)}\`: \`value\` is the cursor of its type. */`,
    code`export type ${names.view} = ${join(
      [...views, ...other].map((entry) => code`\n  | ${entry}`),
      code``,
    )};`,
  ]);
}

function writerType({ names, cName, variants }: StreamPlan): Code {
  return block([
    code`/** Setters over a reserved sample of \`${commentText(cName)}\`: the first writer asked for sets the tag. */`,
    code`export type ${names.writer} = {`,
    ...variants.map(({ body }) => code`  readonly ${body.names.codec}: ${body.names.writer};`),
    code`};`,
  ]);
}

/** One ring of several record types: a discriminated union, its decoder and encoder, and a codec like any other. */
export function streamStatements(context: EmitContext, stream: StreamPlan, filled: FilledStructs): Code[] {
  const { parts } = context;
  const layout = layoutOfStream(context, stream);
  const sizes = stream.variants.map((variant) => variant.body.size);
  const statements = [...outTypes(context, stream), decodeFunction(context, stream)];
  if (parts.has("views")) statements.push(viewType(context, stream), viewClass(context, stream));
  if (parts.has("encode")) {
    statements.push(givenType(context, stream), ...encodeFunctions(context, stream));
    statements.push(writerType(stream), writerClass(context, stream));
  }
  const json = parts.has("json") ? streamJson(context, stream) : undefined;
  if (json !== undefined) statements.push(json.text);
  return [
    ...statements,
    ...codecStatements(context, {
      names: stream.names,
      cName: stream.cName,
      cText: stream.cName,
      size: Math.max(...sizes),
      minByteLength: endOf(stream.tag),
      layout,
      layouts: stream.variants.map(({ body }) => body.names.layout),
      input: code`${stream.names.input}`,
      json: json?.name,
      length: stream.names.length,
      moves: true,
      made: undefined,
      columns: parts.has("columns") ? streamColumns(context, stream, filled) : undefined,
    }),
  ];
}
