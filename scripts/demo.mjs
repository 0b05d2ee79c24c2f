// `npm run demo`: sets up, builds the demo and runs it with the arguments given.
import { build, prepare, run } from "./workspace.mjs";

prepare();
build("rbgen-demo");
process.exitCode = run(process.execPath, ["apps/demo/dist/main.js", ...process.argv.slice(2)], { stdout: "inherit" });
