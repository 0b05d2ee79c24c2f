import { parseArgs } from "node:util";
import type { BackendName } from "./backends/kernel-link.ts";

/** Where the page is found: a port of this machine's loopback, and the secret in the address. */
export interface PageAddress {
  /** 0 for one that is free. */
  readonly port: number;
  readonly token: string;
}

/** How the demo runs. */
export interface DemoOptions {
  readonly backend: BackendName;
  /** The native backend records every process of the machine, and not only what the demo starts. */
  readonly all: boolean;
  /** What shows the records. */
  readonly view: "page" | "terminal" | "none";
  /** How long it runs; `Infinity`: until it is told to stop. */
  readonly seconds: number;
  /** Without a view: the summary as one line of JSON. */
  readonly json: boolean;
  /** Records per second at the start. */
  readonly rate: number;
  /** Address of an earlier run, whose pages then go on. */
  readonly address?: PageAddress;
  /** The page shows what hosts relay to this NATS server, in place of a kernel side of this machine. */
  readonly relay?: string;
}

export const usage = `Usage: npx rbgen-demo [options], or npm run demo -- [options] in the repository

  --backend <name>   vm: a BPF object in @rbgen/vm, on any machine, with records that are made up (default)
                     emulated: the same as a function
                     native: this machine's Linux kernel, with what a shell really does that the demo starts
                     (needs libbpf, CAP_BPF and CAP_PERFMON)
  --all              of the native backend: what every process of the machine does, but the demo itself
  --tui              in the terminal instead of a page
  --headless         neither: send a few commands, print a summary
  --seconds <n>      stop after so many seconds (headless: 5)
  --json             a summary as one line of JSON, which means --headless
  --rate <n>         records per second at the start, at most so many of a real kernel (5000)
  --address <url>    where an earlier run was: its pages go on
  --relay <url>      nats://…: the page shows what many hosts relay of the ring "events", in place of a backend
  --help

Keys in the terminal: p pause or resume, + and - rate, e t o c show or hide a kind, i bytes of the
newest record, x close them, s slow reader, q quit.
`;

/** The command line cannot be understood; the message says why. */
export class OptionError extends Error {}

const backends: readonly BackendName[] = ["vm", "emulated", "native"];
const mostRecords = 1_000_000;
const addressForm = /^http:\/\/127\.0\.0\.1:(\d{1,5})\/([0-9a-f]{32})\/?$/;

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new OptionError(`--${name} wants a positive number, not "${text}"`);
  return value;
}

function backendOf(text: string): BackendName {
  const backend = backends.find((name) => name === text);
  if (backend === undefined) throw new OptionError(`--backend is one of ${backends.join(", ")}, not "${text}"`);
  return backend;
}

function addressOf(text: string): PageAddress {
  const [, port, token] = addressForm.exec(text) ?? [];
  if (port === undefined || token === undefined || Number(port) > 65_535) {
    throw new OptionError(
      `--address wants what an earlier run printed, http://127.0.0.1:<port>/<token>/, not "${text}"`,
    );
  }
  return { port: Number(port), token };
}

function relayOf(text: string, withoutPage: boolean): string {
  if (withoutPage) throw new OptionError("--relay shows a page; rbgen-relay tail prints records of many hosts");
  if (!/^(nats|tls):\/\/[^\s/]+$/.test(text)) {
    throw new OptionError(`--relay wants the address of a NATS server, nats://host:4222, not "${text}"`);
  }
  return text;
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        backend: { type: "string", default: "vm" },
        tui: { type: "boolean", default: false },
        headless: { type: "boolean", default: false },
        seconds: { type: "string" },
        json: { type: "boolean", default: false },
        rate: { type: "string", default: "5000" },
        address: { type: "string" },
        relay: { type: "string" },
        all: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    }).values;
  } catch (error) {
    throw new OptionError(error instanceof Error ? error.message : String(error));
  }
}

/**
 * Reads the command line; "help" where that was asked for.
 * @throws OptionError
 */
export function parseOptions(args: readonly string[], isTerminal: boolean): DemoOptions | "help" {
  const values = parse(args);
  if (values.help) return "help";
  const headless = values.headless || values.json;
  if (values.tui && headless) throw new OptionError("--tui shows records, --headless and --json do not: choose one");
  if (values.tui && !isTerminal) throw new OptionError("--tui needs a terminal; --headless does without");
  const backend = backendOf(values.backend);
  if (values.all && backend !== "native") {
    throw new OptionError("--all is of --backend native: what other backends record is made up");
  }
  const unlimited = headless ? 5 : Number.POSITIVE_INFINITY;
  return {
    backend,
    all: values.all,
    view: headless ? "none" : values.tui ? "terminal" : "page",
    seconds: values.seconds === undefined ? unlimited : positive("seconds", values.seconds),
    json: values.json,
    rate: Math.min(mostRecords, Math.round(positive("rate", values.rate))),
    ...(values.relay === undefined ? {} : { relay: relayOf(values.relay, values.tui || headless) }),
    ...(values.address === undefined ? {} : { address: addressOf(values.address) }),
  };
}
