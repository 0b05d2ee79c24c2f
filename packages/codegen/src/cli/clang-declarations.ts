/** A named type that a translation unit defines, as clang's syntax tree tells it. */
export interface ClangDeclaration {
  readonly kind: "struct" | "union" | "enum" | "typedef";
  readonly name: string;
  /** The file it stands in, as clang names it. */
  readonly file: string;
}

/** `file:line:column` in a line of the dump; `line:1:2` and `col:3` stay in the file that was named last. */
const place = /(?:<|, |> )((?:[^<>,:]|:(?!\d))+):\d+:\d+(?=[,> ])/g;

/** What of a line holds places: the range and where the name stands. Comments and literals follow it. */
const head = /^[^<]*<(?:[^<>]|<[^<>]*>)*>(?: \S+:\d+:\d+ )?/;

const record = /(?:^| )(struct|union) (\w+) definition$/;

/** Depth of a line of the dump: two characters of branch for each step. */
function depthOf(line: string): number {
  let depth = 0;
  while ("|` -".includes(line[depth] ?? "x")) depth += 1;
  return depth;
}

/**
 * The types that a dump (`clang -Xclang -ast-dump`) defines at file scope or inside of other types, in order. Those of
 * functions are left out.
 */
export function readClangDeclarations(dump: string): readonly ClangDeclaration[] {
  const found: ClangDeclaration[] = [];
  let file = "";
  /** Depth of the function that is being passed over. */
  let inside = Number.POSITIVE_INFINITY;
  let pendingEnum: { readonly depth: number; readonly declaration: ClangDeclaration } | undefined;
  for (const line of dump.split("\n")) {
    const depth = depthOf(line);
    const kind = /^(\w+)/.exec(line.slice(depth))?.[1] ?? "";
    if (depth <= inside) inside = Number.POSITIVE_INFINITY;
    for (const match of (head.exec(line)?.[0] ?? "").matchAll(place)) if (match[1] !== "line") file = match[1]!;
    // An enum is defined where enumerators follow.
    if (pendingEnum !== undefined && kind === "EnumConstantDecl" && depth > pendingEnum.depth) {
      found.push(pendingEnum.declaration);
    }
    if (pendingEnum !== undefined && (depth <= pendingEnum.depth || kind === "EnumConstantDecl"))
      pendingEnum = undefined;
    if (depth > inside) continue;
    if (kind === "FunctionDecl") inside = depth;
    // After the range and the place: what is declared.
    const rest = line.slice(line.indexOf("> ") + 2).replace(/^(?:\S+:\d+:\d+|line:\d+:\d+|col:\d+) /, "");
    if (kind === "RecordDecl") {
      const [, keyword, name] = record.exec(rest) ?? [];
      if (keyword !== undefined && name !== undefined) {
        found.push({ kind: keyword === "union" ? "union" : "struct", name, file });
      }
    } else if (kind === "EnumDecl") {
      const name = /^(?:referenced )?(\w+)(?: |$)/.exec(rest)?.[1];
      if (name !== undefined) pendingEnum = { depth, declaration: { kind: "enum", name, file } };
    } else if (kind === "TypedefDecl") {
      const name = /^(?:referenced )?(\w+) '/.exec(rest)?.[1];
      if (name !== undefined && !line.includes("<invalid sloc>")) found.push({ kind: "typedef", name, file });
    }
  }
  return found;
}
