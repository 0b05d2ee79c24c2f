import { didYouMean } from "@rbgen/btf";
import { type FrontEndLimits, faultOfLimit, limitNames } from "../../c/text/limits.ts";
import type { MacroOption } from "../../config/model.ts";

/** One `--limit NAME=NUMBER`; throws what is wrong with it, for a person. */
export function parseLimit(text: string): { readonly name: keyof FrontEndLimits; readonly value: number } {
  const [, given = "", digits = ""] = /^(\w+)=(\d{1,15})$/.exec(text) ?? [];
  if (given === "") throw new TypeError("Write NAME=NUMBER.");
  const name = limitNames.find((known) => known === given);
  if (name === undefined) {
    const meant = didYouMean(given, limitNames) ?? `there are ${limitNames.join(", ")}`;
    throw new TypeError(`There is no such limit: ${meant}`);
  }
  const fault = faultOfLimit(name, Number(digits));
  if (fault !== undefined) throw new TypeError(`For ${name} ${fault}.`);
  return { name, value: Number(digits) };
}

/** `-D NAME`, `-D NAME=TEXT` and `-D 'NAME(x)=TEXT'`. */
export function parseDefine(text: string): MacroOption {
  const equals = text.indexOf("=");
  return equals < 0 ? { name: text, value: "1" } : { name: text.slice(0, equals), value: text.slice(equals + 1) };
}
