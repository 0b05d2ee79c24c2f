import type { Diagnostic } from "./diagnostic.ts";
import { printable } from "./display-text.ts";
import { diagnosticToJson, type JsonPlace } from "./json.ts";

/** Text of a workflow command: what would end its line is escaped as the runner reads it. */
function data(text: string): string {
  return text.split(/\r?\n/).map(printable).join("\n").replaceAll("%", "%25").replaceAll("\n", "%0A");
}

/** A value of a workflow command's property, which a colon or a comma would end, too. */
function property(text: string): string {
  return data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}

function placeProperties({ file, line, column, endLine, endColumn }: JsonPlace, pathOf: (file: string) => string) {
  const place = [`file=${property(pathOf(file))}`, `line=${line}`];
  // Columns are of one line; ours end before the last one, theirs with it.
  if (line !== endLine) return [...place, `endLine=${endLine}`];
  return [...place, `endLine=${endLine}`, `col=${column}`, `endColumn=${Math.max(column, endColumn - 1)}`];
}

/** An error of a whole file as a workflow command. */
export function githubFileError(file: string, message: string): string {
  return `::error file=${property(file)},title=rbgen::${data(message)}\n`;
}

/**
 * A diagnostic as a workflow command of GitHub Actions, which shows it at its line: one line of text.
 * @param pathOf a file as seen from the root of the repository
 */
export function githubCommand(diagnostic: Diagnostic, pathOf: (file: string) => string): string {
  const { severity, code, message, place, at, trace = [], notes = [], hint } = diagnosticToJson(diagnostic);
  const properties = [
    ...(place === undefined ? [] : placeProperties(place, pathOf)),
    `title=${property(`rbgen ${code}`)}`,
  ];
  const lines = [
    at === undefined || at === "" ? message : `${at}: ${message}`,
    ...trace.map((step) => `${step.message} (${step.place.file}:${step.place.line}:${step.place.column})`),
    ...notes.map((note) => `note: ${note}`),
    ...(hint === undefined ? [] : [`hint: ${hint}`]),
  ];
  return `::${severity} ${properties.join(",")}::${data(lines.join("\n"))}\n`;
}
