import type { DemoOptions } from "../options.ts";
import type { KernelLink } from "./kernel-link.ts";
import { linkNative } from "./native-link.ts";
import { linkThread } from "./thread-link.ts";

/** Starts the kernel side, which begins with `rate` records a second. @throws LinkError */
export function openLink({ backend, rate, all }: Pick<DemoOptions, "backend" | "rate" | "all">): Promise<KernelLink> {
  return backend === "native" ? linkNative({ rate, all }) : linkThread(backend, { rate, seed: 1 });
}
