import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** A page on loopback, until it is closed. */
export interface Served {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves an empty page, and `script` as `/page.js`.
 * @param isolated whether with the headers that make a page cross-origin isolated, without which it has no shared memory.
 * @param policy of the page's content (`Content-Security-Policy`).
 */
export async function serve(script: string, isolated: boolean, policy?: string): Promise<Served> {
  const headers: Record<string, string> = isolated
    ? { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" }
    : {};
  if (policy !== undefined) headers["Content-Security-Policy"] = policy;
  const server: Server = createServer((request, response) => {
    const module = request.url === "/page.js";
    response.writeHead(200, { ...headers, "Content-Type": module ? "text/javascript" : "text/html; charset=utf-8" });
    response.end(module ? script : "<!doctype html><title>contract</title>");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => void server.close(() => resolve()));
    },
  };
}
