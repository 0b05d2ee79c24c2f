import { CommandKind, type Connection } from "../connection.ts";
import type { DemoOptions } from "../options.ts";
import { kinds, type Sample } from "../records/model.ts";
import { drawDashboard } from "./dashboard.ts";
import { Terminal } from "./terminal.ts";

const frameMs = 100;
const slowest = 10;
const fastest = 1_000_000;

/** The dashboard: draws until `q`, Ctrl-C, a signal or the time given, and leaves the terminal as it was. */
export async function runInteractive(connection: Connection, options: DemoOptions): Promise<void> {
  const { model } = connection;
  const started = performance.now();
  const colour = (process.env["NO_COLOR"] ?? "") === "";
  let stop: (error?: unknown) => void = () => undefined;
  const stopped = new Promise<void>((resolve, reject) => {
    stop = (error) => (error === undefined ? resolve() : reject(error));
  });
  // The rate and filter asked for last: the kernel side's answer is a moment behind quick fingers.
  let rate = model.rate;
  let filter = model.filter;
  let paused = false;
  let inspected: Sample | undefined;
  const onKey = (key: string): void => {
    const toggled = kinds.find((entry) => entry.key === key);
    if (key === "q" || key === "\u0003" || key === "\u0004") stop();
    else if (key === "p" || key === " ") {
      const kind = paused ? CommandKind.COMMAND_RESUME : CommandKind.COMMAND_PAUSE;
      if (connection.send(kind)) paused = !paused;
    } else if (key === "+" || key === "=" || key === "-") {
      const wanted = Math.round(key === "-" ? Math.max(slowest, rate / 2) : Math.min(fastest, rate * 2));
      if (wanted !== rate && connection.send(CommandKind.COMMAND_SET_RATE, wanted)) rate = wanted;
    } else if (toggled !== undefined) {
      const wanted = filter ^ toggled.bit;
      if (connection.send(CommandKind.COMMAND_SET_FILTER, wanted)) filter = wanted;
    } else if (key === "i") inspected = model.recent[0];
    else if (key === "x") inspected = undefined;
    else if (key === "s") connection.slow = !connection.slow;
    draw();
  };
  const terminal = new Terminal(process.stdin, process.stdout, { onKey, onResize: () => draw() });
  const draw = (): void => {
    const elapsed = performance.now() - started;
    if (elapsed >= options.seconds * 1000) stop();
    terminal.draw(drawDashboard({ connection, model, elapsed, colour, inspected }, terminal.columns, terminal.rows));
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  const onSignal = () => stop();
  const restore = () => terminal.close();
  for (const signal of signals) process.on(signal, onSignal);
  // Whatever ends the process, the terminal is given back.
  process.on("exit", restore);
  connection.reading.then(() => stop(), stop);
  const timer = setInterval(draw, frameMs);
  try {
    terminal.open();
    draw();
    await stopped;
  } finally {
    clearInterval(timer);
    terminal.close();
    process.off("exit", restore);
    for (const signal of signals) process.off(signal, onSignal);
  }
}
