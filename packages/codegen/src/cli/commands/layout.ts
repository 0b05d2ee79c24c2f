import { BtfError, type NamedType } from "@rbgen/btf";
import { printable, printableJson } from "../../diagnostics/display-text.ts";
import { describeType } from "../../layout/describe.ts";
import type { LayoutTarget, MapLayout, TypeLayout } from "../../layout/document.ts";
import { drawType } from "../../layout/picture.ts";
import { type Chosen, inInputOrder, isLaid, ownTypes, withNeeded } from "../../layout/select.ts";
import type { TypeModule } from "../../module.ts";
import { type Picture, pictureOf, svgText } from "../../picture/picture.ts";
import { cutHint, cutText, isCut } from "../../plan/cut-enum.ts";
import { type ExitCode, exitCode, UsageError } from "../exit-code.ts";
import { pathsOf } from "../given-inputs.ts";
import { loadConfiguration } from "../input/configuration.ts";
import { displayName } from "../input/input-bytes.ts";
import { InputReader } from "../input/inputs.ts";
import type { LayoutOptions } from "../input/options.ts";
import { inputSettings } from "../input/settings.ts";
import type { Invocation } from "../invocation.ts";
import { namedTypes } from "../named-types.ts";
import { recordsOfMaps } from "../records.ts";
import { verboseOrigins } from "../verbose.ts";

/** `rbgen layout [input…]`. */
export async function layoutCommand(
  given: readonly string[],
  options: LayoutOptions,
  invocation: Invocation,
): Promise<ExitCode> {
  if (options.leaves && !options.json) throw new UsageError("--leaves is for --json");
  if (options.svg && options.json) throw new UsageError("--svg and --json are two documents: ask for one");
  const { host } = invocation;
  const pictures: Picture[] = [];
  const configuration = await loadConfiguration(options.config, host, invocation.report);
  const document = new DocumentWriter(invocation);
  if (configuration !== undefined) {
    const inputs = pathsOf(given, configuration, invocation);
    const reader = new InputReader(invocation, inputSettings(options, configuration.input));
    for (const input of inputs) {
      const module = await reader.read(input);
      if (module === undefined) continue;
      const before = invocation.errors;
      try {
        if (options.verbose) invocation.tell(verboseOrigins(module, options.types, invocation.paint));
        const chosen = choose(input, module, options, invocation).map((one) => whole(one, input, module, invocation));
        const asText = !options.json && !options.svg && options.types.length === 0;
        if (asText && chosen.length === 0 && invocation.errors === before) tellNone(input, module, invocation);
        if (options.json) document.add(input, module, inputs.length > 1, chosen, options.leaves);
        else if (options.svg) pictures.push(...picturesOf(input, module, chosen, invocation));
        else draw(input, module, chosen, invocation);
      } catch (error) {
        // BTF is read as it is asked for: whatever asks for it may meet what is wrong with it.
        leaveOut(error, displayName(input), invocation);
      }
    }
  }
  if (options.json) {
    document.end();
    return invocation.errors > 0 ? exitCode.input : exitCode.ok;
  }
  if (options.svg && pictures.length > 0) host.stdout.write(svgText(pictures));
  return invocation.printDiagnostics();
}

/** Says why nothing is shown: all that the input defines itself is maps, variables and code. */
function tellNone(input: string, module: TypeModule, invocation: Invocation): void {
  const others = module.maps.length + module.programs.length > 0 ? "; rbgen list shows its maps and variables" : "";
  invocation.tell(
    `${printable(displayName(input))} defines no struct, union or enum: --type NAME shows one of an included file${others}\n`,
  );
}

/** Pictures of the structs and unions among `chosen`: what else there is has no members that lie anywhere. */
function picturesOf(
  input: string,
  module: TypeModule,
  chosen: readonly Chosen[],
  invocation: Invocation,
): readonly Picture[] {
  const pictures: Picture[] = [];
  for (const { name, type } of chosen) {
    if (type.kind !== "struct" && type.kind !== "union") continue;
    try {
      pictures.push(pictureOf(name, type, module.endian));
    } catch (error) {
      leaveOut(error, `${displayName(input)}: ${name}`, invocation);
    }
  }
  if (pictures.length === 0 && invocation.errors === 0) {
    invocation.report({
      code: "RB5004",
      severity: "error",
      at: displayName(input),
      message: "there is no struct and no union to draw",
      hint: "--type NAME chooses one of an included file; without --svg, enums and typedefs are shown as text",
    });
  }
  return pictures;
}

/** The types to show: those asked for (in JSON with what they need), or all that the input itself defines. */
function choose(input: string, module: TypeModule, options: LayoutOptions, invocation: Invocation): readonly Chosen[] {
  try {
    if (options.types.length === 0) return ownTypes(module);
    const unique = namedTypes(input, module, options.types, invocation);
    return options.json ? inInputOrder(module, withNeeded(unique)) : unique;
  } catch (error) {
    leaveOut(error, displayName(input), invocation);
    return [];
  }
}

/** A type as it is shown: values that BTF does not hold whole are left out, and told of. */
function whole(chosen: Chosen, input: string, module: TypeModule, invocation: Invocation): Chosen {
  const { type } = chosen;
  if (type.kind !== "enum" || !isCut(module, type)) return chosen;
  invocation.report({
    code: "RB3007",
    severity: "warning",
    at: displayName(input),
    message: `${cutText(type)}: they are left out`,
    hint: cutHint("take the layout"),
  });
  return { ...chosen, type: { ...type, values: [] } };
}

/** Reports what kept a type from being laid out; anything but a fault of the input goes on. */
function leaveOut(error: unknown, at: string, invocation: Invocation): void {
  if (!(error instanceof BtfError)) throw error;
  invocation.report({ code: "RB3006", severity: "error", at, message: error.message });
}

function draw(input: string, module: TypeModule, chosen: readonly Chosen[], invocation: Invocation): void {
  let first = true;
  for (const { name, type } of chosen) {
    try {
      const text = drawType(name, type, module.endian, invocation.outPaint);
      invocation.host.stdout.write(first ? text : `\n${text}`);
      first = false;
    } catch (error) {
      leaveOut(error, `${displayName(input)}: ${name}`, invocation);
    }
  }
}

/** Makes the document of `--json`, one type per line, in parts: a kernel's may be larger than a string can be. Printed whole at its end. */
class DocumentWriter {
  readonly #invocation: Invocation;
  readonly #maps: MapLayout[] = [];
  readonly #parts: string[] = [];
  #target: LayoutTarget | undefined;
  #types = 0;

  constructor(invocation: Invocation) {
    this.#invocation = invocation;
  }

  add(input: string, module: TypeModule, several: boolean, chosen: readonly Chosen[], leaves: boolean): void {
    const target: LayoutTarget = { endian: module.endian, pointerSize: module.pointerSize };
    if (this.#target === undefined) {
      this.#target = target;
      this.#parts.push(`{ "schema": 1,\n  "target": ${printableJson(target)},\n  "types": [`);
    } else if (this.#target.endian !== target.endian || this.#target.pointerSize !== target.pointerSize) {
      throw new UsageError("the inputs have different targets: one document tells of one");
    }
    const count = new Map<string, number>();
    for (const { name } of chosen) count.set(name, (count.get(name) ?? 0) + 1);
    for (const { name, type } of chosen) {
      this.#type(input, name, type, { leaves, withId: count.get(name)! > 1, ...(several ? { input } : {}) });
    }
    const records = recordsOfMaps(module);
    for (const { name, type, maxEntries } of module.maps) {
      this.#maps.push({ name, type, maxEntries, record: records.get(name) ?? null });
    }
  }

  #type(input: string, name: string, type: NamedType, options: Parameters<typeof describeType>[2]): void {
    let layout: TypeLayout;
    try {
      layout = describeType(name, type, options);
    } catch (error) {
      leaveOut(error, `${displayName(input)}: ${isLaid(type) ? `${type.kind} ` : ""}${name}`, this.#invocation);
      return;
    }
    this.#parts.push(`${this.#types === 0 ? "" : ","}\n    ${printableJson(layout)}`);
    this.#types += 1;
  }

  end(): void {
    const { stdout } = this.#invocation.host;
    if (this.#target === undefined) this.#parts.push('{ "schema": 1,\n  "target": null,\n  "types": [');
    const maps = printableJson(this.#maps);
    const diagnostics = printableJson(this.#invocation.jsonDiagnostics());
    for (const part of this.#parts) stdout.write(part);
    stdout.write(`${this.#types === 0 ? "" : "\n  "}],\n  "maps": ${maps},\n  "diagnostics": ${diagnostics}\n}\n`);
  }
}
