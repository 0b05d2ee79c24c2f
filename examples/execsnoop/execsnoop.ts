// npx tsx execsnoop.ts COMMAND…, as root
import { BpfObject } from "@rbgen/native";
import { RingBufReader } from "@rbgen/runtime";
import { runBelow } from "../run-below.ts";
import { maps } from "./execsnoop.gen.ts";

const object = await BpfObject.load("execsnoop.bpf.o", { rodata: { root: process.pid } });
object.attach();
const reader = new RingBufReader(object.ringBuf(maps.events), maps.events.codec);
await runBelow(reader, ({ pid, uid, comm }) => console.log(pid, uid, comm));
object.close(); // detached
