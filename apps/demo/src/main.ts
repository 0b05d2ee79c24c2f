import { LinkError } from "./backends/kernel-link.ts";
import { openLink } from "./backends/open-link.ts";
import { Connection } from "./connection.ts";
import { runHeadless } from "./headless.ts";
import { type DemoOptions, OptionError, parseOptions, usage } from "./options.ts";
import { Model } from "./records/model.ts";
import { count, counted } from "./records/text.ts";
import type { RecordSource } from "./server/record-source.ts";
import { RelaySource } from "./server/relay-source.ts";
import { RingSource } from "./server/ring-source.ts";
import { runPage } from "./server/run-page.ts";
import { runInteractive } from "./terminal/interactive.ts";

async function run(options: DemoOptions): Promise<number> {
  if (options.relay !== undefined) return showPage(await RelaySource.open(options.relay), options);
  const link = await openLink(options);
  try {
    if (options.view === "page") return await showPage(new RingSource(link), options);
    return await runConnected(new Connection(link, new Model(options.rate)), options);
  } finally {
    await link.close();
  }
}

/** Shows a page of what comes from `source`, which ends with it. */
async function showPage(source: RecordSource, options: DemoOptions): Promise<number> {
  const received = await runPage(source, options);
  process.stdout.write(`${counted(received, "record")} read\n`);
  return 0;
}

async function runConnected(connection: Connection, options: DemoOptions): Promise<number> {
  try {
    if (options.view === "terminal") {
      await runInteractive(connection, options);
      const { model, lost } = connection;
      process.stdout.write(`${counted(model.received, "record")} received, ${count(lost)} dropped\n`);
      return 0;
    }
    const summary = await runHeadless(connection, options);
    if (options.json) process.stdout.write(`${JSON.stringify(summary)}\n`);
    else {
      process.stdout.write(
        `${summary.backend} kernel: ${counted(summary.received, "record")} received, ${count(summary.dropped)} dropped, ` +
          `${counted(summary.commandsSent, "command")} sent, ${summary.commandsApplied} obeyed\n`,
      );
    }
    return summary.received > 0 && summary.commandsApplied === summary.commandsSent ? 0 : 1;
  } finally {
    await connection.close();
  }
}

try {
  const options = parseOptions(process.argv.slice(2), process.stdin.isTTY === true && process.stdout.isTTY === true);
  if (options === "help") process.stdout.write(usage);
  else process.exitCode = await run(options);
} catch (error) {
  if (error instanceof OptionError) {
    process.stderr.write(`${error.message}\n\n${usage}`);
    process.exitCode = 2;
  } else if (error instanceof LinkError) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  } else throw error;
}
