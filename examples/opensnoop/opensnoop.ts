// npx tsx opensnoop.ts COMMAND…, as root
import { BpfObject } from "@rbgen/native";
import { RingBufReader } from "@rbgen/runtime";
import { runBelow } from "../run-below.ts";
import { maps } from "./opensnoop.gen.ts";

const object = await BpfObject.load("opensnoop.bpf.o", { rodata: { root: process.pid } });
object.attach();
const reader = new RingBufReader(object.ringBuf(maps.events), maps.events.codec);
await runBelow(reader, ({ comm, path, result }) => console.log(comm, path, result));
object.close(); // detached
