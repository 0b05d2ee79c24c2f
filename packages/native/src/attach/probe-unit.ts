import { readFileSync } from "node:fs";
import { ringError } from "../kernel/errno.ts";

/** The unit of the kernel's events that sets probes, as its files in sysfs tell. */
export interface ProbeUnit {
  readonly type: number;
  /** The bits of `config` for a probe where the function returns. */
  readonly onReturn: bigint;
}

const options = { kprobe: "CONFIG_KPROBES", uprobe: "CONFIG_UPROBES" } as const;

/**
 * The unit of that name.
 * @throws RingBufError ENOTSUP for a kernel that was built without it.
 */
export function probeUnit(name: keyof typeof options): ProbeUnit {
  const folder = `/sys/bus/event_source/devices/${name}`;
  const type = read(`${folder}/type`);
  if (type === undefined) {
    throw ringError(
      "ENOTSUP",
      `this kernel has no ${name}s: ${folder} is absent (${options[name]}, and sysfs mounted)`,
    );
  }
  const [, bit = "0"] = /^config:(\d+)$/.exec(read(`${folder}/format/retprobe`) ?? "") ?? [];
  return { type: Number(type), onReturn: 1n << BigInt(bit) };
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    return undefined;
  }
}
