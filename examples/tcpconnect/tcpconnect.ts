// npx tsx tcpconnect.ts COMMAND…, as root
import { BpfObject } from "@rbgen/native";
import { formatIPv4, formatIPv6, RingBufReader } from "@rbgen/runtime";
import { runBelow } from "../run-below.ts";
import { maps } from "./tcpconnect.gen.ts";

const AF_INET = 2;
const object = await BpfObject.load("tcpconnect.bpf.o", { rodata: { root: process.pid } });
object.attach();
const reader = new RingBufReader(object.ringBuf(maps.events), maps.events.codec);
await runBelow(reader, ({ comm, family, address4, address6, port }) =>
  console.log(comm, family === AF_INET ? formatIPv4(address4) : formatIPv6(address6), port),
);
object.close(); // detached
