import { RingBufReader } from "@rbgen/runtime";
import { ManualClock } from "@rbgen/runtime/emulated";
import { type EngineName, VmMemory, VmObject } from "../../../vm/src/index.ts";
import { anyBytes } from "../contract/codecs.ts";

/** What a compiled object did in the page. */
export interface ObjectReport {
  readonly sharedMemory: boolean;
  /** Whether WebAssembly may be compiled here. */
  readonly compiles: boolean;
  readonly returned: number;
  readonly instructions: number;
  readonly records: readonly string[];
  readonly total: string;
  readonly trace: readonly string[];
  /** What a wrong program ended with. */
  readonly fault: string;
  /** Lines of C that stepping stopped at. */
  readonly lines: readonly number[];
  readonly covered: string;
}

/** Runs programs of {@link vmPageSource} by an engine, here: the same in any place. */
export async function runObject(base64: string, engine: EngineName): Promise<ObjectReport> {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const object = await VmObject.load(bytes, { engine, clock: new ManualClock() });
  const reader = new RingBufReader(object.ringBuf("events"), anyBytes);
  object.become({ pid: 7, tgid: 7, comm: "page" });
  const records: string[] = [];
  let returned = 0;
  let instructions = 0;
  for (let turn = 0; turn < 3; turn += 1) {
    const [output] = object.fire("sched/sched_process_exec");
    returned += output?.returnValue ?? 0;
    instructions += output?.instructions ?? 0;
    reader.consume((sample) => void records.push([...sample].join(" ")));
  }
  const run = object.program("on_exec").step();
  const lines: number[] = [];
  do lines.push(run.state.place?.line ?? 0);
  while (run.step("line"));
  const counting = await VmObject.load(bytes, { coverage: true, clock: new ManualClock() });
  counting.fire("sched/sched_process_exec");
  const report: ObjectReport = {
    sharedMemory: !(new VmMemory({ regions: 64, limit: 0 }).bytes.buffer instanceof ArrayBuffer),
    compiles: mayCompile(),
    returned,
    instructions,
    records,
    total: String(object.global("total").get()),
    trace: object.trace(),
    fault: faultOf(() => object.program("wrong").run({ context: new Uint8Array(4) })),
    lines,
    covered: counting.coverage().toLcov(),
  };
  reader.close();
  object.close();
  counting.close();
  return report;
}

function mayCompile(): boolean {
  try {
    return new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)) !== undefined;
  } catch {
    return false;
  }
}

function faultOf(work: () => void): string {
  try {
    work();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return "";
}

/** A ring, a hash, a global, a callback and a mistake. */
export const vmPageSource = `#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
char LICENSE[] SEC("license") = "GPL";
struct event { __u64 ts; __u32 pid; __u32 sum; char comm[16]; };
struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } events SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 4); __type(key, __u32); __type(value, __u64); } counts SEC(".maps");
__u64 total;

static int add(__u32 index, __u32 *sum)
{
	*sum += index;
	return 0;
}

SEC("raw_tp/sched_process_exec") int on_exec(void *ctx)
{
	__u32 sum = 0, key = 1;
	__u64 one = 1, *count;
	bpf_loop(10, add, &sum, 0);
	struct event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event)
		return 1;
	event->ts = bpf_ktime_get_ns();
	event->pid = bpf_get_current_pid_tgid() >> 32;
	event->sum = sum;
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	bpf_ringbuf_submit(event, 0);
	count = bpf_map_lookup_elem(&counts, &key);
	if (count)
		__sync_fetch_and_add(count, 1);
	else
		bpf_map_update_elem(&counts, &key, &one, BPF_NOEXIST);
	total += sum;
	bpf_printk("sum %d", sum);
	return 2;
}

SEC("syscall") int wrong(__u32 *context)
{
	__u64 *count = bpf_map_lookup_elem(&counts, context);
	return *count;
}
`;
