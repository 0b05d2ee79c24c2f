import type { LayoutDescriptor } from "@rbgen/btf";
import type { StreamPlan } from "../plan/model.ts";
import { codecStatements } from "./codec.ts";
import { type EmitContext, givenLine, hasLength, isVariable, lengthName, use, useType } from "./context.ts";
import { layoutOfRecord } from "./layout.ts";
import { endOf, loadPlace, placeLiteral, placeType } from "./places.ts";
import { commentText, quote } from "./text.ts";
import { standing, where } from "./view.ts";
import { liveLine } from "./writer-cursor.ts";

function layoutOfStream(stream: StreamPlan, endian: "little" | "big"): LayoutDescriptor {
  return {
    name: stream.cName,
    size: Math.max(...stream.variants.map((variant) => variant.body.size)),
    endian,
    leaves: stream.variants.flatMap((variant) =>
      layoutOfRecord(variant.body).leaves.map((leaf) => ({ ...leaf, path: `${variant.kind}.${leaf.path}` })),
    ),
  };
}

function cases(stream: StreamPlan, result: (variant: StreamPlan["variants"][number]) => readonly string[]): string[] {
  return stream.variants.flatMap((variant) => [
    ...variant.values.map((value) => `    case ${placeLiteral(stream.tag, value)}:`),
    ...result(variant).map((line) => `      ${line}`),
  ]);
}

function types(context: EmitContext, stream: StreamPlan): string[] {
  const { names, kindName, tag } = stream;
  const unknown = quote(stream.unknownKind);
  const input = useType(context, "Input");
  const inputs = stream.variants.map(
    ({ body, kind }) => `(${input}<${body.names.type}> & { readonly ${kindName}: ${quote(kind)} })`,
  );
  return [
    [
      `/** A record of \`${commentText(stream.cName)}\` whose \`${commentText(tag.path)}\` says none of its types. */`,
      `export interface ${stream.unknownType} {`,
      `  readonly ${kindName}: ${unknown};`,
      `  /** \`${commentText(tag.path)}\` at byte ${tag.offset}. */`,
      `  readonly tag: ${placeType(tag)};`,
      "  /** The whole sample. */",
      `  readonly bytes: ${useType(context, "OwnedBytes")};`,
      "}",
    ].join("\n"),
    [
      `/** Every record of \`${commentText(stream.cName)}\`, told apart by \`${commentText(tag.path)}\`. */`,
      `export type ${names.type} = ${[...stream.variants.map(({ body }) => body.names.type), stream.unknownType].join(" | ")};`,
    ].join("\n"),
    [
      `/** What \`${names.encode}\` takes: \`${kindName}\` chooses the type, and the tag where it is left out. */`,
      `export type ${names.type}Input = ${[...inputs, `{ readonly ${kindName}: ${unknown}; readonly tag?: ${input}<${placeType(tag)}> | undefined; readonly bytes: Uint8Array }`].join(" | ")};`,
    ].join("\n"),
  ];
}

function functions(context: EmitContext, stream: StreamPlan): string[] {
  const { names, kindName, tag } = stream;
  const unknown = quote(stream.unknownKind);
  const tagEnd = endOf(tag);
  const wrong = `${use(context, "outOfRange")}(${quote(kindName)}, (value as { ${kindName}?: unknown }).${kindName}, ${quote(`names no record of ${stream.cName}`)})`;
  const unknownTag = loadPlace(context, tag, "offset");
  const length = [
    `function ${names.length}(value: ${names.type}Input): number {`,
    `  ${givenLine(context, stream.cName)}`,
    `  switch (value.${kindName}) {`,
    ...stream.variants.map(
      ({ kind, body }) =>
        `    case ${quote(kind)}:\n      return ${hasLength(body) ? `${lengthName(context, body)}(value)` : body.size};`,
    ),
    `    case ${unknown}:`,
    `      return ${use(context, "givenLength")}(value.bytes, "bytes");`,
    "    default:",
    `      return ${wrong};`,
    "  }",
    "}",
  ];
  return [
    [
      `/** Copies one record of \`${commentText(stream.cName)}\` out of \`view\`, as the type that \`${commentText(tag.path)}\` says. */`,
      `export function ${names.decode}(view: DataView, offset: number = 0, byteLength: number = view.byteLength - offset): ${names.type} {`,
      `  ${use(context, "checkBounds")}(${quote(stream.cName)}, view, offset, byteLength, ${tagEnd});`,
      `  const tag = ${unknownTag};`,
      "  switch (tag) {",
      ...cases(stream, ({ body }) => [`return ${body.names.decode}(view, offset, byteLength);`]),
      "    default:",
      `      return { ${kindName}: ${unknown}, tag, bytes: ${use(context, "copyBytes")}(view, offset, byteLength) };`,
      "  }",
      "}",
    ].join("\n"),
    [
      `/** Writes \`value\` at \`offset\` with the tag of its type; returns the bytes written. */`,
      `export function ${names.encode}(value: ${names.type}Input, view: DataView, offset: number = 0): number {`,
      `  ${givenLine(context, stream.cName)}`,
      `  switch (value.${kindName}) {`,
      ...stream.variants.map(
        ({ kind, body }) => `    case ${quote(kind)}:\n      return ${body.names.encode}(value, view, offset);`,
      ),
      `    case ${unknown}: {`,
      `      const length = ${use(context, "givenLength")}(value.bytes, "bytes");`,
      `      ${use(context, "checkRoom")}(${quote(stream.cName)}, view, offset, length);`,
      `      ${use(context, "writeBytes")}(value.bytes, view, offset, length, "bytes");`,
      "      return length;",
      "    }",
      "    default:",
      `      return ${wrong};`,
      "  }",
      "}",
    ].join("\n"),
    `/** Bytes that \`${names.encode}\` will write. */\n${length.join("\n")}`,
  ];
}

function viewClassText(context: EmitContext, stream: StreamPlan): string {
  const { names, kindName, tag } = stream;
  const unknown = quote(stream.unknownKind);
  const take = use(context, "takeLease");
  const lease = useType(context, "Lease");
  const children = stream.variants.map(({ body }, index) => ({ body, property: `#variant${index}` }));
  const getter = (lines: readonly string[]): string[] => [
    ...standing(context, lines).map((line) => `    ${line}`),
    "  }",
    "",
  ];
  return [
    `class ${names.viewClass} implements ${useType(context, "Leased")} {`,
    `  #lease: ${lease} = ${use(context, "noLease")};`,
    ...children.map(({ body, property }) => `  ${property}: ${body.names.viewClass} | undefined;`),
    "",
    `  get ${kindName}(): ${[...stream.variants.map(({ kind }) => quote(kind)), unknown].join(" | ")} {`,
    ...getter([
      `switch (${loadPlace(context, tag, where.base)}) {`,
      ...cases(stream, ({ kind }) => [`return ${quote(kind)};`]).map((line) => line.slice(2)),
      "  default:",
      `    return ${unknown};`,
      "}",
    ]),
    `  get tag(): ${placeType(tag)} {`,
    ...getter([`return ${loadPlace(context, tag, where.base)};`]),
    `  get bytes(): ${useType(context, "OwnedBytes")} {`,
    ...getter([`return ${use(context, "copyBytes")}(view, offset, this.#lease.byteLength);`]),
    "  copyBytesTo(target: Uint8Array): number {",
    ...getter([`return ${use(context, "copyBytesTo")}(target, view, offset, this.#lease.byteLength);`]),
    "  /** The cursor over the type that the tag says. */",
    `  get value(): ${[...stream.variants.map(({ body }) => body.names.viewClass), "undefined"].join(" | ")} {`,
    ...getter([
      `switch (${loadPlace(context, tag, where.base)}) {`,
      ...children.flatMap(({ body, property }, index) => [
        ...(stream.variants[index]?.values ?? []).map((value) => `  case ${placeLiteral(tag, value)}:`),
        `    ${use(context, "checkBounds")}(${quote(body.cName)}, view, offset, this.#lease.byteLength, ${body.minByteLength});`,
        `    this.${property} ??= new ${body.names.viewClass}();`,
        `    this.${property}[${take}](this.#lease);`,
        `    return this.${property};`,
      ]),
      "  default:",
      "    return undefined;",
      "}",
    ]),
    `  [${take}](lease: ${lease}): boolean {`,
    "    this.#lease = lease;",
    ...children.map(({ property }) => `    this.${property}?.[${take}](${use(context, "noLease")});`),
    "    return true;",
    "  }",
    "}",
  ].join("\n");
}

function writerClassText(context: EmitContext, stream: StreamPlan): string {
  const { names, tag } = stream;
  const attach = use(context, "attachView");
  const check = use(context, "checkBounds");
  const children = stream.variants.map(({ body }, index) => ({ body, property: `#variant${index}` }));
  return [
    `class ${names.writerClass} implements ${useType(context, "Attachable")} {`,
    "  #view: DataView | null = null;",
    "  #offset = 0;",
    "  #byteLength = 0;",
    '  #kind = "";',
    ...children.map(({ body, property }) => `  ${property}: ${body.names.writerClass} | undefined;`),
    ...children.flatMap(({ body, property }) => [
      "",
      `  get ${body.names.codec}(): ${body.names.writerClass} {`,
      `    ${liveLine(context)}`,
      ...children
        .filter((other) => other.property !== property)
        .map((other) => `    this.${other.property}?.[${attach}](null, 0, 0);`),
      `    this.${property} ??= new ${body.names.writerClass}();`,
      `    if (this.#kind !== ${quote(body.cName)}) {`,
      `      ${check}(${quote(body.cName)}, view, this.#offset, this.#byteLength, ${body.minByteLength});`,
      `      this.${property}[${attach}](view, this.#offset, ${isVariable(body) ? "this.#byteLength" : body.size});`,
      `      this.#kind = ${quote(body.cName)};`,
      "    }",
      `    return this.${property};`,
      "  }",
    ]),
    "",
    `  [${attach}](view: DataView | null, offset: number, byteLength: number): void {`,
    `    if (view !== null) ${check}(${quote(stream.cName)}, view, offset, byteLength, ${endOf(tag)});`,
    "    this.#view = view;",
    "    this.#offset = offset;",
    "    this.#byteLength = byteLength;",
    ...children.map(({ property }) => `    this.${property}?.[${attach}](null, 0, 0);`),
    '    this.#kind = "";',
    "  }",
    "}",
  ].join("\n");
}

function cursorTypes(context: EmitContext, stream: StreamPlan): string[] {
  const { names, kindName, tag } = stream;
  const unknown = quote(stream.unknownKind);
  const views = stream.variants.map(
    ({ kind, body }) => `{ readonly ${kindName}: ${quote(kind)}; readonly value: ${body.names.view} }`,
  );
  const other = `{ readonly ${kindName}: ${unknown}; readonly tag: ${placeType(tag)}; readonly bytes: ${useType(context, "OwnedBytes")}; copyBytesTo(target: Uint8Array): number }`;
  return [
    [
      `/** Cursor over a leased record of \`${commentText(stream.cName)}\`: \`value\` is the cursor of its type. */`,
      `export type ${names.view} = ${[...views, other].map((entry) => `\n  | ${entry}`).join("")};`,
    ].join("\n"),
    [
      `/** Setters over a reserved sample of \`${commentText(stream.cName)}\`: the first writer asked for sets the tag. */`,
      `export type ${names.writer} = {`,
      ...stream.variants.map(({ body }) => `  readonly ${body.names.codec}: ${body.names.writer};`),
      "};",
    ].join("\n"),
  ];
}

/** One ring of several record types: a discriminated union, its decoder and encoder, and a codec like any other. */
export function streamStatements(context: EmitContext, stream: StreamPlan): string[] {
  const layout = layoutOfStream(stream, context.plan.endian);
  const sizes = stream.variants.map((variant) => variant.body.size);
  return [
    ...types(context, stream),
    ...functions(context, stream),
    ...cursorTypes(context, stream),
    viewClassText(context, stream),
    writerClassText(context, stream),
    ...codecStatements(context, {
      names: stream.names,
      cName: stream.cName,
      cText: stream.cName,
      size: Math.max(...sizes),
      minByteLength: endOf(stream.tag),
      layout,
      input: `${stream.names.type}Input`,
      length: stream.names.length,
    }),
  ];
}
