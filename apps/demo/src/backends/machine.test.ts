import { fileURLToPath } from "node:url";
import { RingBufReader } from "@rbgen/runtime";
import { ManualClock } from "@rbgen/runtime/emulated";
import { VmObject } from "@rbgen/vm";
import { afterEach, expect, test } from "vitest";
import { type Events, maps } from "../types.gen.ts";

const path = fileURLToPath(new URL("../../bpf/machine.bpf.o", import.meta.url));
const opened: VmObject[] = [];
afterEach(() => {
  for (const object of opened.splice(0)) object.close();
});

/** The programs of the native backend in a virtual machine: the demo is process 100, and started 101, which started 102. */
async function machine(wholeMachine: boolean) {
  const clock = new ManualClock();
  clock.advance(5000);
  const object = await VmObject.load(path, { clock, rodata: { whole_machine: wholeMachine } });
  opened.push(object);
  const { world } = object;
  const init = world.task({ tgid: 1 });
  const demo = world.task({ tgid: 100, real_parent: init });
  const shell = world.task({ tgid: 101, real_parent: demo });
  const processes = {
    demo: { tgid: 100, pid: 100, comm: "node", task: demo },
    shell: { tgid: 101, pid: 101, comm: "sh", task: shell },
    child: {
      ...{ tgid: 102, pid: 102, comm: "ls" },
      task: world.task({ tgid: 102, real_parent: shell, exit_code: 0x200, start_time: 4_000_000_000n }),
    },
    stranger: { tgid: 7, pid: 7, comm: "cron", task: world.task({ tgid: 7, real_parent: init, exit_code: 9 }) },
  };
  const reader = new RingBufReader(object.ringBuf("events"), maps.events.codec);
  const become = (name: keyof typeof processes, thread = 0): void => {
    const { task, ...ids } = processes[name];
    object.become({ ...ids, pid: ids.pid + thread, task });
  };
  const seen = (): Events[] => {
    const found: Events[] = [];
    reader.consume((event) => void found.push(event));
    return found.filter(({ kind }) => kind !== "status_event");
  };
  become("demo");
  object.program("tick").run({ context: new Uint8Array(8) });
  const exit = (name: keyof typeof processes, thread = 0): void => {
    become(name, thread);
    object.program("on_exit").run({ context: [processes[name].task] });
  };
  const exec = (name: keyof typeof processes, filename: string): void => {
    become(name);
    const program = world.alloc("linux_binprm", { filename: world.bytes(filename) });
    object.program("on_exec").run({ context: [processes[name].task, 0, program] });
  };
  return { seen, exit, exec };
}

test("what the demo started is recorded, from its beginning to its end, and nothing of others", async () => {
  const { seen, exit, exec } = await machine(false);
  exec("stranger", "/usr/sbin/cron");
  exec("child", "/bin/ls");
  exit("stranger");
  exit("demo");
  exit("child");
  expect(seen()).toMatchObject([
    { kind: "exec_event", header: { pid: 102, comm: "ls" }, ppid: 101, filename: "/bin/ls" },
    { kind: "exit_event", header: { pid: 102, comm: "ls" }, ppid: 101, status: 2, signal: 0, ranNs: 1_000_000_000n },
  ]);
});

test("a thread that ends is no process that does", async () => {
  const { seen, exit } = await machine(false);
  exit("child", 1);
  expect(seen()).toEqual([]);
});

test("where all is asked for, every process is recorded but the demo's own", async () => {
  const { seen, exit, exec } = await machine(true);
  exec("stranger", "/usr/sbin/cron");
  exec("demo", "/usr/bin/node");
  exit("stranger");
  exit("demo");
  expect(seen()).toMatchObject([
    { kind: "exec_event", header: { pid: 7 }, ppid: 1, filename: "/usr/sbin/cron" },
    { kind: "exit_event", header: { pid: 7 }, status: 0, signal: 9 },
  ]);
});
