/** A line that a program printed by `bpf_printk`, or another event of the kernel's trace. */
export interface TracedLine {
  /** It was read as what it is. */
  readonly kind: "traced";
  /** Name of the thread that it happened in, at most 15 bytes: `<idle>` for none, `<...>` for one that is gone. */
  readonly task: string;
  /** Number of that thread. */
  readonly pid: number;
  /** Number of the processor. */
  readonly cpu: number;
  /** What was disabled or pending, in the kernel's five letters or digits: `.....` for nothing, `d..2.` and others. */
  readonly flags: string;
  /** Nanoseconds of the trace's clock: since the machine started, unless that was changed. The kernel tells microseconds. */
  readonly timeNs: bigint;
  /** `bpf_trace_printk`, or the event that it is of. */
  readonly event: string;
  /** What was printed, without its newline. */
  readonly text: string;
}

/** Lines that were overwritten, since nobody took them. */
export interface LostTraceLines {
  /** Some are missing here. */
  readonly kind: "lost";
  /** Number of the processor that they were of. */
  readonly cpu: number;
  /** How many. */
  readonly count: number;
}

/** A line of another form, such as the second one of a text with a newline in it. */
export interface PlainTraceLine {
  /** It was not read any further. */
  readonly kind: "plain";
  /** All of it. */
  readonly text: string;
}

/** A line of a trace: of the kernel's, or of programs in the virtual machine. */
export type TraceLine = TracedLine | LostTraceLines | PlainTraceLine;
