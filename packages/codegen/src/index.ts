export { type BtfModule, type BtfModuleOptions, readBtfModule } from "./btf/btf-module.ts";
export { type HeaderOptions, type IncludeHost, readHeader } from "./c/front-end.ts";
export {
  defineConfig,
  type InputConfig,
  type OutputConfig,
  type RbgenConfig,
  type TaggedMapConfig,
} from "./config/model.ts";
export type { Diagnostic, Report, SourceText, Span, TraceStep } from "./diagnostics/diagnostic.ts";
export type { RecordPart } from "./emit/record-part.ts";
export { type GeneratedFile, type GenerateOptions, generate, schemaOf, selectTypes } from "./generate.ts";
export { type GeneratedSource, generateSource, type SourceOptions } from "./generate-source.ts";
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
export { compareTypes, type Drift } from "./layout/drift.ts";
export { type Chosen, ownTypes } from "./layout/select.ts";
export type { Constant, MapDefinition, Origin, ProgramDefinition, TypeModule } from "./module.ts";
export type { Block, Lane } from "./picture/block.ts";
export type { Element } from "./picture/element.ts";
export type { LayoutFigures } from "./picture/figures.ts";
export { type Picture, pictureOf, svgOf, svgText } from "./picture/picture.ts";
export { ShapeError } from "./plan/resolve.ts";
export type { JsonSchema } from "./schema/json-schema.ts";
export type { Script, ScriptNames } from "./script/script.ts";
