import type { CompositePlan, FieldPlan, NodePlan } from "../plan/model.ts";
import { named, type Scope } from "../plan/names.ts";
import { binary, block, type Code, code } from "./code.ts";
import type { EmitContext } from "./context.ts";
import type { FunctionDeclarationStructure } from "./declaration.ts";
import { elementCount } from "./members.ts";
import { type Found, here, hereParameters, type Span, times } from "./span.ts";
import { startOf } from "./starts.ts";

/** A place that keeps what is found of it. */
interface Finding extends Span {
  readonly found: Map<FieldPlan, Found>;
}

/** Statements that find out where the fields behind each other begin, of those among `nodes`, before any of them is read: what decodes them refuses a length first. */
export function chainLines(
  context: EmitContext,
  composite: CompositePlan,
  nodes: readonly NodePlan[],
  where: Finding,
  scope: Scope,
): Code[] {
  const { chain = [] } = composite.extent.ending;
  return chain.flatMap((field) => (nodes.includes(field) ? findLines(context, composite, field, where, scope) : []));
}

/** Statements that find out where a field begins, and how many elements it has, for a place that keeps what is found. */
function findLines(
  context: EmitContext,
  composite: CompositePlan,
  field: FieldPlan,
  where: Finding,
  scope: Scope,
): Code[] {
  const lines: Code[] = [];
  let start = startOf(context, composite, field, where);
  if (field.after !== undefined) {
    const at = scope.take(named`${field.name}At`);
    lines.push(code`const ${at} = ${start};`);
    start = at;
    where.found.set(field, { start });
  }
  const count = scope.take(named`${field.name}Count`);
  lines.push(code`const ${count} = ${elementCount(context, composite, field, where)};`);
  where.found.set(field, { start, count });
  return lines;
}

/** Functions that give where an array of a struct ends, for what stands behind it. */
export class ChainFunctions {
  readonly declarations: FunctionDeclarationStructure[] = [];
  readonly #names = new Map<FieldPlan, Code>();

  /** The name of `(view, offset, end) => offset`. */
  behind(context: EmitContext, composite: CompositePlan, field: FieldPlan): Code {
    const known = this.#names.get(field);
    if (known !== undefined) return known;
    const name = context.scope.take(named`${composite.names.read}_${field.name}_end`);
    this.#names.set(field, name);
    const start = startOf(context, composite, field, here);
    const at = code`at`;
    const found = new Map([[field, { start: at }]]);
    const count = elementCount(context, composite, field, { ...here, found });
    this.declarations.push({
      kind: context.kinds.Function,
      name,
      parameters: hereParameters,
      returnType: code`number`,
      statements: block([
        code`const ${at} = ${start};`,
        code`return ${binary("+", at, times(count, field.variable?.stride ?? 1))};`,
      ]),
    });
    return name;
  }
}
