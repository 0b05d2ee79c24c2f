import type { StructureKind } from "ts-morph";
import { type Code, code, isCode, mentions, textOf } from "./code.ts";

// Declarations as ts-morph prints them, made of nothing but generated code: where its structures take any string, these do not.

export interface ParameterDeclarationStructure {
  readonly name: Code;
  /** Absent where the initializer says it. */
  readonly type?: Code;
  readonly initializer?: Code;
}

export interface FunctionDeclarationStructure {
  readonly kind: StructureKind.Function;
  readonly name: Code;
  readonly isExported?: boolean;
  readonly docs?: Code[];
  readonly parameters: readonly ParameterDeclarationStructure[];
  readonly returnType: Code;
  readonly statements: Code | Code[];
}

export interface PropertySignatureStructure {
  readonly name: Code;
  readonly type: Code;
  readonly isReadonly: true;
  readonly leadingTrivia: Code;
}

export interface InterfaceDeclarationStructure {
  readonly kind: StructureKind.Interface;
  readonly name: Code;
  readonly isExported: true;
  readonly extends?: Code[];
  readonly docs: Code[];
  readonly properties: PropertySignatureStructure[];
}

export interface TypeAliasDeclarationStructure {
  readonly kind: StructureKind.TypeAlias;
  readonly name: Code;
  readonly isExported: true;
  readonly docs: Code[];
  readonly type: Code;
}

/** A statement of a generated file. */
export type Statement =
  | FunctionDeclarationStructure
  | InterfaceDeclarationStructure
  | TypeAliasDeclarationStructure
  | Code;

/** Parameters of a function, those that its statements never mention with a `_` before them, as strict compilers ask. */
export function parametersOf(
  parameters: readonly ParameterDeclarationStructure[],
  statements: Code,
): ParameterDeclarationStructure[] {
  return parameters.map((parameter) =>
    mentions(statements, parameter.name) > 0 ? parameter : { ...parameter, name: code`_${parameter.name}` },
  );
}

/** A structure with texts in place of generated code, as ts-morph takes it. */
export type Printable<Part> = Part extends Code
  ? string
  : Part extends readonly (infer Item)[]
    ? Printable<Item>[]
    : Part extends object
      ? { [Key in keyof Part]: Printable<Part[Key]> }
      : Part;

/** `part`, and all it is made of, as ts-morph takes it. */
export function printable<Part>(part: Part): Printable<Part> {
  const converted = (value: unknown): unknown => {
    if (isCode(value)) return textOf(value);
    if (Array.isArray(value)) return value.map(converted);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, converted(inner)]));
  };
  return converted(part) as Printable<Part>;
}
