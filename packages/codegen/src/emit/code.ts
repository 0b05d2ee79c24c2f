import type { Name, Word } from "../plan/names.ts";

declare const generated: unique symbol;

/**
 * Text of generated code. Only this module, `text.ts` and the names of the plan make it: what an input says is a plain string, and
 * an emitter that puts one into code does not compile.
 */
export type Code = Name | (string & { readonly [generated]: true });

/** What is put into generated code as it is. */
type Part<Given> = Given extends Code | number | bigint | boolean ? Given : Word<Given>;

/** Generated code with other code, names and numbers in it. */
export function code<const All extends readonly (string | number | bigint | boolean)[]>(
  strings: TemplateStringsArray,
  ...parts: { readonly [Index in keyof All]: Part<All[Index]> }
): Code {
  return String.raw({ raw: strings }, ...(parts as readonly unknown[])) as Code;
}

/** Pieces of code, one behind another. */
export function join(parts: readonly Code[], separator: Code): Code {
  return parts.join(separator) as Code;
}

/** Lines of code as one text. */
export function block(parts: readonly Code[]): Code {
  return parts.join("\n") as Code;
}

/** A number as the bits it stands for. */
export function hex(value: number): Code {
  return `0x${value.toString(16)}` as Code;
}
