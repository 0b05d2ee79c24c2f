/** What the command ends with; `--help` says it too. */
export const exitCode = {
  ok: 0,
  /** An input is wrong: diagnostics say how. */
  input: 1,
  /** The command line is wrong. */
  usage: 2,
  /** `--check`: the output is stale; `diff`: the layouts differ. */
  differs: 3,
  /** A bug of rbgen. */
  bug: 70,
} as const;

export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

/** The command line asks for something that does not fit together. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
