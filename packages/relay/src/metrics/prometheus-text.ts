import { type Instrument, instruments, type Observed } from "./instruments.ts";

const units: Readonly<Record<string, string>> = { By: "_bytes" };

/** The metric's name as Prometheus has it: "rbgen_ringbuf_records_total". */
export function prometheusName({ name, kind, unit }: Pick<Instrument, "name" | "kind" | "unit">): string {
  const suffix = units[unit] ?? "";
  const base = name.replaceAll(".", "_");
  return base + (base.endsWith(suffix) ? "" : suffix) + (kind === "counter" ? "_total" : "");
}

/** Metrics of readers and relays, by name, in the text format of Prometheus (`text/plain; version=0.0.4`). */
export function prometheusText(readers: Readonly<Record<string, Observed>>): string {
  const stats = Object.entries(readers).map(([key, reader]) => [key, reader.stats()] as const);
  const lines: string[] = [];
  for (const instrument of instruments) {
    const samples = stats.flatMap(([key, entry]) => instrument.read(key, entry));
    if (samples.length === 0) continue;
    const name = prometheusName(instrument);
    lines.push(`# HELP ${name} ${instrument.help}`, `# TYPE ${name} ${instrument.kind}`);
    for (const { value, labels } of samples) {
      const pairs = Object.entries(labels).map(([label, text]) => `${label}="${quoted(text)}"`);
      lines.push(`${name}{${pairs.join(",")}} ${value}`);
    }
  }
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}

function quoted(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
