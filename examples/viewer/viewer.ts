// npx esbuild viewer.ts --bundle --outfile=viewer.js, then open index.html
import { RingBufReader } from "@rbgen/runtime";
import { EmulatedKernel } from "@rbgen/runtime/emulated";
import { event } from "./events.gen.ts";

// Samples come from an emulated ring here; from elsewhere they come as bytes, and event.decode(bytes) is all there is to it.
const kernel = new EmulatedKernel();
const map = kernel.createRingBuf({ name: "events", maxEntries: 65_536 });
const names = ["sh", "ls", "node"];
let pid = 0;
const program = kernel.loadProgram({
  type: "tracepoint",
  run: (bpf) => {
    pid += 1;
    const tsNs = BigInt(Math.round(performance.now() * 1e6));
    return bpf.ringbufOutput(map, event.toBytes({ tsNs, pid, comm: names[pid % 3] ?? "" }), 0);
  },
});
setInterval(() => program.run(), 200);

async function show(): Promise<void> {
  const rows = document.querySelector("tbody");
  for await (const { tsNs, pid: process, comm } of new RingBufReader(map, event)) {
    const row = document.createElement("tr");
    for (const text of [String(process), comm, String(tsNs / 1_000_000n)]) {
      row.append(Object.assign(document.createElement("td"), { textContent: text }));
    }
    rows?.prepend(row);
    while (rows !== null && rows.children.length > 20) rows.lastElementChild?.remove();
  }
}
void show();
