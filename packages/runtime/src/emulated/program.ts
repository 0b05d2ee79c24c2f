import { plainBytes } from "../checked-bytes.ts";
import { shown } from "../checked-number.ts";
import { members } from "../checked-object.ts";
import { invalid } from "../errors.ts";
import { Bpf } from "./bpf.ts";
import { Run, type RunEnvironment } from "./run.ts";
import { VerifierError } from "./verifier-error.ts";

/** `BPF_PROG_TYPE_*` in lower case without the prefix: those that have the ring helpers. */
export const programTypes = [
  "cgroup_device",
  "cgroup_skb",
  "cgroup_sock",
  "cgroup_sock_addr",
  "cgroup_sockopt",
  "cgroup_sysctl",
  "flow_dissector",
  "kprobe",
  "lsm",
  "lwt_in",
  "lwt_out",
  "lwt_seg6local",
  "lwt_xmit",
  "netfilter",
  "perf_event",
  "raw_tracepoint",
  "raw_tracepoint_writable",
  "sched_act",
  "sched_cls",
  "sk_lookup",
  "sk_msg",
  "sk_reuseport",
  "sk_skb",
  "sock_ops",
  "socket_filter",
  "struct_ops",
  "syscall",
  "tracepoint",
  "tracing",
  "xdp",
] as const;

/** `BPF_PROG_TYPE_*` in lower case without the prefix. */
export type ProgramType = (typeof programTypes)[number];

/** A program for an emulated kernel. */
export interface ProgramSource {
  /** `BPF_PROG_TYPE_*` in lower case without the prefix. */
  readonly type: ProgramType;
  /** What errors call it; "program" unless told. */
  readonly name?: string;
  /**
   * Runs to its end and returns an int32. `context` is a copy of what `run` was given; what is written to it comes back.
   * Errors that it throws end the run and propagate.
   */
  run(bpf: Bpf, context: Uint8Array): number;
}

/** As BPF_PROG_TEST_RUN gives it. */
export interface ProgramResult {
  /** int32. */
  readonly returnValue: number;
  /** The context after the run; undefined where none was given. */
  readonly context: Uint8Array | undefined;
}

const maxContextBytes = 64 * 1024;

/** A loaded program. */
export class EmulatedProgram {
  /** Its type: "tracepoint". */
  readonly type: ProgramType;
  /** What errors call it; "program" unless told. */
  readonly name: string;
  readonly #source: ProgramSource;
  readonly #environment: RunEnvironment;

  /** @internal */
  constructor(source: ProgramSource, environment: RunEnvironment) {
    const { type, name = "program" } = members(source, "the program", { type: "string", run: "function" });
    if (!programTypes.includes(type)) {
      throw invalid(`no program type ${shown(type)} with ring helpers`, "BPF_PROG_LOAD");
    }
    if (typeof name !== "string") throw invalid(`the name of a program is ${shown(name)}: a string is taken`);
    this.type = type;
    this.name = name;
    this.#source = source;
    this.#environment = environment;
  }

  /**
   * One run. Records that it leaves unreleased are discarded before anything else.
   * @throws VerifierError for what the verifier would have refused; what the program throws; RingBufError EINVAL for a context above 64 KiB.
   */
  run(context?: Uint8Array): ProgramResult {
    const given = context === undefined ? undefined : plainBytes(context, "the context");
    if (given !== undefined && given.byteLength > maxContextBytes) {
      throw invalid(
        `a context of ${given.byteLength} bytes, at most ${maxContextBytes} are taken`,
        "BPF_PROG_TEST_RUN",
      );
    }
    const copy = given?.slice();
    const run = new Run(this.#environment);
    let returned: unknown;
    let thrown: { readonly error: unknown } | undefined;
    try {
      returned = this.#source.run(new Bpf(run), copy ?? new Uint8Array(0));
    } catch (error) {
      thrown = { error };
    }
    const refused = run.finish(thrown === undefined);
    if (refused !== undefined) throw refused;
    if (thrown !== undefined) throw thrown.error;
    if (typeof returned !== "number" || !Number.isInteger(returned)) {
      throw new VerifierError("EACCES", "R0 !read_ok: a program returns an integer, not a promise or anything else");
    }
    return { returnValue: returned | 0, context: copy };
  }
}
