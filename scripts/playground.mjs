// `npm run playground`: sets up, builds the playground and serves it on this machine until it is ended. Its folder,
// apps/playground/dist, is static: any server, or a browser that opens its index.html, does as well.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { build, prepare, root } from "./workspace.mjs";

const types = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };

prepare();
build("@rbgen/playground");
const server = createServer((request, response) => {
  const path = new URL(request.url ?? "/", "http://localhost").pathname;
  const file = path === "/" ? "/index.html" : path;
  // Of what was built, a file in its folder or in assets/, and nothing else.
  if (!/^\/(assets\/)?[\w-]+\.\w+$/.test(file)) return void response.writeHead(404).end();
  try {
    const bytes = readFileSync(join(root, "apps/playground/dist", file));
    response.writeHead(200, { "Content-Type": `${types[extname(file)] ?? "application/octet-stream"}; charset=utf-8` });
    response.end(bytes);
  } catch {
    response.writeHead(404).end();
  }
});
server.listen(0, "127.0.0.1", () => {
  console.log(`The playground is at http://127.0.0.1:${server.address().port}/ (Ctrl-C ends it)`);
});
