import { spawn } from "node:child_process";
import { once } from "node:events";
import type { RingBufReader } from "@rbgen/runtime";

/** Runs the command that this program was given, and shows what a reader gets while it runs. */
export async function runBelow<Event>(reader: RingBufReader<Event>, show: (event: Event) => void): Promise<void> {
  const [command, ...args] = process.argv.slice(2);
  if (command === undefined) throw new Error(`usage: npx tsx ${process.argv[1]} COMMAND [ARGUMENT…]`);
  const child = spawn(command, args, { stdio: ["inherit", "ignore", "inherit"] });
  let isOver = false;
  child.once("close", () => (isOver = true));
  await once(child, "spawn");
  while (!isOver) await reader.poll(show, { timeoutMs: 100 });
  reader.consume(show);
}
