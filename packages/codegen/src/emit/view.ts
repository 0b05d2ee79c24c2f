import type { CompositePlan, NodePlan } from "../plan/model.ts";
import { copyName, type Name } from "../plan/names.ts";
import { cutName } from "../plan/nodes.ts";
import { armCheck, type Child, childrenOf, neededByArms } from "./children.ts";
import { binary, block, type Code, code, join, local, mentions, quote } from "./code.ts";
import { type EmitContext, isRecord, roleOf, taggedOf, use, useType } from "./context.ts";
import { type Cursor, cursorText, method, onceAlive, type Stand, standing } from "./cursor.ts";
import { unionLength } from "./decode.ts";
import { jsonOf } from "./json.ts";
import { cutExpression, elementCount, locate, memberValue, type Placed, placed, unionsOf } from "./members.ts";
import { loadPlace, placeLiteral } from "./places.ts";
import { first, here, minus, plus, type Span } from "./span.ts";
import { findStart, startOf } from "./starts.ts";
import { fieldType } from "./types.ts";
import { isLoaded } from "./values.ts";

/** Where a contained cursor begins in its record, and how many bytes are its own. */
const own = { at: local("this.#at"), length: local("this.#length") };

type Body = (where: Span) => readonly Code[];

/** Where a view stands: on its lease, or from some byte of it on. */
export function viewStand(context: EmitContext, contained: boolean): Stand {
  const memory = code`this.#lease.view`;
  const offset = code`this.#lease.offset`;
  const length = code`this.#lease.byteLength`;
  if (!contained) {
    const fields = onceAlive(context, memory, { base: offset, end: binary("+", here.base, length), length });
    return { memory, fields, locals: { ...here, length }, repeats: 2 };
  }
  const last = binary("+", offset, length);
  const end = code`Math.min(${last}, ${binary("+", here.base, own.length)})`;
  const fields = onceAlive(context, memory, { base: binary("+", offset, own.at), end, length: here.length });
  return { memory, fields, locals: here, repeats: 1 };
}

/** Whether a cursor has parts that stay with their record: it is put on its lease again for each. */
export function staysBehind(composite: CompositePlan): boolean {
  return childrenOf(composite, placed(composite.nodes), () => code``).some(
    (child) => child.needed !== undefined || staysBehind(child.composite),
  );
}

/** Lines that choose among kinds by a tag. */
export function kindSwitch(
  context: EmitContext,
  tag: Parameters<typeof loadPlace>[1],
  variants: readonly { readonly kind: string; readonly values: readonly bigint[] }[],
  unknownKind: string,
): Body {
  return (where) => [
    code`switch (${loadPlace(context, tag, where)}) {`,
    ...variants.flatMap(({ kind, values }) =>
      kind === unknownKind
        ? []
        : [...values.map((value) => code`  case ${placeLiteral(tag, value)}:`), code`    return ${quote(kind)};`],
    ),
    code`  default:`,
    code`    return ${quote(unknownKind)};`,
    code`}`,
  ];
}

/** The cursor over one composite, while its members are made. */
class ViewMembers {
  readonly #context: EmitContext;
  readonly #composite: CompositePlan;
  readonly #stand: Stand;
  readonly #needed: ReadonlyMap<NodePlan, number>;

  constructor(context: EmitContext, composite: CompositePlan) {
    this.#context = context;
    this.#composite = composite;
    this.#stand = viewStand(context, context.contained.has(composite));
    this.#needed = neededByArms(composite);
  }

  #member(head: Code, body: Body): Code[] {
    return method(head, standing(this.#context, this.#stand, body));
  }

  /** The check of a member of an arm that a short sample may not hold. */
  #checks(node: NodePlan, where: Span): Code[] {
    const needed = this.#needed.get(node);
    return needed === undefined ? [] : [armCheck(this.#context, this.#composite, where, needed)];
  }

  /** `copyXTo(target)`: no allocation, and never the memory itself. */
  #copy(name: Name, body: (where: Span) => { before: readonly Code[]; at: Code; length: Code }): Code[] {
    return this.#member(code`${copyName(name)}(target: Uint8Array): number`, (where) => {
      const { before, at, length } = body(where);
      return [...before, code`return ${use(this.#context, "copyBytesTo")}(target, ${where.view}, ${at}, ${length});`];
    });
  }

  kinds(): Code[][] {
    const { tagged } = this.#composite;
    const { variant } = roleOf(this.#context, this.#composite);
    const fixed =
      variant === undefined
        ? []
        : [method(code`get ${variant.kindName}(): ${quote(variant.kind)}`, [code`return ${quote(variant.kind)};`])];
    const told = tagged.map(({ tag, kindName, variants, unknown }) => {
      const kinds = [...variants.map(({ kind }) => kind), ...(unknown === undefined ? [] : [unknown.kind])].map(quote);
      const other = variants.find(({ isDefault }) => isDefault)?.kind ?? unknown?.kind ?? "";
      const body = kindSwitch(this.#context, tag, variants, other);
      return this.#member(code`get ${kindName}(): ${join(kinds, code` | `)}`, body);
    });
    return [...fixed, ...told];
  }

  /** The getter of a member that is decoded when it is asked for. */
  getter(member: Placed): Code[] {
    const { field, chunk } = member;
    const whole = chunk === undefined && field.variable === undefined && field.dataloc === undefined;
    if (whole && isLoaded(field.shape) && !this.#needed.has(field)) {
      const base = this.#context.contained.has(this.#composite) ? own.at : first;
      const where = { ...here, view: code`this.#lease`, base };
      const { expression } = memberValue(this.#context, this.#composite, member, where, code`bits`);
      return method(code`get ${field.name}(): ${fieldType(this.#context, field)}`, [code`return ${expression};`]);
    }
    return this.#member(code`get ${field.name}(): ${fieldType(this.#context, field)}`, (where) => {
      const value = memberValue(this.#context, this.#composite, member, where, field.after ? code`at` : code`bits`);
      return [...this.#checks(field, where), ...value.locals, code`return ${value.expression};`];
    });
  }

  /** The getter that tells whether a member was cut, of one that may be. */
  cut({ field }: Placed): Code[][] {
    const name = cutName(field);
    if (name === undefined) return [];
    return [
      this.#member(code`get ${name}(): boolean`, (around) => {
        const { where, lines } = findStart(this.#context, this.#composite, field, around, code`at`);
        const cut = cutExpression(this.#context, this.#composite, field, where)?.expression ?? code`false`;
        return [...this.#checks(field, where), ...lines, code`return ${cut};`];
      }),
    ];
  }

  /** What copies a member's bytes. */
  copies({ field }: Placed): Code[][] {
    const { variable, shape, dataloc } = field;
    if (dataloc?.text === false) {
      return [
        this.#copy(field.name, (where) => {
          const { locals: before, at, length } = locate(this.#context, this.#composite, field, where, code`at`);
          return { before, at, length };
        }),
      ];
    }
    const parted = variable?.present ?? variable?.list ?? variable?.pieces;
    if (shape.kind !== "bytes" || parted !== undefined) return [];
    return [
      this.#copy(field.name, (around) => {
        const found = findStart(this.#context, this.#composite, field, around, code`at`);
        const { where } = found;
        const length =
          variable === undefined ? code`${shape.size}` : elementCount(this.#context, this.#composite, field, where);
        const at = startOf(this.#context, this.#composite, field, where);
        return { before: [...this.#checks(field, where), ...found.lines], at, length };
      }),
    ];
  }

  /** The getters of the unions' bytes, and what copies them. */
  unions(): { readonly getters: Code[][]; readonly copies: Code[][] } {
    const getters: Code[][] = [];
    const copies: Code[][] = [];
    for (const union of unionsOf(this.#composite.nodes)) {
      const tagged = taggedOf(this.#composite, union);
      const bytes = (where: Span) => {
        const fixed =
          union === this.#composite.extent.ending.open ? minus(where.length, union.offset) : code`${union.size}`;
        return {
          before: this.#checks(union, where),
          at: plus(where.base, union.offset),
          length: tagged === undefined ? fixed : unionLength(this.#composite, tagged, where),
        };
      };
      getters.push(
        this.#member(code`get ${union.bytesName}(): ${useType(this.#context, "OwnedBytes")}`, (where) => {
          const { before, at, length } = bytes(where);
          return [...before, code`return ${use(this.#context, "copyBytes")}(${where.view}, ${at}, ${length});`];
        }),
      );
      copies.push(this.#copy(union.bytesName, bytes));
    }
    return { getters, copies };
  }

  /** What a child is made with: where it begins in its record, and how many bytes are its own where that matters. */
  #childArguments({ composite, at, length }: Child): Code {
    const contained = this.#context.contained.has(this.#composite);
    const asks = viewOf(this.#context, composite).asks;
    const parts = asks.at ? [contained ? plus(own.at, at) : code`${at}`] : [];
    if (asks.length && length !== undefined) parts.push(code`${length}`);
    else if (asks.length && contained) parts.push(minus(own.length, at));
    else if (asks.length) parts.push(code`Number.POSITIVE_INFINITY`);
    return join(parts, code`, `);
  }

  /** The cursor over a member that is a struct, which stands where the record's own does. */
  child(child: Child): Code[] {
    const { needed, property, type } = child;
    const head = code`get ${child.field.name}(): ${type}`;
    const made = code`new ${type}(${this.#childArguments(child)})`;
    const inner = code`this.${property}`;
    const leased = use(this.#context, "leased");
    if (needed === undefined) {
      return method(head, [code`${inner} ??= ${leased}(${made}, this.#lease);`, code`return ${inner};`]);
    }
    return this.#member(head, (where) => [
      armCheck(this.#context, this.#composite, where, needed),
      code`${inner} ??= ${made};`,
      code`return ${leased}(${inner}, this.#lease);`,
    ]);
  }
}

/** What is known of a view once its members are made. */
export interface ViewPlan {
  readonly children: readonly Child[];
  readonly members: readonly (readonly Code[])[];
  /** Whether it asks where it begins in its record, and where its own bytes end. */
  readonly asks: { readonly at: boolean; readonly length: boolean };
}

/** The members of a view, made once: who holds it asks what it needs. */
function viewOf(context: EmitContext, composite: CompositePlan): ViewPlan {
  const known = context.views.get(composite);
  if (known !== undefined) return known;
  const placedMembers = placed(composite.nodes);
  const children = childrenOf(composite, placedMembers, (inner) => inner.names.viewClass);
  const childOf = new Map(children.map((child) => [child.field, child]));
  const make = new ViewMembers(context, composite);
  const unions = make.unions();
  const members = [
    ...make.kinds(),
    ...placedMembers.map((member) => {
      const child = childOf.get(member.field);
      return child === undefined ? make.getter(member) : make.child(child);
    }),
    ...placedMembers.flatMap((member) => make.cut(member)),
    ...unions.getters,
    ...placedMembers.flatMap((member) => make.copies(member)),
    ...unions.copies,
  ];
  const text = block(members.flat());
  const asks = { at: mentions(text, own.at) > 0, length: mentions(text, own.length) > 0 };
  const view = { children, members, asks };
  context.views.set(composite, view);
  return view;
}

const nothing = code``;

/** The fields of a contained cursor, which begins somewhere in its record, and what sets them. */
function containedParts(
  record: boolean,
  asks: ViewPlan["asks"],
  json: Code,
): { fields: Code[]; constructors: Code[][] } {
  const parts = [
    ...(asks.at ? [{ field: own.at, name: code`at`, whole: code`0` }] : []),
    ...(asks.length ? [{ field: own.length, name: code`length`, whole: code`Number.POSITIVE_INFINITY` }] : []),
  ];
  if (parts.length === 0) {
    const told = json === nothing ? [] : [method(code`constructor()`, [code`super(${json});`])];
    return { fields: [], constructors: told };
  }
  // What is a record of its own, too, stands at its start.
  const parameters = parts.map(({ name, whole }) => (record ? code`${name} = ${whole}` : code`${name}: number`));
  return {
    fields: parts.map(({ name }) => code`readonly #${name}: number`),
    constructors: [
      method(code`constructor(${join(parameters, code`, `)})`, [
        code`super(${json});`,
        ...parts.map(({ field, name }) => code`${field} = ${name};`),
      ]),
    ],
  };
}

/** The symbol-keyed method by which the runtime gives a view its lease. */
function takeMethod(context: EmitContext, { children, members }: ViewPlan, again: boolean): Code[] {
  const take = use(context, "takeLease");
  const lease = useType(context, "Lease");
  const name = members.length === 0 ? code`_lease` : code`lease`;
  const head = code`[${take}](${name}: ${lease}): boolean`;
  return method(head, [
    ...(members.length === 0 ? [] : [code`this.#lease = lease;`]),
    ...children.map(
      ({ property, needed }) =>
        code`this.${property}?.[${take}](${needed === undefined ? "lease" : use(context, "noLease")});`,
    ),
    code`return ${again};`,
  ]);
}

/** The field of a view that is private, so that the memory under it never reaches a user. */
export function leaseField(context: EmitContext): Code {
  return code`#lease: ${useType(context, "Lease")} = ${use(context, "noLease")}`;
}

/** The read-only cursor over a leased record: each member is decoded when it is asked for. */
export function viewClass(context: EmitContext, composite: CompositePlan): Code {
  const view = viewOf(context, composite);
  const { children, members, asks } = view;
  const json = composite.tagged.length === 0 ? nothing : jsonOf(context, composite);
  const { fields, constructors } = containedParts(isRecord(context, composite), asks, json);
  const cursor: Cursor = {
    name: composite.names.viewClass,
    base: use(context, "RecordView"),
    implemented: useType(context, "Leased"),
    fields: [
      ...(members.length === 0 ? [] : [leaseField(context)]),
      ...fields,
      ...children.map(({ property, type }) => code`${property}: ${type} | undefined`),
    ],
    members: [...constructors, ...members, takeMethod(context, view, staysBehind(composite))],
  };
  return cursorText(cursor);
}
