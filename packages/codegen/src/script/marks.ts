import type { Location } from "@rbgen/btf";
import type { ts } from "ts-morph";
import type { TsMorph } from "../emit/source-file.ts";
import type { DeclaredPlace } from "./declared-places.ts";

/** From here on, up to the next one, a text is of this place in C. */
interface Mark {
  readonly position: number;
  readonly location: Location | undefined;
}

/** Which part of a generated TypeScript file was made of which line of C: whole declarations, and the properties in them. */
export class Marks {
  readonly #marks: Mark[] = [];
  readonly #source: ts.SourceFile;

  constructor(text: string, places: ReadonlyMap<string, DeclaredPlace>, compiler: TsMorph["ts"]) {
    this.#source = compiler.createSourceFile("generated.ts", text, compiler.ScriptTarget.ES2022);
    for (const statement of this.#source.statements) {
      const place = places.get(declaredName(statement, compiler) ?? "");
      if (place === undefined) continue;
      const mark = (node: ts.Node, outer: Location | undefined, location: Location): void => {
        this.#marks.push({ position: node.getStart(this.#source), location });
        node.forEachChild((child) => visit(child, location));
        this.#marks.push({ position: node.end, location: outer });
      };
      const visit = (node: ts.Node, outer: Location): void => {
        const location = place.properties.get(propertyName(node, compiler) ?? "");
        if (location === undefined) node.forEachChild((child) => visit(child, outer));
        else mark(node, outer, location);
      };
      mark(statement, undefined, place.location);
    }
  }

  /** Whether anything has a place in C. */
  get any(): boolean {
    return this.#marks.length > 0;
  }

  /** The place in C of what stands at a line and column of the file, both from 0. */
  at(line: number, column: number): Location | undefined {
    const position = this.#source.getPositionOfLineAndCharacter(line, column);
    let low = 0;
    let high = this.#marks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#marks[middle]!.position <= position) low = middle + 1;
      else high = middle;
    }
    return this.#marks[low - 1]?.location;
  }
}

function declaredName(statement: ts.Statement, compiler: TsMorph["ts"]): string | undefined {
  if (compiler.isVariableStatement(statement)) {
    const name = statement.declarationList.declarations[0]?.name;
    return name !== undefined && compiler.isIdentifier(name) ? name.text : undefined;
  }
  const named =
    compiler.isFunctionDeclaration(statement) ||
    compiler.isClassDeclaration(statement) ||
    compiler.isInterfaceDeclaration(statement) ||
    compiler.isTypeAliasDeclaration(statement);
  return named ? statement.name?.text : undefined;
}

function propertyName(node: ts.Node, compiler: TsMorph["ts"]): string | undefined {
  const named =
    compiler.isPropertySignature(node) ||
    compiler.isPropertyAssignment(node) ||
    compiler.isShorthandPropertyAssignment(node) ||
    compiler.isGetAccessor(node) ||
    compiler.isSetAccessor(node);
  return named && (compiler.isIdentifier(node.name) || compiler.isStringLiteral(node.name))
    ? node.name.text
    : undefined;
}
