import { AnswerResult } from "../../frames.gen.ts";
import type { Command } from "../../types.gen.ts";

/** What a person asked the kernel side to do. */
export type CommandRequest = Pick<Command, "kind"> & Partial<Pick<Command, "value" | "name">>;

/** Where a command is on its way. */
export type CommandStage = "sending" | "in the ring" | "obeyed" | "ring full" | "lost";

/** One command, and what became of it. */
export interface SentCommand {
  readonly id: number;
  readonly request: CommandRequest;
  readonly sentAt: number;
  readonly stage: CommandStage;
  /** In the user ring. */
  readonly sequence?: number;
  /** Milliseconds from here until the kernel side's acknowledgement was here. */
  readonly tookMs?: number;
}

/** Commands that the page remembers. */
const mostKept = 20;

/** The last commands, newest first. */
export class CommandLog {
  #commands: readonly SentCommand[] = [];
  #lastId = 0;

  get commands(): readonly SentCommand[] {
    return this.#commands;
  }

  /** Notes a command that goes out now. */
  add(request: CommandRequest, now: number): SentCommand {
    this.#lastId += 1;
    const command: SentCommand = { id: this.#lastId, request, sentAt: now, stage: "sending" };
    this.#commands = [command, ...this.#commands].slice(0, mostKept);
    return command;
  }

  /** The server put it into the user ring, or could not. */
  answered(id: number, result: number, sequence: number): void {
    const stage: CommandStage = result === AnswerResult.ANSWER_SENT ? "in the ring" : "ring full";
    this.#change((one) => (one.id === id && one.stage === "sending" ? { ...one, stage, sequence } : one));
  }

  /** The kernel side has obeyed everything up to this one. */
  acknowledged(sequence: number, now: number): void {
    this.#change((one) =>
      one.stage === "in the ring" && one.sequence !== undefined && one.sequence <= sequence
        ? { ...one, stage: "obeyed", tookMs: now - one.sentAt }
        : one,
    );
  }

  /** The connection is gone: what was not obeyed by now, nobody here will be told of. */
  cutOff(): void {
    this.#change((one) => (one.stage === "sending" || one.stage === "in the ring" ? { ...one, stage: "lost" } : one));
  }

  #change(change: (one: SentCommand) => SentCommand): void {
    this.#commands = this.#commands.map(change);
  }
}
