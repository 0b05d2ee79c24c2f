import { BtfError } from "@rbgen/btf";
import { printableJson, printableLines } from "../diagnostics/display-text.ts";
import { describeBug } from "./bug.ts";
import { type ExitCode, exitCode, UsageError } from "./exit-code.ts";
import { errorMessage, isSystemError } from "./host/host.ts";
import type { Invocation } from "./invocation.ts";

/** Prints what a command threw, and gives the exit code that it calls for. `name` is the command's; empty for `rbgen <input…>`. */
export function tellFailure(error: unknown, name: string, json: boolean, invocation: Invocation): ExitCode {
  const { host } = invocation;
  invocation.progress.clear();
  if (error instanceof UsageError) {
    host.stderr.write(`error: ${printableLines(error.message)}\n(rbgen ${name === "" ? "" : `${name} `}--help)\n`);
    return exitCode.usage;
  }
  if (isSystemError(error)) return refusedByMachine(error, json, invocation);
  if (error instanceof BtfError) return brokenBtf(error, json, invocation);
  host.stderr.write(describeBug(error, host.version));
  return exitCode.bug;
}

/** A system error that no command handled: the disk, the descriptors or the memory of the machine, not a bug of ours. */
function refusedByMachine(error: unknown, json: boolean, invocation: Invocation): ExitCode {
  invocation.report({
    code: "RB5016",
    severity: "error",
    at: "rbgen",
    message: `the machine refused: ${errorMessage(error)}`,
    hint: "nothing was written half: run it again once the disk, the permissions or the limits are as they should be",
  });
  return endEarly(json, invocation);
}

/** BTF is read as it is asked for: what is wrong with it may be met anywhere. */
function brokenBtf(error: BtfError, json: boolean, invocation: Invocation): ExitCode {
  invocation.report({ code: "RB3006", severity: "error", at: "the input", message: error.message });
  return endEarly(json, invocation);
}

/** Prints nothing but what was wrong. */
function endEarly(json: boolean, invocation: Invocation): ExitCode {
  if (!json) return invocation.printDiagnostics();
  const document = { schema: 1, diagnostics: invocation.jsonDiagnostics() };
  invocation.host.stdout.write(`${printableJson(document, 2)}\n`);
  return exitCode.input;
}
