import type { CompositePlan, FieldPlan } from "../plan/model.ts";
import { binary, type Code, code } from "./code.ts";
import type { EmitContext } from "./context.ts";
import { presentCondition } from "./places.ts";
import { minus, plus, type Span, times } from "./span.ts";

/** `bytes`, up to a multiple of `align`. */
export function aligned(bytes: Code, align: number): Code {
  return align === 1 ? bytes : times(code`Math.ceil(${binary("/", bytes, code`${align}`)})`, align);
}

/** Where an array begins that stands behind another one, which ends at `behind`; a part that is not there has nothing before it. */
function alignedFrom(base: Code, behind: Code, align: number, there: Code | undefined): Code {
  if (align === 1) return behind;
  const start = binary("+", base, aligned(minus(behind, base), align));
  return there === undefined ? start : code`${there} ? ${start} : ${behind}`;
}

/**
 * Where a field begins. Of an array behind another one it is where that ends, as the sample says: by locals that are known of
 * it, or by a function.
 */
export function startOf(context: EmitContext, composite: CompositePlan, field: FieldPlan, where: Span): Code {
  const { after, bitOffset } = field;
  if (after === undefined) return plus(where.base, bitOffset / 8);
  const own = where.found?.get(field);
  if (own !== undefined) return own.start;
  const before = where.found?.get(after.field);
  const behind =
    before?.count === undefined
      ? code`${context.chains.behind(context, composite, after.field)}(${where.view}, ${where.base}, ${where.end})`
      : binary("+", before.start, times(before.count, after.field.variable?.stride ?? 1));
  const present = field.variable?.present;
  const there = present === undefined ? undefined : presentCondition(context, present, where);
  return alignedFrom(where.base, behind, after.align, there);
}

/** The statement that finds out where a field begins behind another one, for a place that does not know yet: into `at`. */
export function findStart(
  context: EmitContext,
  composite: CompositePlan,
  field: FieldPlan,
  where: Span,
  at: Code,
): { readonly lines: readonly Code[]; readonly where: Span } {
  if (field.after === undefined || where.found?.has(field) === true) return { lines: [], where };
  const line = code`const ${at} = ${startOf(context, composite, field, where)};`;
  return { lines: [line], where: { ...where, found: new Map([[field, { start: at }]]) } };
}

/** Where a field begins from the composite's start on, of a value that is encoded: {@link EmitContext.starts} has it once it is counted. */
export function offsetOf(context: EmitContext, field: FieldPlan): Code {
  return context.starts.get(field) ?? code`${field.bitOffset / 8}`;
}

/**
 * From the composite's start, where a field of which there are `own` begins behind another one that was counted as `count`: a part that
 * is not there has nothing before it, nor has an empty array where the value is `cut` before it.
 */
export function offsetBehind(context: EmitContext, field: FieldPlan, count: Code, own: Code, cut?: Code): Code {
  const { after, variable, cName } = field;
  if (after === undefined) throw new Error(`${cName} is behind nothing`);
  const behind = binary("+", offsetOf(context, after.field), times(count, after.field.variable?.stride ?? 1));
  const start = aligned(behind, after.align);
  if (after.align === 1) return start;
  const none = binary("===", own, code`0`);
  if (variable?.present !== undefined) return code`${none} ? ${behind} : ${start}`;
  return cut === undefined ? start : code`${binary("&&", none, cut)} ? ${behind} : ${start}`;
}
