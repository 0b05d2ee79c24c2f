import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { printableJson } from "../../diagnostics/display-text.ts";
import { type ExitCode, exitCode } from "../exit-code.ts";
import { errorMessage } from "../host/host.ts";
import type { Invocation } from "../invocation.ts";

/** The optional package that knows the kernel. */
const native = "@rbgen/native";

/** What this command takes of that package's `doctor()`: a report for people and for programs. */
interface Doctor {
  doctor(): Promise<unknown>;
}

function isReport(report: unknown): report is { readonly text: string; readonly data: unknown } {
  return typeof report === "object" && report !== null && "text" in report && typeof report.text === "string";
}

function isDoctor(module: unknown): module is Doctor {
  return typeof module === "object" && module !== null && "doctor" in module && typeof module.doctor === "function";
}

/** `rbgen doctor`: what this machine's kernel can do, as `@rbgen/native` finds it where it is installed. */
export async function doctorCommand(json: boolean, invocation: Invocation): Promise<ExitCode> {
  const { host } = invocation;
  const fail = (message: string, hint?: string): ExitCode => {
    if (json) host.stdout.write(`${printableJson({ error: message, ...(hint === undefined ? {} : { hint }) }, 2)}\n`);
    else host.stderr.write(`${message}\n${hint === undefined ? "" : `hint: ${hint}\n`}`);
    return exitCode.input;
  };
  const here = dirname(fileURLToPath(import.meta.url));
  const path = host.resolveFrom(native, host.cwd) ?? host.resolveFrom(native, here);
  if (path === undefined) {
    return fail(
      `${native} is not installed: rbgen itself needs nothing of the kernel, reading real rings does`,
      `npm install ${native}@${host.version}`,
    );
  }
  let module: unknown;
  try {
    module = await host.importPath(path);
  } catch (error) {
    return fail(`${native} cannot be loaded: ${errorMessage(error)}`);
  }
  const report = isDoctor(module) ? await module.doctor() : undefined;
  if (!isReport(report)) {
    return fail(`this ${native} has no doctor() for rbgen`, `npm install ${native}@${host.version}`);
  }
  host.stdout.write(json ? `${printableJson(report.data, 2)}\n` : report.text);
  return exitCode.ok;
}
