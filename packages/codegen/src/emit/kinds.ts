import type { CompositePlan, StreamPlan, TaggedUnionPlan } from "../plan/model.ts";
import { type Code, code, join, quote } from "./code.ts";
import { type EmitContext, use } from "./context.ts";
import { placed, unionsOf } from "./members.ts";
import { value } from "./span.ts";

/** A line that settles which arm a value gives, in the local `kind`: what it names or, where it names none, the one that it has. */
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
  const told = code`${use(context, "givenArm")}(${value}, ${quote(kindName)}, [${lists}], ${quote(composite.cName)})`;
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
