import { exitCode } from "./exit-code.ts";
import type { Import } from "./host/config-evaluation.ts";
import { realHost } from "./host/machine.ts";
import { runCommand } from "./program.ts";

/** The command, on this process. */
export async function main(load: Import): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      // A reader that went away (`rbgen list … | head`) is no error of ours; a full disk is one.
      if (error.code === "EPIPE") process.exit();
      if (stream === process.stdout) process.stderr.write(`cannot write to standard output: ${error.message}\n`);
      process.exit(exitCode.input);
    });
  }
  if (!hasWorkingDirectory()) {
    process.stderr.write("error: the working directory is gone: change to one that is there, and run rbgen again\n");
    process.exitCode = exitCode.input;
    return;
  }
  // Set and not forced: what was written must reach a pipe before the process ends.
  process.exitCode = await runCommand(process.argv.slice(2), realHost(load));
}

/** A shell may stand in a folder that was removed since: paths mean nothing then. */
function hasWorkingDirectory(): boolean {
  try {
    process.cwd();
    return true;
  } catch {
    return false;
  }
}
