import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { UnsupportedError } from "@rbgen/runtime";
import { packageRoot } from "../package-root.ts";
import type { Addon } from "./addon.ts";

let loaded: Addon | undefined;

/**
 * The addon of this platform, loaded on first use, so that importing the package works everywhere.
 * @throws UnsupportedError where there is no Linux, no binary for this architecture, or none that loads.
 */
export function loadAddon(): Addon {
  loaded ??= load();
  return loaded;
}

function load(): Addon {
  if (process.platform !== "linux") {
    throw new UnsupportedError(
      `BPF ring buffers of the kernel need Linux, this is ${process.platform}: use @rbgen/runtime/emulated here`,
    );
  }
  const file = addonFile(process.arch);
  try {
    if (existsSync(file)) return createRequire(import.meta.url)(file) as Addon;
  } catch (cause) {
    throw new UnsupportedError(`the addon for linux-${process.arch} does not load: ${String(cause)}`, { cause });
  }
  throw new UnsupportedError(
    `@rbgen/native has no addon for linux-${process.arch}: published packages carry x64 and arm64; ` +
      "in the repository it is built where a C compiler is present (npm run build)",
  );
}

/** Where the binary for `arch` is. */
export function addonFile(arch: string): string {
  return fileURLToPath(new URL(`prebuilds/linux-${arch}/rbgen-native.node`, packageRoot));
}
