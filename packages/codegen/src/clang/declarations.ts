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

const record = /(?:^| )(struct|union) ([^\s:]+) definition$/;

/** Depth of a line of the dump: two characters of branch for each step. */
function depthOf(line: string): number {
  let depth = 0;
  while ("|` -".includes(line[depth] ?? "x")) depth += 1;
  return depth;
}

/** A struct, union or enum whose lines are being read; an enum is defined where enumerators follow. */
interface Open {
  readonly depth: number;
  readonly declaration: ClangDeclaration;
  defined: boolean;
}

/**
 * The types that a dump (`clang -Xclang -ast-dump`) defines at file scope or inside of other types, in the order in which
 * their definitions end. Those of functions are left out.
 */
export function readClangDeclarations(dump: string): readonly ClangDeclaration[] {
  const found: ClangDeclaration[] = [];
  const open: Open[] = [];
  let file = "";
  /** Depth of the function that is being passed over. */
  let inside = Number.POSITIVE_INFINITY;
  const close = (depth: number): void => {
    for (let last = open.at(-1); last !== undefined && last.depth >= depth; last = open.at(-1)) {
      if (last.defined) found.push(last.declaration);
      open.pop();
    }
  };
  for (const line of dump.split("\n")) {
    const depth = depthOf(line);
    const kind = /^(\w+)/.exec(line.slice(depth))?.[1] ?? "";
    if (depth <= inside) inside = Number.POSITIVE_INFINITY;
    for (const match of (head.exec(line)?.[0] ?? "").matchAll(place)) if (match[1] !== "line") file = match[1]!;
    const around = open.at(-1);
    if (kind === "EnumConstantDecl" && around?.declaration.kind === "enum" && depth > around.depth)
      around.defined = true;
    close(depth);
    if (depth > inside) continue;
    if (kind === "FunctionDecl") inside = depth;
    // After the range and the place: what is declared.
    const rest = line.slice(line.indexOf("> ") + 2).replace(/^(?:\S+:\d+:\d+|line:\d+:\d+|col:\d+) /, "");
    if (kind === "RecordDecl") {
      const [, keyword, name] = record.exec(rest) ?? [];
      if (keyword !== undefined && name !== undefined) {
        const of = keyword === "union" ? "union" : "struct";
        open.push({ depth, declaration: { kind: of, name, file }, defined: true });
      }
    } else if (kind === "EnumDecl") {
      const name = /^(?:referenced )?([^\s:]+)(?: |$)/.exec(rest)?.[1];
      if (name !== undefined) open.push({ depth, declaration: { kind: "enum", name, file }, defined: false });
    } else if (kind === "TypedefDecl") {
      const name = /^(?:referenced )?([^\s:]+) '/.exec(rest)?.[1];
      if (name !== undefined && !line.includes("<invalid sloc>")) found.push({ kind: "typedef", name, file });
    }
  }
  close(0);
  return found;
}
