import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { LinkError } from "../backends/kernel-link.ts";
import type { DemoOptions } from "../options.ts";
import { newToken, PageServer } from "./page-server.ts";
import type { RecordSource } from "./record-source.ts";
import { StaticFiles } from "./static-files.ts";

/** Serves the page until a signal or the time given, and tells where; the number of records that passed. */
export async function runPage(source: RecordSource, options: DemoOptions): Promise<number> {
  const files = new StaticFiles(fileURLToPath(new URL("./page", import.meta.url)));
  const address = options.address ?? { port: 0, token: newToken() };
  const server = await PageServer.start(source, files, address).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EADDRINUSE") throw error;
    throw new LinkError(`port ${address.port} is taken: end the run that has it, or leave --address out`);
  });
  process.stdout.write(`The dashboard is at ${server.url}  (Ctrl-C ends it)\n`);
  if (process.stdout.isTTY) openOnDesktop(server.url);
  const stop = new AbortController();
  const { signal } = stop;
  const ended = [once(process, "SIGINT", { signal }), once(process, "SIGTERM", { signal }), server.reading];
  const timer = Number.isFinite(options.seconds) ? setTimeout(() => stop.abort(), options.seconds * 1000) : undefined;
  try {
    await Promise.race(ended).catch((error) => {
      if (!signal.aborted) throw error;
    });
  } finally {
    clearTimeout(timer);
    stop.abort();
    await Promise.allSettled(ended.slice(0, 2));
    await server.close();
  }
  return server.received;
}

/** Opens the page in the browser of a desktop, where there is one. */
function openOnDesktop(url: string): void {
  const { platform, env } = process;
  const opener = platform === "darwin" ? "open" : platform === "win32" ? "explorer" : "xdg-open";
  if (opener === "xdg-open" && env["DISPLAY"] === undefined && env["WAYLAND_DISPLAY"] === undefined) return;
  const child = spawn(opener, [url], { stdio: "ignore", detached: true });
  // Whoever has no such program opens the address that was printed.
  child.on("error", () => undefined);
  child.unref();
}
