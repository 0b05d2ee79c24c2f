/** What is wrong, in a word that callers can act on. */
export type BtfErrorCode =
  /** Neither BTF nor ELF. */
  | "magic"
  /** A version of BTF or ELF that is not known. */
  | "version"
  /** A header that is too short or contradicts itself. */
  | "header"
  /** A section or an entry that reaches beyond the bytes that there are. */
  | "bounds"
  /** Sections that share bytes. */
  | "overlap"
  /** A string section or a string in it that is not one. */
  | "string"
  /** A kind that is not known, and that the file does not describe. */
  | "kind"
  /** A type id that the file does not define. */
  | "type-id"
  /** A type whose content contradicts its kind. */
  | "type"
  /** A type that contains itself by value, or a typedef of itself. */
  | "cycle"
  /** A size that does not exist or that cannot be counted. */
  | "size"
  /** An ELF file that is damaged, or of a form that is not read. */
  | "elf"
  /** An ELF file without a `.BTF` section. */
  | "no-btf"
  /** A type that BTF cannot hold. */
  | "encode"
  /** BTF that the kernel would refuse. */
  | "kernel-rule"
  /** A layout that C cannot spell. */
  | "c-text"
  /** More work than a well-formed input of this size asks for. */
  | "limit";

/** Where a {@link BtfError} happened, as far as it is known. */
export interface BtfErrorPlace {
  /** Byte offset in the file. */
  readonly offset?: number | undefined;
  readonly typeId?: number | undefined;
  /** C path of the type or member: `struct a.b`. */
  readonly path?: string | undefined;
  /** Name of the input. */
  readonly name?: string | undefined;
  readonly cause?: unknown;
}

/** The only error that this package throws for what it is given to read. */
export class BtfError extends Error {
  override readonly name = "BtfError";
  readonly code: BtfErrorCode;
  /** Byte offset in the file, where it is known. */
  readonly offset: number | undefined;
  readonly typeId: number | undefined;
  readonly path: string | undefined;

  constructor(code: BtfErrorCode, message: string, place: BtfErrorPlace = {}) {
    const where = [
      place.typeId === undefined ? "" : `type id ${place.typeId}`,
      place.offset === undefined ? "" : `byte offset ${place.offset}`,
      place.path === undefined ? "" : `in ${place.path}`,
    ].filter((part) => part !== "");
    const text = where.length === 0 ? message : `${message} (${where.join(", ")})`;
    super(
      place.name === undefined ? text : `${place.name}: ${text}`,
      place.cause === undefined ? undefined : { cause: place.cause },
    );
    this.code = code;
    this.offset = place.offset;
    this.typeId = place.typeId;
    this.path = place.path;
  }
}
