import type { Helper } from "../run/execution.ts";
import { controlHelpers } from "./control.ts";
import { currentHelpers } from "./current.ts";
import type { HelperDefinition } from "./helper-definition.ts";
import { mapHelpers } from "./map-access.ts";
import { probeReadHelpers } from "./probe-read.ts";
import { ringHelpers } from "./ring.ts";
import { textHelpers } from "./text.ts";
import { timeHelpers } from "./time.ts";

/** Every helper that there is, in the order of its number. */
export const helpers: readonly HelperDefinition[] = [
  ...controlHelpers,
  ...currentHelpers,
  ...mapHelpers,
  ...probeReadHelpers,
  ...ringHelpers,
  ...textHelpers,
  ...timeHelpers,
].sort((left, right) => left.id - right.id);

const byNumber = new Map(helpers.map((helper) => [helper.id, helper]));

/** The helper that programs of a type call by this number, or why they cannot. */
export function helperFor(id: number, programType: string): Helper | string {
  const helper = byNumber.get(id);
  if (helper === undefined) return `helper ${id} is not supported by this virtual machine`;
  if (helper.types !== undefined && !helper.types.includes(programType)) {
    return `program of this type (${programType}) cannot use helper ${helper.name}#${id}`;
  }
  return helper.run;
}

/** Name of a helper, for those that there are. */
export function helperName(id: number): string | undefined {
  return byNumber.get(id)?.name;
}
