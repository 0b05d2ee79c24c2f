import pc from "picocolors";
import type { Diagnostic, Report } from "../diagnostics/diagnostic.ts";
import { diagnosticToJson, type JsonDiagnostic } from "../diagnostics/json.ts";
import { DiagnosticLog } from "../diagnostics/log.ts";
import type { Paint } from "../diagnostics/render.ts";
import { type ExitCode, exitCode } from "./exit-code.ts";
import type { Host, OutputStream } from "./host/host.ts";

/** Whether text for `stream` may be coloured: a terminal that can, and nobody who asked for none (no-color.org). */
function wantsColour(stream: OutputStream, env: Host["env"]): boolean {
  if ((env["NO_COLOR"] ?? "") !== "") return false;
  if ((env["FORCE_COLOR"] ?? "0") !== "0") return true;
  return stream.isTTY && env["TERM"] !== "dumb";
}

function paintFor(stream: OutputStream, env: Host["env"]): Paint {
  const colours = pc.createColors(wantsColour(stream, env));
  return {
    error: (text) => colours.bold(colours.red(text)),
    warning: (text) => colours.bold(colours.yellow(text)),
    strong: colours.bold,
    faint: colours.dim,
    hint: colours.cyan,
    added: colours.green,
    removed: colours.red,
  };
}

/** One run of the command: the machine, and what was found to be wrong. */
export class Invocation {
  readonly host: Host;
  /** Colours of standard error, where diagnostics go. */
  readonly paint: Paint;
  /** Colours of standard output. */
  readonly outPaint: Paint;
  readonly started: number;
  readonly #log = new DiagnosticLog();

  constructor(host: Host) {
    this.host = host;
    this.paint = paintFor(host.stderr, host.env);
    this.outPaint = paintFor(host.stdout, host.env);
    this.started = host.now();
  }

  /** Takes a diagnostic. */
  readonly report: Report = (diagnostic: Diagnostic) => this.#log.report(diagnostic);

  get errors(): number {
    return this.#log.errors;
  }

  /** Prints the diagnostics to standard error; the exit code that they call for. */
  printDiagnostics(): ExitCode {
    const text = this.#log.render({ paint: this.paint, columns: this.host.stderr.columns });
    if (text !== "") this.host.stderr.write(text);
    return this.errors > 0 ? exitCode.input : exitCode.ok;
  }

  /** The diagnostics for a JSON document. */
  jsonDiagnostics(): readonly JsonDiagnostic[] {
    return this.#log.sorted().map(diagnosticToJson);
  }
}
