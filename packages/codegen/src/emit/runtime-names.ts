/** Every name that a generated file may import, so that no declaration takes one. */
export const runtimeNames: readonly string[] = `Attachable Input JsonValue LayoutDescriptor LayoutLeaf OpenEnum
OwnedBytes ProgramDescriptor RecordCodec RecordOf RingBufDescriptor RingBufTableDescriptor ScalarClass VariableDescriptor
ViewOf WriterOf atMost attachView bigint biguint blobLength checkBounds checkCount checkRoom checkSlice copyBytes
copyBytesTo dead int outOfRange readBits readFloat16 readInt128 readString safeNumber toJson uint utf8Length within
writeBits writeBytes writeFloat16 writeInt128 writeString zero`.split(/\s+/);
