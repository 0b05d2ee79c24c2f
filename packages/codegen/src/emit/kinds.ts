import type { CompositePlan, StreamPlan, TaggedUnionPlan } from "../plan/model.ts";
import { type Code, code, join, property, quote } from "./code.ts";
import { type EmitContext, use } from "./context.ts";
import { filled, fits } from "./lines.ts";
import { placed, unionsOf } from "./members.ts";
import { givenAt } from "./places.ts";
import { value } from "./span.ts";

/** The text whose bytes are a tag, up to the NULs that fill it up. */
function textOf(value: bigint, size: number): string {
  const bytes = Array.from({ length: size }, (_, index) => Number((value >> BigInt(8 * (size - 1 - index))) & 0xffn));
  return String.fromCharCode(...bytes).replace(/\0+$/, "");
}

/** Arguments that tell which arm a tag means that a value gives: none of one that lies in the struct around. */
function toldByTag({ tag, variants }: TaggedUnionPlan): Code[] {
  if (tag.outer) return [];
  const arms = variants.flatMap(({ kind, values }) =>
    values.map((value) => {
      const key = tag.text ? textOf(value, tag.shape.size) : `${value}`;
      return code`[${quote(key)}, ${quote(kind)}]`;
    }),
  );
  const other = variants.find(({ isDefault }) => isDefault);
  return [
    code`${givenAt(tag)} ?? ${tag.text ? code`""` : code`0`}`,
    code`[${join(arms, comma)}]`,
    ...(other === undefined ? [] : [quote(other.kind)]),
  ];
}

const comma = code`, `;

/**
 * Lines that settle which arm a value gives, in the local `kind`: what it names or, where it names none, the one that it has or that
 * its tag means.
 */
export function kindLines(context: EmitContext, composite: CompositePlan, tagged: TaggedUnionPlan, kind: Code): Code[] {
  const { union, kindName, variants, unknown } = tagged;
  const arms = [
    ...variants.map(({ kind, body }) => [
      kind,
      ...placed(body).map(({ field }) => field.name),
      ...unionsOf(body).map(({ bytesName }) => bytesName),
    ]),
    ...(unknown === undefined ? [] : [[unknown.kind, union.bytesName]]),
  ];
  const lists = arms.map((arm) => code`[${join(arm.map(quote), comma)}]`);
  const told = [value, quote(kindName), code`[${join(lists, comma)}]`, quote(composite.cName), ...toldByTag(tagged)];
  const head = code`const { ${property(kindName, kind)} = ${use(context, "givenArm")}(`;
  const line = code`${head}${join(told, comma)}) } = ${value};`;
  if (fits(line, 1)) return [line];
  return [head, ...filled(told.map((argument) => code`${argument},`)), code`) } = ${value};`];
}

/** A statement that refuses a kind which there is not. */
export function noKind(context: EmitContext, composite: CompositePlan, tagged: TaggedUnionPlan, kind: Code): Code {
  const why = quote(`names no arm of ${composite.cName}`);
  return code`${use(context, "outOfRange")}(${quote(tagged.kindName)}, ${kind}, ${why});`;
}

/** The kinds that records of a stream have. */
export function kindsOf({ variants, unknown }: StreamPlan): string[] {
  return [...variants.map(({ kind }) => kind), ...(unknown === undefined ? [] : [unknown.kind])];
}
