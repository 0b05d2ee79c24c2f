// `npm run playground`: sets up, builds the playground and serves it on this machine until it is ended. Its folder,
// apps/playground/dist, is static: any server, or a browser that opens its index.html, does as well.
import { join } from "node:path";
import { serve } from "./serve.mjs";
import { build, prepare, root } from "./workspace.mjs";

prepare();
build("@rbgen/playground");
serve(join(root, "apps/playground/dist"), "The playground");
