declare module "binary-parser" {
  export class Parser {
    endianness(order: "little" | "big"): this;
    uint32(name: string): this;
    int32(name: string): this;
    uint64(name: string): this;
    string(name: string, options: { length: number; stripNull?: boolean }): this;
    parse(bytes: Uint8Array): unknown;
  }
}

declare module "restructure" {
  export const uint32le: unknown;
  export const int32le: unknown;
  class FixedString {
    constructor(length: number);
  }
  export class Struct {
    constructor(fields: Record<string, unknown>);
    fromBuffer(bytes: Uint8Array): unknown;
  }
  export { FixedString as String };
}
