// `npm run fuzz -- TARGET --executions N`: sets up and runs the fuzzer over the sources as they are.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { prepare, root, run } from "./workspace.mjs";

prepare();
const hooks = pathToFileURL(join(root, "packages/testkit/src/native/typescript-hooks.mjs")).href;
const node = ["--conditions=@rbgen/source", "--no-warnings", `--import=${hooks}`, "--stack-trace-limit=20"];
process.exitCode = run(process.execPath, [...node, join(root, "fuzz/src/main.ts"), ...process.argv.slice(2)], {
  stdout: "inherit",
});
