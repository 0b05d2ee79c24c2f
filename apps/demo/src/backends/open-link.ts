import type { BackendName, KernelLink } from "./kernel-link.ts";
import { linkNative } from "./native-link.ts";
import { linkThread } from "./thread-link.ts";

/** Starts the kernel side, which begins with `rate` records a second. @throws LinkError */
export function openLink(backend: BackendName, rate: number): Promise<KernelLink> {
  return backend === "native" ? linkNative({ rate }) : linkThread(backend, { rate, seed: 1 });
}
