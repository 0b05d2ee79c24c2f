import type { Block, Picture } from "rbgen";

/** One member, wherever the page shows it. */
export interface MemberLink {
  /** The type that is drawn: "struct event". */
  readonly type: string;
  /** Of names in that type, "header.pid"; of an anonymous member that of what holds it. */
  readonly path: string;
  /** What is drawn there: by this and its bits an anonymous member is told from what holds it. */
  readonly kind: Block["kind"];
  /** Bits from the start of the type. */
  readonly from: number;
  readonly to: number;
  /** 1-based line of the source that declares it; absent where another file, or none, does. */
  readonly sourceLine: number | undefined;
  /** 1-based lines of the generated file: where its type has it, and where it is decoded. */
  readonly generatedLines: readonly number[];
}

/** What a member lies in that C has no name for but a member's; undefined where it has one, or none at all. */
type Nameless = "struct" | "union" | undefined;

/** A member that is pointed at, wherever that is. */
export type Pointed = Pick<MemberLink, "type" | "path" | "kind" | "from" | "to">;

/** Whether both are the same member. */
export function isSame(one: Pointed, other: Pointed | undefined): boolean {
  return (
    one.type === other?.type &&
    one.path === other.path &&
    one.kind === other.kind &&
    one.from === other.from &&
    one.to === other.to
  );
}

/** The members of all pictures, with the lines that are about each. */
export function linksOf(pictures: readonly Picture[], sourceName: string, generated: string): readonly MemberLink[] {
  const lines = linesOfMembers(generated);
  return pictures.flatMap(({ kind, name, lanes }) => {
    const type = `${kind} ${name}`;
    const visit = (block: Block, nameless: Nameless): readonly MemberLink[] => {
      if (block.kind === "hole" || block.kind === "padding") return [];
      const { path, from, to, location, holder } = block;
      const inside = (block.lanes ?? []).flatMap(({ blocks }) =>
        blocks.flatMap((inner) =>
          // A struct without a name lends its members the holder that it has itself.
          visit(inner, inner.holder !== holder ? undefined : block.name === "" ? nameless : (block.kind as Nameless)),
        ),
      );
      const keys = nameless === undefined ? [keyOf(holder, block.text)] : keysByPlace(block, name, nameless);
      const own = keys.map((key) => lines.get(key)).find((found) => found !== undefined);
      const link: MemberLink = {
        type,
        path,
        kind: block.kind,
        from,
        to,
        sourceLine: location?.file === sourceName ? location.line : undefined,
        // Of what has no member in TypeScript, as a union whose arms have, it is the lines of what lies in it.
        generatedLines: own ?? [...new Set(inside.flatMap(({ generatedLines }) => generatedLines))],
      };
      // Behind what holds them: of those that have a byte, the last one is the innermost.
      return [link, ...inside];
    };
    return lanes.flatMap(({ blocks }) => blocks.flatMap((block) => visit(block, undefined)));
  });
}

/** Of a member in a struct or union that has no name but its member's: a generated file calls that one by its place, whole or in part. */
function keysByPlace({ path, name, text }: Block, root: string, nameless: "struct" | "union"): readonly string[] {
  const around = path.split(".").slice(0, name === "" ? undefined : -1);
  const places = around.map((_, index) => [root, ...around.slice(index)].join("_"));
  // Arms of a union that a tag tells are members of the record itself.
  return [...places, ...(nameless === "union" ? [root] : [])].map((place) => keyOf(place, text));
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
