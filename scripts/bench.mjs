// `npm run bench`: sets up, builds everything and runs the benchmarks named (all when none is).
import { build, prepare, run } from "./workspace.mjs";

prepare();
build();
process.exitCode = run(process.execPath, ["bench/dist/main.js", ...process.argv.slice(2)], { stdout: "inherit" });
