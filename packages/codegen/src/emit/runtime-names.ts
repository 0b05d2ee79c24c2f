/** Every name that a generated file may import, so that no declaration takes one. */
export const runtimeNames: readonly string[] =
  `Attachable Input JsonValue LayoutDescriptor LayoutLeaf Lease Leased OpenEnum
OwnedBytes ProgramDescriptor RecordCodec RecordOf RingBufDescriptor RingBufTableDescriptor ScalarClass VariableDescriptor
ViewOf WriterOf atMost attachView bigint biguint blobLength bool checkArray checkBounds checkCount checkFit checkObject checkRoom checkSlice copyBytes
copyBytesTo dead float32 float64 givenLength int members noLease outOfRange readBits readString recordLoops safeInt64 safeNumber takeLease toJson truth uint
uint32 uint64 utf8Length withKind within writeBits writeBytes writeInt64 writeString zero`.split(/\s+/);
