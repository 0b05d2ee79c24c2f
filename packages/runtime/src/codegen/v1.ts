export type {
  Attachable,
  JsonValue,
  LayoutDescriptor,
  LayoutLeaf,
  OwnedBytes,
  RecordCodec,
  RecordOf,
  ScalarClass,
} from "../codec.ts";
export { attachView } from "../codec.ts";
