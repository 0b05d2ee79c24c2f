import { effectOf, type LayoutEffect } from "@rbgen/btf";
import { printable } from "../diagnostics/display-text.ts";
import type { Paint } from "../diagnostics/render.ts";
import type { MapDrift } from "../layout/map-drift.ts";
import type { ProgramDrift } from "./program-drift.ts";

const inWords: Readonly<Record<LayoutEffect, string>> = {
  decode: "decode is affected",
  encode: "encode is affected",
  both: "decode and encode are affected",
  neither: "neither decode nor encode is affected",
};

const parts = ["map", "key", "value", "inner"] as const satisfies readonly MapDrift["part"][];

/** What differs, and how: a line that names it and what is affected, then one for each difference. */
export function driftText(
  what: string,
  affects: LayoutEffect,
  messages: readonly { readonly message: string }[],
  paint: Paint,
): string {
  const words = affects === "neither" ? paint.faint(inWords[affects]) : paint.warning(inWords[affects]);
  const lines = messages.map(({ message }) => `  ${printable(message)}\n`);
  return `${paint.strong(printable(what))}: ${words}\n${lines.join("")}`;
}

/** What differs of maps and variables. */
export function programText({ maps, variables }: ProgramDrift, paint: Paint): string {
  let text = "";
  for (const { name, type, differences } of maps.changed) {
    for (const part of parts) {
      const own = differences.filter((difference) => difference.part === part);
      if (own.length > 0) text += driftText(partInWords(part, type, name), effectOf(own), own, paint);
    }
  }
  for (const { name, affects, differences } of variables.changed) {
    text += driftText(`variable "${name}"`, affects, differences, paint);
  }
  for (const [noun, { onlyOld, onlyNew, dropped }] of [["map", maps] as const, ["variable", variables] as const]) {
    for (const name of onlyOld) text += `${paint.strong(printable(`${noun} "${name}"`))} is only in the old one\n`;
    for (const name of onlyNew) text += `${paint.strong(printable(`${noun} "${name}"`))} is only in the new one\n`;
    for (const name of dropped) {
      text += paint.faint(
        `${printable(`${noun} "${name}"`)} is not in the object: compilers drop what nothing refers to\n`,
      );
    }
  }
  return text;
}

function partInWords(part: MapDrift["part"], type: string, name: string): string {
  switch (part) {
    case "map":
      return `map "${name}"`;
    case "key":
      return `keys of ${type} "${name}"`;
    case "value":
      return `values of ${type} "${name}"`;
    case "inner":
      return `inner maps of ${type} "${name}"`;
  }
}
