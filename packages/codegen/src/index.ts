export { type BtfModule, type BtfModuleOptions, readBtfModule } from "./btf/btf-module.ts";
export { type HeaderOptions, type IncludeHost, readHeader } from "./c/front-end.ts";
export { defineConfig, type InputConfig, type OutputConfig, type RbgenConfig } from "./config/model.ts";
export type { Diagnostic, Report, SourceText, Span, TraceStep } from "./diagnostics/diagnostic.ts";
export { type GeneratedFile, type GenerateOptions, generate, selectTypes } from "./generate.ts";
export type {
  CompositeLayout,
  EnumLayout,
  LayoutDocument,
  LayoutTarget,
  LeafLayout,
  MapLayout,
  MemberLayout,
  TypedefLayout,
  TypeLayout,
} from "./layout/document.ts";
export type { Constant, MapDefinition, Origin, ProgramDefinition, TypeModule } from "./module.ts";
export { ShapeError } from "./plan/resolve.ts";
