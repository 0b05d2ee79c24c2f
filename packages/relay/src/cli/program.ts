import { RingBufError } from "@rbgen/runtime";
import { Command, CommanderError } from "commander";
import pc from "picocolors";
import type { Action } from "./action.ts";
import { printable, printableLines } from "./display-text.ts";
import { CommandError, type ExitCode, exitCode, UsageError } from "./exit-code.ts";
import type { Machine } from "./machine.ts";

const exitCodes = `
Exit codes:
  0   fine
  1   a server, a ring, a file or a record did not do what was asked; the message says which
  2   the command line is wrong
  70  a bug of rbgen-relay
`;

const examples = `
Examples:
  rbgen-relay publish --pinned /sys/fs/bpf/events --layout events.gen.ts   on each host
  rbgen-relay tail --codec events.gen.ts --limit 10                        records as JSON lines
  rbgen-relay status                                                       lag, and loss by reason and host
  rbgen-relay archive --codec events.gen.ts --parquet /var/lib/events      Parquet files
`;

/** Runs `rbgen-relay` with the arguments that follow the program's name. Nothing is thrown: what goes wrong is printed. */
export async function runCommand(argv: readonly string[], machine: Machine): Promise<ExitCode> {
  let action: Action | undefined;
  const program = await commandLine(machine, (chosen) => {
    action = chosen;
  });
  try {
    // As a shell gives it for a variable that is not set: no file, server or host is called that.
    if (argv.includes("")) throw new UsageError("an argument is empty");
    program.parse(argv, { from: "user" });
    await action?.(machine);
    return exitCode.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.ok : exitCode.usage;
    return tell(error, machine);
  }
}

async function commandLine(machine: Machine, set: (action: Action) => void): Promise<Command> {
  const { stdout, stderr, version } = machine;
  const output = {
    writeOut: (text: string) => void stdout.write(text),
    // It quotes the arguments, which may be names that another made.
    writeErr: (text: string) => void stderr.write(printableLines(text)),
    getOutHelpWidth: () => Math.min(stdout.columns, 110),
    getErrHelpWidth: () => Math.min(stderr.columns, 110),
  };
  const program = new Command("rbgen-relay")
    .description("Rings of many hosts through NATS JetStream")
    .version(version, "--version", "print the version")
    .addHelpText("after", `${examples}${exitCodes}`);
  const { addPublish } = await import("./commands/publish.ts");
  const { addTail } = await import("./commands/tail.ts");
  const { addStatus } = await import("./commands/status.ts");
  const { addArchive } = await import("./commands/archive.ts");
  for (const [name, add] of Object.entries({
    publish: addPublish,
    tail: addTail,
    status: addStatus,
    archive: addArchive,
  })) {
    const command = program.command(name).addHelpText("after", exitCodes);
    add(command, set);
  }
  for (const command of [program, ...program.commands]) {
    command.exitOverride().showSuggestionAfterError().configureOutput(output);
  }
  return program;
}

/** Prints what went wrong; the exit code that it calls for. */
async function tell(error: unknown, machine: Machine): Promise<ExitCode> {
  const { stderr, env, version } = machine;
  if (error instanceof UsageError) {
    await stderr.write(`error: ${printable(error.message)}\n(rbgen-relay --help)\n`);
    return exitCode.usage;
  }
  if (!isExpected(error)) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    await stderr.write(
      `rbgen-relay ${version}: this is a bug in rbgen-relay.\n${printableLines(text)}\nPlease report it with the text above: \`npm bugs @rbgen/relay\` opens the tracker.\n`,
    );
    return exitCode.bug;
  }
  const hint = error instanceof CommandError ? error.hint : undefined;
  const colours = pc.createColors(wantsColour(machine.stderr.isTTY, env));
  await stderr.write(
    `${colours.bold(colours.red("error:"))} ${printable(error.message)}\n${hint === undefined ? "" : `${colours.cyan("hint:")} ${printable(hint)}\n`}`,
  );
  return exitCode.failed;
}

/** Whether text may be coloured: a terminal that can, and nobody who asked for none (no-color.org). */
function wantsColour(isTTY: boolean, env: Machine["env"]): boolean {
  if ((env["NO_COLOR"] ?? "") !== "") return false;
  if ((env["FORCE_COLOR"] ?? "0") !== "0") return true;
  return isTTY && env["TERM"] !== "dumb";
}

/** What happens to a command that is right: the network, the kernel and the disk have their own minds. */
function isExpected(error: unknown): error is Error {
  if (error instanceof CommandError || error instanceof RingBufError) return true;
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return error instanceof Error && typeof code === "string" && /^E[A-Z0-9]+$/.test(code);
}
