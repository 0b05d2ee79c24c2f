import { BinaryReader, BinaryWriter } from "@bufbuild/protobuf/wire";
import { Parser } from "binary-parser";
import koffi from "koffi";
import { String as FixedString, int32le, Struct as RestructureStruct, uint32le } from "restructure";
import { Struct as TypedStruct } from "typed-struct";
import type { ExecEvent } from "./shapes.gen.ts";

/** Another library that reads `struct exec_event` (48 bytes) into an object, with what it needs of ours beside it. */
export interface Peer {
  readonly name: string;
  /** At least this many times its speed is aimed at. */
  readonly aim: number;
  readonly decode: (bytes: Uint8Array) => unknown;
  readonly bytes: (record: Uint8Array, value: ExecEvent) => Uint8Array;
  readonly notes?: string;
}

const same = (record: Uint8Array): Uint8Array => record;

function binaryParser(): Peer {
  const parser = new Parser()
    .endianness("little")
    .uint64("tsNs")
    .uint32("pid")
    .uint32("ppid")
    .uint32("uid")
    .string("comm", { length: 16, stripNull: true })
    .int32("exitCode")
    .uint64("cgroup");
  return { name: "binary-parser", aim: 1.5, decode: (bytes) => parser.parse(bytes), bytes: same };
}

function koffiPeer(): Peer {
  const type = koffi.struct({
    tsNs: "uint64_t",
    pid: "uint32_t",
    ppid: "uint32_t",
    uid: "uint32_t",
    comm: koffi.array("char", 16, "String"),
    exitCode: "int32_t",
    cgroup: "uint64_t",
  });
  return { name: "koffi", aim: 10, decode: (bytes) => koffi.decode(bytes, type) as unknown, bytes: same };
}

function restructurePeer(): Peer {
  const type = new RestructureStruct({
    // It has no 64-bit integers: two halves stand for one.
    tsLow: uint32le,
    tsHigh: uint32le,
    pid: uint32le,
    ppid: uint32le,
    uid: uint32le,
    comm: new FixedString(16),
    exitCode: int32le,
    cgroupLow: uint32le,
    cgroupHigh: uint32le,
  });
  return { name: "restructure", aim: 10, decode: (bytes) => type.fromBuffer(bytes), bytes: same };
}

function typedStruct(): Peer {
  const Exec = new TypedStruct("Exec")
    .BigUInt64LE("tsNs")
    .UInt32LE("pid")
    .UInt32LE("ppid")
    .UInt32LE("uid")
    .String("comm", 16)
    .Int32LE("exitCode")
    .BigUInt64LE("cgroup")
    .compile();
  return {
    name: "typed-struct",
    aim: 10,
    // It gives lazy getters: reading them all is the like of a decoded object.
    decode: (bytes) => {
      const { tsNs, pid, ppid, uid, comm, exitCode, cgroup } = new Exec(bytes as Buffer);
      return { tsNs, pid, ppid, uid, comm, exitCode, cgroup };
    },
    bytes: (record) => Buffer.from(record),
  };
}

function protobuf(): Peer {
  return {
    name: "@bufbuild/protobuf (wire)",
    aim: 1,
    notes: "the same values as a protobuf message, read field by field",
    bytes: (_, value) =>
      new BinaryWriter()
        .tag(1, 0)
        .uint64(value.tsNs)
        .tag(2, 0)
        .uint32(value.pid)
        .tag(3, 0)
        .uint32(value.ppid)
        .tag(4, 0)
        .uint32(value.uid)
        .tag(5, 2)
        .string(value.comm)
        .tag(6, 0)
        .int32(value.exitCode)
        .tag(7, 0)
        .uint64(value.cgroup)
        .finish(),
    decode: (bytes) => {
      const reader = new BinaryReader(bytes);
      const value = { tsNs: 0n, pid: 0, ppid: 0, uid: 0, comm: "", exitCode: 0, cgroup: 0n };
      while (reader.pos < reader.len) {
        const [field, wire] = reader.tag();
        if (field === 1) value.tsNs = BigInt(reader.uint64());
        else if (field === 2) value.pid = reader.uint32();
        else if (field === 3) value.ppid = reader.uint32();
        else if (field === 4) value.uid = reader.uint32();
        else if (field === 5) value.comm = reader.string();
        else if (field === 6) value.exitCode = reader.int32();
        else if (field === 7) value.cgroup = BigInt(reader.uint64());
        else reader.skip(wire);
      }
      return value;
    },
  };
}

/** Every peer, made when it is measured. */
export const peers: readonly (() => Peer)[] = [binaryParser, koffiPeer, restructurePeer, typedStruct, protobuf];
