import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** A process that works on a ring beside this one. */
export interface RingProcess {
  /** Lets a producer begin, or tells a consumer how many records there are, and how to read them. */
  go(...words: readonly (string | number)[]): void;
  /** Tells a consumer that no more comes. */
  end(): void;
  /** The next line of figures that it prints. */
  figures(): Promise<number[]>;
}

/** Starts `program`, which says "ready" and then figures, line by line. */
export async function startProcess(program: string, words: readonly string[]): Promise<RingProcess> {
  const child = spawn(program, words, { stdio: ["pipe", "pipe", "inherit"] });
  const failed = new Promise<never>((_resolve, reject) => child.once("error", reject));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const line = async (): Promise<string> => {
    const { done, value } = await Promise.race([lines.next(), failed]);
    if (done)
      throw new Error(`${program} ${words.join(" ")} ended without a word (${child.exitCode ?? child.signalCode})`);
    return value;
  };
  if ((await line()) !== "ready") throw new Error(`${program} ${words.join(" ")} did not begin`);
  return {
    go: (...told) => child.stdin.write(`${told.join(" ")}\n`),
    end: () => child.stdin.end(),
    figures: async () => figuresOf(await line()),
  };
}

/** The numbers of a line. */
export function figuresOf(line: string): number[] {
  return line.trim().split(" ").map(Number);
}
