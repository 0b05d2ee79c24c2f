import { relative, resolve } from "node:path";
import pc from "picocolors";
import type { Diagnostic, Report } from "../diagnostics/diagnostic.ts";
import { printable, printableJson } from "../diagnostics/display-text.ts";
import { githubCommand, githubFileError } from "../diagnostics/github.ts";
import { diagnosticToJson, type JsonDiagnostic } from "../diagnostics/json.ts";
import { DiagnosticLog, renderTold, type Told } from "../diagnostics/log.ts";
import type { Paint } from "../diagnostics/render.ts";
import { type ExitCode, exitCode } from "./exit-code.ts";
import type { Host, OutputStream } from "./host/host.ts";
import { Progress } from "./progress.ts";

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

/** How a run speaks on standard error. */
export interface Speech {
  /** Diagnostics alone: nothing of what was done or found. */
  readonly quiet: boolean;
  /** What diagnostics are printed as; where that is for machines, nothing else is. */
  readonly diagnostics: "text" | "json" | "github";
}

/** One run of the command: the machine, and what was found to be wrong. */
export class Invocation {
  readonly host: Host;
  /** Colours of standard error, where diagnostics go. */
  readonly paint: Paint;
  /** Colours of standard output. */
  readonly outPaint: Paint;
  readonly speech: Speech;
  readonly progress: Progress;
  readonly #log = new DiagnosticLog();

  constructor(host: Host, speech: Speech = { quiet: false, diagnostics: "text" }) {
    this.host = host;
    this.speech = speech;
    this.progress = new Progress(host, !speech.quiet && speech.diagnostics === "text");
    this.paint = paintFor(host.stderr, host.env);
    this.outPaint = paintFor(host.stdout, host.env);
  }

  /** Takes a diagnostic. */
  readonly report: Report = (diagnostic: Diagnostic) => this.#log.report(diagnostic);

  /** Says what is done, or was found, on standard error. */
  readonly tell = (text: string): void => {
    this.progress.clear();
    if (!this.speech.quiet && this.speech.diagnostics !== "json" && text !== "") this.host.stderr.write(text);
  };

  /** Says that something is wrong with a file that is no input: of all forms, workflows alone show that at the file. */
  tellOfFile(file: string, message: string): void {
    if (this.speech.diagnostics !== "github") this.tell(`${printable(message)}\n`);
    else this.host.stderr.write(githubFileError(this.#inRepository(file), message));
  }

  get errors(): number {
    return this.#log.errors;
  }

  get warnings(): number {
    return this.#log.warnings;
  }

  /** Prints the diagnostics that were not printed yet to standard error; the exit code that all of them call for. */
  printDiagnostics(): ExitCode {
    this.progress.clear();
    const text = this.#textOf(this.#log.take());
    if (text !== "") this.host.stderr.write(text);
    return this.errors > 0 ? exitCode.input : exitCode.ok;
  }

  #textOf(told: Told): string {
    const { diagnostics, dropped } = told;
    switch (this.speech.diagnostics) {
      case "text":
        return renderTold(told, { paint: this.paint, columns: this.host.stderr.columns });
      case "json": {
        const lines: object[] = diagnostics.map((diagnostic) => ({ schema: 1, ...diagnosticToJson(diagnostic) }));
        if (dropped > 0) lines.push({ schema: 1, dropped });
        return lines.map((line) => `${printableJson(line)}\n`).join("");
      }
      case "github": {
        const commands = diagnostics.map((diagnostic) => githubCommand(diagnostic, (file) => this.#inRepository(file)));
        return commands.join("") + (dropped > 0 ? `::notice title=rbgen::… and ${dropped} more\n` : "");
      }
    }
  }

  /** As the runner names files: from the root of what was checked out. */
  #inRepository(file: string): string {
    const root = this.host.env["GITHUB_WORKSPACE"] ?? "";
    if (root === "") return file;
    const path = relative(root, resolve(this.host.cwd, file));
    return path.startsWith("..") ? file : path.replaceAll("\\", "/");
  }

  /** The diagnostics for a JSON document. */
  jsonDiagnostics(): readonly JsonDiagnostic[] {
    return this.#log.sorted().map(diagnosticToJson);
  }
}
