/** What the command ends with; `--help` says it too. */
export const exitCode = {
  ok: 0,
  /** A server, a ring, a file or a record did not do what was asked; the message says which. */
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
  /** A bug of rbgen-relay. */
  bug: 70,
} as const;

export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

/** The command line asks for something that does not fit together. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** What was asked cannot be done here; `hint` is the next step. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly hint: string | undefined;
  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}
