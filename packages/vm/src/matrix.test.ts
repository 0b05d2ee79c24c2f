import { expect, test } from "vitest";
import { sectionTypes } from "./context/context-section.ts";
import { helpers, kernelFunctions } from "./helpers/helper-table.ts";
import { programTypes } from "./helpers/program-types.ts";
import { mapTypes } from "./maps/create-map.ts";

const page = "../../../docs/vm-matrix.md";

/** In words, by what is shorter to say. */
function typesOf(types: readonly string[] | undefined): string {
  if (types === undefined) return "all";
  const lacking = programTypes.filter((type) => !types.includes(type));
  return lacking.length < types.length ? `all but ${lacking.join(", ")}` : types.join(", ");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

const contexts = {
  tracepoint: "members of the tracepoint's record by name, or bytes",
  arguments: "arguments, in order or by name, or bytes",
  registers: "`{ args, ret, regs }`, or bytes",
  xdp: "a packet as `data`",
  packet: "a packet as `data`; bytes of `struct __sk_buff`",
  bytes: "bytes",
} as const;

test("the matrix of the documentation is what the code has", async () => {
  const sections = [...sectionTypes()].map(([type, { prefixes, context }]) => [
    type,
    prefixes.map((prefix) => `\`${prefix}\``).join(", "),
    contexts[context],
  ]);
  const text = `# What \`@rbgen/vm\` has

Made from the code; a test keeps it so. What is not here is refused when an object is loaded, by its name; helpers and kernel functions with the line of C that calls them.

## Maps

${mapTypes.map((type) => `\`${type}\``).join(", ")}.

## Programs

${table(["type", "sections", "context of a run"], sections)}

## Helpers

${table(
  ["helper", "number", "programs"],
  helpers.map(({ id, name, types, notIn = [] }) => [
    `\`${name}\``,
    `${id}`,
    notIn.length === 0 ? typesOf(types) : `${typesOf(types)}; not ${notIn.map((one) => `\`${one}\``).join(", ")}`,
  ]),
)}

## Kernel functions

${table(
  ["function", "programs"],
  kernelFunctions.map(({ name, types }) => [`\`${name}\``, typesOf(types)]),
)}
`;
  await expect(text).toMatchFileSnapshot(page);
});
