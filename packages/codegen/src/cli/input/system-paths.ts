import type { Host } from "../host/host.ts";

/** Debian's name of the folder for a machine's own headers. */
const multiarch: Readonly<Record<string, string>> = {
  x64: "x86_64-linux-gnu",
  arm64: "aarch64-linux-gnu",
  ia32: "i386-linux-gnu",
  riscv64: "riscv64-linux-gnu",
  s390x: "s390x-linux-gnu",
  ppc64: "powerpc64le-linux-gnu",
  loong64: "loongarch64-linux-gnu",
};

/**
 * Folders that are looked into without being told, as far as they exist: a compiler's, but for those that it owns, and the one
 * of `rbgen.h`.
 */
export function systemIncludePaths(host: Host, sysroot: string | undefined): readonly string[] {
  const root = (sysroot ?? "").replace(/\/+$/, "");
  const machine = multiarch[host.arch];
  const folders = ["/usr/local/include", ...(machine === undefined ? [] : [`/usr/include/${machine}`]), "/usr/include"];
  return [...folders.map((folder) => root + folder), host.includeFolder].filter((folder) =>
    host.files.isDirectory(folder),
  );
}
