import type { CompositePlan, TaggedUnionPlan } from "../plan/model.ts";
import { type Code, code, join, quote } from "./code.ts";
import { type EmitContext, use, useType } from "./context.ts";
import { placed, unionsOf } from "./members.ts";
import { value } from "./span.ts";

/** An expression for a value with the kind of the one arm that it gives; a kind that there is not is refused. */
export function toldExpression(context: EmitContext, composite: CompositePlan, tagged: TaggedUnionPlan): Code {
  const { union, kindName, variants, unknownKind } = tagged;
  const arms = [
    ...variants.map(({ kind, body }) => [
      kind,
      ...placed(body).map(({ field }) => field.name),
      ...unionsOf(body).map(({ bytesName }) => bytesName),
    ]),
    [unknownKind, union.bytesName],
  ];
  const lists = join(
    arms.map((arm) => code`[${join(arm.map(quote), code`, `)}]`),
    code`, `,
  );
  return code`${use(context, "withKind")}<${useType(context, "Input")}<${composite.names.type}>>(${value}, ${quote(kindName)}, [${lists}], ${quote(composite.cName)})`;
}
