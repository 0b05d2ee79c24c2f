import type { Location } from "@rbgen/btf";
import type { TsMorph } from "../emit/source-file.ts";
import type { FilePlan } from "../plan/model.ts";
import { declaredPlaces } from "./declared-places.ts";
import { Marks } from "./marks.ts";
import { mappingsOf, type Segment, segmentsOf } from "./source-map.ts";

/** A generated file as JavaScript, with what TypeScript is told of it. */
export interface Script {
  readonly code: string;
  readonly declarations: string;
  /** Source maps, version 3, from both texts to the lines of C; absent where no source was read. */
  readonly maps?: { readonly code: string; readonly declarations: string };
}

/** What the files of a script are called. */
export interface ScriptNames {
  /** `types.gen.js` or `types.gen.mjs`. */
  readonly code: string;
  /** `types.gen.d.ts` or `types.gen.d.mts`. */
  readonly declarations: string;
  /** A file of C, as the front-end names it, as seen from where the maps lie; undefined for one that is built in. */
  sourcePath(file: string): string | undefined;
}

/** What the declarations of a JavaScript file are called: `types.gen.js` → `types.gen.d.ts`. */
export function declarationsOf(code: string): string {
  return code.replace(/\.([cm]?)js$/, ".d.$1ts");
}

/** Turns the text of a generated TypeScript file into JavaScript and declarations, by TypeScript itself. */
export function scriptOf(text: string, plan: FilePlan, names: ScriptNames, { ts }: Pick<TsMorph, "ts">): Script {
  const compilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    verbatimModuleSyntax: true,
    isolatedDeclarations: true,
    declaration: true,
    declarationMap: true,
    sourceMap: true,
  };
  // Not what it is called in the end: by that name it would be JavaScript already.
  const fileName = "generated.ts";
  const code = ts.transpileModule(text, { compilerOptions, fileName });
  const declared = ts.transpileDeclaration(text, { compilerOptions, fileName });
  const marks = new Marks(text, declaredPlaces(plan), ts);
  // TypeScript drops the comment that stands before imports of types.
  const head = /^(?:\/\/.*\n)*/.exec(text)?.[0] ?? "";
  const made = (output: string, map: string | undefined, name: string) => {
    const body = output.replace(/\n?\/\/# sourceMappingURL=.*\n?$/, "\n");
    const rest = body.startsWith(head) ? body.slice(head.length) : body;
    const lines = body.startsWith(head) ? 0 : head.split("\n").length - 1;
    const sourceMap = marks.any ? mapOf(map ?? "{}", lines, marks, name, names) : undefined;
    const link = sourceMap === undefined ? "" : `//# sourceMappingURL=${encodeURI(name)}.map\n`;
    return { text: `${head}${rest}${link}`, map: sourceMap };
  };
  const script = made(code.outputText, code.sourceMapText, names.code);
  const declarations = made(declared.outputText, declared.sourceMapText, names.declarations);
  const { map } = script;
  return {
    code: script.text,
    declarations: declarations.text,
    ...(map !== undefined && declarations.map !== undefined && { maps: { code: map, declarations: declarations.map } }),
  };
}

/** The map of TypeScript's output to its input, led on to C. */
function mapOf(map: string, moved: number, marks: Marks, file: string, names: ScriptNames): string {
  const sources: string[] = [];
  const indices = new Map<string, number | undefined>();
  const sourceOf = (name: string): number | undefined => {
    if (!indices.has(name)) {
      const path = names.sourcePath(name);
      indices.set(name, path === undefined ? undefined : sources.push(path) - 1);
    }
    return indices.get(name);
  };
  const { mappings = "" } = JSON.parse(map) as { readonly mappings?: string };
  const segments: Segment[] = [];
  let before: Location | undefined;
  let line = -1;
  for (const segment of segmentsOf(mappings)) {
    const at = segment.from && marks.at(segment.from.line, segment.from.column);
    // Every segment stays that has a place: TypeScript's server takes the next one where it finds none at a name.
    if (at === undefined && (segment.line !== line || before === undefined)) continue;
    line = segment.line;
    before = at;
    const place = { line: segment.line + moved, column: segment.column };
    const source = at && sourceOf(at.file);
    segments.push(
      at === undefined || source === undefined
        ? place
        : { ...place, from: { source, line: at.line - 1, column: at.column - 1 } },
    );
  }
  return `${JSON.stringify({ version: 3, file, sources, names: [], mappings: mappingsOf(segments) })}\n`;
}
