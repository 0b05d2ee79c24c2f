// `npm run docs`: sets up, builds the documentation site and serves it on this machine until it is ended. Its folder,
// apps/docs/dist/site, is static. `--built` serves what is built.
import { join } from "node:path";
import { serve } from "./serve.mjs";
import { build, prepare, root, run } from "./workspace.mjs";

if (!process.argv.includes("--built")) {
  prepare();
  build("@rbgen/docs");
  const code = run("turbo", ["run", "site", "--filter=@rbgen/docs", "--output-logs=errors-only"]);
  if (code !== 0) process.exit(code);
}
serve(join(root, "apps/docs/dist/site"), "The documentation");
