import type { LineInfo } from "@rbgen/btf";

/** How often a line of C ran. */
export interface CoveredLine {
  /** The file, as the compiler was given it. */
  readonly file: string;
  /** From 1 on. */
  readonly line: number;
  /** How often it was run. */
  readonly count: number;
}

/** Which lines of an object's C source ran. */
export class Coverage {
  /** Every line that has instructions, by file and number. */
  readonly lines: readonly CoveredLine[];

  /** @internal */
  constructor(lines: readonly CoveredLine[]) {
    this.lines = lines;
  }

  /** As LCOV, which editors and coverage services read. */
  toLcov(): string {
    const files = new Map<string, CoveredLine[]>();
    for (const line of this.lines) {
      const known = files.get(line.file);
      if (known === undefined) files.set(line.file, [line]);
      else known.push(line);
    }
    let text = "";
    for (const [file, lines] of files) {
      text += `TN:\nSF:${file}\n`;
      for (const { line, count } of lines) text += `DA:${line},${count}\n`;
      const hit = lines.filter(({ count }) => count > 0).length;
      text += `LF:${lines.length}\nLH:${hit}\nend_of_record\n`;
    }
    return text;
  }
}

/** Counts the lines that programs pass. */
export class CoverageCounter {
  readonly #counts = new Map<string, CoveredLine & { count: number }>();

  /** Every line that a program has, not run yet. */
  expect(lines: ReadonlyMap<number, LineInfo>): void {
    for (const { file, line } of lines.values()) {
      const key = `${file} ${line}`;
      if (line > 0 && !this.#counts.has(key)) this.#counts.set(key, { file, line, count: 0 });
    }
  }

  /** A line begins at this slot of a program, which runs it. */
  pass(lines: ReadonlyMap<number, LineInfo>, slot: number): void {
    const info = lines.get(slot);
    const counted = info && this.#counts.get(`${info.file} ${info.line}`);
    if (counted !== undefined) counted.count += 1;
  }

  result(): Coverage {
    const lines = [...this.#counts.values()].map((line) => ({ ...line }));
    return new Coverage(lines.sort((left, right) => left.file.localeCompare(right.file) || left.line - right.line));
  }
}
