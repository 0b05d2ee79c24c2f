/** What a C structure is to JavaScript: opaque, and refused by the addon where it is of another kind or has ended. */
export interface Handle {
  readonly __handle: never;
}

/** Text as C has it: UTF-8 that ends with a NUL and has no other. */
export type Text = Uint8Array;

/** A mapping as the addon made it; the buffer is absent where the engine allows no external memory. */
export interface Mapped {
  readonly handle: Handle;
  readonly buffer?: ArrayBuffer;
}

/**
 * The functions of `addon/*.c`. A failure of the kernel or of libbpf, and want of memory, is a negative errno as a number;
 * exceptions are thrown for wrong arguments only.
 */
export interface Addon {
  bpf(
    command: number,
    attributes: Uint8Array,
    holders: readonly Uint8Array[],
    offsets: readonly number[],
    targets: readonly Uint8Array[],
    common: Uint8Array,
  ): number;
  duplicate(fd: number): number;
  close(fd: number): number;
  own(fd: number): Handle | number;
  disown(owner: Handle): void;
  interfaceIndex(name: Text): number;
  pageSize(): number;

  readFile(path: Text): Uint8Array | number;

  map(fd: number, offset: number, length: number, writable: boolean, lend: boolean): Mapped | number;
  unmap(mapping: Handle, buffer: ArrayBuffer | undefined): boolean;
  read(mapping: Handle, offset: number, target: Uint8Array): void;
  write(mapping: Handle, offset: number, source: Uint8Array): void;
  load(mapping: Handle, offset: number, width: 4 | 8): bigint;
  store(mapping: Handle, offset: number, width: 4 | 8, value: bigint): void;

  /** `alike` takes four bytes: a number in the order of this machine. */
  acquireRecords(mapping: Handle, offset: number, limit: number, alike: Uint8Array): number;
  fetchRecords(mapping: Handle, offset: number, limit: number, copy: Uint8Array, alike: Uint8Array): number;
  releaseRecord(mapping: Handle, offset: number, byteLength: number, copy: Uint8Array): void;

  /** `plan` has three words for each column in the order of this machine, `arrays` the memory of each. */
  gatherRecords(
    mapping: Handle,
    offset: number,
    byteLength: number,
    stride: number,
    count: number,
    row: number,
    plan: Uint8Array,
    arrays: readonly ArrayBufferView[],
  ): number;

  perfEventOpen(attributes: Uint8Array, pid: number, cpu: number, flags: number, name: Text | null): number;
  control(fd: number, request: number, argument: number): number;
  readFd(fd: number, bytes: Uint8Array): number;

  epollCreate(): number;
  epollAdd(set: number, fd: number, events: number, id: number): number;
  epollDelete(set: number, fd: number): number;
  epollWait(set: number, milliseconds: number): readonly number[] | number;

  watch(set: number, callback: (...ids: number[]) => void, onThread: boolean): Handle | number;
  watchRef(watcher: Handle, on: boolean): void;
  watchEnd(watcher: Handle): void;

  claim(mapId: number): Handle | null | number;
  release(claim: Handle): void;

  libbpfOpen(): readonly [major: number, minor: number] | string | number;
  libbpfLog(): string;
  objectOpen(bytes: Uint8Array, name: Text, pinFolder: Text | null): Handle | number;
  objectLoad(object: Handle): number;
  objectClose(object: Handle): void;
  objectMaps(object: Handle): readonly Handle[] | number;
  objectPrograms(object: Handle): readonly Handle[] | number;
  mapName(map: Handle): string;
  mapFd(map: Handle): number;
  mapDefinition(
    map: Handle,
  ): readonly [type: number, key: number, value: number, entries: number, flags: number] | number;
  mapSetMaxEntries(map: Handle, maxEntries: number): number;
  mapSetValueSize(map: Handle, bytes: number): number;
  mapInner(map: Handle): Handle | null | number;
  mapSetInnerFd(map: Handle, fd: number): number;
  mapReuse(map: Handle, fd: number): number;
  mapSetPinPath(map: Handle, path: Text | null): number;
  mapInitialValue(map: Handle): ArrayBuffer | null | number;
  mapSetInitialValue(map: Handle, bytes: Uint8Array): number;
  programName(program: Handle): string;
  programSection(program: Handle): string;
  programFd(program: Handle): number;
  programSetAutoload(program: Handle, on: boolean): number;
  programAttach(program: Handle): Handle | number;
  programAttachType(program: Handle): number;
  programAttachUsdt(
    program: Handle,
    pid: number,
    path: Text,
    provider: Text,
    name: Text,
    cookie: bigint,
  ): Handle | number;
  linkFd(link: Handle): number;
  linkPinned(link: Handle): void;
  linkDestroy(link: Handle): number;
}
