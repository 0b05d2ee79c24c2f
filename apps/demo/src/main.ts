import { Connection } from "./connection.ts";
import { linkEmulated } from "./emulated-link.ts";
import { runHeadless } from "./headless.ts";
import { runInteractive } from "./interactive.ts";
import { Model } from "./model.ts";
import { LinkError, linkNative } from "./native-link.ts";
import { type DemoOptions, OptionError, parseOptions, usage } from "./options.ts";
import { count } from "./text.ts";

async function run(options: DemoOptions): Promise<number> {
  const model = new Model(options.rate);
  const link = options.native ? await linkNative(options) : await linkEmulated({ rate: options.rate, seed: 1 });
  const connection = new Connection(link, model);
  try {
    if (!options.headless) {
      await runInteractive(connection, model, options);
      process.stdout.write(`${count(model.received)} records received, ${count(connection.lost)} dropped\n`);
      return 0;
    }
    const summary = await runHeadless(connection, model, options);
    if (options.json) process.stdout.write(`${JSON.stringify(summary)}\n`);
    else {
      process.stdout.write(
        `${summary.backend} kernel: ${count(summary.received)} records received, ${count(summary.dropped)} dropped, ` +
          `${summary.commandsSent} commands sent, ${summary.commandsApplied} obeyed\n`,
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
