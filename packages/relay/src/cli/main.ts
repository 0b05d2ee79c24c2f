import { exitCode } from "./exit-code.ts";
import { realMachine } from "./machine.ts";
import { runCommand } from "./program.ts";

for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    // A reader that went away (`rbgen-relay tail … | head`) is no error of ours; a full disk is one.
    if (error.code === "EPIPE") process.exit();
    if (stream === process.stdout) process.stderr.write(`cannot write to standard output: ${error.message}\n`);
    process.exit(exitCode.failed);
  });
}
// Set and not forced: what was written must reach a pipe before the process ends.
process.exitCode = await runCommand(process.argv.slice(2), realMachine());
