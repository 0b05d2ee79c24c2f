import type { StructureKind } from "ts-morph";
import type { Code } from "./code.ts";

// Declarations as ts-morph prints them, made of nothing but generated code: where its structures take any string, these do not.

export interface ParameterDeclarationStructure {
  readonly name: Code;
  readonly type: Code;
  readonly initializer?: Code;
}

export interface FunctionDeclarationStructure {
  readonly kind: StructureKind.Function;
  readonly name: Code;
  readonly isExported?: boolean;
  readonly docs?: Code[];
  readonly parameters: ParameterDeclarationStructure[];
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

export interface PropertyDeclarationStructure {
  readonly name: Code;
  readonly type?: Code;
  readonly initializer?: Code;
  readonly isReadonly?: boolean;
}

export interface GetAccessorDeclarationStructure {
  readonly name: Code;
  readonly returnType: Code;
  readonly statements: Code | Code[];
}

export interface SetAccessorDeclarationStructure {
  readonly name: Code;
  readonly parameters: ParameterDeclarationStructure[];
  readonly statements: Code | Code[];
}

export interface MethodDeclarationStructure {
  readonly name: Code;
  readonly parameters: ParameterDeclarationStructure[];
  readonly returnType: Code;
  readonly statements: Code | Code[];
}

export interface ConstructorDeclarationStructure {
  readonly parameters: ParameterDeclarationStructure[];
  readonly statements: Code | Code[];
}

export interface ClassDeclarationStructure {
  readonly kind: StructureKind.Class;
  readonly name: Code;
  readonly implements: Code[];
  readonly properties: PropertyDeclarationStructure[];
  readonly ctors?: ConstructorDeclarationStructure[];
  readonly getAccessors: GetAccessorDeclarationStructure[];
  readonly setAccessors?: SetAccessorDeclarationStructure[];
  readonly methods: MethodDeclarationStructure[];
}

export interface ImportDeclarationStructure {
  readonly kind: StructureKind.ImportDeclaration;
  readonly isTypeOnly: boolean;
  readonly moduleSpecifier: string;
  readonly namedImports: Code[];
}

/** A statement of a generated file. */
export type Statement =
  | FunctionDeclarationStructure
  | InterfaceDeclarationStructure
  | TypeAliasDeclarationStructure
  | ClassDeclarationStructure
  | Code;
