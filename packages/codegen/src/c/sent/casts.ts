import type { Body, Expression } from "../body/tree.ts";

/** A cast, where it stands. */
export type Cast = Extract<Expression, { kind: "cast" }>;

/** The casts of what a function assigns, stores, hands on and returns. */
export function castsOf({ locals, stores, calls, returns }: Body): readonly Cast[] {
  const found: Cast[] = [];
  for (const { values } of locals) for (const value of values) add(value, found);
  for (const { target, value } of stores) {
    add(target, found);
    add(value, found);
  }
  for (const { args } of calls) for (const arg of args) add(arg, found);
  for (const value of returns) add(value, found);
  return found;
}

function add(expression: Expression, found: Cast[]): void {
  switch (expression.kind) {
    case "cast":
      found.push(expression);
      add(expression.operand, found);
      break;
    case "address":
    case "target":
    case "unary":
    case "swap":
      add(expression.operand, found);
      break;
    case "member":
      add(expression.base, found);
      break;
    case "element":
      add(expression.base, found);
      add(expression.index, found);
      break;
    case "binary":
      add(expression.left, found);
      add(expression.right, found);
      break;
    case "choice":
      add(expression.then, found);
      add(expression.otherwise, found);
      break;
    case "assignment":
      add(expression.value, found);
      break;
    case "last":
      if (expression.value !== undefined) add(expression.value, found);
      break;
  }
}
