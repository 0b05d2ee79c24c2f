import { cpus, release } from "node:os";

/** What every row of the rings of the kernel says of the machine. */
export function notes(more: string): string {
  return `${more}; ${cpus()[0]?.model ?? "unknown CPU"}, ${cpus().length} cores, Linux ${release()}, Node ${process.version}`;
}
