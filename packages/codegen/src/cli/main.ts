import { realHost } from "./machine.ts";
import { runCommand } from "./program.ts";

// A reader that went away (`rbgen list … | head`) is no error of ours.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit();
  });
}

// Set and not forced: what was written must reach a pipe before the process ends.
process.exitCode = await runCommand(process.argv.slice(2), realHost());
