import { isRegExp } from "node:util/types";
import { describeUnknownKey, didYouMean, type KeysOf } from "rbgen/node";
import { declarationForms } from "./declaration-file.ts";
import type { RbgenPluginOptions } from "./imported.ts";

const keys: KeysOf<RbgenPluginOptions> = { config: true, include: true, declarations: true };

/** What was given, in a message. */
function shown(value: unknown): string {
  return typeof value === "object" && value !== null ? "an object" : (JSON.stringify(value) ?? `a ${typeof value}`);
}

/** @throws Error for options that there are not, and for values that none takes: JavaScript lets them through. */
export function checkedOptions(options: RbgenPluginOptions): RbgenPluginOptions {
  const refuse = (why: string): never => {
    throw new Error(`unplugin-rbgen: ${why}`);
  };
  if (typeof options !== "object" || options === null) refuse(`its options are an object, not ${shown(options)}`);
  const unknown = describeUnknownKey(options, keys);
  if (unknown !== undefined) refuse(unknown);
  const { include, declarations } = options;
  if (include !== undefined && !isRegExp(include)) {
    refuse(`include is a regular expression, as /\\.hh$/, not ${shown(include)}`);
  }
  const forms: readonly unknown[] = [undefined, false, ...declarationForms];
  if (!forms.includes(declarations)) {
    const meant = typeof declarations === "string" ? didYouMean(declarations, declarationForms) : undefined;
    const near = meant === undefined ? "" : `; ${meant}`;
    refuse(
      `declarations is ${declarationForms.map((form) => `"${form}"`).join(", ")} or false, not ${shown(declarations)}${near}`,
    );
  }
  return options;
}
