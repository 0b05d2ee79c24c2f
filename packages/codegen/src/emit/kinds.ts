import type { CompositePlan, StreamPlan, TaggedUnionPlan } from "../plan/model.ts";
import { type Code, code, join, quote } from "./code.ts";
import { type EmitContext, use } from "./context.ts";
import { placed, unionsOf } from "./members.ts";
import { givenAt } from "./places.ts";
import { value } from "./span.ts";

/** The text whose bytes are a tag, up to the NULs that fill it up. */
function textOf(value: bigint, size: number): string {
  const bytes = Array.from({ length: size }, (_, index) => Number((value >> BigInt(8 * (size - 1 - index))) & 0xffn));
  return String.fromCharCode(...bytes).replace(/\0+$/, "");
}

/** Arguments that tell which arm a tag means that a value gives: nothing of one that lies in the struct around. */
function toldByTag({ tag, variants }: TaggedUnionPlan): Code {
  if (tag.outer) return code``;
  const arms = variants.flatMap(({ kind, values }) =>
    values.map((value) => {
      const key = tag.text ? textOf(value, tag.shape.size) : `${value}`;
      return code`[${quote(key)}, ${quote(kind)}]`;
    }),
  );
  const other = variants.find(({ isDefault }) => isDefault);
  const rest = other === undefined ? code`` : code`, ${quote(other.kind)}`;
  return code`, ${givenAt(tag)} ?? ${tag.text ? code`""` : code`0`}, [${join(arms, code`, `)}]${rest}`;
}

/**
 * A line that settles which arm a value gives, in the local `kind`: what it names or, where it names none, the one that it has or that
 * its tag means.
 */
export function kindLine(context: EmitContext, composite: CompositePlan, tagged: TaggedUnionPlan, kind: Code): Code {
  const { union, kindName, variants, unknown } = tagged;
  const arms = [
    ...variants.map(({ kind, body }) => [
      kind,
      ...placed(body).map(({ field }) => field.name),
      ...unionsOf(body).map(({ bytesName }) => bytesName),
    ]),
    ...(unknown === undefined ? [] : [[unknown.kind, union.bytesName]]),
  ];
  const lists = join(
    arms.map((arm) => code`[${join(arm.map(quote), code`, `)}]`),
    code`, `,
  );
  const told = code`${use(context, "givenArm")}(${value}, ${quote(kindName)}, [${lists}], ${quote(composite.cName)}${toldByTag(tagged)})`;
  return code`const { ${kindName}: ${kind} = ${told} } = ${value};`;
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
