import { join } from "node:path";
import { didYouMean } from "@rbgen/btf";
import { type DiagnosticCode, diagnosticCodes } from "../../diagnostics/codes.ts";
import { type ExitCode, exitCode, UsageError } from "../exit-code.ts";
import type { Invocation } from "../invocation.ts";

/** `rbgen explain [code…]`: the pages of diagnostics, or a list of all codes. */
export function explainCommand(codes: readonly string[], { host, outPaint }: Invocation): ExitCode {
  if (codes.length === 0) {
    for (const [code, title] of Object.entries(diagnosticCodes))
      host.stdout.write(`${outPaint.strong(code)}  ${title}\n`);
    return exitCode.ok;
  }
  // All of them are looked at before one is shown.
  const known = codes.map(knownCode);
  const heading = (line: string): string => (line.startsWith("## ") ? outPaint.strong(line.slice(3)) : line);
  for (const [index, code] of known.entries()) {
    const page = new TextDecoder().decode(host.files.read(join(host.diagnosticsFolder, `${code}.md`)));
    const [title = "", ...rest] = page.replace(/^# /, "").split("\n");
    host.stdout.write(`${index === 0 ? "" : "\n"}${outPaint.strong(title)}\n${rest.map(heading).join("\n")}`);
  }
  return exitCode.ok;
}

/** The code that is meant, in either case, with its letters or without. */
function knownCode(given: string): DiagnosticCode {
  const wanted = given.toUpperCase().replace(/^(?:RB)?/, "RB");
  const all = Object.keys(diagnosticCodes) as DiagnosticCode[];
  const code = all.find((name) => name === wanted);
  if (code !== undefined) return code;
  const meant = didYouMean(wanted, all) ?? "rbgen explain lists all";
  throw new UsageError(`no diagnostic has the code "${given}": ${meant}`);
}
