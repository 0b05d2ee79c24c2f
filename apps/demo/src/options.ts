import { parseArgs } from "node:util";

/** How the demo runs. */
export interface DemoOptions {
  /** On this machine's kernel instead of an emulated one. */
  readonly native: boolean;
  /** Without a terminal: prints a summary at the end. */
  readonly headless: boolean;
  /** How long it runs; `Infinity`: until it is told to stop. */
  readonly seconds: number;
  /** With `headless`: the summary as one line of JSON. */
  readonly json: boolean;
  /** Records per second at the start. */
  readonly rate: number;
}

export const usage = `Usage: npm run demo -- [options]

  --native         on this machine's Linux kernel (needs clang, libbpf and CAP_BPF) instead of an emulated one
  --headless       no dashboard: send a few commands, print a summary
  --seconds <n>    stop after so many seconds (headless: 5)
  --json           with --headless: one line of JSON
  --rate <n>       records per second at the start (5000)
  --help

Keys in the dashboard: p pause or resume, + and - rate, e o c show or hide a kind, s slow reader, q quit.
`;

/** The command line cannot be understood; the message says why. */
export class OptionError extends Error {}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new OptionError(`--${name} wants a positive number, not "${text}"`);
  return value;
}

/**
 * Reads the command line; "help" where that was asked for.
 * @throws OptionError
 */
export function parseOptions(args: readonly string[], isTerminal: boolean): DemoOptions | "help" {
  let values: { native?: boolean; headless?: boolean; seconds?: string; json?: boolean; rate?: string; help?: boolean };
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        native: { type: "boolean" },
        headless: { type: "boolean" },
        seconds: { type: "string" },
        json: { type: "boolean" },
        rate: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    }));
  } catch (error) {
    throw new OptionError(error instanceof Error ? error.message : String(error));
  }
  if (values.help === true) return "help";
  const headless = values.headless === true || values.json === true || !isTerminal;
  const seconds = values.seconds === undefined ? undefined : positive("seconds", values.seconds);
  return {
    native: values.native === true,
    headless,
    seconds: seconds ?? (headless ? 5 : Number.POSITIVE_INFINITY),
    json: values.json === true,
    rate: values.rate === undefined ? 5000 : Math.min(1_000_000, Math.round(positive("rate", values.rate))),
  };
}
