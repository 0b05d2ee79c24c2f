// A folder of files on loopback, until the process ends.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";

const types = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".md": "text/markdown",
  ".txt": "text/plain",
  ".json": "application/json",
  ".jpg": "image/jpeg",
};

/** Where a path may lie: as a file, as a page without its extension, or as the index of a folder. */
function candidates(path) {
  return path.endsWith("/") ? [`${path}index.html`] : [path, `${path}.html`];
}

/** The bytes of `path` in `folder`, with their type; undefined where there are none, or outside of it. */
function fileAt(folder, path) {
  if (!/^(?:\/[\w@][\w@.-]*)*\/?$/.test(path)) return undefined;
  for (const name of candidates(path)) {
    try {
      return { bytes: readFileSync(join(folder, name)), type: types[extname(name)] ?? "application/octet-stream" };
    } catch {
      // the next one
    }
  }
  return undefined;
}

/** Serves `folder`, and prints where. */
export function serve(folder, what) {
  const server = createServer((request, response) => {
    const found = fileAt(folder, (request.url ?? "/").replace(/\?.*$/, ""));
    const sent = found ?? fileAt(folder, "/404.html") ?? { bytes: "", type: "text/plain" };
    response
      .writeHead(found === undefined ? 404 : 200, { "Content-Type": `${sent.type}; charset=utf-8` })
      .end(sent.bytes);
  });
  server.listen(0, "127.0.0.1", () => {
    console.log(`${what} is at http://127.0.0.1:${server.address().port}/ (Ctrl-C ends it)`);
  });
}
