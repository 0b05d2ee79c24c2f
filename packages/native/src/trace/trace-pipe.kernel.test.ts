import { isRingBufError, type TracedLine } from "@rbgen/runtime";
import { expect, test } from "vitest";
import { describeWith } from "../../../testkit/src/index.ts";
import { runChild } from "../../../testkit/src/native/child.ts";
import { findTracefs } from "../kernel/tracefs.ts";
import { tracePipe } from "./trace-pipe.ts";

const source = `
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
char LICENSE[] SEC("license") = "GPL";
SEC("syscall") int say(unsigned *context)
{
	bpf_printk("rbgen %d says %d", bpf_get_current_pid_tgid() >> 32, context[0]);
	return 0;
}`;

describeWith(["kernel", "clang", "libbpf"], "the kernel's trace", () => {
  test("gives the lines that programs print, who printed them and where, until it is left or aborted", async () => {
    const script = `
      import { BpfObject, tracePipe } from "@rbgen/native";
      import { readdirSync } from "node:fs";
      import { compileBpf } from "../testkit/src/compile.ts";
      const object = await BpfObject.load(compileBpf(${JSON.stringify(source)}));
      const say = (number) => object.program("say").run({ context: new Uint8Array(Uint32Array.of(number).buffer) });
      const held = () => readdirSync("/proc/self/fd").length;
      const before = held();
      const mine = (line) => line.kind === "traced" && line.text.startsWith("rbgen " + process.pid + " ");
      const lines = [];
      let last = 0;
      // the kernel switches bpf_printk on by and by, when the first program with it is loaded
      const saying = setInterval(() => say(++last), 1);
      for await (const line of tracePipe({ pollMs: 1 })) {
        if (!mine(line)) continue;
        lines.push(line);
        if (lines.length === 3) break;
      }
      clearInterval(saying);
      console.log(JSON.stringify({ lines: lines.map(({ timeNs, ...rest }) => ({ ...rest, timed: timeNs > 0n })), pid: process.pid, left: held() - before }));
      const controller = new AbortController();
      const reason = new Error("enough");
      const ended = (async () => {
        for await (const line of tracePipe({ signal: controller.signal, pollMs: 2 ** 30 })) if (mine(line) && !line.text.endsWith(" " + last)) throw new Error("one too many");
      })().catch((error) => error);
      setImmediate(() => controller.abort(reason));
      console.log((await ended) === reason, held() - before);
      object.close();`;
    const wrapper = ["unshare", "-m", "sh", "-c", 'mount -t tracefs none /sys/kernel/tracing && exec "$0" "$@"'];
    const { stdout, stderr } = await runChild(script, { wrapper });
    expect(stderr).toBe("");
    const [first = "{}", second] = stdout.trim().split("\n");
    const { lines, pid, left } = JSON.parse(first);
    const at = Number(lines[0].text.split(" ").pop());
    lines.forEach(({ task, cpu, flags, ...line }: TracedLine, i: number) => {
      expect(line).toEqual({
        kind: "traced",
        pid,
        event: "bpf_trace_printk",
        timed: true,
        text: `rbgen ${pid} says ${at + i}`,
      });
      // "<...>" where the kernel did not note the name
      expect(["node", "<...>"]).toContain(task);
      expect([cpu >= 0, flags.length]).toEqual([true, 5]);
    });
    expect(left).toBe(0);
    expect(second).toBe("true 0");
  });

  test("says what is missing where tracefs is not mounted", async () => {
    if (findTracefs() !== undefined) return;
    const error = await tracePipe()
      .next()
      .catch((thrown) => thrown);
    expect(isRingBufError(error, "ENOENT")).toBe(true);
    expect(error.message).toMatch(/mount -t tracefs/);
  });
});
