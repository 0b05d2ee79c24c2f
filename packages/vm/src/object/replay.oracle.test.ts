import { RingBufReader, UserRingBufWriter } from "@rbgen/runtime";
import { ManualClock, SeededRandom } from "@rbgen/runtime/emulated";
import { compileBpf } from "@rbgen/testkit/compile";
import { anyBytes } from "@rbgen/testkit/contract/codecs";
import { describeWith } from "@rbgen/testkit/tools";
import { expect, test } from "vitest";
import { VmObject, type VmObjectOptions } from "../index.ts";

const source = `
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
char LICENSE[] SEC("license") = "GPL";

const volatile __u32 step = 1;
extern int CONFIG_HZ __kconfig;
__u32 calls;
struct record { __u64 time; __u32 pid; __u32 chance; __u32 sum; char comm[16]; };
struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } events SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_USER_RINGBUF); __uint(max_entries, 4096); } commands SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 4); __type(key, __u32); __type(value, __u64); } counts SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_LRU_HASH); __uint(max_entries, 2); __type(key, __u32); __type(value, __u64); } recent SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); __uint(max_entries, 1); __type(key, __u32); __type(value, __u64); } runs SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 2); __type(key, __u32); __type(value, __u64); } limits SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_PROG_ARRAY); __uint(max_entries, 1); __type(key, __u32); __type(value, __u32); } next SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY); __uint(key_size, 4); __uint(value_size, 4); } perf SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS); __uint(max_entries, 2); __type(key, __u32);
	__array(values, struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); });
} tenants SEC(".maps");

struct { __uint(type, BPF_MAP_TYPE_STACK_TRACE); __uint(max_entries, 4); __uint(key_size, 4); __uint(value_size, 32); } stacks SEC(".maps");

struct words { __u64 user; __u32 key; };

SEC("raw_tp/sched_process_exec") int on_exec(__u64 *ctx)
{
	__u32 key = 0, pid = bpf_get_current_pid_tgid() >> 32;
	__u64 one = 1, *value = bpf_map_lookup_elem(&runs, &key);
	__u64 *limit = bpf_map_lookup_elem(&limits, &key);
	char text[8] = {};
	struct record *record;

	calls += step;
	if (value)
		*value += 1;
	if (bpf_map_update_elem(&counts, &pid, &one, BPF_NOEXIST))
		bpf_printk("count %d is not new", pid);
	bpf_map_update_elem(&recent, &pid, &one, BPF_ANY);
	bpf_probe_read_kernel_str(text, sizeof(text), (void *)ctx[0]);
	bpf_printk("stack %d", bpf_get_stackid(ctx, &stacks, 0));
	bpf_printk("%s at %p by %d, %d Hz", text, (void *)ctx[0], bpf_get_smp_processor_id(), CONFIG_HZ);
	record = bpf_ringbuf_reserve(&events, limit && *limit ? 1000 : sizeof(*record), 0);
	if (!record) {
		bpf_printk("no room");
		return -1;
	}
	__builtin_memset(record, 0, sizeof(*record));
	record->time = bpf_ktime_get_ns();
	record->pid = pid;
	record->chance = bpf_get_prandom_u32();
	bpf_get_current_comm(record->comm, sizeof(record->comm));
	bpf_ringbuf_submit(record, 0);
	bpf_perf_event_output(ctx, &perf, BPF_F_CURRENT_CPU, &one, sizeof(one));
	bpf_tail_call(ctx, &next, 0);
	return 0;
}

SEC("raw_tp/sched_process_exec") int after(void *ctx)
{
	bpf_printk("after");
	return 5;
}

static long add(struct bpf_dynptr *sample, __u32 *sum)
{
	__u32 value = 0;
	bpf_dynptr_read(&value, sizeof(value), sample, 0, 0);
	*sum += value;
	return 0;
}

SEC("syscall") int drains(__u32 *context)
{
	__u32 sum = 0, key = *context;
	void *ring = bpf_map_lookup_elem(&tenants, &key);
	int drained = bpf_user_ringbuf_drain(&commands, add, &sum, 0);
	if (ring)
		bpf_ringbuf_output(ring, &sum, sizeof(sum), 0);
	*context = sum;
	return drained;
}

SEC("syscall") int faults(__u32 *context)
{
	__u64 *value = bpf_map_lookup_elem(&counts, context);
	return *value;
}
`;

const u32 = (value: number) => new Uint8Array(Uint32Array.of(value).buffer);
const u64 = (value: number) => new Uint8Array(BigUint64Array.of(BigInt(value)).buffer);

/** All that can be seen of an object: what it printed, counted, holds and sent. */
function seen(object: VmObject, records: (name: string) => readonly Uint8Array[]): unknown {
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
  const entries = (name: string) =>
    object
      .hash(name)
      .entries()
      .map(([key, value]) => [hex(key), hex(value)]);
  return {
    trace: object.trace(),
    events: records("events").map(hex),
    outside: records("ring:0").map(hex),
    counts: entries("counts"),
    recent: entries("recent"),
    runs: object.array("runs").values(0).map(hex),
    stacks: object.stackTraces("stacks").ids,
    limits: object.array("limits").values(1).map(hex),
    perf: object.perfRecords("perf").map(({ cpu, bytes }) => [cpu, hex(bytes)]),
    globals: object.variables.map((one) => [one.name, one.get()]),
  };
}

/** Does something of everything to an object, as its seed says; `take` gets the records as they are read. */
function session(object: VmObject, clock: ManualClock, seed: number): (name: string) => readonly Uint8Array[] {
  const random = new SeededRandom(seed);
  const below = (limit: number) => Math.floor(random.next() * limit);
  const taken: Uint8Array[] = [];
  const reader = new RingBufReader(object.ringBuf("events"), anyBytes);
  const writer = new UserRingBufWriter(object.userRingBuf("commands"), anyBytes);
  const outside = object.kernel.createRingBuf({ name: "tenant", maxEntries: 4096 });
  const texts = [object.world.bytes("before")];
  object.mapOfMaps("tenants").set(7, outside);
  object.kernel.faults.failAtRate("bpf_map_update_elem", 0.2, -12);
  object.ringBuf("events").faults.failReservationsAtRate(0.1);
  const acts = [
    () => object.become({ pid: below(9), tgid: below(9), comm: `c${below(5)}` }),
    () => object.become({ stack: { kernel: [BigInt(below(5)), 2n ** 63n + 5n] } }),
    () => void object.stackTraces("stacks").delete(below(4)),
    () => object.runOn(below(2)),
    () => clock.advance(below(1000) / 7),
    () => texts.push(below(2) ? object.world.user("user") : object.world.bytes(`text ${below(99)}`)),
    () => object.array("limits").set(below(2), u64(below(2))),
    () => void object.hash("counts").delete(below(9)),
    () => void object.hash("recent").get(below(9)),
    () => object.global("calls").set(below(1000)),
    () => object.setTailCall("next", 0, below(2) ? object.program("after") : undefined),
    () => void reader.consume((record) => void taken.push(record), { max: below(4) }),
    () => void writer.write(u32(below(100))),
    () => void object.program("drains").run({ context: u32(below(2) ? 7 : 8) }),
    () => {
      try {
        object.program("faults").run({ context: u32(below(9)) });
      } catch (error) {
        expect(String(error)).toMatch(/a null pointer/);
      }
    },
    () => void object.program("on_exec").step({ context: [texts[below(texts.length)] as never] }),
  ];
  for (let turn = 0; turn < 120; turn += 1) {
    if (below(2)) object.fire("sched_process_exec", [texts[below(texts.length)] as never]);
    (acts[below(acts.length)] as () => void)();
  }
  object.kernel.faults.clear();
  const rest = new RingBufReader(outside, anyBytes);
  const sent: Uint8Array[] = [];
  return (name) => {
    if (name === "events") reader.consume((record) => void taken.push(record));
    else rest.consume((record) => void sent.push(record));
    return name === "events" ? taken : sent;
  };
}

describeWith(["clang", "libbpf"], "a recording", () => {
  const bytes = compileBpf(source);
  const engines = ["wasm", "interpreter"] as const;

  async function recorded(seed: number, options: VmObjectOptions = {}): Promise<{ json: string; state: unknown }> {
    const clock = new ManualClock();
    const given = { cpus: 2, clock, seed, record: true, rodata: { step: 3 }, kconfig: { CONFIG_HZ: 250 }, ...options };
    using object = await VmObject.load(bytes, given);
    const records = session(object, clock, seed);
    const json = JSON.stringify(object.recording());
    return { json, state: seen(object, records) };
  }

  test.each([1, 2, 3, 4, 5, 6])(
    "is replayed to the same trace, records and maps on both engines, by seed %d",
    async (seed) => {
      const { json, state } = await recorded(seed, { engine: engines[seed % 2] ?? "wasm" });
      for (const options of [{ engine: "wasm" }, { engine: "interpreter" }, { coverage: true }] as const) {
        const replay = VmObject.replay(bytes, JSON.parse(json), options);
        const runs = replay.finish();
        expect(runs.length).toBeGreaterThan(40);
        expect(runs.some(({ fault }) => fault !== undefined)).toBe(true);
        expect(replay.left).toBe(0);
        expect(seen(replay.object, (name) => replay.records(name))).toEqual(state);
        replay.object.close();
      }
    },
  );

  test("is gone through run by run, and any of them step by step", async () => {
    const { json, state } = await recorded(3);
    const replay = VmObject.replay(bytes, JSON.parse(json));
    const { left } = replay;
    expect(replay.next()?.program).toBe("on_exec");
    const stepped = replay.step();
    expect(stepped?.length).toBe(stepped?.output?.instructions);
    expect(replay.left).toBe(left - 2);
    replay.finish();
    expect(replay.next()).toBeUndefined();
    expect(seen(replay.object, (name) => replay.records(name))).toEqual(state);
  });

  test("has memory that was declared before the object was loaded, and its pointers", () => {
    const object = VmObject.open(bytes, { record: true });
    const text = object.world.bytes("early");
    object.global("step").set(9);
    object.load();
    object.fire("sched_process_exec", [text]);
    const replay = VmObject.replay(bytes, JSON.parse(JSON.stringify(object.recording())));
    replay.finish();
    expect(replay.object.trace()).toEqual(object.trace());
    expect(replay.object.global("calls").get()).toBe(9);
  });

  test("is of one object and its types only", async () => {
    const { json } = await recorded(1);
    const other = compileBpf(source.replace("return 5;", "return 6;"));
    expect(() => VmObject.replay(other, JSON.parse(json))).toThrow(/recording\.object: the recording is of another/);
    const types = { btf: compileBpf("struct a { int b; } c;") };
    expect(() => VmObject.replay(bytes, JSON.parse(json), types)).toThrow(/recording\.btf: .* give the same btf/);
  });

  test("cannot be told of what others did", async () => {
    using object = await VmObject.load(bytes, { record: true });
    object.ringBuf("events").hold(8).submit();
    object.program("after").run();
    expect(() => object.recording()).toThrow(/cannot be told again: something else .* ring "events"/);
    using silent = await VmObject.load(bytes);
    expect(() => silent.recording()).toThrow(/EINVAL: nothing was recorded: load the object with \{ record: true \}/);
    const reuse = silent.ringBuf("events");
    await expect(VmObject.load(bytes, { record: true, maps: { events: { reuse } } })).rejects.toThrow(
      /map "events" is another's/,
    );
  });

  test.each([
    ["nothing at all", undefined, /recording is no object/],
    ["a list", [], /recording is no object/],
    ["another format", { format: "x" }, /recording\.format is no one of "rbgen\.vm\.recording\.v1"/],
    ["no setup", (one: Plain) => delete one["setup"], /recording\.setup is no object/],
    ["no processors", (one: Plain) => (one["setup"].cpus = 0), /recording\.setup\.cpus is no integer from 1 to 8192/],
    ["another program", (one: Plain) => one["setup"].programs.push("none"), /no program "none"/],
    ["half a byte", (one: Plain) => (one["setup"].sections[".bss"] = "0"), /sections\["\.bss"\] is no row of bytes/],
    ["a short section", (one: Plain) => (one["setup"].sections[".bss"] = "00"), /"\.bss" has \d+ bytes, not 1/],
    ["an event of no kind", (one: Plain) => (one["events"][0].kind = "x"), /events\[0\]\.kind is no one of/],
    ["a time that is none", (one: Plain) => (run(one).clock = [null]), /\.clock\[0\] is no number/],
    [
      "a position beyond 64 bits",
      (one: Plain) => (run(one).rings = { events: { consumer: "9".repeat(20) } }),
      /decimal/,
    ],
    [
      "a position in no record",
      (one: Plain) => (run(one).rings = { events: { consumer: "4" } }),
      /no record .* ends at 4/,
    ],
    ["a ring that there is not", (one: Plain) => (run(one).rings = { none: { consumer: "0" } }), /no ring "none"/],
    ["a processor that there is not", (one: Plain) => (run(one).cpu = 9), /processor 9 of 2/],
    ["one time less", (one: Plain) => (run(one).clock = []), /\.clock: the program asked more often/],
    ["one number more", (one: Plain) => run(one).random.push(1), /\.random: the program asked less often/],
    ["a fault that nobody asked for", (one: Plain) => run(one).faults.push([999, -12]), /\.faults: .* less often/],
    [
      "another end",
      (one: Plain) => (run(one).outcome.returned = 77),
      /the run returned .*, and returned 77 .* recorded/,
    ],
    [
      "memory elsewhere",
      (one: Plain) => (first(one, "memory").id += 1),
      /memory "7 bytes" lies in region \d+, and lay in/,
    ],
    [
      "a key too long",
      (one: Plain) => (first(one, "inner").key = "0011223344"),
      /events\[\d+\].* keys of 4 bytes, not 5/,
    ],
    ["a map that there is not", (one: Plain) => (first(one, "inner").map = "none"), /events\[\d+\].*no map "none"/],
  ])("with %s is refused by name", async (_, change, message) => {
    const { json } = await recorded(2);
    const given = JSON.parse(json);
    if (typeof change === "function") change(given);
    const act = () => VmObject.replay(bytes, typeof change === "function" ? given : change).finish();
    expect(act).toThrow(message);
    expect(act).toThrow(expect.objectContaining({ name: "RingBufError" }));
  });

  test("that was changed anywhere is refused, or is one of another run", async () => {
    const { json } = await recorded(4);
    const random = new SeededRandom(1);
    const below = (limit: number) => Math.floor(random.next() * limit);
    let refused = 0;
    const tries = process.env["RBGEN_LONG"] === "1" ? 20_000 : 300;
    for (let turn = 0; turn < tries; turn += 1) {
      const given: unknown = JSON.parse(json);
      damage(given, below);
      try {
        const replay = VmObject.replay(bytes, given, { engine: "interpreter" });
        replay.finish();
        replay.object.close();
      } catch (error) {
        expect(error).toMatchObject({ name: "RingBufError", code: expect.stringMatching(/^E/) });
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(tries / 4);
  });
});

// a recording as JSON gives it, to be damaged
// biome-ignore lint/suspicious/noExplicitAny: anything may be put anywhere
type Plain = any;

/** The first run that asked for time and a number. */
function run(recording: Plain): Plain {
  return recording.events.find((event: Plain) => event.kind === "run" && event.clock.length > 0);
}

function first(recording: Plain, kind: string): Plain {
  return recording.events.find((event: Plain) => event.kind === kind);
}

/** Puts something else somewhere. */
function damage(value: Plain, below: (limit: number) => number): void {
  const keys = Object.keys(value);
  const key = keys[below(keys.length)] as string;
  const inside = value[key];
  if (inside !== null && typeof inside === "object" && Object.keys(inside).length > 0 && below(12) !== 0) {
    damage(inside, below);
    return;
  }
  const others = [null, -1, 0, 2 ** 32, 1e300, "", "zz", "00", "18446744073709551615", [], {}, [[0, "00"]], true];
  const other = others[below(others.length)];
  if (below(3) === 0) delete value[key];
  else value[key] = typeof inside === "number" && below(2) ? inside + 1 : other;
}
