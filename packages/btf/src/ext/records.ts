/** Where a function of a program section starts, and its BTF: `struct bpf_func_info`. */
export interface FuncInfo {
  /** Bytes from the start of the section: a multiple of 8. */
  readonly offset: number;
  /** Id of a `func` in the object's BTF. */
  readonly typeId: number;
}

/** The place in the source that instructions from `offset` on come from: `struct bpf_line_info`. */
export interface LineInfo {
  /** Bytes from the start of the section: a multiple of 8. */
  readonly offset: number;
  /** Path of the file, as the compiler was told it. */
  readonly file: string;
  /** The line's text; empty where the compiler kept none. */
  readonly text: string;
  /** From 1; 0 where there is none. */
  readonly line: number;
  /** From 1; 0 where there is none. */
  readonly column: number;
}

/** What a CO-RE relocation asks of the target's types, by the numbers of `enum bpf_core_relo_kind`. */
export const coreRelocationKinds = [
  "field_byte_offset",
  "field_byte_size",
  "field_exists",
  "field_signed",
  "field_lshift_u64",
  "field_rshift_u64",
  "type_id_local",
  "type_id_target",
  "type_exists",
  "type_size",
  "enumval_exists",
  "enumval_value",
  "type_matches",
] as const;

export type CoreRelocationKind = (typeof coreRelocationKinds)[number];

/** An instruction whose immediate or offset depends on the types of the machine that runs it: `struct bpf_core_relo`. */
export interface CoreRelocation {
  /** Bytes from the start of the section: a multiple of 8. */
  readonly offset: number;
  /** Id of the type in the object's BTF that the access starts at. */
  readonly typeId: number;
  /** Indices of members, elements or enumerators joined by colons, the first into a pointer: `0:1:2`. */
  readonly access: string;
  readonly kind: CoreRelocationKind;
}

/** What `.BTF.ext` says of one program section. */
export interface ExtSection<Record> {
  /** Name of the program section. */
  readonly section: string;
  /** In the order of the file, which compilers keep that of the code. */
  readonly records: readonly Record[];
}
