/** Every name that a generated file may import, so that no declaration takes one. */
export const runtimeNames: readonly string[] =
  `Attachable Input JsonValue LayoutDescriptor LayoutLeaf Lease Leased OpenEnum
OwnedBytes ProgramDescriptor RecordCodec RecordOf RingBufDescriptor RingBufTableDescriptor ScalarClass VariableDescriptor
ViewOf WriterOf atMost attachView bigint biguint blobLength checkBounds checkCount checkRoom checkSlice copyBytes
copyBytesTo dead int noLease outOfRange putBytes readBits readString safeNumber takeLease toJson uint
uint32 uint64 utf8Length within writeBits writeBytes writeString zero`.split(/\s+/);
