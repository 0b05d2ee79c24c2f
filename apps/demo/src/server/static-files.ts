import { readdirSync, readFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { extname, join, relative, sep } from "node:path";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** The built page, in memory: a request picks one of these files, and no other path. */
export class StaticFiles {
  readonly #files = new Map<string, { readonly type: string; readonly bytes: Buffer }>();

  /** @throws NodeJS.ErrnoException where there is no such folder. */
  constructor(folder: string) {
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const file = join(entry.parentPath, entry.name);
      const path = `/${relative(folder, file).split(sep).join("/")}`;
      const type = types[extname(file)] ?? "application/octet-stream";
      this.#files.set(path, { type, bytes: readFileSync(file) });
    }
  }

  /** Answers with the file at `path`; false where there is none. */
  serve(path: string, response: ServerResponse, headOnly: boolean): boolean {
    const file = this.#files.get(path.endsWith("/") ? `${path}index.html` : path);
    if (file === undefined) return false;
    response.writeHead(200, { "Content-Type": file.type, "Content-Length": file.bytes.byteLength });
    response.end(headOnly ? undefined : file.bytes);
    return true;
  }
}
