import type { Block, Picture } from "rbgen";

/** One member, wherever the page shows it. */
export interface MemberLink {
  /** The type that is drawn: "struct event". */
  readonly type: string;
  /** Of names in that type: "header.pid". */
  readonly path: string;
  /** Bits from the start of the type. */
  readonly from: number;
  readonly to: number;
  /** 1-based line of the source that declares it; absent where another file, or none, does. */
  readonly sourceLine: number | undefined;
  /** 1-based lines of the generated file: where its type has it, and where it is decoded. */
  readonly generatedLines: readonly number[];
}

/** The members of all pictures, with the lines that are about each. */
export function linksOf(pictures: readonly Picture[], sourceName: string, generated: string): readonly MemberLink[] {
  const lines = linesOfMembers(generated);
  const links: MemberLink[] = [];
  for (const { kind, name, lanes } of pictures) {
    const visit = (block: Block): void => {
      if (block.kind === "hole" || block.kind === "padding") return;
      const { path, from, to, location } = block;
      const key = keyOf(block.holder, block.text);
      links.push({
        type: `${kind} ${name}`,
        path,
        from,
        to,
        sourceLine: location?.file === sourceName ? location.line : undefined,
        generatedLines: lines.get(key) ?? [],
      });
      // Behind what holds them: of those that have a byte, the last one is the innermost.
      for (const lane of block.lanes ?? []) lane.blocks.forEach(visit);
    };
    for (const lane of lanes) lane.blocks.forEach(visit);
  }
  return links;
}

/** A struct by its name, however it is spelled, and a declaration in it. */
function keyOf(holder: string, declaration: string): string {
  return `${holder.replace(/^(struct|union) /, "")}: ${declaration.replace(/\s*:\s*/, ":")}`;
}

/** Lines of a generated file by the C declaration that they are about: its comments name those. */
function linesOfMembers(text: string): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, number[]>();
  const properties = new Map<string, string>();
  let holder = "";
  let declaration: string | undefined;
  let typeName = "";
  let reading = "";
  for (const [index, line] of text.split("\n").entries()) {
    const documented = /^(?:\/\*\*| \*) (?:What every )?`(?:(?:struct|union) )?(\w+)`(?:: \d+ byte| has\.| with )/.exec(
      line,
    );
    if (documented !== null) holder = documented[1]!;
    const opened = /^export (?:interface|type) (\w+)/.exec(line);
    if (opened !== null) typeName = opened[1]!;
    const reader = /^(?:export )?function (?:read|decode)(\w+)\(/.exec(line);
    if (reader !== null) reading = reader[1]!;
    if (line === "}") reading = "";
    const comment = /^\s+\/\*\* `([^`]+)` at byte \d+/.exec(line);
    if (comment !== null) declaration = comment[1]!;
    // A member stands behind its comment, or below it.
    const property = /^\s+(?:\/\*\*.*\*\/ )?(?:readonly )?(\w+)\??: /.exec(line)?.[1];
    if (property === undefined) continue;
    if (declaration !== undefined) {
      const key = keyOf(holder, declaration);
      found.set(key, [index + 1]);
      properties.set(`${typeName.replace(/Common$/, "")} ${property}`, key);
      declaration = undefined;
    } else if (reading !== "") {
      const key = properties.get(`${reading} ${property}`);
      if (key !== undefined) found.get(key)?.push(index + 1);
    }
  }
  return found;
}
