import type { CompositePlan, NodePlan } from "../plan/model.ts";
import { copyName, type Name } from "../plan/names.ts";
import { armCheck, type Child, childrenOf, neededByArms } from "./children.ts";
import { block, type Code, code, join } from "./code.ts";
import { type EmitContext, openUnion, plus, taggedOf, use, useType } from "./context.ts";
import type {
  ClassDeclarationStructure,
  ConstructorDeclarationStructure,
  GetAccessorDeclarationStructure,
  MethodDeclarationStructure,
  ParameterDeclarationStructure,
  PropertyDeclarationStructure,
} from "./declaration.ts";
import { unionLength } from "./decode.ts";
import { elementCount, locate, memberValue, type Placed, placed, type Span, unionsOf } from "./members.ts";
import { loadPlace, placeLiteral } from "./places.ts";
import { quote } from "./text.ts";
import { fieldType } from "./types.ts";

type Getter = GetAccessorDeclarationStructure;
type Method = MethodDeclarationStructure;

/** The locals of a getter: first byte of the record, and end of its sample. */
export const where: Span = { base: code`offset`, end: code`end` };

function mentions(text: string, name: Code): boolean {
  const code = text.replace(/"(?:[^"\\]|\\.)*"/g, "");
  return new RegExp(`(?<![\\w$.#])${name}(?![\\w$])`).test(code);
}

/** Statements before those of a getter: it refuses to be used after the lease, and finds where the cursor stands. */
export function standing(context: EmitContext, lines: readonly Code[], contained = false): Code[] {
  const text = block(lines);
  const toEnd = mentions(text, where.end);
  const lease = code`this.#lease.offset + this.#lease.byteLength`;
  const dead = use(context, "dead");
  return [
    mentions(text, code`view`)
      ? code`const view = this.#lease.view ?? ${dead}();`
      : code`if (this.#lease.view === null) ${dead}();`,
    ...(toEnd || mentions(text, where.base)
      ? [code`const offset = this.#lease.offset${contained ? " + this.#at" : ""};`]
      : []),
    ...(toEnd && contained ? [code`const end = Math.min(${lease}, offset + this.#length);`] : []),
    ...(toEnd && !contained ? [code`const end = offset + this.#lease.byteLength;`] : []),
    ...lines,
  ];
}

/** Where a cursor stands: private, so that the memory under it never reaches a user. */
function leaseField(context: EmitContext): PropertyDeclarationStructure {
  return { name: code`#lease`, type: useType(context, "Lease"), initializer: use(context, "noLease") };
}

/** Whether a cursor has parts that stay with their record: it is put on its lease again for each. */
function isTold(composite: CompositePlan): boolean {
  return childrenOf(composite, placed(composite.nodes), () => code``).some(
    (child) => child.needed !== undefined || isTold(child.composite),
  );
}

function kindGetters(context: EmitContext, composite: CompositePlan): Getter[] {
  const { tagged, variant } = composite;
  const own = variant === undefined ? [] : [variant];
  const fixed = own.map(({ kindName, kind }) => ({
    name: kindName,
    returnType: quote(kind),
    statements: code`return ${quote(kind)};`,
  }));
  const told = tagged.map(({ tag, kindName, variants, unknownKind }) => {
    const cases = variants.flatMap((entry) =>
      entry.values
        .map((value) => code`  case ${placeLiteral(tag, value)}:`)
        .concat(code`    return ${quote(entry.kind)};`),
    );
    return {
      name: kindName,
      returnType: join([...variants.map((entry) => quote(entry.kind)), quote(unknownKind)], code` | `),
      statements: [
        code`switch (${loadPlace(context, tag, where.base)}) {`,
        ...cases,
        code`  default:`,
        code`    return ${quote(unknownKind)};`,
        code`}`,
      ],
    };
  });
  return [...fixed, ...told];
}

/** `copyXTo(target)`: no allocation, and never the memory itself. */
function copyMethod(context: EmitContext, name: Name, at: Code, length: Code, before: readonly Code[] = []): Method {
  return {
    name: copyName(name),
    parameters: [{ name: code`target`, type: code`Uint8Array` }],
    returnType: code`number`,
    statements: [...before, code`return ${use(context, "copyBytesTo")}(target, view, ${at}, ${length});`],
  };
}

/** The check of a member of an arm that a short sample may not hold. */
function armChecks(context: EmitContext, composite: CompositePlan, node: NodePlan): Code[] {
  const needed = neededByArms(composite).get(node);
  return needed === undefined ? [] : [armCheck(context, composite, where, needed)];
}

function copyOf(context: EmitContext, composite: CompositePlan, member: Placed): Method[] {
  const { field } = member;
  if (field.dataloc?.text === false) {
    const { locals, at, length } = locate(context, composite, field, where, code`at`);
    return [copyMethod(context, field.name, at, length, locals)];
  }
  if (field.shape.kind !== "bytes" || field.variable?.list !== undefined) return [];
  const length =
    field.variable === undefined ? code`${field.shape.size}` : elementCount(context, composite, field, where);
  const checks = armChecks(context, composite, field);
  return [copyMethod(context, field.name, plus(where.base, field.bitOffset / 8), length, checks)];
}

/** Getters and copies of the unions' bytes. */
function unionMembers(context: EmitContext, composite: CompositePlan): { getters: Getter[]; copies: Method[] } {
  const getters: Getter[] = [];
  const copies: Method[] = [];
  for (const union of unionsOf(composite.nodes)) {
    const tagged = taggedOf(composite, union);
    const at = plus(where.base, union.offset);
    const checks = armChecks(context, composite, union);
    const rest = code`end - offset - ${union.offset}`;
    const open = union === openUnion(composite);
    const length =
      tagged !== undefined ? unionLength(composite, tagged, where.base, where.end) : open ? rest : code`${union.size}`;
    getters.push({
      name: union.bytesName,
      returnType: useType(context, "OwnedBytes"),
      statements: [...checks, code`return ${use(context, "copyBytes")}(view, ${at}, ${length});`],
    });
    copies.push(copyMethod(context, union.bytesName, at, length, checks));
  }
  return { getters, copies };
}

function memberGetter(context: EmitContext, composite: CompositePlan, member: Placed): Getter {
  const { field } = member;
  const value = memberValue(context, composite, member, where, code`bits`);
  const check = armChecks(context, composite, field);
  return {
    name: field.name,
    returnType: fieldType(context, field),
    statements: [...check, ...value.locals, code`return ${value.expression};`],
  };
}

/** What a child is made with: where it begins in its record, and how many bytes are its own where that matters. */
function childArguments(context: EmitContext, composite: CompositePlan, child: Child): Code {
  const contained = context.contained.has(composite);
  const at = contained ? plus(code`this.#at`, child.at) : code`${child.at}`;
  if (!asksForEnd(context, child.composite)) return at;
  if (child.length !== undefined) return code`${at}, ${child.length}`;
  return contained ? code`${at}, this.#length - ${child.at}` : at;
}

/** The cursor over a member that is a struct, which stands where the record's own does. */
function childGetter(context: EmitContext, composite: CompositePlan, child: Child): Getter {
  const take = use(context, "takeLease");
  const made = code`new ${child.type}(${childArguments(context, composite, child)})`;
  const own = code`this.${child.property}`;
  const lines =
    child.needed !== undefined
      ? standing(
          context,
          [
            armCheck(context, composite, where, child.needed),
            code`${own} ??= ${made};`,
            code`${own}[${take}](this.#lease);`,
          ],
          context.contained.has(composite),
        )
      : [code`if (${own} === undefined) {`, code`  ${own} = ${made};`, code`  ${own}[${take}](this.#lease);`, code`}`];
  return { name: child.field.name, returnType: child.type, statements: block([...lines, code`return ${own};`]) };
}

interface ViewMembers {
  readonly children: readonly Child[];
  readonly getters: readonly Getter[];
  readonly methods: readonly Method[];
}

/** Everything of a view that reads. */
function viewMembers(context: EmitContext, composite: CompositePlan): ViewMembers {
  const members = placed(composite.nodes);
  const children = childrenOf(composite, members, (inner) => inner.names.viewClass);
  const childOf = new Map(children.map((child) => [child.field, child]));
  const unions = unionMembers(context, composite);
  const contained = context.contained.has(composite);
  // texts are done already; lines stand behind those that find the record
  const whole = <Member extends Getter | Method>(member: Member): Member =>
    Array.isArray(member.statements)
      ? { ...member, statements: block(standing(context, member.statements as Code[], contained)) }
      : member;
  const getters = members.map((member) => {
    const child = childOf.get(member.field);
    return child === undefined ? memberGetter(context, composite, member) : childGetter(context, composite, child);
  });
  const copies = members.flatMap((member) => copyOf(context, composite, member));
  return {
    children,
    getters: [...kindGetters(context, composite), ...getters, ...unions.getters].map(whole),
    methods: [...copies, ...unions.copies].map(whole),
  };
}

/** Whether a contained cursor asks where its bytes end, itself or for its last member. */
function asksForEnd(context: EmitContext, composite: CompositePlan): boolean {
  let asks = context.asking.get(composite);
  if (asks === undefined) {
    const { getters, methods } = viewMembers(context, composite);
    asks = [...getters, ...methods].some(({ statements }) => /this\.#length(?![\w$])/.test(String(statements)));
    context.asking.set(composite, asks);
  }
  return asks;
}

/** A contained cursor begins somewhere in its record; it may be a record of its own, too. */
function containedParts(
  context: EmitContext,
  composite: CompositePlan,
  text: string,
): {
  properties: PropertyDeclarationStructure[];
  ctors: ConstructorDeclarationStructure[];
} {
  if (!context.contained.has(composite)) return { properties: [], ctors: [] };
  const parameters: ParameterDeclarationStructure[] = [
    { name: code`at`, type: code`number`, initializer: code`0` },
    ...(asksForEnd(context, composite)
      ? [{ name: code`length`, type: code`number`, initializer: code`Number.POSITIVE_INFINITY` }]
      : []),
  ];
  // A struct without members asks for neither.
  const used = parameters.map(({ name }) => name).filter((name) => text.includes(code`this.#${name}`));
  return {
    properties: used.map((name) => ({ name: code`#${name}`, type: code`number`, isReadonly: true })),
    ctors: [
      {
        parameters: parameters.map((entry) =>
          used.includes(entry.name) ? entry : { ...entry, name: code`_${entry.name}` },
        ),
        statements: block(used.map((name) => code`this.#${name} = ${name};`)),
      },
    ],
  };
}

/** The symbol-keyed method by which the runtime gives a view its lease. */
function takeMethod(
  context: EmitContext,
  composite: CompositePlan,
  children: readonly Child[],
  empty: boolean,
): Method {
  const take = use(context, "takeLease");
  return {
    name: code`[${take}]`,
    parameters: [{ name: empty ? code`_lease` : code`lease`, type: useType(context, "Lease") }],
    returnType: code`boolean`,
    statements: block([
      ...(empty ? [] : [code`this.#lease = lease;`]),
      ...children.map(
        ({ property, needed }) =>
          code`this.${property}?.[${take}](${needed !== undefined ? use(context, "noLease") : "lease"});`,
      ),
      code`return ${isTold(composite)};`,
    ]),
  };
}

/** The read-only cursor over a leased record: each member is decoded when it is asked for. */
export function viewClass(context: EmitContext, composite: CompositePlan): ClassDeclarationStructure {
  const { children, getters, methods } = viewMembers(context, composite);
  const empty = getters.length + methods.length === 0;
  const text = block([...getters, ...methods].flatMap(({ statements }) => statements));
  const { properties, ctors } = containedParts(context, composite, text);
  return {
    kind: context.kinds.Class,
    name: composite.names.viewClass,
    implements: [useType(context, "Leased")],
    properties: [
      ...(empty ? [] : [leaseField(context)]),
      ...properties,
      ...children.map(({ property, type }) => ({ name: property, type: code`${type} | undefined` })),
    ],
    ctors,
    getAccessors: [...getters],
    methods: [...methods, takeMethod(context, composite, children, empty)],
  };
}
